"""The bytes of attachments in a directory and in a real S3 server: written whole, given back, taken out."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from storage.attachment_files import CHUNK, Files, FilesAway, LocalFiles, S3Files

NAME = "att-" + "ab" * 16
LARGE = os.urandom(3 * CHUNK + 17)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    httpx2.put(f"{address}/papers", trust_env=False).raise_for_status()
    yield address
    server.stop()


def _s3_files(address: str, place: str = "s3://papers/appeals/attachments") -> S3Files:
    return S3Files(
        place,
        endpoint=address,
        region="cn-test",
        access_key_id="key",
        secret_access_key="secret",
        client_options={"allow_http": True},
    )


@pytest.fixture(params=["directory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "directory":
        return LocalFiles(tmp_path / "attachments")
    return _s3_files(request.getfixturevalue("s3"))


async def read(files: Files, name: str = NAME) -> bytes:
    return b"".join([chunk async for chunk in await files.open(name)])


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
async def test_what_is_put_is_given_back(files: Files, content: bytes) -> None:
    with tempfile.SpooledTemporaryFile(max_size=CHUNK) as file:
        file.write(content)
        await files.put(NAME, file)  # type: ignore[arg-type]
    assert await files.has(NAME)
    assert await read(files) == content
    await files.delete(NAME)


async def test_putting_it_again_is_harmless(files: Files) -> None:
    await files.put(NAME, io.BytesIO(b"first"))
    await files.put(NAME, io.BytesIO(b"again"))
    assert await read(files) == b"again"


async def test_what_is_not_there_is_told(files: Files) -> None:
    absent = "att-" + "cd" * 16
    assert not await files.has(absent)
    with pytest.raises(FileNotFoundError):
        await files.open(absent)
    await files.delete(absent)


async def test_what_is_deleted_is_gone(files: Files) -> None:
    await files.put(NAME, io.BytesIO(b"x"))
    await files.delete(NAME)
    assert not await files.has(NAME)


async def test_s3_keeps_it_under_the_folder_that_was_named(s3: str) -> None:
    await _s3_files(s3).put(NAME, io.BytesIO(b"x"))
    assert await read(_s3_files(s3, "s3://papers"), f"appeals/attachments/{NAME}") == b"x"


async def test_an_s3_server_that_refuses_is_away(s3: str) -> None:
    with pytest.raises(FilesAway):
        await _s3_files(s3, "s3://no-such-bucket").put(NAME, io.BytesIO(b"x"))


async def test_a_file_is_for_its_owner_only_and_no_draft_is_left(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "attachments")
    await files.put(NAME, io.BytesIO(b"x"))
    path = files.path(NAME)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [p for p in (tmp_path / "attachments").rglob("*") if p.is_file()] == [path]


async def test_what_cannot_be_written_whole_does_not_appear(tmp_path: Path) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("the disk is full")
            return super().read(size)

    files = LocalFiles(tmp_path / "attachments")
    with pytest.raises(FilesAway):
        await files.put(NAME, Torn(LARGE))
    assert not [p for p in (tmp_path / "attachments").rglob("*") if p.is_file()]


async def test_a_directory_that_cannot_be_made_is_away(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("in the way")
    with pytest.raises(FilesAway):
        await LocalFiles(tmp_path / "attachments").put(NAME, io.BytesIO(b"x"))
