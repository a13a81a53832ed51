"""The form of a step: its outcomes, each with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.offers import outcome_schema
from api.reading import Found
from domain.procedure import find as find_step
from domain.schemas import Schema
from web.forms.shape import alternatives
from web.pages.appeal_effects import of_outcome


def form_schema(found: Found, schema: Schema, said: Mapping[str, Any]) -> Schema:
    """The schema of an action as its form shows it; ``said`` is what was posted before. Only steps differ."""
    is_of_steps = {"step", "outcome", "record"} <= schema.get("properties", {}).keys()
    return _told(found, _with_said(found, schema, said)) if is_of_steps else schema


def _with_said(found: Found, schema: Schema, said: Mapping[str, Any]) -> Schema:
    """An outcome that somebody filled in is shown with what was typed, though its step be done by now."""
    step = found.appeal.rules.service.step(str(said.get("step")))
    outcome = next((o for o in step.outcomes if o.code == said.get("outcome")), None) if step else None
    if step is None or outcome is None:
        return schema
    way = outcome_schema(step, outcome)
    ways = schema.get("oneOf", [])
    if way in ways:
        return schema
    codes = [*schema["properties"]["step"].get("enum", ()), step.code]
    fields = schema["properties"] | {"step": {**schema["properties"]["step"], "enum": list(dict.fromkeys(codes))}}
    return {**schema, "properties": fields, "oneOf": [*ways, way]}


def _told(found: Found, schema: Schema) -> Schema:
    """Of a step, each outcome says what follows from it; which step it is only where there are several."""
    ways = alternatives(schema)
    if not ways:
        return schema
    fields = schema["properties"]
    several = len(fields["step"]["enum"]) > 1
    named = fields if several else {**fields, "step": {**fields["step"], "title": ""}}
    return {**schema, "properties": named, "oneOf": [_with_effect(found, way, named=several) for way in ways.values()]}


def _with_effect(found: Found, way: Mapping[str, Any], *, named: bool) -> dict[str, Any]:
    fixed = {name: one.get("const") for name, one in way["properties"].items()}
    step, outcome = find_step(found.appeal.rules.service.procedure, fixed["step"], fixed["outcome"])
    title = f"{step.name}：{outcome.name}" if named else outcome.name
    return {**way, "title": title, "description": of_outcome(found.appeal, outcome)}
