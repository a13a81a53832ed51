"""Who can be on duty in a unit: its own people, those of units above it and below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from domain.people import Place
from domain.roster import Team
from domain.vocabulary import STAFF_ROLES, Role
from storage.accounts import Account
from storage.organisation import Organisation

_SEPARATORS: Final = re.compile(r"[、，,；;/\n]+")


class DutyPeople:
    """The accounts as the roster of one unit sees them.

    A leader of the bureau may be on duty for a station (带班), an officer of a station at the branch's desk; somebody
    of a unit beside it may not: who can be called at night for whom follows the line of command.
    """

    def __init__(self, unit: Place, accounts: Iterable[Account], organisation: Organisation) -> None:
        self._unit = unit
        self._organisation = organisation
        self._accounts = {account.code: account for account in accounts}
        self._by_name: dict[str, list[str]] = {}
        for account in self._accounts.values():
            if not self.unfit(account.code):
                self._by_name.setdefault("".join(account.name.split()), []).append(account.code)

    def unfit(self, code: str) -> str:
        """Why this account cannot be on duty here, in Chinese; empty when it can."""
        account = self._accounts.get(code)
        if account is None or not STAFF_ROLES & set(account.roles):
            return "没有这个代码的民警，或其账号已停用"
        place = self._organisation.place(account.unit) if account.unit else None
        if place is None:
            return "此人不属于任何单位，不能值班"
        if not (place.is_under(self._unit.code) or self._unit.is_under(place.code)):
            return f"此人属于{place.name}，不是{self._unit.name}或其上下级单位的人"
        return ""

    def named(self, word: str) -> tuple[str, str]:
        """The account that a code or a name means, or why it means none, in Chinese."""
        if word in self._accounts:
            return word, self.unfit(word)
        found = self._by_name.get(word, [])
        if len(found) == 1:
            return found[0], ""
        if found:
            return "", f"“{word}”有{len(found)}人同名（{'、'.join(found)}），请写账号"
        return "", f"“{word}”不是{self._unit.name}或其上下级单位的人"

    def team(self, text: str) -> tuple[Team, list[str]]:
        """Those who are named in a cell or a line, and what is wrong with it, in Chinese."""
        found: list[str] = []
        faults: list[str] = []
        for word in self._words(text):
            code, fault = self.named(word)
            if fault or code in found:
                faults.append(fault or f"“{word}”写了两次")
            else:
                found.append(code)
        return tuple(found), faults

    def written(self, team: Iterable[str]) -> str:
        """A team as it may be typed: by names, and by the account where a name alone would not do."""
        known = ((code, self._accounts[code].name if code in self._accounts else code) for code in team)
        return "、".join(name if self.named(name) == (code, "") else code for code, name in known)

    def _words(self, text: str) -> Iterator[str]:
        """Names with a blank inside (张　三) are one; names with a blank between them are several."""
        for part in _SEPARATORS.split(text):
            pieces = part.split()
            joined = "".join(pieces)
            if len(pieces) > 1 and self.named(joined)[1] and not any(self.named(piece)[1] for piece in pieces):
                yield from pieces
            elif joined:
                yield joined

    def editors(self) -> list[Account]:
        """Leaders who may change the roster: of the unit, else of the nearest unit above that has one."""
        for above in self._unit.chain:
            if found := [a for a in self._accounts.values() if a.unit == above.code and Role.LEADER in a.roles]:
                return found
        return []
