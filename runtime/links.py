"""Links that prove by themselves that we made them: for calendars and messages, where nobody can sign in.

They are signed with keys derived from those that encrypt the engine's payloads, which every process has anyway. While
a key is in the ring, what it signed is taken.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from runtime.codec import Keyring, load_keyring
from runtime.errors import CodecKeysError
from runtime.settings import Settings

ESCALATION: Final = "escalation"
"""The purpose of links in messages by which somebody takes an escalation with one tap."""
RATE: Final = "rate"
"""The purpose of links in messages by which an enterprise rates an answer."""
TRACK: Final = "track"
"""The purpose of the digits by which an appeal's contact follows it."""
_LONGEST: Final = 2048
_DIGITS: Final = 6


class BadLink(Exception):  # noqa: N818 - an answer to whoever followed it
    """A link that we did not make, or made for something else, or too long ago."""


class ExpiredLink(BadLink):
    """A link that we made, too long ago."""


class Links:
    """Signs and reads what stands in links. Each ``purpose`` has keys of its own: no link serves for another."""

    def __init__(self, ring: Keyring) -> None:
        # The library takes the oldest first, and signs with the last.
        self._keys = [key for _, key in reversed(ring.keys)]

    def sign(self, purpose: str, *said: str, at: datetime | None = None) -> str:
        """A token for a link that says these words; it holds no more than them and the time, which is now or ``at``.

        Made twice for the same moment, it is the same.
        """
        return str(self._serializer(purpose, at).dumps(list(said)))

    def read(self, purpose: str, token: str, seconds: int | None = None) -> tuple[str, ...]:
        """What the token says, if it is not older than so many ``seconds``. Raises BadLink, or ExpiredLink."""
        try:
            if len(token) > _LONGEST:
                raise BadLink
            return tuple(self._serializer(purpose).loads(token, max_age=seconds))
        except SignatureExpired:
            raise ExpiredLink from None
        except BadData:
            raise BadLink from None

    def digits(self, purpose: str, *said: str, at: datetime) -> str:
        """Six digits for these words at this moment: nobody without our keys guesses them, and nothing need keep them.

        So few can be tried out: whoever takes them counts the attempts.
        """
        return _digits(self._keys[-1], purpose, said, at)

    def are_digits(self, given: str, purpose: str, *said: str, at: datetime) -> bool:
        """Whether these are they, by any key of the ring."""
        made = [_digits(key, purpose, said, at) for key in self._keys]
        return any(hmac.compare_digest(given.encode(), one.encode()) for one in made)

    def _serializer(self, purpose: str, at: datetime | None = None) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._keys,
            salt=f"appeals.{purpose}",
            signer=_Signer,
            signer_kwargs={"key_derivation": "hmac", "at": at},
        )


def _digits(key: bytes, purpose: str, said: tuple[str, ...], at: datetime) -> str:
    own = hmac.digest(key, f"appeals.{purpose}".encode(), hashlib.sha256)
    words = "\0".join((*said, at.astimezone(UTC).isoformat()))
    number = int.from_bytes(hmac.digest(own, words.encode(), hashlib.sha256))
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


class _Signer(TimestampSigner):
    """Signs for a moment that may be given."""

    def __init__(self, *keys: Any, at: datetime | None = None, **more: Any) -> None:
        super().__init__(*keys, **more)
        self._at = at

    def get_timestamp(self) -> int:
        """Seconds since 1970."""
        return int(self._at.timestamp()) if self._at else super().get_timestamp()


def load_links(settings: Settings) -> Links | None:
    """The links of a process; None where it has no keys, as an API without an engine."""
    try:
        return Links(load_keyring(settings))
    except CodecKeysError:
        return None
