"""What the rooms above need of the engine."""

from __future__ import annotations

from typing import Protocol

from domain.act import Act
from domain.opening import Opening


class Gateway(Protocol):
    """The door to the workflows."""

    async def start(self, opening: Opening) -> None:
        """Starts the appeal's workflow and returns when its first entries are in the tables.

        Harmless for one that runs or has ended already. Raises :class:`~gateway.errors.EngineAway` after 2 s.
        """

    async def act(self, number: str, act: Act) -> int:
        """Does one action and returns its entry's number in the journal, which is written.

        Raises :class:`~domain.errors.Refusal`, or a :class:`~gateway.errors.GatewayError` after 5 s.
        """

    async def confirm(self, number: str) -> bool:
        """Makes the tables say what the workflow says, if they do not (a ghost row); whether that is settled now.

        Raises a :class:`~gateway.errors.GatewayError` when the engine is away.
        """

    def take_doubts(self) -> frozenset[str]:
        """The appeals of which this process does not know how an action ended, each told once."""

    async def fast_forward(self, number: str, seconds: int) -> None:
        """Moves a rehearsal appeal's own clock on; returns when everything due in between has happened.

        Raises :class:`~domain.errors.Conflict` for a closed appeal, or a :class:`~gateway.errors.GatewayError`.
        """

    async def readiness(self) -> dict[str, str]:
        """``engine`` and ``worker``: ``ok`` or what is wrong."""
