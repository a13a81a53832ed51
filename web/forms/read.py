"""What a browser posted, as the body that the schema asks for.

Nothing is decided here: what cannot be read as its type stays the text it was, and a name that the schema does not know
stays under its name, so that the API says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from web.forms.field import ADD, UNIT, WAY, escaped, fixed_by, parts_of
from web.forms.moments import read_budget, read_moment
from web.forms.shape import (
    BUDGET,
    DATE_TIME,
    Schema,
    alternatives,
    common,
    fixes,
    formats,
    is_rows,
    properties,
    types,
)

_INTEGER: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_PLAIN: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_WIDE: Final = {0xFF10 + n: str(n) for n in range(10)} | {0xFF0E: ".", 0xFF0D: "-"}
_DEEPEST: Final = 10  # parts of a name that nobody knows
_BOOLEANS: Final = {"true": True, "false": False}
_NOTHING: Final = object()
"""Nobody filled it in."""

Pairs = Iterable[tuple[str, Any]]


def body_of(schema: Schema, pairs: Pairs) -> dict[str, Any]:
    """The body: fields that nobody filled in are left out, as are rows of which nothing was filled in."""
    posted = _Posted(pairs)
    body = _object(posted, schema, "", "")
    for name, texts in posted.unread():
        _put(body, parts_of(name), texts[-1])
    return body


def added(pairs: Pairs) -> str | None:
    """The pointer of the rows of which one more was asked for; None for a form that was sent."""
    return next((value for name, value in pairs if name == ADD and isinstance(value, str)), None)


class _Posted:
    """The texts by the names of their inputs, and which of them were read."""

    def __init__(self, pairs: Pairs) -> None:
        self._texts: dict[str, list[str]] = {}
        self._read: set[str] = set()
        for name, value in pairs:
            if isinstance(value, str):
                self._texts.setdefault(name, []).append(value.replace("\r\n", "\n"))

    def all(self, name: str) -> list[str]:
        self._read.add(name)
        return self._texts.get(name, [])

    def last(self, name: str) -> str:
        return next(reversed(self.all(name)), "")

    def below(self, pointer: str, suffix: str) -> dict[str, list[str]]:
        """What was posted below a pointer, by its whole name."""
        return {n: t for n, t in self._texts.items() if n.startswith(f"{pointer}/") and n.endswith(suffix)}

    def unread(self) -> Iterable[tuple[str, list[str]]]:
        """What no field of the schema has read; what belongs to an alternative that was not chosen is no part of it."""
        for name, texts in self._texts.items():
            if name.startswith("/") and "?" not in name and name not in self._read and texts[-1]:
                yield name, texts


def _object(posted: _Posted, schema: Schema, pointer: str, suffix: str) -> dict[str, Any]:
    body = _fields(posted, common(schema), pointer, suffix, schema.get("required", ()))
    for name, one in schema.get("properties", {}).items():
        if one.get("readOnly"):
            posted.all(f"{pointer}/{escaped(name)}{suffix}")
    key = posted.last(f"{WAY}{pointer}{suffix}")
    if not key:
        return body
    known = alternatives(schema).get(key)
    inner = f"{suffix}?{key}"
    if known is None:  # it was there when the form was shown: the API says that it is gone
        for name, texts in posted.below(pointer, inner).items():
            if texts[-1]:
                _put(body, parts_of(name.removesuffix(inner).removeprefix(pointer)), texts[-1])
        return {**fixed_by(key), **body}
    own = {name: one for name, one in properties(known).items() if name not in fixes(known)}
    return {**fixes(known), **_fields(posted, own, pointer, inner, known.get("required", ())), **body}


def _fields(
    posted: _Posted, fields: Mapping[str, Schema], pointer: str, suffix: str, required: Iterable[str]
) -> dict[str, Any]:
    body = {}
    for name, schema in fields.items():
        value = _value(posted, schema, f"{pointer}/{escaped(name)}", suffix)
        if value is _NOTHING and name in required:
            value = _empty(schema)
        if value is not _NOTHING:
            body[name] = value
    return body


def _empty(schema: Schema) -> Any:
    """What stands for a required field left empty: an object, so that what is missing is told at its fields."""
    if "null" in schema.get("type", ()):
        return None
    return {} if types(schema) == ("object",) else _NOTHING


def _value(posted: _Posted, schema: Schema, pointer: str, suffix: str) -> Any:
    found = types(schema)
    if "array" in found:
        return _rows(posted, schema, pointer, suffix) if is_rows(schema) else _list(posted, schema, pointer, suffix)
    if found == ("object",):
        return _object(posted, schema, pointer, suffix) or _NOTHING
    text = posted.last(pointer + suffix)
    if formats(schema) == {BUDGET}:
        unit = posted.last(f"{UNIT}{pointer}{suffix}")
        return read_budget(_narrow(text), unit) if text else _NOTHING
    return scalar(schema, text)


def _rows(posted: _Posted, schema: Schema, pointer: str, suffix: str) -> Any:
    names = posted.below(pointer, suffix)
    indices = {name[len(pointer) + 1 :].split("/")[0] for name in names}
    rows = []
    for index in sorted((i for i in indices if _INDEX.fullmatch(i)), key=int):
        at = f"{pointer}/{index}"
        row = _object(posted, schema["items"], at, suffix)
        # A box that nobody ticked is no reason to keep a row.
        if any(value is not False for value in row.values()):
            rows.append(row)
    return rows or _NOTHING


def _list(posted: _Posted, schema: Schema, pointer: str, suffix: str) -> Any:
    lines = [line.strip() for text in posted.all(pointer + suffix) for line in text.split("\n")]
    if len(posted.all(pointer + suffix)) > 1:  # ticked, and written below once more
        lines = list(dict.fromkeys(lines))
    return [scalar(schema.get("items", {}), line) for line in lines if line] or _NOTHING


def scalar(schema: Schema, text: str) -> Any:
    """One value, if the text can be read as its type; else the text."""
    if not text:
        return _NOTHING
    found = types(schema)
    if "boolean" in found and text in _BOOLEANS:
        return _BOOLEANS[text]
    if "integer" in found and _INTEGER.fullmatch(_narrow(text)):
        return int(_narrow(text))
    # Beside texts, 007 is a text.
    if "number" in found and (_PLAIN if "string" in found else _NUMBER).fullmatch(_narrow(text)):
        return _number(_narrow(text))
    if DATE_TIME in formats(schema):
        return read_moment(text)
    return text


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _narrow(text: str) -> str:
    """Digits as machines write them, however an input method has."""
    return text.translate(_WIDE).strip()


def _put(body: dict[str, Any], parts: list[str], text: str) -> None:
    """Under its own name, unless something else stands in the way."""
    *path, last = parts[:_DEEPEST]
    for part in path:
        inner = body.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        body = inner
    body.setdefault(last, text)
