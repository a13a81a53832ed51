"""Whether a condition speaks of facts that there are, and compares them with what they can be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from domain.conditions import BadCondition, dotted, facts_in, parse
from domain.service import Schema, Service, Step
from domain.vocabulary import Channel, Tier

_NUMBERS = frozenset({"integer", "number"})
COUNTS = frozenset({"total", "done", "open"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a condition stands: in a service, perhaps at a step whose outcome is just being recorded."""

    service: Service
    step: Step | None = None
    record: Schema | None = None

    def shape(self, fact: str) -> Schema | None:
        """What is known of a fact: its JSON Schema, as far as there is one; None for a fact that there is not."""
        family, _, rest = fact.partition(".")
        number: Schema = {"type": "integer"}
        known: dict[str, Schema] = {
            "tiers": {"type": "array", "items": {"enum": [t.value for t in Tier]}},
            "channel": {"enum": [c.value for c in Channel]},
            "region": {"type": "string"},
            "urgent": {"type": "boolean"},
            "round": number,
            "materials.missing": number,
        }
        if fact in known:
            return known[fact]
        match family:
            case "form":
                return _field(self.service.form, rest)
            case "record":
                return _field(self.record or {}, rest)
            case "accounts":
                return {"type": "number"} if rest in {a.code for a in self.service.accounts} else None
            case "items":
                items = self.step.items if self.step else None
                return number if items and rest in {*COUNTS, *items.results} else None
        return self._of_step(family, *rest.partition(".")[::2])

    def _of_step(self, family: str, code: str, what: str) -> Schema | None:
        step, number = self.service.step(code), {"type": "integer"}
        if step is None:
            return None
        outcomes = [o.code for o in step.outcomes]
        if family == "passes" and not what:
            return number
        if family == "count" and what in outcomes:
            return number
        if family != "steps":
            return None
        if what == "outcome":
            return {"enum": outcomes}
        return next((shape for o in step.outcomes if (shape := _field(o.record, what)) is not None), None)


def _field(schema: Schema, name: str) -> Schema | None:
    found: Schema | None = schema.get("properties", {}).get(name)
    return found


def fact_fault(fact: str, scope: Scope) -> Iterator[str]:
    """What is wrong with the name of a fact."""
    if scope.shape(fact) is None:
        yield f"unknown fact {fact}"


def condition_faults(text: str, scope: Scope) -> Iterator[str]:
    """What is wrong with a condition: unreadable, facts that there are not, comparisons of what is never alike."""
    try:
        tree, facts = parse(text) if text else None, facts_in(text)
    except BadCondition as error:
        yield str(error)
        return
    for fact in facts:
        yield from fact_fault(fact, scope)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Compare):
            yield from _compared(node, scope)


def _compared(node: ast.Compare, scope: Scope) -> Iterator[str]:
    sides = [node.left, *node.comparators]
    for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
        if isinstance(op, ast.In | ast.NotIn):
            yield from _never(left, (_shape(right, scope) or {}).get("items"))
            yield from (hole for one in _members(right) for hole in _never(one, _shape(left, scope)))
        else:
            yield from _never(left, _shape(right, scope))
            yield from _never(right, _shape(left, scope))


def _members(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []


def _shape(node: ast.expr, scope: Scope) -> Schema | None:
    return scope.shape(dotted(node)) if isinstance(node, ast.Name | ast.Attribute) else None


def _never(node: ast.expr, shape: Schema | None) -> Iterator[str]:
    """A constant that a fact of this shape can never be."""
    if shape is None or not isinstance(node, ast.Constant):
        return
    value, kind = node.value, shape.get("type")
    if "enum" in shape and value not in shape["enum"]:
        yield f"{value!r} is none of {', '.join(map(str, shape['enum']))}"
    elif isinstance(value, str) and kind in _NUMBERS:
        yield f"{value!r} is no number"
    elif not isinstance(value, str) and kind == "string":
        yield f"{value!r} is no text"
