"""Pages by key: a cursor says after which row to go on, so that rows added meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, UnaryExpression, and_, literal, or_, tuple_

from domain.identity import NUMBER
from storage.column_types import Moment, Words, from_micros, to_micros
from storage.filters import Sort
from storage.tables import appeals as table

_LONGEST = 500
_PARTS = 3


class BadCursor(ValueError):  # noqa: N818 - an answer to whoever sent it
    """A cursor that this list did not give out."""

    code = "bad-cursor"


@dataclass(frozen=True, slots=True)
class Keyset:
    """One order of the appeal list. Equal moments are told apart by number; NULL moments come last, either way."""

    sort: Sort
    moment: Any | None
    descending: bool

    @classmethod
    def of(cls, sort: Sort) -> Keyset:
        """The order named ``sort``."""
        name = sort.removeprefix("-")
        return cls(sort, None if name == "number" else table.c[name], sort.startswith("-"))

    def order(self) -> list[UnaryExpression[Any]]:
        """ORDER BY."""
        number = table.c.number.desc() if self.descending else table.c.number.asc()
        if self.moment is None:
            return [number]
        moment = self.moment.desc() if self.descending else self.moment.asc()
        # Said of what is always there, PostgreSQL would not take the index backwards.
        return [moment.nulls_last() if self.moment.nullable else moment, number]

    def cursor(self, row: Row[Any]) -> str:
        """The cursor of the rows after this one."""
        moment = None if self.moment is None else getattr(row, self.moment.name)
        parts = [self.sort, None if moment is None else to_micros(moment), row.number]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    def after(self, cursor: str) -> ColumnElement[bool]:
        """The rows after a cursor. Raises BadCursor."""
        micros, number = self._read(cursor)
        later: ColumnElement[bool] = table.c.number < number if self.descending else table.c.number > number
        if self.moment is None:
            return later
        if micros is None:
            return and_(self.moment.is_(None), later)
        try:
            at = from_micros(micros)
        except OverflowError as error:
            raise BadCursor("the cursor's moment is beyond any date") from error
        if not self.moment.nullable:
            here, there = tuple_(self.moment, table.c.number), tuple_(literal(at, Moment), literal(number, Words))
            return here < there if self.descending else here > there
        beyond = self.moment < at if self.descending else self.moment > at
        return or_(beyond, and_(self.moment == at, later), self.moment.is_(None))

    def _read(self, cursor: str) -> tuple[int | None, str]:
        if len(cursor) > _LONGEST:
            raise BadCursor("the cursor is too long")
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            parts = json.loads(raw)
        except (binascii.Error, ValueError, RecursionError) as error:
            raise BadCursor("the cursor cannot be read") from error
        if not isinstance(parts, list) or len(parts) != _PARTS or parts[0] != self.sort:
            raise BadCursor("the cursor belongs to another list")
        micros, number = parts[1:]
        moment_fits = micros is None or (type(micros) is int and self.moment is not None)
        if not moment_fits or not isinstance(number, str) or not NUMBER.fullmatch(number):
            raise BadCursor("the cursor belongs to another list")
        return micros, number
