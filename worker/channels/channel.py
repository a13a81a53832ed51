"""What a channel is, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from storage.message_texts import Text
from storage.messages import Result

ALTOGETHER: Final = 12.0
"""Seconds that an attempt may take on any channel, however slowly an answer trickles."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. ``code`` says why, and nothing personal; ``again``: not before so long."""

    result: Result
    code: str = ""
    again: timedelta = timedelta()


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """As contact points name it."""

    @property
    def repeatable(self) -> bool:
        """Whether the same message twice, by its key, arrives once."""

    @property
    def at_once(self) -> int:
        """How many attempts it takes at the same time."""

    async def send(self, key: str, address: str, text: Text) -> Answer:
        """One attempt; it never raises but for cancellation."""

    async def close(self) -> None:
        """Lets its connections go."""
