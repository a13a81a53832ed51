"""Who a notice is for, found at the moment it is told: people by what they are, and who stands in for the absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from domain.appeal import Appeal
from domain.duty import on_duty
from domain.ladder import CATCH_ALL, ON_DUTY
from domain.notice import Notice
from domain.parties import barred
from domain.people import Actor
from domain.roster import Roster
from domain.service import ENTERPRISE
from domain.substitutes import stand_in
from domain.vocabulary import Role
from storage.absences import Absence, Absences
from storage.accounts import Account, Accounts
from storage.appeals import Appeals
from storage.database import Read
from storage.organisation import Organisation
from storage.rosters import Rosters
from storage.tables import appeals

ACCOUNT = "account:"
"""Before the code of one named person."""
_ASKED = [appeals.c[name] for name in ("number", "secret", "enterprise", "lead_unit", "officer")]
_NEAREST = frozenset({Role.LEADER.value})
"""Audiences that are looked for up the chain of superiors, until there is one."""

#: What a role does where nobody has it.
_INSTEAD_OF_NOBODY = {Role.HANDLER.value: Role.WINDOW.value, Role.WINDOW.value: Role.LEADER.value}

#: Visitors know nothing of a secret matter; supervisors ask how it was.
_INSTEAD = {Role.VISITOR.value: Role.SUPERVISOR.value}


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
        self._accounts: list[Account] = []
        self._rows: dict[str, Row[Any] | None] = {}
        self._away: list[Absence] = []
        self._rosters: dict[str, Roster] = {}

    async def of_all(self, notices: Sequence[Notice]) -> dict[str, tuple[Recipient, ...]]:
        """The people of each of them, by the notice's id; what all of them ask is asked once."""
        if not notices:
            return {}
        numbers, moments = sorted({n.number for n in notices}), [n.at for n in notices]
        found = await self._r.rows(select(*_ASKED).where(appeals.c.number.in_(numbers)))
        self._rows = dict.fromkeys(numbers) | {row.number: row for row in found}
        if all(n.audience == (ENTERPRISE,) for n in notices):
            self._accounts = await Accounts(self._r).of_enterprises(row.enterprise for row in found)
        else:
            self._away = await Absences(self._r).between(min(moments), max(moments) + timedelta(microseconds=1))
            self._accounts = await Accounts(self._r).all()
        return {notice.id: await self._of(notice) for notice in notices}

    async def of(self, notice: Notice) -> tuple[Recipient, ...]:
        """The people of one notice."""
        return (await self.of_all((notice,)))[notice.id]

    async def _of(self, notice: Notice) -> tuple[Recipient, ...]:
        """The people of the notice, each once; the catch-all when there is nobody: a message goes to somebody.

        A step of an escalation that finds nobody finds nobody: the ladder goes on at once, and the catch-all is its
        last step. Who is on duty or away is asked for the notice's own moment: in a rehearsal it is ahead of the real
        one, and a second attempt finds the same people.
        """
        secret = await self._secret(notice)
        accounts = [a for a in self._accounts if secret is None or not barred(secret, self._actor(a))]
        absent = {a.account: a.substitutes for a in self._away if a.starts_at <= notice.at < a.ends_at}
        audience = [_INSTEAD.get(word, word) if secret else word for word in notice.audience]
        meant = [code for word in audience for code in await self._meant(word, notice, accounts)]
        found = _there(meant, absent, accounts)
        if not found and (CATCH_ALL in audience or not (is_step(notice) or ENTERPRISE in audience)):
            supervisors = [a.code for a in accounts if (secret or is_step(notice)) and Role.SUPERVISOR in a.roles]
            found = _there([self._organisation.catch_all], absent, accounts) or _there(supervisors, absent, accounts)
        return tuple(found.values())

    async def _secret(self, notice: Notice) -> Appeal | None:
        """The appeal, if it is a secret one: nobody complained of hears of it."""
        if not self._said(notice, "secret"):
            return None
        stored = await Appeals(self._r).get(notice.number)
        return stored.appeal if stored else None

    def _actor(self, account: Account) -> Actor:
        place = self._organisation.place(account.unit) if account.unit else None
        return Actor(account.code, account.name, account.roles, place, account.uscc)

    async def _meant(self, word: str, notice: Notice, accounts: list[Account]) -> list[str]:
        if word == CATCH_ALL:
            return [self._organisation.catch_all]
        if word.startswith(ACCOUNT):
            return [word.removeprefix(ACCOUNT)]
        if word == ENTERPRISE:
            uscc = self._said(notice, "enterprise")
            return [a.code for a in accounts if uscc and a.uscc == uscc]
        return await self._of_unit(word, notice, accounts)

    async def _of_unit(self, word: str, notice: Notice, accounts: list[Account]) -> list[str]:
        if word == ON_DUTY:
            return list(await self._on_duty(notice.unit, notice.at))
        if word == Role.DUTY:
            return await self._duty(notice, accounts)
        if word == Role.HANDLER and (officer := self._officer(notice)):
            return [officer]
        return [a.code for a in self._by_role(word, notice.unit, accounts)]

    async def _duty(self, notice: Notice, accounts: list[Account]) -> list[str]:
        """Of the duty officers those who are on duty, where their units have rosters; else all of them."""
        holders = self._by_role(Role.DUTY, notice.unit, accounts)
        units = sorted({a.unit for a in holders if a.unit})
        found = [code for unit in units for code in await self._on_duty(unit, notice.at)]
        return found or [a.code for a in holders]

    def _officer(self, notice: Notice) -> str | None:
        """The officer who handles it, if the notice is for the unit that leads it."""
        return self._said(notice, "officer") if self._said(notice, "lead_unit") == notice.unit else None

    def _said(self, notice: Notice, name: str) -> Any:
        row = self._rows[notice.number]
        return getattr(row, name) if row else None

    async def _on_duty(self, unit: str, at: datetime) -> tuple[str, ...]:
        if unit not in self._rosters:
            self._rosters[unit] = (await Rosters(self._r).of(unit)).roster
        return on_duty(self._rosters[unit], at)

    def _by_role(self, role: str, unit: str, accounts: list[Account]) -> list[Account]:
        """Those of the unit, else of the nearest unit above; else, as of a duty room, of those that stand below one.

        Where nobody handles, whoever receives does, or leads: never everybody who handles anything anywhere.
        """
        everywhere = [a for a in accounts if role in a.roles and a.unit]
        place = self._organisation.place(unit)
        chain = [above.code for above in place.chain] if place else []
        found = (mine for code in chain if (mine := [a for a in everywhere if a.unit == code]))
        if here := next(found, None):
            return here
        if role in _INSTEAD_OF_NOBODY:
            return self._by_role(_INSTEAD_OF_NOBODY[role], unit, accounts)
        if role in _NEAREST:
            return []
        below = (mine for code in chain if (mine := [a for a in everywhere if self._is_under(a, code)]))
        return next(below, [])

    def _is_under(self, account: Account, code: str) -> bool:
        place = self._organisation.place(account.unit or "")
        return place is not None and place.is_under(code)


def is_step(notice: Notice) -> bool:
    """Whether it is a step of an escalation."""
    return "escalation" in notice.data


def _there(meant: Iterable[str], absent: Any, accounts: list[Account]) -> dict[str, Recipient]:
    known = {a.code for a in accounts}
    found: dict[str, Recipient] = {}
    for code in meant:
        there = stand_in(code, absent, known.__contains__) if code in known else None
        if there:
            found.setdefault(there, Recipient(there, code if there != code else None))
    return found
