"""Calls out of the house: a client that goes only where it is told to, and why no answer came."""

from __future__ import annotations

from typing import Final

import httpx2

from runtime.version import VERSION
from runtime.webhooks import SecretMissing
from worker.guard import Forbidden, Unresolved

_STEP: Final = 8.0

#: The narrower before the wider.
_CODES: Final[dict[type[Exception], str]] = {
    SecretMissing: "no-secret",
    Forbidden: "address-forbidden",
    Unresolved: "address-unknown",
    TimeoutError: "timeout",
    httpx2.TimeoutException: "timeout",
    httpx2.ConnectError: "unreachable",
    httpx2.HTTPError: "broken-answer",
    httpx2.InvalidURL: "address-unknown",
}
FAULTS: Final = tuple(_CODES)
"""Everything by which a call can fail without an answer."""


def fault_of(error: Exception) -> str:
    """Why no answer came, as a code."""
    return next(code for kind, code in _CODES.items() if isinstance(error, kind))


def client(limits: httpx2.Limits, seconds: float) -> httpx2.AsyncClient:
    """No redirects, no proxy; ``seconds`` is all the time that an attempt has."""
    return httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(limits=limits),
        timeout=httpx2.Timeout(min(_STEP, seconds)),
        # A proxy of the environment would call for us, and what it may call is not ours to judge.
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": f"appeal-loop/{VERSION}"},
    )
