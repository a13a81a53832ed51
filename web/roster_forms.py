"""What is posted about a roster, as the API's bodies say it. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.datastructures import FormData

_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_CARRIED: Final = 128 * 1024
"""Bytes of a table that is small enough for its own form to carry it on."""


def override_of(form: FormData) -> dict[str, Any]:
    """替班."""
    return {
        "duty": _text(form, "duty"),
        "from": _moment(_text(form, "from")),
        "until": _moment(_text(form, "until")),
        "people": [str(code) for code in form.getlist("people") if code],
        "instead_of": _text(form, "instead_of") or None,
    }


def swap_of(form: FormData) -> dict[str, Any]:
    """换班: each side is a moment and a person, as ``side`` has written them."""
    sides = {}
    for name in ("first", "second"):
        at, _, person = _text(form, name).partition(" ")
        sides[name] = {"at": at, "person": person}
    return {"duty": _text(form, "duty"), **sides}


SAID: Final[Mapping[str, Callable[[FormData], dict[str, Any]]]] = {"overrides": override_of, "swaps": swap_of}
"""What may be added by a form."""


def carried(content: bytes) -> str:
    """A table that was tried, for the form that writes it; empty for one that is too large."""
    return base64.b64encode(content).decode() if len(content) <= _CARRIED else ""


def uncarried(text: str) -> bytes:
    """The table that such a form carried; empty for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _moment(local: str) -> str:
    """A moment that was typed in Beijing time; what is none goes on as it is, and is refused."""
    return f"{local}:00+08:00" if _LOCAL.fullmatch(local) else local
