"""Migrations run while the release before goes on reading and writing."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from storage import migrate
from storage.database import Database, sync_url
from tests.storage.build import begun, chain, put
from tests.storage.migration_rules import flaws

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"
HEADER = """
import sqlalchemy as sa
from alembic import op

revision = "{0}"
down_revision = "{1}"
branch_labels = None
depends_on = None
"""
COLUMN = """
def upgrade():
    op.add_column("appeals", sa.Column("ward", sa.Text(), nullable=True))
"""
INDEX = """
def upgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_appeals_ward", "appeals", postgresql_concurrently=True, if_exists=True)
        op.create_index("ix_appeals_ward", "appeals", ["ward"], postgresql_concurrently=True)
"""
#: Longer than a migration keeps anybody waiting, short enough to fail when one does.
PATIENCE = 4 * migrate._LOCK_MILLISECONDS
READERS = 4
#: Nobody waits for a reader on SQLite.
ON_POSTGRES = pytest.mark.parametrize(
    "empty_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def next_release(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of this release, and a release with two more migrations, as the house writes them."""
    scripts = tmp_path / "next" / "migrations"
    shutil.copytree(VERSIONS.parent, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for n, body in enumerate((COLUMN, INDEX), start=1):
        last, revision = (migrate.head(), "9001") if n == 1 else ("9001", "9002")
        (scripts / "versions" / f"{revision}.py").write_text(HEADER.format(revision, last) + body)
    monkeypatch.setattr(migrate, "_SCRIPTS", scripts)
    return url


@dataclass
class Traffic:
    """Readers and a writer, as the release before: what they did, and what went wrong."""

    engine: Engine
    stop: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    troubles: list[Exception] = field(default_factory=list)

    def repeat(self, statement: str) -> None:
        while not self.stop.is_set():
            try:
                with self.engine.begin() as connection:
                    connection.execute(text(statement))
                self.done += 1
            except OperationalError as error:
                self.troubles.append(error)
                return


@contextmanager
def traffic(url: str) -> Iterator[Traffic]:
    """Under way until the block ends."""
    arguments = {"options": f"-c lock_timeout={PATIENCE}"} if url.startswith("postgresql") else {"timeout": 30}
    going = Traffic(create_engine(sync_url(url), connect_args=arguments, pool_size=READERS + 1))
    statements = ["SELECT count(*) FROM appeals WHERE lead_unit IS NULL"] * READERS
    with ThreadPoolExecutor(READERS + 1) as pool:
        for statement in (*statements, "UPDATE appeals SET urgent = NOT urgent"):
            pool.submit(going.repeat, statement)
        try:
            yield going
        finally:
            going.stop.set()
    going.engine.dispose()


@contextmanager
def a_long_report(url: str) -> Iterator[Callable[[], None]]:
    """A transaction that keeps the table, until told to end: a migration must not queue before it for ever."""
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM appeals"))
        yield connection.rollback
    engine.dispose()


def until(met: Callable[[], bool]) -> None:
    """Waits for others, not for time to pass."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def goes_on(going: Traffic) -> None:
    """Waits until more has been read and written, or somebody waited too long."""
    before = going.done
    until(lambda: going.done > before + READERS or bool(going.troubles))


def waits_for_the_table(engine: Engine) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"
    with engine.connect() as connection:
        return bool(connection.scalar(text(asked)))


async def fill(url: str) -> None:
    database = Database.create(url)
    for n in range(20):
        number = f"SQ20260901-{n:08d}"
        await put(database, begun(number)[0], chain(number, "a"))
    await database.close()


async def test_reads_and_writes_go_on_while_the_next_release_migrates(next_release: str) -> None:
    url = next_release
    await fill(url)
    with traffic(url) as going:
        until(lambda: going.done > READERS)
        migrate.upgrade(url)
        goes_on(going)

    assert going.troubles == []
    assert migrate.current(url) == "9002"
    engine = create_engine(sync_url(url))
    assert "ix_appeals_ward" in {index["name"] for index in inspect(engine).get_indexes("appeals")}
    engine.dispose()


def _upgraded(url: str) -> threading.Thread:
    thread = threading.Thread(target=migrate.upgrade, args=(url,))
    thread.start()
    return thread


@ON_POSTGRES
async def test_behind_a_long_report_the_migration_steps_back_and_nobody_waits_long(next_release: str) -> None:
    url = next_release
    await fill(url)
    with traffic(url) as going, a_long_report(url) as end_it:
        upgrading = _upgraded(url)
        for _ in range(3):
            # It asks for the table, and gives up again, while the others go on.
            until(lambda: waits_for_the_table(going.engine))
            until(lambda: not waits_for_the_table(going.engine))
            goes_on(going)
        end_it()
        upgrading.join(60)

    assert going.troubles == []
    assert migrate.current(url) == "9002"


@ON_POSTGRES
async def test_a_migration_without_that_limit_would_stop_the_readers(
    next_release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control that must fail: if this went well, the test before would prove nothing."""
    url = next_release
    monkeypatch.setattr(migrate, "_LOCK_MILLISECONDS", 0)
    await fill(url)
    with traffic(url) as going, a_long_report(url) as end_it:
        upgrading = _upgraded(url)
        until(lambda: bool(going.troubles))
        end_it()
        upgrading.join(60)

    assert "lock timeout" in str(going.troubles[0])


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_every_migration_may_run_beside_the_release_before(path: Path) -> None:
    assert flaws(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("body", [COLUMN, INDEX])
def test_the_house_way_is_allowed(body: str) -> None:
    assert flaws(body) == []


@pytest.mark.parametrize(
    "line",
    [
        'op.create_index("ix", "appeals", ["ward"])',
        'op.create_index("ix", "appeals", ["ward"], postgresql_concurrently=True)',
        'op.add_column("appeals", sa.Column("ward", sa.Text(), nullable=False))',
        'op.add_column("appeals", sa.Column("ward", sa.Text()))',
        'op.alter_column("appeals", "title", type_=sa.String(20))',
        'op.drop_column("appeals", "title")',
        'op.execute("UPDATE appeals SET ward = region")',
        'op.rename_table("appeals", "matters")',
    ],
)
def test_what_would_lock_rewrite_or_take_away_is_refused(line: str) -> None:
    assert flaws(f"def upgrade():\n    {line}\n") != []


def test_an_index_beside_a_change_of_the_table_is_refused() -> None:
    assert flaws(INDEX.replace("    with", f"    {COLUMN.splitlines()[2].strip()}\n    with", 1)) != []
