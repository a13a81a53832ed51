"""Which databases can be used, which faults may pass, how moments are kept."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.column_types import from_micros, to_micros
from storage.database import BadDatabaseUrl, Database, async_url, connect_args, is_transient, sync_url


def dbapi(cause: BaseException) -> DBAPIError:
    return OperationalError("SELECT 1", {}, cause)


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


class _StateError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (dbapi(sqlite_error(5)), True),  # busy
        (dbapi(sqlite_error(517)), True),  # busy: a snapshot too old
        (dbapi(sqlite_error(13)), True),  # disk full
        (dbapi(sqlite_error(1)), False),  # no such table
        (dbapi(sqlite_error(19)), False),  # constraint
        (dbapi(_StateError("40P01")), True),  # deadlock
        (dbapi(_StateError("40001")), True),  # serialization failure
        (dbapi(_StateError("55P03")), True),  # lock timeout
        (dbapi(_StateError("57P01")), True),  # shutting down
        (dbapi(_StateError("53300")), True),  # too many connections
        (dbapi(_StateError("23505")), False),  # unique violation
        (dbapi(_StateError("42P01")), False),  # no such table
        (dbapi(psycopg.OperationalError("away")), True),
        (dbapi(ValueError("x")), False),
        (PoolTimeout("x"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (ValueError(), False),
        (asyncio.CancelledError(), False),
    ],
)
def test_what_may_pass_is_told_from_what_may_not(error: BaseException, transient: bool) -> None:
    assert is_transient(error) is transient


def test_addresses_are_read_with_either_driver() -> None:
    assert async_url("sqlite:////a/b.db").drivername == "sqlite+aiosqlite"
    assert sync_url("sqlite+aiosqlite:////a/b.db").drivername == "sqlite+pysqlite"
    assert async_url("postgres://u:p@h/d").drivername == "postgresql+asyncpg"
    assert sync_url("postgresql+asyncpg://u@h/d").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_nothing_usable_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl):
        Database.create(url)


def test_a_refused_address_does_not_give_the_password_away() -> None:
    with pytest.raises(BadDatabaseUrl) as error:
        Database.create("mysql://user:s3cret@h/d")
    assert "s3cret" not in str(error.value)


def test_a_hanging_statement_is_bounded_unless_the_address_says_otherwise() -> None:
    assert "statement_timeout" in connect_args(sync_url("postgresql://u@h/d"))["options"]
    assert "options" not in connect_args(sync_url("postgresql://u@h/d?options=-c%20a=b"))


def test_moments_are_kept_to_the_microsecond_and_never_without_a_zone() -> None:
    at = datetime(2026, 9, 1, 12, 0, 0, 123457, tzinfo=timezone(timedelta(hours=8)))
    assert from_micros(to_micros(at)) == at
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == -1
    with pytest.raises(ValueError, match="time zone"):
        to_micros(at.replace(tzinfo=None))
