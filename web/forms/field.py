"""What a form is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

ADD: Final = "_add"
"""The button that asks for one more row; its value is the pointer of the rows."""
WAY: Final = "_way"
"""Before the pointer of an object: which of its alternatives was chosen."""
UNIT: Final = "_unit"
"""Before the pointer of a stretch of time: what is counted."""
_NO_ID: Final = re.compile(r"[^A-Za-z0-9]+")


class Kind(StrEnum):
    """What a field looks like."""

    TEXT = "text"
    TEXTAREA = "textarea"
    DATE = "date"
    DATETIME = "datetime"
    BUDGET = "budget"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    SELECT = "select"
    RADIO = "radio"
    CHECKS = "checks"
    LINES = "lines"
    GROUP = "group"
    ROWS = "rows"
    CHOICE = "choice"


class Under(str):
    """The words of an option that stands under a heading with others."""

    __slots__ = ("group",)
    group: str

    def __new__(cls, words: str, group: str) -> Self:
        """``group`` is the heading."""
        made = super().__new__(cls, words)
        made.group = group
        return made


@dataclass(frozen=True, slots=True)
class Option:
    """One of several: what is posted, and what people read, perhaps under a heading."""

    value: str
    title: str
    chosen: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or several under one heading.

    ``fields`` are the fields of a group, the rows (each a group), the alternatives of a choice (each a group whose
    ``value`` is its key), or the free lines beside boxes to tick. ``needed``: a browser may insist on it, for it is
    always shown; ``required`` alone is the mark that people see.
    """

    kind: Kind
    pointer: str
    title: str = ""
    suffix: str = ""
    value: str = ""
    help: str = ""
    required: bool = False
    needed: bool = False
    chosen: bool = False
    options: tuple[Option, ...] = ()
    fields: tuple[Field, ...] = ()
    faults: tuple[str, ...] = ()
    longest: int | None = None
    inputmode: str = ""
    autocomplete: str = ""
    is_alternative: bool = False

    @property
    def name(self) -> str:
        """The name of the input."""
        return self.pointer + self.suffix

    @property
    def id(self) -> str:
        """The id of the input on its page."""
        return "f" + _NO_ID.sub("-", self.name)

    def control(self, kind: str) -> str:
        """The name of a control that goes with it."""
        return kind + self.name

    def shown(self) -> tuple[Field, ...]:
        """The fields below it that are in force: of a choice, those of the alternative that was chosen."""
        return tuple(f for f in self.fields if self.kind is not Kind.CHOICE or f.chosen)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields, and what is wrong that no field could show."""

    fields: tuple[Field, ...]
    faults: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.faults) or any(map(_is_refused, self.fields))

    @property
    def wrong(self) -> tuple[Field, ...]:
        """The fields with which something is wrong, in their order."""
        return tuple(_wrong(self.fields))

    @property
    def has_rows(self) -> bool:
        """Whether there is a button for one more row, which stands before the one that sends the form."""
        return any(map(_has_rows, self.fields))


def _has_rows(field: Field) -> bool:
    return field.kind is Kind.ROWS or any(map(_has_rows, field.fields))


def _wrong(fields: tuple[Field, ...]) -> Iterator[Field]:
    for one in fields:
        if one.faults:
            yield one
        yield from _wrong(one.fields)


def _is_refused(field: Field) -> bool:
    return bool(field.faults) or any(map(_is_refused, field.fields))


def with_faults(fields: tuple[Field, ...], told: dict[str, tuple[str, ...]]) -> tuple[Field, ...]:
    """The fields with what is wrong with them, by pointer; alternatives that were not chosen have nothing wrong."""
    return tuple(_with_faults(field, told) for field in fields)


def _with_faults(field: Field, told: dict[str, tuple[str, ...]]) -> Field:
    if field.is_alternative and not field.chosen:
        return field
    place = field.control(WAY) if field.kind is Kind.CHOICE else field.pointer
    mine = () if field.is_alternative else told.get(place, ())
    inner = field.fields if field.kind is Kind.CHECKS else with_faults(field.fields, told)
    return replace(field, fields=inner, faults=mine)


def escaped(name: str) -> str:
    """One part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def parts_of(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def key_of(consts: dict[str, str]) -> str:
    """The key of an alternative: what it fixes. It still says so when the alternative itself is gone."""
    return urlencode(consts)


def fixed_by(key: str) -> dict[str, str]:
    """What an alternative fixes."""
    return dict(parse_qsl(key))
