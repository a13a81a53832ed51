"""Attachments as a whole: a row that says what it is, and its bytes elsewhere.

The row comes first and goes last: bytes that no row speaks of cannot be. An upload that nothing refers to after some
days is taken out; whether something does is looked up in what appeals keep, so an action that was refused, or a process
that died between two steps, leaves nothing behind and loses nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final

import structlog

from domain.attachments import Attachment, State
from storage.attachment_files import CHUNK, Files, FilesAway
from storage.attachment_kinds import kind_of, proper_name
from storage.attachments import AttachmentReads, Attachments
from storage.database import Database
from storage.virus_scan import Scanner

log = structlog.get_logger(__name__)

#: Uploads of one account that nothing refers to yet: more are none that a person is about to send in.
MOST_UNUSED: Final = 200
_PAGE: Final = 100


class UploadRefused(Exception):  # noqa: N818 - an answer to whoever uploaded it
    """An upload that is not kept; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Damaged(Exception):  # noqa: N818 - an answer: these are not the bytes that were uploaded
    """The bytes do not have the hash that the journal knows."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sends: a file that stands in a temporary place, and under which name and key."""

    file: BinaryIO
    name: str
    account: str
    key: str


class Vault:
    """Keeps uploads, gives them out, and clears away what nobody uses."""

    def __init__(self, database: Database, files: Files, scanner: Scanner | None, unused_for: timedelta) -> None:
        """Without a ``scanner`` everything is taken for clean; what nothing refers to goes after ``unused_for``."""
        self._database = database
        self._files = files
        self._scanner = scanner
        self._unused_for = unused_for

    async def keep(self, upload: Upload, now: datetime) -> tuple[Attachment, bool]:
        """The attachment, and whether it is new. Raises UploadRefused, FilesAway."""
        new = await self._described(upload, now)
        async with self._database.read() as r:
            reads = AttachmentReads(r)
            known = await reads.by_key(upload.account, upload.key)
            unused = await reads.unused(upload.account)
        if known is None and unused >= MOST_UNUSED:
            raise UploadRefused("too-many-uploads")
        if known is None:
            new = await self._scanned(new, upload.file, now)
            async with self._database.write() as w:
                uploads = Attachments(w)
                known = None if await uploads.add(new) else await uploads.by_key(upload.account, upload.key)
        if known and (known.sha256, known.name) != (new.sha256, new.name):
            raise UploadRefused("idempotency-key-reused")
        kept = known or new
        # Also for one that is known: the process may have died before its bytes were kept.
        if known is None or not await self._files.has(kept.id):
            await self._files.put(kept.id, upload.file)
        return kept, known is None

    async def open(self, one: Attachment) -> AsyncIterator[bytes]:
        """Its bytes, the last of them only when all have the right hash. Raises FileNotFoundError, FilesAway."""
        return _checked(await self._files.open(one.id), one)

    async def rescan(self, now: datetime) -> None:
        """Asks the scanner about what it has not seen."""
        async with self._database.read() as r:
            pending = await AttachmentReads(r).pending(_PAGE)
        for one in pending:
            try:
                state = await self._scanner.scan(await self._files.open(one.id)) if self._scanner else State.CLEAN
            except (FileNotFoundError, FilesAway) as error:
                log.warning("rescan_failed", attachment=one.id, error=type(error).__name__)
                continue
            if state is State.PENDING:
                return  # it is away; all of them again, later
            async with self._database.write() as w:
                await Attachments(w).scanned(one.id, state, now)
            tell = log.error if state is State.INFECTED else log.info
            tell("attachment_scanned", attachment=one.id, state=state.value)

    async def sweep(self, now: datetime) -> int:
        """Takes out what nothing refers to; how many."""
        async with self._database.read() as r:
            unsettled = await AttachmentReads(r).unsettled(now - self._unused_for, _PAGE)
        return sum([await self._settle(one) for one in unsettled])

    async def _settle(self, one: Attachment) -> bool:
        """In short transactions: nobody waits while the bytes are deleted, and if that fails it is tried again."""
        async with self._database.write() as w:
            uploads = Attachments(w)
            if one.state is not State.EXPIRED and (number := await uploads.referred_by(one)):
                await uploads.settle(one.id, number)
                return False
            if not await uploads.expire(one):
                return False
        await self._files.delete(one.id)
        async with self._database.write() as w:
            await Attachments(w).forget(one.id)
        log.info("attachment_expired", attachment=one.id)
        return True

    async def _described(self, upload: Upload, now: datetime) -> Attachment:
        kind = await asyncio.to_thread(kind_of, upload.file)
        if kind is None:
            raise UploadRefused("attachment-type")
        size, digest = await asyncio.to_thread(_measured, upload.file)
        return Attachment(
            id=f"att-{secrets.token_hex(16)}",
            account=upload.account,
            idempotency_key=upload.key,
            name=proper_name(upload.name, kind),
            media_type=kind.media_type,
            size=size,
            sha256=digest,
            state=State.CLEAN,
            created_at=now,
        )

    async def _scanned(self, new: Attachment, file: BinaryIO, now: datetime) -> Attachment:
        if self._scanner is None:
            return new
        state = await self._scanner.scan(_from_start(file))
        if state is State.INFECTED:
            raise UploadRefused("attachment-infected")
        return replace(new, state=state, scanned_at=None if state is State.PENDING else now)


def _measured(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return file.tell(), digest.hexdigest()


async def _from_start(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


async def _checked(chunks: AsyncIterator[bytes], one: Attachment) -> AsyncIterator[bytes]:
    digest, held = hashlib.sha256(), b""
    async for chunk in chunks:
        digest.update(chunk)
        if held:
            yield held
        held = chunk
    if digest.hexdigest() != one.sha256:
        log.error("attachment_damaged", attachment=one.id)
        raise Damaged(one.id)
    yield held
