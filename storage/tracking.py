"""Codes that were sent to appeals' contacts: when, and how often each was tried. The digits themselves are nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from storage.database import Write
from storage.locks import Lock, take
from storage.message_texts import TRACK_CODE
from storage.messages import Messages, NewMessage
from storage.tables import track_codes as table

VALID: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
LIMITS: Final = ((timedelta(minutes=15), 3), (timedelta(days=1), 10))
"""At most so many codes for an appeal in so long; the longest last."""


class TrackCodes:
    """Codes, for writing. What concerns the same appeal is done by one at a time."""

    def __init__(self, w: Write) -> None:
        self._w = w

    async def send(self, number: str, unit: str, now: datetime) -> bool:
        """Send the contact a code for ``now``, the last thing in a transaction; False when there were too many."""
        if (lock := take(self._w.dialect, Lock.MESSAGES)) is not None:
            await self._w.value(lock)
        for span, most in LIMITS:
            recent = (table.c.number == number, table.c.asked_at > now - span)
            if int(await self._w.value(select(func.count()).select_from(table).where(*recent))) >= most:
                return False
        old = (table.c.number == number, table.c.asked_at <= now - LIMITS[-1][0])
        await self._w.run(delete(table).where(*old))
        await self._w.run(insert(table).inline(), {"number": number, "asked_at": now, "tries": 0})
        await Messages(self._w).add([_message(number, unit, now)])
        return True

    async def tried(self, number: str, now: datetime) -> datetime | None:
        """Counts a try of the newest code; the moment that it is for, None when there is none to try any more."""
        newest = select(func.max(table.c.asked_at)).where(table.c.number == number).scalar_subquery()
        counted = (
            update(table)
            .where(
                *(table.c.number == number, table.c.asked_at == newest, table.c.asked_at > now - VALID),
                *(table.c.tries < MOST_TRIES, table.c.used_at.is_(None)),
            )
            .values(tries=table.c.tries + 1)
            .returning(table.c.asked_at)
        )
        row = await self._w.row(counted)
        return row.asked_at if row else None

    async def use(self, number: str, asked_at: datetime, now: datetime) -> None:
        """It was the right one, and serves no more."""
        mine = (table.c.number == number, table.c.asked_at == asked_at)
        await self._w.run(update(table).where(*mine).values(used_at=now))


def _message(number: str, unit: str, now: datetime) -> NewMessage:
    return NewMessage(
        notice=f"{number}:{TRACK_CODE}:{int(now.timestamp() * 1_000_000)}",
        number=number,
        account=None,
        to_enterprise=True,
        template=TRACK_CODE,
        unit=unit,
        data={},
        escalation=None,
        may_wait=False,
        at=now,
        created_at=now,
    )
