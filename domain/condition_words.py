"""A condition as people read it, in Chinese: 数量不超过许可数量,且企业分层含“重点企业”."""

from __future__ import annotations

import ast

from domain.conditions import dotted, parse
from domain.papers import spoken
from domain.routing import WORDS
from domain.service import Schema, Service, Step

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "为",
    ast.NotEq: "不为",
    ast.Lt: "小于",
    ast.LtE: "不超过",
    ast.Gt: "大于",
    ast.GtE: "不少于",
    ast.In: "属于",
    ast.NotIn: "不属于",
}
_KNOWN = {
    "tiers": "企业分层",
    "channel": "渠道",
    "region": "行政区划",
    "urgent": "紧急",
    "round": "轮次",
    "materials.missing": "缺少的不可容缺材料数",
    "items.total": "分项总数",
    "items.done": "已有结果的分项数",
    "items.open": "未有结果的分项数",
    "true": "是",
    "false": "否",
}
_ASKS = "是否"


def in_words(text: str, service: Service, step: Step | None = None, record: Schema | None = None) -> str:
    """The condition with the titles of its facts; ``step`` and ``record`` are those it stands at."""
    return _Reader(service, step, record or {}).holds(parse(text)) if text else ""


class _Reader:
    def __init__(self, service: Service, step: Step | None, record: Schema) -> None:
        self._service = service
        self._step = step
        self._record = record

    def holds(self, node: ast.expr) -> str:
        """What must be so: a question (是否…) with its answer."""
        words = self.words(node)
        return f"{words}为是" if isinstance(node, ast.Attribute) and words.startswith(_ASKS) else words

    def words(self, node: ast.expr) -> str:  # noqa: PLR0911 - one line for each word of the language
        match node:
            case ast.BoolOp():
                joint = "，且" if isinstance(node.op, ast.And) else "，或"
                return joint.join(self._part(part) for part in node.values)
            case ast.UnaryOp():
                return self._not(node.operand)
            case ast.Compare():
                return self._compared(node)
            case ast.BinOp():
                sign = "+" if isinstance(node.op, ast.Add) else "-"
                return f"{self.words(node.left)}{sign}{self.words(node.right)}"
            case ast.Call():
                return f"{self.words(node.args[0])}的个数"
            case ast.Constant():
                return spoken(node.value)
        return self.fact(dotted(node))

    def _not(self, node: ast.expr) -> str:
        words = self.words(node)
        if isinstance(node, ast.BoolOp | ast.Compare):
            return f"非（{words}）"
        return f"{words}为否" if words.startswith(_ASKS) else f"无{words}"

    def _part(self, node: ast.expr) -> str:
        return f"（{self.words(node)}）" if isinstance(node, ast.BoolOp) else self.holds(node)

    def _compared(self, node: ast.Compare) -> str:
        nodes = (node.left, *node.comparators)
        about = next((dotted(side) for side in nodes if isinstance(side, ast.Name | ast.Attribute)), "")
        sides = [self._side(side, about) for side in nodes]
        if isinstance(node.left, ast.Constant) and isinstance(node.ops[0], ast.In | ast.NotIn):
            return f"{sides[1]}{'含' if isinstance(node.ops[0], ast.In) else '不含'}{sides[0]}"
        told = [f"{_COMPARED[type(op)]}{side}" for op, side in zip(node.ops, sides[1:], strict=True)]
        return sides[0] + "".join(told)

    def _side(self, node: ast.expr, about: str) -> str:
        """A side of a comparison with the fact ``about``, which has names for its codes."""
        if isinstance(node, ast.Tuple | ast.List):
            return "、".join(self._side(part, about) for part in node.elts)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return f"“{self._value(node.value, about)}”"
        return self.words(node)

    def _value(self, code: str, about: str) -> str:
        if about in {"tiers", "channel"}:
            return WORDS.get(code, code)
        family, _, rest = about.partition(".")
        step = self._service.step(rest.removesuffix(".outcome")) if family == "steps" else None
        return next((o.name for o in step.outcomes if o.code == code), code) if step else code

    def fact(self, name: str) -> str:
        """The fact by its title; by its name where it has none."""
        if name in _KNOWN:
            return _KNOWN[name]
        family, _, rest = name.partition(".")
        match family:
            case "form":
                return _title(self._service.form, rest)
            case "record":
                return _title(self._record, rest)
            case "accounts":
                return next((a.name for a in self._service.accounts if a.code == rest), rest)
            case "items":
                results = self._step.items.results if self._step and self._step.items else {}
                return f"结果为“{results.get(rest, rest)}”的分项数"
        return self._of_step(name, family, *rest.partition(".")[::2])

    def _of_step(self, name: str, family: str, code: str, what: str) -> str:
        step = self._service.step(code)
        if step is None:
            return name
        outcomes = {o.code: o.name for o in step.outcomes}
        if family == "passes":
            return f"“{step.name}”的次数"
        if family == "count":
            return f"“{step.name}”结论为“{outcomes.get(what, what)}”的单位数"
        if what == "outcome":
            return f"“{step.name}”的结论"
        titles = (_title(o.record, what) for o in step.outcomes if what in o.record.get("properties", {}))
        return f"“{step.name}”记录的{next(titles, what)}"


def _title(schema: Schema, name: str) -> str:
    return str(schema.get("properties", {}).get(name, {}).get("title", name))
