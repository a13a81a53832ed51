"""The fields of a JSON Schema, with what was filled in and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple

from domain.errors import Fault
from web.forms.field import WAY, Field, Form, Kind, escaped, fixed_by, with_faults
from web.forms.inputs import Given, Options, field_of
from web.forms.shape import Schema, alternatives, common, fixes, kind_of, properties

_MOST_ROWS = 100
#: What the API says of a field that is missing or empty; people read it once, in the words that stand at the field.
_MISSING, _EMPTY = "缺少必填项", frozenset({"不能为空", "不能为空白", "至少1项"})
#: To machines the API tells the grammar of a stretch of time; people have a number and a list of units before them.
_GRAMMAR, _COUNT = "应为时长：", "请填写整数，并选择单位"
#: The name by which the API knows a field.
_NAMED = re.compile(r"(?!应为|至少)[^：，。；“”]{1,20}：")
_CHOSEN = frozenset({Kind.SELECT, Kind.RADIO, Kind.CHECKS, Kind.CHOICE})


class _Place(NamedTuple):
    """Where it is told what is wrong with a value, and the field that stands there."""

    name: str
    field: Field


def form_of(
    schema: Schema,
    values: Mapping[str, Any] | None = None,
    faults: Iterable[Fault] = (),
    options: Options | None = None,
    *,
    add: str | None = None,
    without: Container[str] = (),
) -> Form:
    """The form of an object.

    ``options`` are codes and their words for fields that hold codes, by the field's name or pointer; ``add`` is the
    pointer of rows of which there is to be one more; the fields ``without`` (pointers) are not shown.
    """
    fields = _object(schema, "", values or {}, Given(options or {}, add, without))
    there = _places(fields)
    told: dict[str, tuple[str, ...]] = {}
    top: dict[str, None] = {}
    for fault in faults:
        place = _nearest(fault.pointer, there)
        if place is None:
            top[fault.detail] = None
        else:
            said = _said(fault.detail, place.field) if there.get(fault.pointer) is place else fault.detail
            told[place.name] = tuple(dict.fromkeys((*told.get(place.name, ()), said)))
    return Form(with_faults(fields, told), tuple(top))


def _said(detail: str, field: Field) -> str:
    """What the API says, as it is told beside the field itself: in the field's own words."""
    words = _NAMED.sub("", detail, count=1) if _NAMED.match(detail) else detail
    if detail.startswith(_MISSING) or words in _EMPTY:
        what = f"“{field.title}”" if field.title else "此项"
        return f"请{'选择' if field.kind in _CHOSEN else '填写'}{what}"
    return _COUNT if _GRAMMAR in detail else words or detail


def _places(fields: Iterable[Field]) -> dict[str, _Place]:
    """The pointers for which there is a field, and under which name it is told what is wrong."""
    found: dict[str, _Place] = {}
    for field in fields:
        found |= _places(field.shown())
        if field.kind is Kind.CHOICE:
            fixed = {name for one in field.fields for name in fixed_by(one.value)}
            place = _Place(field.control(WAY), field)
            found |= {f"{field.pointer}/{escaped(name)}": place for name in fixed}
        elif not field.is_alternative:
            found[field.pointer] = _Place(field.pointer, field)
    return found


def _nearest(pointer: str, there: Mapping[str, _Place]) -> _Place | None:
    """The field itself, or the one around it; None when only the whole form is around it."""
    while pointer and pointer not in there:
        pointer = pointer.rpartition("/")[0]
    return there.get(pointer) if pointer else None


def _object(schema: Schema, pointer: str, value: Mapping[str, Any], given: Given) -> tuple[Field, ...]:
    ways = alternatives(schema)
    first = (_choice(schema, ways, pointer, value, given),) if ways else ()
    return (*first, *_fields(common(schema), schema.get("required", ()), pointer, value, given))


def _fields(
    shown: Mapping[str, Schema],
    required: Container[str],
    pointer: str,
    value: Mapping[str, Any],
    given: Given,
) -> tuple[Field, ...]:
    found = []
    for name, schema in shown.items():
        at = f"{pointer}/{escaped(name)}"
        kind = kind_of(schema, required=name in required)
        if kind is None or at in given.without:
            continue
        if kind is Kind.GROUP:
            found.append(_group(schema, at, value.get(name), given, required=name in required))
        elif kind is Kind.ROWS:
            found.append(_rows(schema, at, value.get(name), given, required=name in required))
        else:
            found.append(field_of(kind, schema, at, value.get(name), given, required=name in required))
    return tuple(found)


def _group(schema: Schema, pointer: str, value: Any, given: Given, *, required: bool) -> Field:
    inner = given if required else given.lenient()
    fields = _object(schema, pointer, _mapping(value), inner)
    return Field(
        Kind.GROUP, pointer, schema.get("title", ""), given.suffix,
        help=schema.get("description", ""), required=required, fields=fields,
    )  # fmt: skip


def _rows(schema: Schema, pointer: str, value: Any, given: Given, *, required: bool) -> Field:
    """What is there, at least one empty row, and one more for whoever asked for it."""
    items: Schema = schema["items"]
    known = list(value) if isinstance(value, list) else []
    more = given.add == pointer + given.suffix
    count = min(max(len(known) + more, 1), int(schema.get("maxItems", _MOST_ROWS)))
    rows = (_mapping(known[n]) if n < len(known) else {} for n in range(max(count, len(known))))
    title = items.get("title") or schema.get("title", "")
    fields = tuple(
        Field(Kind.GROUP, f"{pointer}/{n}", f"{title} {n + 1}", given.suffix,
              fields=_object(items, f"{pointer}/{n}", row, given.lenient()))
        for n, row in enumerate(rows)
    )  # fmt: skip
    return Field(
        Kind.ROWS, pointer, schema.get("title", ""), given.suffix,
        help=schema.get("description", ""), required=required, fields=fields,
    )  # fmt: skip


def _choice(schema: Schema, ways: Mapping[str, Schema], pointer: str, value: Mapping[str, Any], given: Given) -> Field:
    chosen = [key for key, one in ways.items() if all(value.get(n) == v for n, v in fixes(one).items())]
    said = chosen[0] if chosen else next(iter(ways)) if len(ways) == 1 else ""
    fields = []
    for key, one in ways.items():
        own = {name: shape for name, shape in properties(one).items() if name not in fixes(one)}
        inner = _fields(own, one.get("required", ()), pointer, value if key == said else {}, given.within(key))
        title = one.get("title") or "、".join(fixes(one).values())
        fields.append(
            Field(Kind.GROUP, pointer, title, f"{given.suffix}?{key}", key,
                  help=one.get("description", ""), chosen=key == said, fields=inner, is_alternative=True)
        )  # fmt: skip
    titles = (
        shape.get("title", "") for name, shape in schema.get("properties", {}).items() if name in _told_apart_by(ways)
    )
    return Field(
        Kind.CHOICE, pointer, "、".join(filter(None, titles)), given.suffix, required=True, fields=tuple(fields)
    )


def _told_apart_by(ways: Mapping[str, Schema]) -> set[str]:
    """What the alternatives are told apart by."""
    return {name for one in ways.values() for name in fixes(one)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
