"""Who will be on duty in a unit, with everything that bears upon it: roster, absences, substitutes, closed accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.duty import Shift, shifts
from domain.duty_holes import Hole, holes, with_stand_ins
from domain.roster import Roster
from storage.absences import Absence, Absences
from storage.accounts import Account, Accounts
from storage.database import Read
from storage.rosters import Kept, Rosters

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """A stretch of a unit's duty: ``shifts`` as they will be, and the ``holes`` that are left."""

    kept: Kept
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]
    holes: tuple[Hole, ...]


class Watches:
    """Questions to rosters and absences together, for some answers that are given at once."""

    def __init__(self, r: Read) -> None:
        self._r = r
        self._accounts: dict[str, Account] | None = None

    async def at(self, unit: str, moment: datetime) -> Watch:
        """Who is on duty at that moment."""
        return await self.between(unit, moment, moment + _MOMENT)

    async def between(self, unit: str, start: datetime, end: datetime) -> Watch:
        """Who is on duty in that stretch."""
        kept = await Rosters(self._r).of(unit)
        return self._watch(kept, start, end, await self._absences(kept, start, end), await self.accounts())

    async def all(self, start: datetime, end: datetime, person: str = "") -> list[Watch]:
        """The same for every unit that has a roster; with ``person``, for those in which he may have a shift."""
        absences, accounts = await Absences(self._r).between(start, end), await self.accounts()
        # Whoever stands in may do so for somebody who stands in himself: then any roster may come to him.
        anywhere = not person or any(person in away.substitutes for away in absences)
        known = [kept for kept in await Rosters(self._r).all() if anywhere or person in kept.roster.people()]
        return [self._watch(kept, start, end, absences, accounts) for kept in known]

    async def holes_of(self, roster: Roster, start: datetime, end: datetime) -> tuple[Hole, ...]:
        """The holes that a roster would leave in that stretch, if it were kept."""
        kept = Kept(roster)
        absences = await self._absences(kept, start, end)
        return self._watch(kept, start, end, absences, await self.accounts()).holes

    async def accounts(self) -> dict[str, Account]:
        """Every active account by code, asked for once."""
        if self._accounts is None:
            self._accounts = {account.code: account for account in await Accounts(self._r).all()}
        return self._accounts

    async def names(self) -> dict[str, str]:
        """What everybody is called, those of closed accounts too."""
        return await Accounts(self._r).names()

    async def _absences(self, kept: Kept, start: datetime, end: datetime) -> list[Absence]:
        """Those that may matter: of the whole shifts, which reach beyond the stretch."""
        touching = shifts(kept.roster, start, end)
        first = min((shift.starts_at for shift in touching), default=start)
        last = max((shift.ends_at for shift in touching), default=end)
        return await Absences(self._r).between(first, last)

    @staticmethod
    def _watch(
        kept: Kept, start: datetime, end: datetime, absences: list[Absence], accounts: dict[str, Account]
    ) -> Watch:
        there = with_stand_ins(shifts(kept.roster, start, end), absences, accounts.__contains__)
        touching = tuple(shift for shift in there if shift.ends_at > start and shift.starts_at < end)
        ordinary = dict.fromkeys(rotation.duty for rotation in kept.roster.rotations)
        return Watch(kept, start, end, touching, holes(ordinary, touching, start, end))
