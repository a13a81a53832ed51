"""How messages to people get on: what was tried and has not arrived, and what became of the attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, type_coerce

from storage.column_types import Moment
from storage.database import Read
from storage.messages import Backlog, Result
from storage.tables import message_attempts as attempts
from storage.tables import messages

_DELIVERED: Final = Result.DELIVERED.value
_ENDED: Final = attempts.c.result.is_not(None)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a channel's attempts: how many there were, how many of them arrived."""

    channel: str
    attempts: int
    delivered: int


class MessageFigures:
    """Questions to all messages at once."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def undelivered(self, *, calls: bool = False) -> Backlog:
        """Messages that go on being tried and have arrived nowhere: how many, and since when the oldest is tried.

        With ``calls`` only those by which an escalation calls.
        """
        tried, first = attempts.c.message == messages.c.id, type_coerce(func.min(attempts.c.started_at), Moment)
        one = attempts.alias()
        arrived = select(one.c.message).where(one.c.message == messages.c.id, one.c.result == _DELIVERED).exists()
        wanted: list[Any] = [messages.c.status == "waiting", _ENDED, ~arrived]
        if calls:
            wanted.append(messages.c.escalation.is_not(None))
        query = select(func.count(messages.c.id.distinct()).label("count"), first.label("since"))
        found = await self._r.records(query.select_from(messages.join(attempts, tried)).where(*wanted))
        return Backlog(**found[0])

    async def tried(self, since: datetime) -> list[Tried]:
        """Each channel's attempts that began since then and have ended."""
        arrived = func.count().filter(attempts.c.result == _DELIVERED).label("delivered")
        query = select(attempts.c.channel, func.count().label("attempts"), arrived)
        query = query.where(attempts.c.started_at >= since, _ENDED).group_by(attempts.c.channel)
        return [Tried(**row) for row in await self._r.records(query.order_by(attempts.c.channel))]
