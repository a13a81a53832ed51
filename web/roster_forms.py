"""What is posted about a roster, as the API's bodies say it. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.datastructures import FormData

from domain.errors import Fault

_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_MINUTE: Final = len("08:30")
_CARRIED: Final = 128 * 1024
"""Bytes of a table that is small enough for its own form to carry it on."""
_FIELDS: Final = {"unit": "span"}
"""Where a field of a form is called otherwise than in the API's body: the path has a unit already."""


def override_of(form: FormData) -> dict[str, Any]:
    """替班."""
    return {
        "duty": text_of(form, "duty"),
        **_stretch(form),
        "people": [str(code) for code in form.getlist("people") if code],
        "instead_of": text_of(form, "instead_of") or None,
    }


def swap_of(form: FormData) -> dict[str, Any]:
    """换班: each side is a moment and a person, as ``side`` has written them."""
    sides = {}
    for name in ("first", "second"):
        at, _, person = text_of(form, name).partition(" ")
        sides[name] = {"at": at, "person": person}
    return {"duty": text_of(form, "duty"), **sides}


def rotation_of(form: FormData, order: list[list[str]]) -> dict[str, Any]:
    """轮值, without its id."""
    return {
        "duty": text_of(form, "duty"),
        "order": order,
        "starts_on": text_of(form, "starts_on"),
        "hand_over": text_of(form, "hand_over")[:_MINUTE] or "08:30",
        "ends_on": text_of(form, "ends_on") or None,
        **_length(form),
    }


def temporary_of(form: FormData, order: list[list[str]]) -> dict[str, Any]:
    """临时勤务."""
    return {
        "name": text_of(form, "name"),
        "duty": text_of(form, "duty"),
        **_stretch(form),
        "order": order,
        **_length(form),
    }


def absence_of(form: FormData) -> dict[str, Any]:
    """请假: from, until, and who stands in."""
    chosen = dict.fromkeys(str(code) for code in form.getlist("substitutes") if code)
    return {**_stretch(form), "substitutes": list(chosen)}


SAID: Final[Mapping[str, Callable[[FormData], dict[str, Any]]]] = {"overrides": override_of, "swaps": swap_of}
"""What may be added by a form in which people are chosen from a list."""


def field_of(fault: Fault, prefix: str = "") -> str:
    """The field of a form that a fault points at; empty where it is none of it."""
    if not fault.pointer.startswith(f"{prefix}/"):
        return ""
    name = fault.pointer.removeprefix(f"{prefix}/").partition("/")[0]
    return _FIELDS.get(name, name)


def carried(content: bytes) -> str:
    """A table that was tried, for the form that writes it; empty for one that is too large."""
    return base64.b64encode(content).decode() if len(content) <= _CARRIED else ""


def uncarried(text: str) -> bytes:
    """The table that such a form carried; empty for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def text_of(form: FormData, name: str) -> str:
    """A field as it was typed, without blanks around it."""
    return str(form.get(name, "")).strip()


def moment_of(local: str) -> str:
    """A moment that was typed in Beijing time; what is none goes on as it is, and is refused."""
    found = _LOCAL.fullmatch(local)
    seconds = "" if found and found[1] else ":00"
    return f"{local}{seconds}+08:00" if found else local


def _stretch(form: FormData) -> dict[str, str]:
    return {name: moment_of(text_of(form, name)) for name in ("from", "until")}


def _length(form: FormData) -> dict[str, Any]:
    """How long a shift is; what is no number goes on as it is, and is refused."""
    every = text_of(form, "every") or "1"
    return {"every": int(every) if _NUMBER.fullmatch(every) else every, "unit": text_of(form, "span") or "days"}
