"""Who a notice is for, found at the moment it is told: loads who there is, and asks :mod:`domain.audience`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from domain.appeal import Appeal
from domain.audience import Audience, House, people, rosters_asked
from domain.notice import Notice
from domain.parties import barred, is_of_another_track
from domain.people import Actor
from domain.roster import Roster
from domain.service import ENTERPRISE
from storage.absences import Absence, Absences
from storage.accounts import Account, Accounts
from storage.appeals import Appeals
from storage.database import Read
from storage.organisation import Organisation
from storage.rosters import Rosters
from storage.rules import rules_by_version
from storage.tables import appeals

_ASKED = [appeals.c[name] for name in ("number", "secret", "enterprise", "lead_unit", "officer", "rules_version")]
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that is told; ``stands_in_for`` an officer who is away."""

    account: str
    stands_in_for: str | None = None

    def as_row(self) -> dict[str, Any]:
        """As the tables keep it."""
        return {"account": self.account, "stands_in_for": self.stands_in_for}


class Recipients:
    """Questions to accounts, rosters and absences, for some notices that are told together."""

    def __init__(self, r: Read, organisation: Organisation) -> None:
        self._r = r
        self._organisation = organisation
        self._rows: dict[str, Row[Any]] = {}
        self._accounts: list[Account] = []
        self._house = House((), {}, {}, (), "")
        self._kept_from: dict[str, Appeal] = {}

    async def of_all(self, notices: Sequence[Notice]) -> dict[str, tuple[Recipient, ...]]:
        """The people of each of them, by the notice's id; what all of them ask is asked once.

        Who is on duty or away is asked for the notice's own moment: in a rehearsal it is ahead of the real one, and a
        second attempt finds the same people.
        """
        if not notices:
            return {}
        found = await self._r.rows(select(*_ASKED).where(appeals.c.number.in_(sorted({n.number for n in notices}))))
        self._rows = {row.number: row for row in found}
        self._house = await self._load(notices)
        self._kept_from = await self._secrets(notices)
        return {notice.id: self._of(notice) for notice in notices}

    async def of(self, notice: Notice) -> tuple[Recipient, ...]:
        """The people of one notice."""
        return (await self.of_all((notice,)))[notice.id]

    async def _load(self, notices: Sequence[Notice]) -> House:
        away: Sequence[Absence] = ()
        rosters: Mapping[str, Roster] = {}
        if all(n.audience == (ENTERPRISE,) for n in notices):
            self._accounts = await Accounts(self._r).of_enterprises(row.enterprise for row in self._rows.values())
        else:
            moments = [n.at for n in notices]
            away = await Absences(self._r).between(min(moments), max(moments) + _MOMENT)
            self._accounts = await Accounts(self._r).all()
            asked = {unit for n in notices for unit in rosters_asked(self._accounts, n.audience, n.unit)}
            rosters = await Rosters(self._r).several(asked) if asked else {}
        organisation = self._organisation
        return House(self._accounts, chains_of(organisation), rosters, away, organisation.catch_all)

    async def _secrets(self, notices: Sequence[Notice]) -> dict[str, Appeal]:
        """The appeals of which not everybody may hear: secret ones, and those with tracks."""
        rules = await rules_by_version(self._r, {row.rules_version for row in self._rows.values()})
        kept = {n: row for n, row in self._rows.items() if row.secret or rules[row.rules_version].service.tracks}
        numbers = [n.number for n in notices if n.number in kept and n.audience != (ENTERPRISE,)]
        return {n: one.appeal for n, one in (await Appeals(self._r).several(numbers)).items()} if numbers else {}

    def _of(self, notice: Notice) -> tuple[Recipient, ...]:
        row = self._rows.get(notice.number)
        house, appeal = self._house, self._kept_from.get(notice.number)
        if appeal:
            house = replace(house, members=[a for a in self._accounts if self._may_hear(a, notice, appeal)])
        leads = row is not None and row.lead_unit == notice.unit
        asked = Audience(
            notice.audience,
            notice.unit,
            notice.at,
            is_step=notice.is_step,
            is_secret=row is not None and row.secret,
            officer=(row.officer or "") if row and leads else "",
            enterprise=(row.enterprise or "") if row else "",
        )
        return tuple(Recipient(code, of) for code, of in people(house, asked).items())

    def _may_hear(self, account: Account, notice: Notice, appeal: Appeal) -> bool:
        """Nobody complained of hears of it, and of one track nobody who works on the other."""
        place = self._organisation.place(account.unit) if account.unit else None
        actor = Actor(account.code, account.name, account.roles, place, account.uscc)
        about = (notice.data.get("step"), notice.data.get("subject"))
        kept = appeal.rules.service.secret and barred(appeal, actor)
        return not kept and not any(is_of_another_track(appeal, actor, code) for code in about if code)


def chains_of(organisation: Organisation) -> dict[str, tuple[str, ...]]:
    """Every unit with its superiors, itself first."""
    places = {entry.unit.code: organisation.place(entry.unit.code) for entry in organisation.units()}
    return {code: tuple(above.code for above in place.chain) for code, place in places.items() if place}
