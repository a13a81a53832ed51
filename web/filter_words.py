"""A list's filter in words: above a list, and on the sheet that it is exported to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from api.context import Context
from api.figure_links import NOBODY, name_of
from api.paper_words import CHANNELS, OUTCOMES
from domain.clock import ClockName
from domain.matrix import CLOCKS_CHINESE
from domain.vocabulary import Channel, Outcome
from storage.measures import By
from web.words import COLOURS, STAGES, STATUSES, minute

_KEPT: Final = {
    "met": "按时",
    "late": "逾期后结束",
    "running": "进行中",
    "breached": "已超期未结束",
    "judged": "已有定论",
}
_FLAGS: Final = {
    "open": ("未办结", "已办结"),
    "urgent": ("紧急", "普通"),
    "unassigned": ("尚无牵头单位", "已有牵头单位"),
    "confidential": ("保密事项", "不含保密事项"),
    "answered": ("已答复办结", "未答复办结"),
    "solved": ("回访确认已解决", "未确认解决"),
    "satisfied": ("最近一次评价满意", "未评价或不满意"),
    "reopened": ("重办过", "未重办"),
    "extended": ("延期过", "未延期"),
    "returned": ("退回过", "未退回"),
}
_MOMENTS: Final = {
    "created_after": "提交晚于", "created_from": "提交自", "created_before": "提交早于", "closed_from": "办结自",
    "closed_before": "办结早于", "rated_from": "评价自", "rated_before": "评价早于", "due_from": "到期自",
    "due_before": "到期早于",
}  # fmt: skip
_TEXTS: Final = {"enterprise": "企业代码", "number": "编号", "q": "查找"}


def filter_words(ctx: Context, asked: Mapping[str, Any]) -> list[str]:
    """What a list was narrowed down to, parameter by parameter; a sort is none."""
    told = [(name, value) for name, value in asked.items() if value is not None]
    return [words for name, value in told if (words := _one(ctx, name, value))]


def _one(ctx: Context, name: str, value: Any) -> str:
    if name in _FLAGS:
        return _FLAGS[name][0 if value else 1]
    if name in _MOMENTS and isinstance(value, datetime):
        return f"{_MOMENTS[name]}{minute(value)}"
    if name in _TEXTS:
        return f"{_TEXTS[name]}：{value}"
    make = _NAMED.get(name)
    return make(ctx, value) if make else ""


_NAMED: Final[Mapping[str, Callable[[Context, Any], str]]] = {
    "stage": lambda _ctx, v: f"环节：{STAGES[v]}",
    "left": lambda _ctx, v: f"已离开环节：{STAGES[v]}",
    "colour": lambda _ctx, v: f"颜色：{COLOURS[v]}",
    "status": lambda _ctx, v: f"状态：{STATUSES[v]}",
    "outcome": lambda _ctx, v: f"结果：{OUTCOMES[Outcome(v)]}",
    "channel": lambda _ctx, v: f"渠道：{CHANNELS[Channel(v)]}",
    "service": lambda ctx, v: f"服务事项：{name_of(ctx, By.SERVICE, v)}",
    "unit": lambda ctx, v: f"牵头单位：{name_of(ctx, By.UNIT, v)}",
    "answered_by": lambda ctx, v: f"答复单位：{'无' if v == NOBODY else name_of(ctx, By.UNIT, v)}",
    "answered_under": lambda ctx, v: f"答复单位：{name_of(ctx, By.UNIT, v)}及下级",
    "under": lambda ctx, v: f"负责单位：{name_of(ctx, By.UNIT, v)}及下级",
    "region": lambda ctx, v: f"行政区划：{name_of(ctx, By.REGION, v)}",
    "tier": lambda ctx, v: f"企业分层：{name_of(ctx, By.TIER, '' if v == 'none' else v)}",
    "clock": lambda _ctx, v: f"时限：{CLOCKS_CHINESE[ClockName(v)]}",
    "kept": lambda _ctx, v: f"时限情况：{_KEPT[v]}",
}
