"""The small language of conditions: ``form.quantity <= form.licensed and 'key' in tiers``.

Facts are dotted names; words between quotes, numbers, ``true`` and ``false`` stand for themselves. There are ``and``,
``or``, ``not``, comparisons, ``in``, ``+``, ``-`` and ``len()``, with Python's meaning and its parser; nothing else.
Numbers are exact. A fact that is missing equals nothing and is in no order; one that is not known yet makes a
condition neither hold nor fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from keyword import iskeyword
from typing import Any, cast

Facts = Callable[[str], Any]
"""The value of a fact by its name: None where it is missing, :data:`UNKNOWN` where it is not known yet."""


class _Unknown:
    """Nobody can say yet."""


UNKNOWN = _Unknown()
_WORDS: dict[str, bool] = {"true": True, "false": False}
_LONGEST = 500
_FIELD = re.compile(r"""('[^']*'|"[^"]*")|\.([A-Za-z_][A-Za-z0-9_]*)""")
_WORD = "__word"


class BadCondition(ValueError):  # noqa: N818 - an answer to whoever wrote it
    """A text that is no condition; it says where."""


@lru_cache(4096)
def parse(text: str) -> ast.expr:
    """The condition as a tree of nothing but what the language has. Raises BadCondition."""
    if len(text) > _LONGEST:
        raise BadCondition(f"longer than {_LONGEST} characters")
    try:
        tree = ast.parse(_FIELD.sub(_as_field, text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadCondition(f"cannot be read: {text}") from error
    _check(tree)
    return tree


def _as_field(found: re.Match[str]) -> str:
    """Fields may be called as the parser's own words: ``form.from``, ``form.class``."""
    quoted, name = found.groups()
    return quoted or f".{name}{_WORD if iskeyword(name) else ''}"


def _check(node: ast.expr) -> None:
    if isinstance(node, ast.Name | ast.Attribute):
        dotted(node)
    elif isinstance(node, ast.Constant):
        if not isinstance(node.value, str | bool | int | float):
            raise BadCondition(f"no word of the language: {ast.unparse(node)}")
    elif isinstance(node, ast.Call):
        if ast.unparse(node.func) != "len" or len(node.args) != 1 or node.keywords:
            raise BadCondition(f"there is no function but len(): {ast.unparse(node)}")
        _check(node.args[0])
    elif isinstance(node, ast.BoolOp | ast.UnaryOp | ast.BinOp | ast.Compare | ast.Tuple | ast.List):
        _check_operator(node)
        for part in _parts(node):
            _check(part)
    else:
        raise BadCondition(f"no word of the language: {ast.unparse(node)}")


def _check_operator(node: ast.expr) -> None:
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        raise BadCondition(f"no word of the language: {ast.unparse(node)}")
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub):
        raise BadCondition(f"only + and - can be reckoned: {ast.unparse(node)}")
    if isinstance(node, ast.Compare) and any(type(op) not in _COMPARE for op in node.ops):
        raise BadCondition(f"no word of the language: {ast.unparse(node)}")


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    return (part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))


def dotted(node: ast.expr) -> str:
    """The dotted name. Raises BadCondition for what is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr.removesuffix(_WORD)}"
    raise BadCondition(f"no name of a fact: {ast.unparse(node)}")


def facts_in(text: str) -> tuple[str, ...]:
    """The names of the facts that a condition asks for, in order. Raises BadCondition."""
    return tuple(dict.fromkeys(_facts_in(parse(text)))) if text else ()


def _facts_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name | ast.Attribute):
        name = dotted(node)
        if name not in _WORDS:
            yield name
        return
    for part in node.args if isinstance(node, ast.Call) else _parts(node):
        yield from _facts_in(part)


def holds(text: str, facts: Facts) -> bool | None:
    """Whether it holds; None where that depends on something unknown. No condition always holds."""
    if not text:
        return True
    value = _value(parse(text), facts)
    return None if value is UNKNOWN else bool(value)


def _value(node: ast.expr, facts: Facts) -> Any:  # noqa: PLR0911 - one line for each word of the language
    match node:
        case ast.Constant():
            return exact(node.value)
        case ast.Name() | ast.Attribute():
            name = dotted(node)
            return _WORDS[name] if name in _WORDS else exact(facts(name))
        case ast.Tuple() | ast.List():
            return [_value(part, facts) for part in node.elts]
        case ast.Call():
            return _length(_value(node.args[0], facts))
        case ast.UnaryOp():
            return _not(_value(node.operand, facts))
        case ast.BinOp():
            return _sum(node, _value(node.left, facts), _value(node.right, facts))
        case ast.BoolOp():
            return _both(isinstance(node.op, ast.And), [_value(part, facts) for part in node.values])
    chain = cast("ast.Compare", node)  # parse lets nothing else pass
    values = [_value(part, facts) for part in (chain.left, *chain.comparators)]
    pairs = zip(chain.ops, values, values[1:], strict=False)
    return _both(is_and=True, values=[_compared(op, left, right) for op, left, right in pairs])


def exact(value: Any) -> Any:
    """Numbers as they were written, not as the nearest binary fraction."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _length(value: Any) -> Any:
    if value is UNKNOWN:
        return value
    return Decimal(len(value)) if isinstance(value, list | tuple | dict | str) else Decimal(0)


def _not(value: Any) -> Any:
    return value if value is UNKNOWN else not value


def _sum(node: ast.BinOp, left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if not (isinstance(left, Decimal) and isinstance(right, Decimal)):
        return None
    return left + right if isinstance(node.op, ast.Add) else left - right


def _both(is_and: bool, values: list[Any]) -> Any:  # noqa: FBT001 - and, or
    """All of them, or any: one that decides it makes up for those that are unknown."""
    known = [bool(value) for value in values if value is not UNKNOWN]
    if (not is_and) in known:
        return not is_and
    return UNKNOWN if len(known) < len(values) else is_and


def _compared(op: ast.cmpop, left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return _COMPARE[type(op)](left, right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers with numbers, texts (dates among them) with texts; anything else has no order."""

    def compared(left: Any, right: Any) -> bool:
        alike = all(isinstance(x, Decimal) for x in (left, right)) or all(isinstance(x, str) for x in (left, right))
        return alike and compare(left, right)

    return compared


def _within(left: Any, right: Any) -> bool:
    many = [exact(one) for one in right] if isinstance(right, list | tuple) else []
    return left in many


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a is not None and a == b,
    ast.NotEq: lambda a, b: a is None or a != b,
    ast.Lt: _ordered(lambda a, b: bool(a < b)),
    ast.LtE: _ordered(lambda a, b: bool(a <= b)),
    ast.Gt: _ordered(lambda a, b: bool(a > b)),
    ast.GtE: _ordered(lambda a, b: bool(a >= b)),
    ast.In: _within,
    ast.NotIn: lambda a, b: not _within(a, b),
}
