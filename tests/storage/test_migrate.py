"""Migrations: run by whoever comes first, refused on what is newer, equal to the tables the code speaks of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from storage.database import Database, sync_url
from storage.migrate import NewerSchema, current, head, upgrade
from storage.tables import metadata
from tests.storage.build import begun, chain, put

ROOT = Path(__file__).parents[2]
UPGRADE = "import sys; from storage.migrate import upgrade; upgrade(sys.argv[1])"


def run(url: str, statement: str) -> None:
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_empty_database_is_brought_to_the_head(empty_url: str) -> None:
    assert current(empty_url) is None
    upgrade(empty_url)
    assert current(empty_url) == head()


def test_asking_does_not_create_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    assert current(f"sqlite:///{path}") is None
    assert not path.exists()


async def test_a_second_upgrade_changes_nothing(url: str) -> None:
    database = Database.create(url)
    number = "SQ20260901-00000001"
    await put(database, begun(number)[0], chain(number, "a"))
    upgrade(url)
    assert not await put(database, begun(number)[0], fence=0)
    await database.close()


def test_the_migrations_make_the_tables_that_the_code_speaks_of(url: str) -> None:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        if connection.dialect.name == "sqlite":
            made = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'journal'")).scalar_one()
            assert "AUTOINCREMENT" in made
        else:
            columns = {c["name"]: str(c["type"]) for c in inspect(connection).get_columns("appeals")}
            assert columns["state"] == "JSON"
    engine.dispose()


def test_processes_that_start_together_are_safe(empty_url: str) -> None:
    command = [sys.executable, "-c", UPGRADE, empty_url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        for _ in range(4)
    ]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert current(empty_url) == head()


def test_a_newer_schema_is_refused_and_left_alone(url: str) -> None:
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchema) as error:
        upgrade(url)
    assert error.value.revision == "9999"
    assert current(url) == "9999"


def test_a_migration_that_fails_half_way_leaves_nothing(empty_url: str) -> None:
    run(empty_url, "CREATE TABLE journal (x INTEGER)")
    with pytest.raises(Exception, match="journal"):
        upgrade(empty_url)
    engine = create_engine(sync_url(empty_url))
    assert inspect(engine).get_table_names() == ["journal"]
    engine.dispose()


def test_a_path_with_odd_characters_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "诉求 100% ok"
    folder.mkdir()
    url = f"sqlite:///{folder / 'a.db'}"
    upgrade(url)
    assert current(url) == head()
