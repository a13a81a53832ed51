"""What the board is narrowed down to: read from an address, told as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import ValidationError

from api.problems import unprocessable
from api.statistics import PeriodQuery, StageQuery
from api.validation import is_date
from domain.errors import Fault

BY: Final[Mapping[str, str]] = {
    "unit": "单位", "service": "服务事项", "channel": "渠道", "region": "行政区划", "tier": "企业分层",
}  # fmt: skip
_TITLES: Final[Mapping[str, str]] = {
    "from": "统计自", "to": "统计至", "by": "分列", "under": "负责单位", "unit": "牵头单位",
    **{name: title for name, title in BY.items() if name != "unit"},
}  # fmt: skip
_FILTERS: Final = ("from", "to", "by", "under", "unit", "service", "channel", "region", "tier")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board is narrowed down to: the address's parameters, without those left empty."""

    given: Mapping[str, str]

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """From an address; what the board does not know is left out."""
        return cls({name: said for name in _FILTERS if (said := given.get(name, "").strip()[:100])})

    @property
    def by(self) -> str:
        """What is told apart in the tables."""
        return self.given.get("by", "unit")

    def path(self, at: str = "/board", **changed: str | None) -> str:
        """The same board with changes."""
        asked = {**self.given, **changed}
        query = urlencode({name: said for name, said in asked.items() if said})
        return f"{at}?{query}" if query else at

    def period(self, **more: Any) -> PeriodQuery:
        """For what is counted over a stretch of time. Raises a 422 problem."""
        asked = {**self.given, **more}
        if "to" not in more and is_date(to := asked.get("to", "")):
            # People mean the whole day.
            asked["to"] = (date.fromisoformat(to) + timedelta(days=1)).isoformat()
        query: PeriodQuery = checked(PeriodQuery, asked)
        return query

    def standing(self) -> StageQuery:
        """For what is open, whenever it came in. Raises a 422 problem."""
        query: StageQuery = checked(StageQuery, {k: v for k, v in self.given.items() if k not in {"from", "to"}})
        return query


def checked(model: Any, asked: Mapping[str, Any]) -> Any:
    """What was asked, as ``model`` knows it. Raises a 422 problem that names each field."""
    try:
        return model.model_validate(asked)
    except ValidationError as wrong:
        names = dict.fromkeys(str(fault["loc"][0]) for fault in wrong.errors() if fault["loc"])
        said = "、".join(_TITLES.get(name, name) for name in names)
        faults = [Fault(f"/{name}", f"“{_TITLES.get(name, name)}”填写有误") for name in names]
        raise unprocessable("bad-filter", f"筛选条件无效：{said}", *faults) from None
