"""Whether a unit still owes an appeal a word (协办), asked of the state as it is kept.

It is no column: the state says it already, for appeals of every release, and only open secret ones are ever asked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.column_types import Words
from storage.tables import appeals

#: As :attr:`domain.appeal.Cooperation.is_open` has it.
_ENDS = ("answered_at", "refused_at", "ended_at")


class owes_a_word(FunctionElement[bool]):  # noqa: N801 - it stands for a function of SQL
    """Whether a question to the unit of that code is open in a state."""

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
