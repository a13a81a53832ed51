"""Messages between us and outside bodies, signed by the Standard Webhooks scheme.

The secrets are in files or in the environment, nowhere else, and are read when they are needed: a new one holds without
a restart. Of several, one a line, all sign and all are taken: so either side can change at its own time.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from standardwebhooks import Webhook

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_PREFIX: Final = "whsec_"
_BYTES: Final = range(24, 65)  # as the scheme asks for
_LONGEST: Final = 4096


class SecretMissing(Exception):  # noqa: N818 - a state of the configuration
    """There is no usable secret of this name; the message says why, and never what stood there."""


class Secrets:
    """The secrets of a process, by name."""

    def __init__(self, directory: Path, variables: str = "APPEALS_PARTNER_SECRET") -> None:
        """``directory`` holds a file for each name, with a secret a line; the environment wins over it.

        ``variables``: how the names of its variables begin.
        """
        self._directory = directory
        self._variables = variables

    def of(self, name: str) -> tuple[Webhook, ...]:
        """What signs and verifies under this name. Raises SecretMissing."""
        variable = f"{self._variables}_{name.upper().replace('-', '_')}"
        text = os.environ.get(variable)
        if text is None:
            try:
                text = (self._directory / name).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                where = f"{variable}, {self._directory / name}"
                raise SecretMissing(f"{where}: {getattr(error, 'strerror', 'not text')}") from None
        secrets = text.split()
        if not secrets:
            raise SecretMissing(f"{name}: empty")
        return tuple(_hook(name, secret) for secret in secrets)


def new_secret() -> str:
    """A fresh secret with 256 random bits."""
    return _PREFIX + base64.b64encode(os.urandom(32)).decode()


def signed(hooks: Sequence[Webhook], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers that sign ``body`` as sent at ``at``."""
    at = at.astimezone(UTC)
    return {
        ID: message_id,
        TIMESTAMP: str(int(at.timestamp())),
        SIGNATURE: " ".join(hook.sign(message_id, at, body) for hook in hooks),
    }


def is_genuine(hooks: Sequence[Webhook], headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed ``body``, within five minutes of now. Whatever the headers hold, it answers."""
    given = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    if any(len(value) > _LONGEST for value in given.values()):
        return False
    return any(_verifies(hook, given, body) for hook in hooks)


def _verifies(hook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    # The library raises its own error for a wrong signature, and others for one that is none at all.
    try:
        hook.verify(body, headers, json_parse=False)
    except Exception:  # noqa: BLE001
        return False
    return True


def _hook(name: str, secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _BYTES:
        raise SecretMissing(f"{name}: not of the form whsec_… with 24 to 64 bytes in base64")
    return Webhook(key)
