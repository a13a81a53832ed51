"""Holes in a form: what people would not understand, or could not fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError

from domain.service import Schema


def example(form: Schema) -> dict[str, Any]:
    """``examples[0]`` of all fields of a form together; fields without one are left out."""
    properties = form.get("properties", {})
    return {name: shape["examples"][0] for name, shape in properties.items() if shape.get("examples")}


@lru_cache(4096)
def _no_schema(form: str) -> str:
    """What makes it no JSON Schema; the same record stands in many services."""
    try:
        Draft202012Validator.check_schema(json.loads(form))
    except SchemaError as error:
        return error.message
    return ""


def form_holes(place: str, form: Schema, *, examples: bool) -> Iterator[str]:
    """Every hole of a form: no schema, fields without title or example, examples that do not fit."""
    if wrong := _no_schema(json.dumps(form, sort_keys=True)):
        yield f"{place}: not a JSON Schema: {wrong}"
        return
    properties = form.get("properties", {})
    for name, shape in properties.items():
        if not shape.get("title"):
            yield f"{place}.{name}: title missing"
        if examples and not shape.get("examples"):
            yield f"{place}.{name}: example missing"
    for name in form.get("required", []):
        if name not in properties:
            yield f"{place}.{name}: required, but not described"
    if examples:
        validator = Draft202012Validator(form, format_checker=FormatChecker())
        for fault in validator.iter_errors(example(form)):
            yield f"{place}.{'.'.join(str(part) for part in fault.path)}: the example does not fit: {fault.message}"
