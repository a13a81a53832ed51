"""Where the bytes of attachments are: a directory, or an S3-compatible store. One file an id, written once."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol
from urllib.parse import urlsplit

CHUNK: Final = 256 * 1024
S3: Final = "s3"
#: Somebody waits for the answer.
_RETRY: Final = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class FilesAway(Exception):  # noqa: N818 - an answer: try again later
    """The place where attachments are kept cannot be reached, or has no room."""

    code = "attachments-away"


class Files(Protocol):
    """What the vault asks of a place."""

    async def put(self, name: str, file: BinaryIO) -> None:
        """Keep it; on the disk when this returns. Again is harmless. Raises FilesAway."""

    async def has(self, name: str) -> bool:
        """Whether it is there. Raises FilesAway."""

    async def open(self, name: str) -> AsyncIterator[bytes]:
        """Its bytes. Raises FileNotFoundError, FilesAway."""

    async def delete(self, name: str) -> None:
        """Take it out, if it is there. Raises FilesAway."""


class LocalFiles:
    """A directory of our own, in folders by the first two digits of an id. A file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, file: BinaryIO) -> None:
        """As :class:`Files`."""
        await asyncio.to_thread(self._put, name, file)

    async def has(self, name: str) -> bool:
        """As :class:`Files`."""
        return await asyncio.to_thread(self.path(name).is_file)

    async def open(self, name: str) -> AsyncIterator[bytes]:
        """As :class:`Files`."""
        with _named():
            return _chunks(await asyncio.to_thread(self.path(name).open, "rb"))

    async def delete(self, name: str) -> None:
        """As :class:`Files`."""
        with _named():
            await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    def path(self, name: str) -> Path:
        """Where it is."""
        return self._root / name.rpartition("-")[2][:2] / name

    def _put(self, name: str, file: BinaryIO) -> None:
        path = self.path(name)
        with _named():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as target:
                    file.seek(0)
                    shutil.copyfileobj(file, target, CHUNK)
                    target.flush()
                    os.fsync(target.fileno())
                Path(draft).replace(path)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            for folder in (path.parent, self._root):
                _sync(folder)


class S3Files:
    """A bucket, perhaps a folder of it; the keys come from the environment (``AWS_*``) or from whoever builds it."""

    def __init__(self, address: str, **options: Any) -> None:
        """``address`` is ``s3://bucket/folder``; ``options`` are obstore's."""
        from obstore.store import S3Store  # noqa: PLC0415 - only who uses it needs it

        target = urlsplit(address)
        self._store = S3Store(
            target.netloc, prefix=target.path.strip("/") or None, **{"retry_config": _RETRY, **options}
        )

    async def put(self, name: str, file: BinaryIO) -> None:
        """As :class:`Files`."""
        import obstore  # noqa: PLC0415

        file.seek(0)
        try:
            with _named_s3():
                await obstore.put_async(self._store, name, file)
        except FileNotFoundError as error:  # the bucket
            raise FilesAway(type(error).__name__) from error

    async def has(self, name: str) -> bool:
        """As :class:`Files`."""
        import obstore  # noqa: PLC0415

        try:
            with _named_s3():
                await obstore.head_async(self._store, name)
        except FileNotFoundError:
            return False
        return True

    async def open(self, name: str) -> AsyncIterator[bytes]:
        """As :class:`Files`."""
        import obstore  # noqa: PLC0415

        with _named_s3():
            found = await obstore.get_async(self._store, name)
        return _streamed(found.stream(min_chunk_size=CHUNK))

    async def delete(self, name: str) -> None:
        """As :class:`Files`."""
        import obstore  # noqa: PLC0415

        with suppress(FileNotFoundError), _named_s3():
            await obstore.delete_async(self._store, name)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        file.close()


async def _streamed(stream: Any) -> AsyncIterator[bytes]:
    with _named_s3():
        async for chunk in stream:
            yield bytes(chunk)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FilesAway(type(error).__name__) from error


@contextmanager
def _named_s3() -> Iterator[None]:
    """Its errors quote addresses and answers: what happened is enough."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise FilesAway(type(error).__name__) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
