"""Who can be on duty in a unit: its own people, those of units above it and below it."""

from __future__ import annotations

from collections.abc import Iterable

from domain.people import Place
from domain.vocabulary import STAFF_ROLES, Role
from storage.accounts import Account
from storage.organisation import Organisation


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
            return "没有这个代码的民警,或其账号已停用"
        place = self._organisation.place(account.unit) if account.unit else None
        if place is None:
            return "此人不属于任何单位,不能值班"
        if not (place.is_under(self._unit.code) or self._unit.is_under(place.code)):
            return f"此人属于{place.name},不是{self._unit.name}或其上下级单位的人"
        return ""

    def named(self, word: str) -> tuple[str, str]:
        """The account that a code or a name means, or why it means none, in Chinese."""
        if word in self._accounts:
            return word, self.unfit(word)
        found = self._by_name.get(word, [])
        if len(found) == 1:
            return found[0], ""
        if found:
            return "", f"“{word}”有{len(found)}人同名({'、'.join(found)}),请写账号"
        return "", f"“{word}”不是{self._unit.name}或其上下级单位的人"

    def editors(self) -> list[Account]:
        """Leaders who may change the roster: of the unit, else of the nearest unit above that has one."""
        for above in self._unit.chain:
            if found := [a for a in self._accounts.values() if a.unit == above.code and Role.LEADER in a.roles]:
                return found
        return []
