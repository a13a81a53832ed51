"""What SQL does not say in the same words on both databases: whether a unit owes a word (协办), what a text holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.column_types import Words
from storage.tables import appeals

#: As :attr:`domain.appeal.Cooperation.is_open` has it.
_ENDS = ("answered_at", "refused_at", "ended_at")


class owes_a_word(FunctionElement[bool]):  # noqa: N801 - it stands for a function of SQL
    """Whether a question to the unit of that code is open in a state.

    It is no column: the state says it already, for appeals of every release, and only open secret ones are ever asked.
    """

    type = Boolean()
    inherit_cache = True
    name = "owes_a_word"

    def __init__(self, unit: str) -> None:
        super().__init__(appeals.c.state, bindparam(None, unit, type_=Words(), unique=True))


@compiles(owes_a_word, "sqlite")
def _on_sqlite(element: owes_a_word, compiler: SQLCompiler, **kw: Any) -> str:
    state, unit = (compiler.process(clause, **kw) for clause in element.clauses)
    still = " AND ".join(f"json_extract(asked.value, '$.{end}') IS NULL" for end in _ENDS)
    asked = f"SELECT 1 FROM json_each({state}, '$.cooperations') AS asked"  # noqa: S608 - columns and parameters
    return f"EXISTS ({asked} WHERE json_extract(asked.value, '$.unit.chain[0].code') = {unit} AND {still})"


@compiles(owes_a_word, "postgresql")
def _on_postgresql(element: owes_a_word, compiler: SQLCompiler, **kw: Any) -> str:
    state, unit = (compiler.process(clause, **kw) for clause in element.clauses)
    still = " AND ".join(f"asked ->> '{end}' IS NULL" for end in _ENDS)
    asked = f"SELECT 1 FROM json_array_elements({state} -> 'cooperations') AS asked"  # noqa: S608 - as above
    return f"EXISTS ({asked} WHERE asked #>> '{{unit,chain,0,code}}' = {unit} AND {still})"


def holds(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds these words, whatever their case; a ``%`` or ``_`` in them is meant as it stands."""
    pattern = f"%{text.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
    # Most words here know no case, and to look past it takes PostgreSQL four times as long.
    return column.like(pattern, escape="/") if text.lower() == text.upper() else _holds(column, pattern)


class _holds(FunctionElement[bool]):  # noqa: N801 - as above
    """Of ASCII alone, as SQLite's own LIKE has it."""

    type = Boolean()
    inherit_cache = True
    name = "holds"

    def __init__(self, column: ColumnElement[str], pattern: str) -> None:
        super().__init__(column, bindparam(None, pattern, type_=Words(), unique=True))


@compiles(_holds, "sqlite")
def _holds_on_sqlite(element: _holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '/')"


@compiles(_holds, "postgresql")
def _holds_on_postgresql(element: _holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} COLLATE \"C\" ILIKE {pattern} ESCAPE '/')"
