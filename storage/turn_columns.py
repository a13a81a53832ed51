"""Whose turn it is, as columns: so a list of work is found by an index, and no appeal is looked into for it.

``turn`` is whose turn it is first (:func:`domain.open_work.turns_of`); ``turns_beside`` is a JSON list of those whose
turn it is at the same time, and null for most. Of a closed appeal both are null.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.appeal import Appeal
from domain.open_work import turns_of
from storage.tables import appeals as table

COLUMNS: Final = frozenset({"turn", "turns_beside"})


def turn_columns(appeal: Appeal) -> dict[str, str | None]:
    """The columns of an appeal."""
    first, *others = turns_of(appeal) or (None,)
    return {"turn": first, "turns_beside": json.dumps(others, separators=(",", ":")) if others else None}


def has_turn_beside(turns: list[str]) -> ColumnElement[bool]:
    """Whether it is the turn of one of these at the same time as somebody else's."""
    words = _words(table.c.turns_beside).table_valued("value").alias("beside")
    asked: Select[Any] = select(words.c.value).where(words.c.value.in_(turns))
    return table.c.turns_beside.is_not(None) & exists(asked)


def may_have_turn(turn: str) -> ColumnElement[bool]:
    """Whether it is the turn of this one among others; also where that is not derived yet (storage/filling.py)."""
    beside = table.c.turns_beside.contains(json.dumps(turn), autoescape=True)
    return or_(table.c.clocks_met.is_(None), table.c.turn == turn, beside)


class _words(FunctionElement[str]):  # noqa: N801 - it stands for a function of SQL
    """The words of a JSON list, as rows."""

    inherit_cache = True
    name = "words"


@compiles(_words, "sqlite")
def _on_sqlite(element: _words, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_words, "postgresql")
def _on_postgresql(element: _words, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSON))"
