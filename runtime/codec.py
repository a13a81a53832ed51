"""Payloads and failures as the engine keeps them: AES-256-GCM, with the key's id beside each, so that keys can change.

Histories live for months. The first key of the ring encrypts, every key of the ring decrypts; a key is taken out of the
ring only when no history that it encrypted is left.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import os
import re
import secrets
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
)

from runtime.errors import CodecKeysError
from runtime.settings import Settings

ENCODING: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"
COMPRESSION: Final = "compression"
_ZLIB: Final = b"zlib"
_WORTH_BYTES: Final = 512
"""Less is not compressed."""
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_KID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MEND: Final = "每行一个密钥，形如 kid:base64（32 字节）。 / One key a line: kid:base64 of 32 bytes."


class UnknownKeyError(Exception):
    """A payload names a key that is not in the ring."""


class TamperedPayloadError(Exception):
    """A payload is not what its key encrypted."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id, in order: the first encrypts. Never printed."""

    keys: tuple[tuple[str, bytes], ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Keys from lines (or a comma-separated line) of `kid:base64`, or a JSON object of the same.

        Raises:
            CodecKeysError: nothing there, a key that is no key, an id given twice.
        """
        pairs = [_pair(*entry) for entry in _entries(text)]
        if not pairs:
            raise CodecKeysError("没有加密密钥。", "There is no payload key.", _MEND)
        if len({kid for kid, _ in pairs}) != len(pairs):
            raise CodecKeysError("密钥编号重复。", "A key id is given twice.", _MEND)
        return cls(tuple(pairs))


def _entries(text: str) -> list[tuple[str, str]]:
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text, object_pairs_hook=list)
        except json.JSONDecodeError:
            raise CodecKeysError("密钥不是合法的 JSON。", "The keys are no valid JSON.", _MEND) from None
        return [(str(kid), str(key)) for kid, key in found]
    lines = [line.strip() for line in text.replace(",", "\n").splitlines()]
    return [(kid, key) for kid, _, key in (line.partition(":") for line in lines if line and not line.startswith("#"))]


def _pair(kid: str, encoded: str) -> tuple[str, bytes]:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _KID.fullmatch(kid) or len(key) != KEY_BYTES:
        # The id is no secret; whatever stands where a key should be may be one, so it is not repeated.
        named = kid if _KID.fullmatch(kid) else "?"
        raise CodecKeysError(f"密钥 {named} 无法使用。", f"Key {named} cannot be used.", _MEND)
    return kid, key


class EncryptingCodec(PayloadCodec):
    """Encrypts whole payloads, metadata and all; what is not encrypted passes through decoding untouched.

    Larger ones are compressed first: histories live for months, and their bytes are most of the engine's database.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._ciphers = {kid: AESGCM(key) for kid, key in keyring.keys}
        self._current = keyring.keys[0][0]

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload encrypted with the first key."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload decrypted with the key it names.

        Raises:
            UnknownKeyError: that key is not in the ring.
            TamperedPayloadError: it is not what that key encrypted.
        """
        return [self._decrypt(payload) if _encrypted(payload) else payload for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = secrets.token_bytes(NONCE_BYTES)
        kid = self._current.encode()
        metadata = {"encoding": ENCODING, KEY_ID: kid}
        plain = payload.SerializeToString()
        if len(plain) >= _WORTH_BYTES:
            plain = zlib.compress(plain, level=1)
            metadata[COMPRESSION] = _ZLIB
        return Payload(metadata=metadata, data=nonce + self._ciphers[self._current].encrypt(nonce, plain, kid))

    def _decrypt(self, payload: Payload) -> Payload:
        kid = payload.metadata[KEY_ID]
        cipher = self._ciphers.get(kid.decode(errors="replace"))
        if cipher is None:
            raise UnknownKeyError(
                f"payload key {kid!r} is not among the configured keys ({', '.join(self._ciphers)}): "
                "add it to APPEALS_CODEC_KEYS or the key file, after the key that encrypts"
            )
        try:
            opened = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], kid)
            if payload.metadata.get(COMPRESSION) == _ZLIB:
                opened = zlib.decompress(opened)
            return Payload.FromString(opened)
        except (InvalidTag, ValueError, zlib.error, DecodeError):
            raise TamperedPayloadError(f"a payload is not what key {kid!r} encrypted") from None


def _encrypted(payload: Payload) -> bool:
    return payload.metadata.get("encoding") == ENCODING


#: One for all: a workflow makes a converter of its own, and building the adapters anew costs more than using them.
_JSON: Final = PydanticJSONPlainPayloadConverter()


class _Payloads(CompositePayloadConverter):
    """The default converters, with JSON by pydantic: in UTF-8, checked against the types, forty times as fast."""

    def __init__(self) -> None:
        usual = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(c, JSONPlainPayloadConverter) else c for c in usual))


def data_converter(keyring: Keyring) -> DataConverter:
    """JSON payloads, encrypted; of a failure, message and stack trace are encrypted too."""
    return dataclasses.replace(
        DataConverter.default,
        payload_converter_class=_Payloads,
        payload_codec=EncryptingCodec(keyring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def load_keyring(settings: Settings) -> Keyring:
    """The keys of the environment, else of the key file.

    Raises:
        CodecKeysError: neither is there, or what is there cannot be used.
    """
    if settings.codec_keys is not None:
        return Keyring.parse(settings.codec_keys.get_secret_value())
    try:
        return Keyring.parse(settings.key_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CodecKeysError(
            f"读不到密钥文件 {settings.key_file}：{error.strerror}。",
            f"The key file {settings.key_file} cannot be read: {error.strerror}.",
            "设置 APPEALS_CODEC_KEYS 或 APPEALS_CODEC_KEYS_FILE，或用 appeals up 生成。 / "
            "Set APPEALS_CODEC_KEYS or APPEALS_CODEC_KEYS_FILE, or let `appeals up` make one.",
        ) from None


def ensure_key_file(path: Path) -> Path:
    """Make a key file with one fresh key, readable by its owner only; leave one that is there as it is.

    The file appears complete or not at all, and of two makers one wins.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"k{secrets.token_hex(4)}:{key}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return path
    finally:
        Path(draft).unlink()
    return path
