"""Bringing a database to this version's schema; two processes that start together are safe.

Synchronous on purpose: it runs once, before anything else. Readers and writers of the release before may go on
meanwhile (docs/changing-workflows.md says what a migration may do): each migration is a transaction of its own and
waits for a lock no longer than they can wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from storage.column_types import dump_json
from storage.database import begin_with, connect_args, is_transient, set_pragmas, sync_url
from storage.locks import Lock, attempt

_SCRIPTS = Path(__file__).parent / "migrations"
_WAIT_SECONDS = 60  # for another process that is migrating, and for a table that somebody keeps
# Whoever asks for a table after us waits for us: long enough to get it from short transactions, no longer.
_LOCK_MILLISECONDS = 1000


class NewerSchema(Exception):  # noqa: N818 - an answer: take the newer version of the program
    """The database was made by a newer version of this program than the one that runs."""

    code = "newer-schema"

    def __init__(self, revision: str) -> None:
        super().__init__(f"数据库由更新的版本建立（结构版本 {revision}），请使用相同或更新的版本启动")
        self.revision = revision


def head() -> str:
    """The schema revision that this program needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise AssertionError("storage/migrations holds no revision")
    return revision


def current(database_url: str) -> str | None:
    """The schema revision of a database, None for an empty one. A SQLite file that is missing is not created."""
    url = sync_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return None
    with _engine(url) as engine, engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database_url: str) -> None:
    """Create or upgrade the tables, migration by migration. Raises NewerSchema, and then has changed nothing."""
    with _engine(sync_url(database_url)) as engine:
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                with _one_at_a_time(engine) as connection:
                    while _step(connection):
                        pass
            except OperationalError as error:
                # SQLite refuses at once, without waiting, while another process turns the file to WAL.
                if not is_transient(error) or time.monotonic() > deadline:
                    raise
                # Whoever waited behind us comes first.
                time.sleep(0.05)
            else:
                return


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[Connection]:
    """A connection of the only process that migrates."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        # By asking again, not by waiting: an index that is built beside readers waits for every statement under way,
        # and so for whoever waits for us.
        while not connection.scalar(attempt(Lock.MIGRATION)):
            connection.rollback()
            time.sleep(0.05)
        connection.execute(text(f"SET lock_timeout = {_LOCK_MILLISECONDS}"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        try:
            yield connection
        finally:
            # The lock is the session's; a connection that broke has lost it already.
            connection.invalidate()


def _step(connection: Connection) -> bool:
    """Carries out the next migration; False when there is none."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerSchema(found)
    if found == scripts.get_current_head():
        return False
    if connection.dialect.name != "sqlite":
        connection.rollback()  # what was begun by asking
    config.attributes["connection"] = connection
    command.upgrade(config, "+1")
    return True


def _config() -> Config:
    config = Config()
    # A % in a path would be read as the beginning of a reference.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    engine = sync_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def sync_engine(url: URL) -> Engine:
    """A synchronous engine whose every transaction may write."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, connect_args=connect_args(url), json_serializer=dump_json)
    engine = create_engine(url, connect_args=connect_args(url))

    @event.listens_for(engine, "connect")
    def connected(connection: object, _record: object) -> None:
        set_pragmas(connection)

    begin_with(engine, "BEGIN IMMEDIATE")
    return engine
