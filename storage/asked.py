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
    """Whether a column holds these words, whatever the case of their ASCII letters."""
    return _holds(column, text) if text.lower() == text.upper() else _holds_letters(column, text)


class _holds(FunctionElement[bool]):  # noqa: N801 - as above
    """Of words that know no case, as most here: looked for as they are, which takes half as long as a pattern."""

    type = Boolean()
    inherit_cache = True
    name = "holds"

    def __init__(self, column: ColumnElement[str], text: str) -> None:
        super().__init__(column, _words(text))


class _holds_letters(FunctionElement[bool]):  # noqa: N801 - as above
    """Of words with letters, as SQLite's LIKE has it; a ``%`` or ``_`` in them is meant as it stands."""

    type = Boolean()
    inherit_cache = True
    name = "holds_letters"

    def __init__(self, column: ColumnElement[str], text: str) -> None:
        pattern = f"%{text.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
        # Bytes, unlike text, know of no letters but those of ASCII.
        super().__init__(column, _words(pattern), _words(text.encode().lower().decode()))


def _words(text: str) -> ColumnElement[str]:
    return bindparam(None, text, type_=Words(), unique=True)


@compiles(_holds, "sqlite")
def _holds_on_sqlite(element: _holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(instr({column}, {text}) > 0)"


@compiles(_holds_letters, "sqlite")
def _holds_letters_on_sqlite(element: _holds_letters, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = (compiler.process(clause, **kw) for clause in list(element.clauses)[:2])
    return f"({column} LIKE {pattern} ESCAPE '/')"


@compiles(_holds, "postgresql")
def _holds_on_postgresql(element: _holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return _is_in(f'{column} COLLATE "C"', text)


@compiles(_holds_letters, "postgresql")
def _holds_letters_on_postgresql(element: _holds_letters, compiler: SQLCompiler, **kw: Any) -> str:
    column, lowered = (compiler.process(clause, **kw) for clause in list(element.clauses)[::2])
    return _is_in(f'lower({column} COLLATE "C")', lowered)


def _is_in(place: str, text: str) -> str:
    # Said as an equation: PostgreSQL takes one for rare, and a comparison for every third row, for which it would read
    # the whole table in an index's order instead of what stands in an index.
    return f"(least(strpos({place}, {text}), 1) = 1)"
