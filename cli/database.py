"""Work of a command in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.database import Read, Write

T = TypeVar("T")


async def reading(settings: Settings, work: Callable[[Read], Awaitable[T]]) -> T:
    """What the work says."""
    from storage.database import Database

    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            return await work(r)
    finally:
        await database.close()


async def writing(settings: Settings, work: Callable[[Write], Awaitable[T]]) -> T:
    """What the work says, once it is committed."""
    from storage.database import Database

    database = Database.create(settings.database_url)
    try:
        async with database.write() as w:
            return await work(w)
    finally:
        await database.close()
