"""The vault: nothing infected or damaged goes out, nothing referred to is lost, nothing unused is kept for ever."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from domain.attachments import Attachment, State
from storage.attachment_files import CHUNK, FilesAway, LocalFiles
from storage.attachments import AttachmentReads, Attachments, _oldest
from storage.database import Database
from storage.intake import Intake
from storage.tables import PENDING, UNSETTLED
from storage.vault import MOST_UNUSED, Damaged, Upload, UploadRefused, Vault
from storage.virus_scan import Clamd
from tests.storage.build import NOON, begun, put, rules, submission
from tests.support.clamd import EICAR, clamd

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
WEEK = timedelta(days=7)
LATER = NOON + WEEK + timedelta(seconds=1)
NUMBER = "SQ20260901-00000001"


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "attachments")


@pytest.fixture
def vault(database: Database, files: LocalFiles) -> Vault:
    return Vault(database, files, None, WEEK)


def upload(content: bytes = PDF, name: str = "合同.pdf", key: str = "key", account: str = "enterprise") -> Upload:
    return Upload(io.BytesIO(content), name, account, key)


async def kept(vault: Vault, **changes: Any) -> Attachment:
    return (await vault.keep(upload(**changes), NOON))[0]


async def known(database: Database, one: Attachment) -> Attachment | None:
    async with database.read() as r:
        return await AttachmentReads(r).get(one.id)


async def bound(database: Database, one: Attachment, number: str | None, at: datetime = NOON) -> int:
    async with database.write() as w:
        return await Attachments(w).bind([one.id], number, at)


async def content(vault: Vault, one: Attachment) -> bytes:
    return b"".join([chunk async for chunk in await vault.open(one)])


async def test_it_is_kept_with_its_hash_and_given_back(vault: Vault, database: Database) -> None:
    one = await kept(vault)
    assert (one.size, one.sha256, one.media_type) == (len(PDF), hashlib.sha256(PDF).hexdigest(), "application/pdf")
    assert (one.state, one.scanned_at, one.number) == (State.CLEAN, None, None)
    assert await content(vault, one) == PDF
    assert await known(database, one) == one


async def test_the_same_key_gives_back_the_same(vault: Vault) -> None:
    one, first = await vault.keep(upload(), NOON)
    again, second = await vault.keep(upload(), NOON)
    assert (again, first, second) == (one, True, False)
    other, _ = await vault.keep(upload(account="window"), NOON)
    assert other.id != one.id


@pytest.mark.parametrize("changes", [{"content": PDF + b"%"}, {"name": "别的.pdf"}])
async def test_a_key_is_not_used_for_another_file(vault: Vault, changes: dict[str, Any]) -> None:
    await kept(vault)
    with pytest.raises(UploadRefused, match="idempotency-key-reused"):
        await vault.keep(upload(**changes), NOON)


async def test_a_process_that_died_before_the_bytes_were_kept_is_made_good(vault: Vault, files: LocalFiles) -> None:
    one = await kept(vault)
    await files.delete(one.id)
    assert await kept(vault) == one
    assert await content(vault, one) == PDF


async def test_nobody_hoards(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_UNUSED > 50
    monkeypatch.setattr("storage.vault.MOST_UNUSED", 2)
    for key in "ab":
        await kept(vault, key=key)
    with pytest.raises(UploadRefused, match="too-many-uploads"):
        await kept(vault, key="c")
    await kept(vault, key="a")
    await kept(vault, key="c", account="window")


async def test_damaged_bytes_never_arrive_whole(vault: Vault, files: LocalFiles) -> None:
    whole = PDF + b"%" * CHUNK
    one = await kept(vault, content=whole)
    files.path(one.id).write_bytes(whole[:-1] + b"!")
    stream = await vault.open(one)
    assert await anext(stream) == whole[:CHUNK]
    with pytest.raises(Damaged):
        await anext(stream)


async def test_what_may_not_be_uploaded_is_not_kept(vault: Vault, database: Database) -> None:
    with pytest.raises(UploadRefused, match="attachment-type"):
        await kept(vault, content=b"<script>")
    async with database.read() as r:
        assert await AttachmentReads(r).by_key("enterprise", "key") is None


class TestViruses:
    async def test_what_is_infected_is_not_kept(self, database: Database, files: LocalFiles) -> None:
        async with clamd() as daemon:
            vault = Vault(database, files, Clamd(daemon.address), WEEK)
            with pytest.raises(UploadRefused, match="attachment-infected"):
                await kept(vault, content=PDF + EICAR)
            one = await kept(vault)
            assert (one.state, one.scanned_at) == (State.CLEAN, NOON)

    async def test_what_could_not_be_looked_at_waits_until_it_was(self, database: Database, files: LocalFiles) -> None:
        async with clamd() as daemon:
            vault = Vault(database, files, Clamd(daemon.address), WEEK)
            daemon.answer = b"busy ERROR\0"
            clean, infected = await kept(vault, key="a"), await kept(vault, content=PDF + EICAR, key="b")
            assert (clean.state, infected.state) == (State.PENDING, State.PENDING)
            await vault.rescan(NOON)
            assert [one and one.state for one in (await known(database, clean),)] == [State.PENDING]
            daemon.answer = b""
            await vault.rescan(LATER)
            states = [await known(database, one) for one in (clean, infected)]
            assert [one and (one.state, one.scanned_at) for one in states] == [
                (State.CLEAN, LATER),
                (State.INFECTED, LATER),
            ]

    async def test_one_whose_bytes_are_gone_keeps_no_other_waiting(self, database: Database, files: LocalFiles) -> None:
        async with clamd() as daemon:
            vault = Vault(database, files, Clamd(daemon.address), WEEK)
            daemon.answer = b"busy ERROR\0"
            gone, there = await kept(vault, key="a"), await kept(vault, key="b")
            await files.delete(gone.id)
            daemon.answer = b""
            await vault.rescan(LATER)
            found = await known(database, there)
            assert found
            assert found.state is State.CLEAN

    async def test_without_a_scanner_what_waited_for_one_is_let_go(self, database: Database, files: LocalFiles) -> None:
        async with clamd() as daemon:
            daemon.answer = b"busy ERROR\0"
            one = await kept(Vault(database, files, Clamd(daemon.address), WEEK))
        await Vault(database, files, None, WEEK).rescan(LATER)
        found = await known(database, one)
        assert found
        assert found.state is State.CLEAN


class TestTheSweep:
    async def test_what_nothing_refers_to_goes_after_a_week(
        self, vault: Vault, database: Database, files: LocalFiles
    ) -> None:
        one = await kept(vault)
        assert await vault.sweep(NOON + WEEK) == 0
        assert await vault.sweep(LATER) == 1
        assert await known(database, one) is None
        assert not await files.has(one.id)

    async def test_what_a_journal_refers_to_stays_for_good(
        self, vault: Vault, database: Database, files: LocalFiles
    ) -> None:
        one, other = await kept(vault, key="a"), await kept(vault, key="b")
        appeal, entries = begun(NUMBER, materials=({"code": "x", "reference": one.id},))
        await put(database, appeal, entries)
        for each in (one, other):
            await bound(database, each, NUMBER)
        # The other one was named in an action that was refused.
        assert await vault.sweep(LATER) == 1
        assert await vault.sweep(LATER + WEEK) == 0
        settled = await known(database, one)
        assert settled
        assert settled.settled
        assert await files.has(one.id)
        assert not await files.has(other.id)

    async def test_what_only_intake_knows_of_stays_and_finds_its_appeal(self, vault: Vault, database: Database) -> None:
        """The process died between keeping the submission and binding what it refers to."""
        one = await kept(vault)
        await bound(database, one, None)
        async with database.write() as w:
            await Intake(w).keep(
                number=NUMBER,
                caller="enterprise",
                key="submission",
                digest="digest",
                created_at=NOON,
                submission=submission(materials=({"code": "x", "reference": one.id},)),
                rules=rules(),
                salt="salt",
            )
        assert await vault.sweep(LATER) == 0
        found = await known(database, one)
        assert found
        assert (found.number, found.settled) == (NUMBER, True)

    async def test_what_somebody_has_just_referred_to_is_left_alone(self, vault: Vault, database: Database) -> None:
        one = await kept(vault)
        await bound(database, one, NUMBER, LATER)
        assert await vault.sweep(LATER) == 0
        assert await known(database, one)

    async def test_who_comes_too_late_is_told(self, vault: Vault, database: Database) -> None:
        one = await kept(vault)
        async with database.write() as w:
            assert await Attachments(w).expire(one)
        assert await bound(database, one, NUMBER, LATER) == 0

    async def test_between_looking_and_taking_out_a_reference_still_counts(
        self, vault: Vault, database: Database
    ) -> None:
        one = await kept(vault)
        await bound(database, one, NUMBER, LATER)
        async with database.write() as w:
            assert not await Attachments(w).expire(one)

    async def test_bytes_that_cannot_be_deleted_now_are_deleted_later(
        self, vault: Vault, database: Database, files: LocalFiles, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = await kept(vault)

        async def away(_name: str) -> None:
            raise FilesAway

        with monkeypatch.context() as patched:
            patched.setattr(files, "delete", away)
            with pytest.raises(FilesAway):
                await vault.sweep(LATER)
        found = await known(database, one)
        assert found
        assert found.state is State.EXPIRED
        assert await vault.sweep(LATER) == 1
        assert not await files.has(one.id)


@pytest.mark.parametrize("which", [UNSETTLED, PENDING])
async def test_the_minutely_questions_have_indexes(database: Database, which: TextClause) -> None:
    """A million settled attachments must not be read once a minute."""
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, whatever indexes they have")
    query = str(_oldest(which, 1).compile(compile_kwargs={"literal_binds": True}))
    async with database.read() as r:
        plan = [row.detail for row in await r.rows(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert any("USING INDEX ix_attachments_" in step for step in plan), plan
