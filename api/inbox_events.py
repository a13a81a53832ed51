"""The inbox as a stream: each listener hears of its own messages, as they are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fastapi.sse import format_sse_event

from domain.people import Actor
from domain.wall import stamp
from storage.database import Read
from storage.messages import Message, MessageReads


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on its way to its receiver: what it is about, and nothing that somebody wrote."""

    message: Message

    @property
    def position(self) -> int:
        """Its id."""
        return self.message.id

    def encoded(self) -> bytes:
        """As it goes over the wire; ``/v1/inbox`` has the words."""
        one = self.message
        data = {
            "id": one.id,
            "number": one.number,
            "template": one.template,
            "escalation": one.escalation,
            "at": stamp(one.at),
        }
        return format_sse_event(data_str=json.dumps(data), id=str(one.id))

    def concerns(self, actor: Actor) -> bool:
        """Whether it is this listener's."""
        return self.message.account == actor.id


class Inbox:
    """Messages to people, for :class:`~api.events.Broadcaster`."""

    async def last(self, r: Read) -> int:
        """The newest message's id."""
        return await MessageReads(r).last_position()

    async def after(self, r: Read, position: int, limit: int) -> list[tuple[int, Arrived | None]]:
        """The messages beyond."""
        return [(one.id, Arrived(one)) for one in await MessageReads(r).after(position, limit)]
