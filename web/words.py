"""What codes are called on pages, and how moments and stretches of time are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from domain.act import moment_of_text
from domain.calendar import ZONE
from domain.clock import ClockName
from domain.clock_names import named
from domain.service import basis_told
from domain.table import TABLE
from domain.vocabulary import Action, Stage
from storage.templates import day

STAGES: Final[Mapping[str, str]] = {
    Stage.ACCEPT.value: "受理",
    Stage.ASSIGN.value: "交办",
    Stage.HANDLE.value: "承办",
    Stage.FEEDBACK.value: "反馈",
    Stage.EVALUATE.value: "评价",
    Stage.CLOSED.value: "办结",
}
COLOURS: Final[Mapping[str, str]] = {"red": "超期", "orange": "临期", "yellow": "预警", "green": "正常"}
STATUSES: Final[Mapping[str, str]] = {
    "open": "办理中",
    "waiting_enterprise": "等待企业",
    "waiting_outside": "等待外部单位",
    "parked": "挂起",
    "closed": "已办结",
}
_HOUR: Final = 60
_KILO: Final = 1024
_FULL: Final[Mapping[str, str]] = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_HALF: Final = re.compile(r"(?<=[\u4e00-\u9fff”》）])[,;:?!](?=[\u4e00-\u9fff“《（\d]|$)")
_BRACKETS: Final = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")


def stage(code: str) -> str:
    """A stage of the loop."""
    return STAGES[code]


def colour(code: str) -> str:
    """What a colour means."""
    return COLOURS[code]


def status(code: str) -> str:
    """The status of an appeal."""
    return STATUSES[code]


def clock_name(clock: Mapping[str, Any]) -> str:
    """A clock as people call it."""
    return named(ClockName(clock["name"]), clock.get("subject_name"))


def action(code: str) -> str:
    """What was done."""
    return TABLE[Action(code)].title


def minute(at: str | datetime | None) -> str:
    """A moment in Beijing time: 2026年11月22日 20:52."""
    if not at:
        return ""
    there = _there(at)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"


def _there(at: str | datetime) -> datetime:
    """In Beijing time. People who write a time without an offset mean the one on their wall."""
    moment = moment_of_text(at) if isinstance(at, str) else at
    return moment.astimezone(ZONE) if moment.tzinfo else moment.replace(tzinfo=ZONE)


def due(at: str | datetime | None) -> str:
    """A deadline in Beijing time: midnight ends a day, and is not told as the day that begins."""
    if not at:
        return ""
    there = _there(at)
    if there.hour or there.minute:
        return minute(there)
    return f"{day(there - timedelta(days=1))} 24:00"


def remaining(clock: Mapping[str, Any]) -> str:
    """How long there is still, or how long it has been over."""
    if clock["status"] == "paused":
        return "暂停计时"
    left = clock["remaining"]
    if left is None:
        return ""
    is_over = clock["status"] == "breached"
    amount = -left if is_over else left
    said = _working(amount, clock["unit"]) if is_of_work(clock) else stretch(amount, clock["unit"])
    return f"{'超期' if is_over else '还剩'}{said}"


def is_of_work(clock: Mapping[str, Any]) -> bool:
    """Whether it counts working days or hours only."""
    return " working " in str(clock.get("budget", ""))


def _working(amount: float, unit: str) -> str:
    """As :func:`stretch`, of working time: a working day has no twenty-four hours."""
    if unit == "days":
        return f"{amount:g}个工作日" if amount else "不到1个工作日"
    minutes = int(amount) // 60
    hours, rest = f"{minutes // _HOUR}个工作小时" if minutes >= _HOUR else "", minutes % _HOUR
    if not hours:
        return f"{rest}分钟（工作时间）" if rest else "不到1分钟"
    return f"{hours}{rest}分钟" if rest else hours


def stretch(amount: float, unit: str) -> str:
    """So many seconds, or days, as people say them: the two largest parts."""
    if unit == "days":
        return f"{amount:g}天" if amount else "不到1天"
    minutes = int(amount) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "天"), (hours, "小时"), (rest, "分钟")]
    said = [f"{count}{word}" for count, word in parts if count][:2]
    return "".join(said) or "不到1分钟"


def size(amount: int) -> str:
    """So many bytes, rounded up as people count them: 589 KB, 2.4 MB."""
    kilo = -(-amount // 1024)
    return f"{kilo} KB" if kilo < _KILO else f"{kilo / 1024:.1f} MB"


def spoken(text: str) -> str:
    """Words of the API as they are printed in Chinese: with its own signs."""
    return _HALF.sub(lambda found: _FULL[found[0]], _BRACKETS.sub(r"（\1）", text))


def told(text: str) -> str:
    """Words of the catalogue for everybody: in Chinese print, without the marks that the house keeps for itself."""
    return basis_told(spoken(text), inside=False)


FILTERS: Final[Mapping[str, Callable[..., str | bool]]] = {
    "stage": stage,
    "colour": colour,
    "status": status,
    "clock_name": clock_name,
    "action": action,
    "day": day,
    "due": due,
    "minute": minute,
    "remaining": remaining,
    "is_of_work": is_of_work,
    "size": size,
    "spoken": spoken,
    "stretch": stretch,
    "told": told,
}
