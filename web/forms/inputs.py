"""One input: how it looks, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from web.forms.field import Field, Kind, Option, Under, parts_of
from web.forms.moments import is_day, shown_budget, shown_moment
from web.forms.shape import MOST_RADIOS, UNITS, Schema, is_words, types, values

Options = Mapping[str, Sequence[tuple[str, str]]]

_YES_NO: Final = (("true", "是"), ("false", "否"))
_AGREED: Final = (("true", "同意"), ("false", "不同意"))
#: By the title of what is asked.
_ANSWERS: Final = {"是否同意": _AGREED}
_AUTOCOMPLETE: Final = {
    "/contact/name": "name",
    "/contact/phone": "tel",
    "/enterprise/name": "organization",
}
_PHONES: Final = frozenset({"phone", "mobile", "telephone", "contact_phone"})
_EXEMPLIFIED: Final = frozenset({Kind.TEXT, Kind.NUMBER})
_PER_LINE: Final = "每行一项"


@dataclass(frozen=True, slots=True)
class Given:
    """What stands around a field."""

    options: Options
    add: str | None
    without: Container[str]
    suffix: str = ""
    insists: bool = True
    """Whether the field is always shown and needed, so that a browser may insist on it."""

    def lenient(self) -> Given:
        """For what may be left out as a whole."""
        return replace(self, insists=False)

    def within(self, key: str) -> Given:
        """For an alternative."""
        return replace(self, suffix=f"{self.suffix}?{key}", insists=False)

    def choices(self, pointer: str) -> Sequence[tuple[str, str]]:
        """The codes that the field may hold, where the page knows them."""
        name = next((part for part in reversed(parts_of(pointer)) if not part.isdecimal()), "")
        return self.options.get(pointer) or self.options.get(name) or ()


def field_of(kind: Kind, schema: Schema, pointer: str, value: Any, given: Given, *, required: bool) -> Field:
    """The field of one value, or of a list of them."""
    field = Field(
        kind, pointer, schema.get("title", ""), given.suffix,
        help=_help(kind, schema), required=required, needed=required and given.insists,
        longest=schema.get("maxLength"), inputmode=_inputmode(schema, pointer),
        autocomplete=_AUTOCOMPLETE.get(pointer, ""),
    )  # fmt: skip
    if kind in {Kind.LINES, Kind.CHECKS}:
        return _list(field, schema, value, given)
    return _single(field, schema, text_of(value), given.choices(pointer))


def _single(field: Field, schema: Schema, text: str, known: Sequence[tuple[str, str]]) -> Field:
    kind = field.kind
    if kind is Kind.CHECKBOX:
        return replace(field, value=text, chosen=text == "true")
    if kind is Kind.RADIO and types(schema) == ("boolean",):
        return replace(field, options=_options(_ANSWERS.get(field.title, _YES_NO), [text]))
    if closed := known or values(schema):
        few = field.required and len(closed) <= MOST_RADIOS
        return replace(field, kind=Kind.RADIO if few else Kind.SELECT, options=_options(closed, [text]))
    if kind is Kind.BUDGET:
        count, unit = shown_budget(text)
        return replace(field, value=count, options=_options(UNITS.items(), [unit] if unit else []))
    if kind in {Kind.DATE, Kind.DATETIME}:
        return _moment(field, text)
    return replace(field, value=text)


def _moment(field: Field, text: str) -> Field:
    """In the field that can show it; what none could show is a text."""
    if not text or (field.kind is Kind.DATE and is_day(text)):
        return replace(field, value=text)
    local = shown_moment(text)
    if local is None:
        return replace(field, kind=Kind.TEXT, value=text)
    return replace(field, kind=Kind.DATETIME, value=local)


def _list(field: Field, schema: Schema, value: Any, given: Given) -> Field:
    lines = [text_of(one) for one in value] if isinstance(value, list) else [text_of(value)] if value else []
    known = given.choices(field.pointer)
    if field.kind is Kind.CHECKS and not known:
        known = values(schema.get("items", {}))
    free = replace(field, kind=Kind.LINES, help=field.help or _PER_LINE, longest=None, needed=False)
    if not known:
        return replace(free, value="\n".join(lines), needed=field.needed)
    listed = {code for code, _ in known}
    besides = [line for line in lines if line not in listed]
    checks = replace(field, kind=Kind.CHECKS, needed=False)
    if not is_words(schema):
        return replace(checks, options=_options(known, lines))
    other = replace(free, title="其他", help=_PER_LINE, value="\n".join(besides), required=False)
    return replace(checks, options=_options(known, [line for line in lines if line in listed]), fields=(other,))


def _options(known: Iterable[tuple[str, str]], said: Sequence[str]) -> tuple[Option, ...]:
    """The options; what was said, and is not among them, is kept as one more."""
    listed = dict(known)
    listed |= {text: text for text in said if text and text not in listed}
    return tuple(
        Option(value, title, value in said, title.group if isinstance(title, Under) else "")
        for value, title in listed.items()
    )


def text_of(value: Any) -> str:
    """A value as it stands in an input."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return format(Decimal(repr(value)), "f")
        case Mapping():  # a thing named by code and reference: people read its name
            return str(value.get("name") or value.get("code") or json.dumps(value, ensure_ascii=False))
        case _:
            return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def _help(kind: Kind, schema: Schema) -> str:
    said = schema.get("description", "")
    if said or kind not in _EXEMPLIFIED or not schema.get("examples"):
        return "" if kind is Kind.BUDGET else str(said)
    return f"如：{text_of(schema['examples'][0])}"


def _inputmode(schema: Schema, pointer: str) -> str:
    name = parts_of(pointer)[-1]
    if name in _PHONES:
        return "tel"
    found = types(schema)
    if found == ("integer",):
        return "numeric"
    return "decimal" if found == ("number",) else ""
