"""What the database says about itself: what it was created for, by which version, whether it holds the sample."""

from __future__ import annotations

from sqlalchemy import select

from storage.database import Read, Write
from storage.tables import meta as table
from storage.upsert import insert_or_ignore, upsert

CREATED_FOR = "created_for"
REHEARSAL = "rehearsal"
PRODUCTION = "production"
APP_VERSION = "app_version"
SAMPLE = "sample"


class MetaReads:
    """Questions to the table of facts."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, key: str) -> str | None:
        """One fact."""
        value: str | None = await self._r.value(select(table.c.value).where(table.c.key == key))
        return value


class Meta(MetaReads):
    """Facts, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def set(self, key: str, value: str) -> None:
        """State a fact, or state it anew."""
        await self._w.run(upsert(self._w.dialect, table, "key"), [{"key": key, "value": value}])

    async def set_once(self, key: str, value: str) -> str:
        """State a fact that holds for good; what was stated first stays, and is what comes back."""
        await self._w.run(insert_or_ignore(self._w.dialect, table), {"key": key, "value": value})
        return await self.get(key) or value
