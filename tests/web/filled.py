"""Bodies that people might fill in: one of every field of a schema, or any that fit its types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from domain.budget import Unit
from web.forms import Kind
from web.forms.shape import UNITS, Schema, alternatives, formats, is_rows, kind_of, properties, types, values

_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
WORDS = st.text(_LETTERS, min_size=1, max_size=20)


def sample(schema: Schema) -> Any:
    """A value that fits, with every field filled in; of alternatives, one for each."""
    if ways := alternatives(schema):
        return [{**filled(schema), **filled(way)} for way in ways.values()]
    kind = kind_of(schema, required=True)
    if kind in {Kind.ROWS, Kind.CHECKS, Kind.LINES}:
        return [sample(schema["items"])]
    return filled(schema) if kind in {Kind.GROUP, None} else _simple(schema)


def filled(schema: Schema) -> dict[str, Any]:
    narrowed = {name for way in alternatives(schema).values() for name in way["properties"]}
    return {name: sample(shape) for name, shape in properties(schema).items() if name not in narrowed}


def _simple(schema: Schema) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    by_type = {"boolean": True, "integer": least, "number": least}
    by_format = {"date": "2026-09-30", "date-time": "2026-09-30T08:15:00+08:00", "budget": "3 working days"}
    ranges = "0-9" in schema.get("pattern", "")
    text = next((by_format[name] for name in sorted(formats(schema))), "1-40,42" if ranges else "示例")
    closed = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return closed[0] if closed else by_type.get(types(schema)[0], text)


def bodies(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that fit the types of a schema, if not all that it says besides."""
    if ways := alternatives(schema):
        return st.one_of(*(objects(way, properties(schema)) for way in ways.values()))
    if is_rows(schema):
        return st.lists(objects(schema["items"]).filter(_is_something), min_size=1, max_size=3)
    kind = kind_of(schema, required=False)
    if kind is Kind.GROUP:
        return objects(schema).filter(bool)
    if kind is Kind.CHECKS:
        listed = [value for value, _ in values(schema["items"])]
        ticked = st.lists(st.sampled_from(listed), min_size=1, unique=True)
        return ticked.map(lambda some: sorted(some, key=listed.index))
    return st.lists(WORDS, min_size=1, max_size=4) if kind is Kind.LINES else _scalars(schema)


def _is_something(row: Mapping[str, Any]) -> bool:
    return any(value is not False for value in row.values())


def objects(schema: Schema, besides: Mapping[str, Schema] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    shown = {name: one for name, one in properties(schema).items() if kind_of(one, required=False)}
    common = {n: one for n, one in (besides or {}).items() if n not in schema["properties"]}
    # A box that nobody ticked says no.
    always = {n: bodies(one) for n, one in shown.items() if "const" in one or types(one) == ("boolean",)}
    maybe = {n: bodies(one) for n, one in {**shown, **common}.items() if n not in always}
    return st.fixed_dictionaries(always, optional=maybe)


def _scalars(schema: Schema) -> st.SearchStrategy[Any]:
    closed = [schema["const"]] if "const" in schema else [value for value, _ in values(schema)]
    if closed:
        return st.sampled_from(closed)
    units = st.sampled_from([unit.value for unit in Unit if unit.value in UNITS])
    by_type: dict[tuple[str, ...], st.SearchStrategy[Any]] = {
        ("boolean",): st.booleans(),
        ("integer",): st.integers(-(10**14), 10**14),
        ("number",): st.decimals(-(10**6), 10**6, places=3).map(float),
        ("string", "number"): WORDS.filter(lambda text: not text.isdecimal()),
    }
    by_format: dict[str, st.SearchStrategy[Any]] = {
        "date": st.dates().map(str),
        "date-time": st.datetimes().map(lambda at: f"{at.isoformat()}+08:00"),
        "budget": st.tuples(st.integers(2, 999), units).map(lambda some: f"{some[0]} {some[1]}"),
    }
    text = next((by_format[name] for name in sorted(formats(schema))), WORDS)
    return by_type.get(types(schema), text)
