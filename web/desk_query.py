"""What a person asks the desk for: a tab, filters and a place in the list, all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import ValidationError

from api.listing import ListQuery
from api.problems import unprocessable
from domain.identity import NUMBER

MINE, OURS, EVERYTHING = "mine", "unit", "all"
TABS: Final[Mapping[str, str]] = {MINE: "我的", OURS: "本单位", EVERYTHING: "全部"}
FILTERS: Final = ("q", "stage", "service", "colour", "under", "channel", "urgent", "open")
PAGE: Final = 20
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters as they were given, without those left empty."""

    tab: str
    given: Mapping[str, str]
    cursor: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """From an address; what the desk does not know is left out."""
        kept = {name: said for name in FILTERS if (said := given.get(name, "").strip()[:_LONGEST])}
        tab = given.get("tab", MINE)
        return cls(tab if tab in TABS else MINE, kept, given.get("cursor") or None)

    @property
    def number(self) -> str:
        """The number that was typed as the words to look for, or nothing."""
        word = self.given.get("q", "").upper()
        return word if word.isascii() and NUMBER.fullmatch(word) else ""

    @property
    def filters(self) -> dict[str, str]:
        """Everything but the words."""
        return {name: said for name, said in self.given.items() if name != "q"}

    def query(self, **more: Any) -> ListQuery:
        """As the lists know it: what is open, by what is due first. Raises a 422 problem."""
        asked = {"open": "true", "sort": "due_at", "limit": PAGE, **self.given, **more}
        asked["sort"] = "due_at" if asked["open"] == "true" else "-created_at"
        try:
            return ListQuery(**asked)
        except ValidationError as wrong:
            raise unprocessable("bad-filter", _told(wrong)) from None

    def path(self, at: str = "/desk", **changed: str | None) -> str:
        """The address of the same list with changes; from its first page on."""
        asked = {"tab": self.tab, **self.given, **changed}
        return f"{at}?{urlencode({name: said for name, said in asked.items() if said})}"


def _told(wrong: ValidationError) -> str:
    names = "、".join(str(fault["loc"][0]) for fault in wrong.errors() if fault["loc"])
    return f"筛选条件无效：{names}"
