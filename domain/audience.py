"""Who is meant by the words of a notice or of a ladder's step: people by what they are, and whoever stands in for them.

One answer for the moment a step fires and for the days ahead (ADR 0027): who there is comes as data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from domain.duty import on_duty
from domain.duty_holes import Away, absent_at
from domain.ladder import ACCOUNT, CATCH_ALL, ON_DUTY
from domain.roster import Roster
from domain.service import ENTERPRISE
from domain.substitutes import stand_in
from domain.vocabulary import Role

_NEAREST: Final = frozenset({Role.LEADER.value})
"""Looked for up the chain of superiors, and nowhere else."""

#: What a role does where nobody has it.
_INSTEAD_OF_NOBODY: Final = {Role.HANDLER.value: Role.WINDOW.value, Role.WINDOW.value: Role.LEADER.value}

#: Visitors know nothing of a secret matter; supervisors ask how it was.
_INSTEAD: Final = {Role.VISITOR.value: Role.SUPERVISOR.value}


class Somebody(Protocol):
    """An account, as far as words ask."""

    @property
    def code(self) -> str:
        """Whose."""

    @property
    def roles(self) -> Collection[str]:
        """What he is."""

    @property
    def unit(self) -> str | None:
        """Where; None of whoever is outside."""

    @property
    def uscc(self) -> str | None:
        """The enterprise that it speaks for."""


@dataclass(frozen=True, slots=True)
class House:
    """Who there is. ``members``: active accounts that may be told; ``chains``: each unit with its superiors."""

    members: Sequence[Somebody]
    chains: Mapping[str, Sequence[str]]
    rosters: Mapping[str, Roster]
    absences: Sequence[Away]
    catch_all: str
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", frozenset(member.code for member in self.members))


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom something is for: ``words``, in a ``unit``, at a moment.

    ``is_step``: of an escalation's ladder. ``officer`` handles the matter for this unit, ``enterprise`` brought it.
    """

    words: Sequence[str]
    unit: str
    at: datetime
    is_step: bool = False
    is_secret: bool = False
    officer: str = ""
    enterprise: str = ""


def people(house: House, asked: Audience) -> dict[str, str | None]:
    """The people, each once, with whom they stand in for; the catch-all when there is nobody.

    A message goes to somebody; only a step of an escalation that finds nobody finds nobody, for the ladder goes on at
    once, and the catch-all is its last step. Where that is nobody either, supervisors are asked.
    """
    found = _there(house, asked, [code for word in asked.words for code in _meant(house, asked, word)])
    if found or not (CATCH_ALL in asked.words or not (asked.is_step or ENTERPRISE in asked.words)):
        return found
    is_urgent = asked.is_step or asked.is_secret
    supervisors = [m.code for m in house.members if Role.SUPERVISOR in m.roles] if is_urgent else []
    return _there(house, asked, [house.catch_all]) or _there(house, asked, supervisors)


def rosters_asked(members: Iterable[Somebody], words: Collection[str], unit: str) -> set[str]:
    """The units whose rosters the words ask."""
    asked = {unit} if ON_DUTY in words else set()
    if Role.DUTY.value in words:
        asked |= {member.unit for member in members if member.unit and Role.DUTY in member.roles}
    return asked


def _there(house: House, asked: Audience, meant: Iterable[str]) -> dict[str, str | None]:
    """Who is there of those who are meant, or whoever stands in."""
    absent = absent_at(house.absences, asked.at)
    found: dict[str, str | None] = {}
    for code in meant:
        there = stand_in(code, absent, house.known.__contains__) if code in house.known else None
        if there:
            found.setdefault(there, code if there != code else None)
    return found


def _meant(house: House, asked: Audience, word: str) -> Iterable[str]:
    word = _INSTEAD.get(word, word) if asked.is_secret else word
    if word == CATCH_ALL:
        return (house.catch_all,)
    if word.startswith(ACCOUNT):
        return (word.removeprefix(ACCOUNT),)
    if word == ENTERPRISE:
        return [m.code for m in house.members if asked.enterprise and m.uscc == asked.enterprise]
    if word == ON_DUTY:
        return _by_roster(house, (asked.unit,), asked.at)
    if word == Role.HANDLER and asked.officer:
        return (asked.officer,)
    holders = _by_role(house, word, asked.unit)
    rostered = sorted({m.unit for m in holders if m.unit}) if word == Role.DUTY else ()
    # Of the duty officers those who are on duty, where their units have rosters; else all of them.
    return _by_roster(house, rostered, asked.at) or [m.code for m in holders]


def _by_roster(house: House, units: Iterable[str], at: datetime) -> list[str]:
    return [code for unit in units if unit in house.rosters for code in on_duty(house.rosters[unit], at)]


def _by_role(house: House, role: str, unit: str) -> list[Somebody]:
    """Those of the unit, else of the nearest unit above; else, as of a duty room, of those that stand below one.

    Where nobody handles, whoever receives does, or leads: never everybody who handles anything anywhere.
    """
    everywhere = [m for m in house.members if role in m.roles and m.unit]
    chain = house.chains.get(unit, ())
    found = (mine for code in chain if (mine := [m for m in everywhere if m.unit == code]))
    if here := next(found, None):
        return here
    if role in _INSTEAD_OF_NOBODY:
        return _by_role(house, _INSTEAD_OF_NOBODY[role], unit)
    if role in _NEAREST:
        return []
    below = (mine for code in chain if (mine := [m for m in everywhere if _is_under(house, m, code)]))
    return next(below, [])


def _is_under(house: House, member: Somebody, code: str) -> bool:
    return code in house.chains.get(member.unit or "", ())
