from __future__ import annotations

import base64
import json
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from runtime.codec import (
    EncryptingCodec,
    Keyring,
    TamperedPayloadError,
    UnknownKeyError,
    data_converter,
    ensure_key_file,
    load_keyring,
)
from runtime.errors import CodecKeysError
from runtime.settings import Settings

PLANTED = "张三丰"


def line(kid: str, fill: int) -> str:
    return f"{kid}:{base64.b64encode(bytes([fill]) * 32).decode()}"


OLD, NEW = line("old", 1), line("new", 2)


@dataclass(frozen=True, slots=True)
class Message:
    name: str
    stages: tuple[str, ...]


async def test_what_goes_in_comes_out_and_is_not_readable_between() -> None:
    converter = data_converter(Keyring.parse(NEW))
    message = Message(PLANTED, ("submitted", "accepted"))
    sealed = await converter.encode([message, None, PLANTED])
    for payload in sealed:
        wire = payload.SerializeToString()
        assert PLANTED.encode() not in wire
        assert json.dumps(PLANTED).strip('"').encode() not in wire
        assert b"submitted" not in wire
        assert payload.metadata["encryption-key-id"] == b"new"
    assert await converter.decode(sealed, [Message, type(None), str]) == [message, None, PLANTED]


async def test_the_same_payload_never_looks_the_same() -> None:
    codec = EncryptingCodec(Keyring.parse(NEW))
    first, second = await codec.encode([Payload(data=b"x"), Payload(data=b"x")])
    assert first.data != second.data


async def test_after_a_rotation_old_histories_are_read_and_new_ones_use_the_new_key() -> None:
    before = EncryptingCodec(Keyring.parse(OLD))
    after = EncryptingCodec(Keyring.parse(f"{NEW}\n{OLD}"))
    (old,) = await before.encode([Payload(data=b"x")])
    (new,) = await after.encode([Payload(data=b"y")])
    assert new.metadata["encryption-key-id"] == b"new"
    assert [p.data for p in await after.decode([old, new])] == [b"x", b"y"]


async def test_an_unknown_key_is_named_with_what_to_do() -> None:
    (old,) = await EncryptingCodec(Keyring.parse(OLD)).encode([Payload(data=b"x")])
    with pytest.raises(UnknownKeyError, match=r"'old' is not among .*new.*APPEALS_CODEC_KEYS"):
        await EncryptingCodec(Keyring.parse(NEW)).decode([old])


@pytest.mark.parametrize("at", [0, 11, 12, -1])
async def test_a_changed_byte_is_noticed(at: int) -> None:
    codec = EncryptingCodec(Keyring.parse(NEW))
    (sealed,) = await codec.encode([Payload(data=b"x" * 40)])
    changed = bytearray(sealed.data)
    changed[at] ^= 1
    sealed.data = bytes(changed)
    with pytest.raises(TamperedPayloadError):
        await codec.decode([sealed])


async def test_a_payload_cut_short_or_under_another_keys_name_is_noticed() -> None:
    codec = EncryptingCodec(Keyring.parse(f"{NEW}\n{line('twin', 2)}"))
    (sealed,) = await codec.encode([Payload(data=b"x")])
    renamed = Payload()
    renamed.CopyFrom(sealed)
    renamed.metadata["encryption-key-id"] = b"twin"
    sealed.data = sealed.data[:5]
    for payload in (sealed, renamed):
        with pytest.raises(TamperedPayloadError):
            await codec.decode([payload])


async def test_what_was_never_encrypted_passes() -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await EncryptingCodec(Keyring.parse(NEW)).decode([plain]) == [plain]


async def test_a_failures_words_and_stack_are_encrypted_and_come_back() -> None:
    converter = data_converter(Keyring.parse(NEW))
    failure = Failure()
    try:
        raise ApplicationError(f"{PLANTED} has no phone", {"name": PLANTED}, type="no-phone")
    except ApplicationError as error:
        await converter.encode_failure(error, failure)
    wire = failure.SerializeToString()
    assert PLANTED.encode() not in wire
    assert b"test_codec" not in wire
    back = await converter.decode_failure(failure)
    assert isinstance(back, ApplicationError)
    assert back.message == f"{PLANTED} has no phone"
    assert back.type == "no-phone"
    assert list(back.details) == [{"name": PLANTED}]


@pytest.mark.parametrize(
    "text",
    [f"# comment\n\n{NEW}\n{OLD}\n", f"{NEW},{OLD}", json.dumps(dict(entry.split(":") for entry in (NEW, OLD)))],
)
def test_keys_are_read_from_lines_one_line_or_json(text: str) -> None:
    assert [kid for kid, _ in Keyring.parse(text).keys] == ["new", "old"]


@pytest.mark.parametrize(
    "text", ["", "#", "{", "{}", "k", "k:", "k:c2hvcnQ=", f"a b:{NEW.split(':')[1]}", f"{NEW}\n{NEW}", "{1: 2}"]
)
def test_what_is_no_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(CodecKeysError, match="kid:base64"):
        Keyring.parse(text)


def test_a_key_is_never_repeated_in_words_or_repr() -> None:
    secret = NEW.split(":")[1]
    assert secret not in repr(Keyring.parse(NEW))
    with pytest.raises(CodecKeysError) as refused:
        Keyring.parse(secret + "!")
    assert secret not in str(refused.value)


def test_a_key_file_is_its_owners_and_is_left_alone_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "codec-keys"
    ensure_key_file(file)
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(Keyring.parse(before.decode()).keys) == 1
    ensure_key_file(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_of_many_makers_one_wins_and_nobody_sees_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "codec-keys"
    seen: list[str] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        seen.append(ensure_key_file(file).read_text())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert set(seen) == {file.read_text()}
    assert list(tmp_path.iterdir()) == [file]


def test_the_environments_keys_win_over_the_file(settings: Settings) -> None:
    ensure_key_file(settings.key_file)
    chosen = Settings.load(data_dir=settings.data_dir, codec_keys=OLD)
    assert load_keyring(chosen).keys[0][0] == "old"
    assert load_keyring(settings).keys[0][0].startswith("k")


def test_missing_keys_are_told_with_the_way_out(settings: Settings) -> None:
    with pytest.raises(CodecKeysError, match="APPEALS_CODEC_KEYS"):
        load_keyring(settings)
