"""PostgreSQL's advisory locks that we take. SQLite has one writer anyway."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Executable, Select, func, select


class Lock(IntEnum):
    """What is done by one at a time. The numbers only have to be ours, and never change."""

    ABSENCES = 0x41_50_50_41
    JOURNAL = 0x41_50_50_4A
    MESSAGES = 0x41_50_50_4E
    MIGRATION = 0x41_50_50_4D
    SAMPLE = 0x41_50_50_53


def take(dialect: str, lock: Lock) -> Executable | None:
    """The statement that waits for the lock and keeps it to the end of its transaction; None where none is needed."""
    return select(func.pg_advisory_xact_lock(lock.value)) if dialect == "postgresql" else None


def attempt(lock: Lock) -> Select[tuple[bool]]:
    """PostgreSQL's statement that takes the lock until the session ends, if it is free."""
    return select(func.pg_try_advisory_lock(lock.value))
