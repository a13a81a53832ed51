"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware moment. Raises ValueError for a naive one: no zone is ever guessed."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment, in UTC, of microseconds since 1970. Raises OverflowError beyond what a date can hold."""
    return _EPOCH + timedelta(microseconds=micros)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as BIGINT microseconds since 1970, so that sorting and arithmetic work on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Aware datetime to microseconds."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Microseconds to a datetime in UTC."""
        return None if value is None else from_micros(value)


class Span(TypeDecorator[timedelta]):
    """A length of time as BIGINT microseconds, so that it can be added to a :class:`Moment` in SQL."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Length to microseconds."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        """Microseconds to a length."""
        return None if value is None else timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """A text of any length. The character NUL, which PostgreSQL cannot hold, becomes the replacement character.

    The edge refuses it; should one slip through, it looks odd in a list, but the appeal can be written.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """NUL to U+FFFD."""
        return value.replace("\0", "\ufffd") if value else value


class Json(TypeDecorator[Any]):
    """A JSON object or list, kept letter by letter: text on SQLite, ``json`` on PostgreSQL.

    Not ``jsonb``: that rewrites numbers (``1e23`` comes back as an integer) and the order of keys. The journal's
    digests are taken over the values as they came in, and a form shows its fields in the order they were written.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in this database."""
        return dialect.type_descriptor(postgresql.JSON(none_as_null=True) if _is_postgres(dialect) else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value to text; on PostgreSQL the driver does it, with the engine's serializer."""
        return value if value is None or _is_postgres(dialect) else dump_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text to value; on PostgreSQL the driver has done it."""
        return value if value is None or _is_postgres(dialect) else json.loads(value)


def dump_json(value: Any) -> str:
    """Compact JSON with Chinese as it is. Raises ValueError for a number that JSON cannot carry."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _is_postgres(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"
