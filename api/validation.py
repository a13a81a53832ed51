"""Checking values against JSON Schema (2020-12): every fault with an RFC 6901 pointer and a Chinese sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import relevance

from api.problems import Problem, unprocessable
from api.words import given, missing, sentence, titled, unknown
from domain.budget import BadBudget, parse
from domain.errors import Fault

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})",
)
#: Beyond these years arithmetic on moments would leave what a date can hold; nobody means them.
YEARS = range(1900, 2200)
_MOST = 100  # faults told at once
_MOST_SCHEMAS = 1000  # those of the API, and the forms of some years' services
_VALIDATORS: dict[int, Draft202012Validator] = {}

formats = FormatChecker(formats=())


def is_date(text: str) -> bool:
    """An RFC 3339 full-date of our times."""
    if not _DATE.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text).year in YEARS
    except ValueError:
        return False


def is_date_time(text: str) -> bool:
    """An RFC 3339 date-time of our times; the offset is required, no zone is ever guessed."""
    if not _DATE_TIME.fullmatch(text):
        return False
    try:
        return datetime.fromisoformat(text).year in YEARS
    except ValueError:
        return False


def _is_budget(text: str) -> bool:
    try:
        parse(text)
    except BadBudget:
        return False
    return True


for _name, _is in (("date", is_date), ("date-time", is_date_time), ("budget", _is_budget)):
    # A format says nothing about what is no text; that is the business of "type".
    formats.checks(_name)(lambda value, good=_is: not isinstance(value, str) or good(value))


def pointer(path: Iterable[object], prefix: str = "") -> str:
    """An RFC 6901 pointer."""
    return prefix + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def faults_of(schema: Mapping[str, Any], value: Any, prefix: str = "") -> tuple[Fault, ...]:
    """Every fault of ``value``, in the order of its fields; none when it fits."""
    validator = _validator(schema)
    found: dict[Fault, None] = {}
    for error in sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path]):
        found.update(dict.fromkeys(_faults(error, prefix)))
    return tuple(found)[:_MOST]


def strangers(schema: Mapping[str, Any], value: Mapping[str, Any], prefix: str = "") -> tuple[Fault, ...]:
    """Fields of an object that its schema does not name, where it names any and does not say itself what else it takes.

    A schema that names no field, or says ``additionalProperties``, is open, or refuses them by itself.
    """
    known = list(schema.get("properties", {}))
    if not known or schema.keys() & {"additionalProperties", "patternProperties"}:
        return ()
    found = (Fault(pointer([name], prefix), unknown(name, known)) for name in value if name not in known)
    return tuple(found)[:_MOST]


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Made once for each schema object. A validator keeps its schema, so no other can come to have its id."""
    known = _VALIDATORS.get(id(schema))
    if known is None:
        if len(_VALIDATORS) >= _MOST_SCHEMAS:
            _VALIDATORS.clear()
        known = _VALIDATORS[id(schema)] = Draft202012Validator(schema, format_checker=formats)
    return known


def check(schema: Mapping[str, Any], value: Any, prefix: str = "") -> None:
    """Raises a 422 ``invalid`` with every fault of ``value``."""
    if faults := faults_of(schema, value, prefix):
        raise invalid(faults)


def invalid(faults: tuple[Fault, ...]) -> Problem:
    """422 for a body that does not fit its schema."""
    more = f"（共{len(faults)}处有误）" if len(faults) > 1 else ""
    return unprocessable("invalid", f"{faults[0].detail}{more}", *faults)


def _faults(error: ValidationError, prefix: str) -> Iterator[Fault]:
    place, value = list(error.absolute_path), _value(error)
    match error.validator:
        case "required":
            for name in given(error):
                if name not in value:
                    yield Fault(pointer([*place, name], prefix), missing(name, error.schema))
        case "additionalProperties" if given(error) is False:
            known = list(error.schema.get("properties", {})) if isinstance(error.schema, Mapping) else []
            for name in value:
                if name not in known:
                    yield Fault(pointer([*place, name], prefix), unknown(name, known))
        case "anyOf" | "oneOf":
            yield from _alternatives(error, prefix)
        case _:
            yield Fault(pointer(place, prefix), sentence(error))


def _value(error: ValidationError) -> Any:
    return error.instance


def _alternatives(error: ValidationError, prefix: str) -> Iterator[Fault]:
    """The branch that was meant, if one stands out by its type; else what all of them would have wanted."""
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    here = pointer(error.absolute_path, prefix)
    if not branches:  # oneOf, and more than one fits
        yield Fault(here, "只能符合其中一种形式")
        return
    if all(inner.validator == "required" for found in branches.values() for inner in found):
        names = dict.fromkeys(n for found in branches.values() for inner in found for n in given(inner))
        yield Fault(here, f"至少填写其中一项：{'、'.join(titled(name, error.schema) for name in names)}")
        return
    meant = [found for found in branches.values() if not _is_other_type(found, len(error.absolute_path))]
    if len(meant) == 1:
        for inner in sorted(meant[0], key=relevance):
            yield from _faults(inner, prefix)
        return
    said = dict.fromkeys(sentence(found[0]) for found in branches.values())
    yield Fault(here, "；或".join(said))


def _is_other_type(found: list[ValidationError], depth: int) -> bool:
    return any(e.validator == "type" and len(e.absolute_path) == depth for e in found)
