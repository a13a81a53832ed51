"""What a schema says about a field: read the same way for showing it and for reading it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.paper_words import METHODS, OUTCOMES
from domain.budget import Unit
from domain.routing import WORDS
from domain.schemas import SHORT
from domain.vocabulary import Outcome, PauseReason, VisitResult
from domain.wording import REASONS
from web.forms.field import Kind, key_of

Schema = Mapping[str, Any]

MOST_RADIOS: Final = 5
_ONE_LINE: Final = 300
"""So long a text is still a place or a name, and stands in one line."""
DATE, DATE_TIME, BUDGET = "date", "date-time", "budget"
UNITS: Final[Mapping[str, str]] = {
    Unit.WORKING_DAYS.value: "个工作日",
    Unit.NATURAL_DAYS.value: "个自然日",
    Unit.HOURS.value: "小时",
    Unit.WORKING_HOURS.value: "个工作小时",
    Unit.MINUTES.value: "分钟",
    Unit.MONTHS.value: "个月",
}
_CLAIMS = (Outcome.SOLVED, Outcome.PARTLY_SOLVED, Outcome.NOT_SOLVABLE)
#: The values of closed lists as people read them; the others are Chinese already.
VALUES: Final[Mapping[str, str]] = {
    **WORDS,
    **{reason.value: REASONS[reason].chinese for reason in PauseReason},
    **{method.value: word for method, word in METHODS.items()},
    **{outcome.value: OUTCOMES[outcome] for outcome in _CLAIMS},
    VisitResult.SATISFIED.value: "满意",
    VisitResult.DISSATISFIED.value: "不满意",
    VisitResult.UNREACHABLE.value: "联系不上",
}


def types(schema: Schema) -> tuple[str, ...]:
    """The types a value may have, null apart; what a schema leaves open is a text."""
    given = schema.get("type")
    if given is None:
        found = [kind for one in _branches(schema) for kind in types(one)]
        if not found:
            found = ["object"] if "properties" in schema else ["string"]
    else:
        found = [given] if isinstance(given, str) else list(given)
    return tuple(dict.fromkeys(kind for kind in found if kind != "null"))


def formats(schema: Schema) -> frozenset[str]:
    """The formats a text may have."""
    return frozenset(filter(None, (schema.get("format"), *(one.get("format") for one in _branches(schema)))))


def _branches(schema: Schema) -> Iterable[Schema]:
    return (*schema.get("anyOf", ()), *schema.get("oneOf", ()))


def properties(schema: Schema) -> dict[str, Schema]:
    """The fields of an object that people fill in; registers fill in the others."""
    return {name: one for name, one in schema.get("properties", {}).items() if not one.get("readOnly")}


def alternatives(schema: Schema) -> dict[str, Schema]:
    """The alternatives of an object by their keys: those that fix something, and so can be told apart."""
    found = {key_of(fixes(one)): one for one in schema.get("oneOf", ()) if fixes(one)}
    return found if "object" in types(schema) else {}


def fixes(alternative: Schema) -> dict[str, str]:
    """What an alternative fixes: the fields with one possible value."""
    given = alternative.get("properties", {})
    return {name: one["const"] for name, one in given.items() if isinstance(one.get("const"), str)}


def common(schema: Schema) -> dict[str, Schema]:
    """The fields that no alternative says anything about."""
    narrowed = {name for one in alternatives(schema).values() for name in one.get("properties", {})}
    return {name: one for name, one in properties(schema).items() if name not in narrowed}


def values(schema: Schema) -> list[tuple[str, str]]:
    """The values of a closed list, each with its words; empty where anything goes."""
    if "enum" in schema:
        return [(str(one), VALUES.get(str(one), str(one))) for one in schema["enum"] if one is not None]
    titled = [one for one in schema.get("oneOf", ()) if "const" in one]
    return [(str(one["const"]), one.get("title", str(one["const"]))) for one in titled]


def is_rows(schema: Schema) -> bool:
    """A list of objects whose fields are known."""
    items = schema.get("items", {})
    return "array" in types(schema) and types(items) == ("object",) and bool(properties(items))


def is_words(schema: Schema) -> bool:
    """A list of things named in words: what is offered for it may be added to."""
    return "object" in types(schema.get("items", {}))


def kind_of(schema: Schema, *, required: bool) -> Kind | None:
    """What a field of this schema looks like; None for an object of which nothing is known."""
    found = types(schema)
    if "array" in found:
        return _kind_of_list(schema)
    if found == ("object",):
        return Kind.GROUP if schema.get("properties") or alternatives(schema) else None
    if found == ("boolean",):
        return Kind.RADIO if required else Kind.CHECKBOX
    if closed := values(schema):
        return Kind.RADIO if required and len(closed) <= MOST_RADIOS else Kind.SELECT
    return Kind.NUMBER if found in {("integer",), ("number",)} else _kind_of_text(schema)


def _kind_of_list(schema: Schema) -> Kind:
    if is_rows(schema):
        return Kind.ROWS
    return Kind.CHECKS if values(schema.get("items", {})) else Kind.LINES


def _kind_of_text(schema: Schema) -> Kind:
    match sorted(formats(schema)):
        case [one] if one == BUDGET:
            return Kind.BUDGET
        case [one] if one == DATE_TIME:
            return Kind.DATETIME
        case [first, *_] if first == DATE:
            return Kind.DATE
    return Kind.TEXTAREA if schema.get("maxLength", SHORT) > _ONE_LINE else Kind.TEXT
