"""The same request twice does one thing: what identifies a request, and what identifies its content."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from api.problems import Problem
from domain.journal import canonical


def update_id(caller: str, number: str, key: str) -> str:
    """The id of an action's update: keys are scoped to caller and appeal."""
    return _sha256([caller, number, key])


def digest(action: str, body: dict[str, Any]) -> str:
    """What the request says: the same key with another digest is another request."""
    return _sha256({"action": action, "body": body})


def check_same(known: str, asked: str) -> None:
    """Raises a 422 :class:`Problem` when a key comes back with another content."""
    if known != asked:
        detail = "该幂等键已用于另一请求；请换一个新的 Idempotency-Key"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail)


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
