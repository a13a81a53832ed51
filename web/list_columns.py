"""What a list of appeals says when it is exported. No contact: a file travels further than a page."""

from __future__ import annotations

from collections.abc import Callable

from api.paper_words import CHANNELS, OUTCOMES
from api.reading import Found
from domain.colours import colour, moments
from domain.routing import WORDS
from web.excel import Column
from web.words import COLOURS, STAGES, STATUSES


def _of(found: Found) -> str:
    lead, second = found.appeal.lead, found.appeal.assignment.second
    return "、".join(place.name for place in (lead, second.unit if second else None) if place)


def columns(region_name: Callable[[str], str]) -> tuple[Column, ...]:
    """The columns; ``region_name`` says what a region is called."""
    return (
        Column("编号", 22, lambda f: f.appeal.number),
        Column("标题", 36, lambda f: f.appeal.submission.title),
        Column("企业", 30, lambda f: f.appeal.submission.enterprise.name),
        Column("统一社会信用代码", 21, lambda f: f.appeal.submission.enterprise.uscc),
        Column("企业分层", 14, lambda f: "、".join(WORDS[t] for t in f.appeal.submission.enterprise.tiers)),
        Column("服务事项", 22, lambda f: f.appeal.rules.service.name),
        Column("渠道", 12, lambda f: CHANNELS[f.appeal.submission.channel]),
        Column("行政区划", 12, lambda f: region_name(f.appeal.submission.region)),
        Column("环节", 8, lambda f: STAGES[f.appeal.stage.value]),
        Column("状态", 12, lambda f: STATUSES[f.appeal.status.value]),
        Column("颜色", 8, lambda f: COLOURS[colour(f.appeal, f.now).value] if f.appeal.is_open else ""),
        Column("紧急", 6, lambda f: "是" if f.appeal.urgent else ""),
        Column("轮次", 6, lambda f: f.appeal.round),
        Column("牵头单位", 22, _of),
        Column("承办人", 10, lambda f: f.appeal.assignment.officer.name if f.appeal.assignment.officer else ""),
        Column("提交时间", 17, lambda f: f.appeal.created_at),
        Column("最近到期", 17, lambda f: moments(f.appeal).due_at),
        Column("办结时间", 17, lambda f: f.appeal.closed_at),
        Column("结果", 16, lambda f: OUTCOMES[f.appeal.outcome] if f.appeal.outcome else ""),
        Column("评价", 6, lambda f: f.appeal.ratings[-1].grade if f.appeal.ratings else None),
    )
