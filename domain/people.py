"""Units and the people who act, as facts that come with a message.

A message names each unit together with its chain of superiors (:class:`Place`), so that the workflow can
decide without an organisation file that may change between two replays.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.vocabulary import Role, UnitKind


@dataclass(frozen=True, slots=True)
class Unit:
    """单位: one node of the organisation tree; ``calendar`` names the timetable it works by, the default when empty."""

    code: str
    name: str
    kind: UnitKind
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it stood when it was named, with its superiors: ``chain`` leads from itself up to the bureau."""

    chain: tuple[Unit, ...]

    @property
    def code(self) -> str:
        """The unit's own code."""
        return self.chain[0].code

    @property
    def name(self) -> str:
        """The unit's own name."""
        return self.chain[0].name

    @property
    def kind(self) -> UnitKind:
        """The unit's own kind."""
        return self.chain[0].kind

    def superior(self) -> Place | None:
        """The unit one level up, or None at the top."""
        return Place(self.chain[1:]) if len(self.chain) > 1 else None

    def is_under(self, *codes: str) -> bool:
        """Whether this unit is one of ``codes`` or stands below one."""
        return any(unit.code in codes for unit in self.chain)


@dataclass(frozen=True, slots=True)
class Person:
    """An officer by code and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account with its roles, and either its unit or its enterprise.

    ``called`` are the escalations of the appeal in question that were sent to it.
    """

    id: str
    name: str
    roles: tuple[Role, ...]
    unit: Place | None = None
    uscc: str | None = None
    called: tuple[str, ...] = ()

    @property
    def person(self) -> Person:
        """The account as an officer."""
        return Person(self.id, self.name)

    @property
    def unit_code(self) -> str | None:
        """The code of the account's unit, None for enterprises and systems."""
        return self.unit.code if self.unit else None


def contact_id(number: str) -> str:
    """The account of an appeal's contact, who has none: known by a code or a link that was sent to them alone.

    No account of ours has a colon in its code.
    """
    return f"contact:{number}"


#: The loop itself: it accepts, assigns, fires rungs and ends pauses.
SYSTEM = Actor(id="system", name="系统", roles=())
