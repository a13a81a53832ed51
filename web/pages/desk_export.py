"""The desk's list as an Excel file, with the filter printed on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.desk import mine_of, next_work
from api.listing import MOST, ListQuery, find_page
from api.paper_words import CHANNELS
from api.reading import Found
from domain.colours import colour, moments
from domain.parties import hidden_steps
from storage.mine import Mine
from web.desk_query import FILTERS, MINE, TABS, Asked
from web.excel import Column, workbook
from web.pages.desk import choices_of, scope_of
from web.shell import page_router
from web.visitor import Staff
from web.words import COLOURS, STAGES, STATUSES
from web.work_words import next_step

router = page_router()

_NAMES: Final = {
    "q": "查找",
    "stage": "环节",
    "service": "服务事项",
    "colour": "颜色",
    "under": "负责单位（含下级）",
    "channel": "渠道",
    "urgent": "紧急程度",
    "open": "是否办结",
}
Line = tuple[Found, str]


def _due(line: Line) -> datetime | None:
    return moments(line[0].appeal).due_at


_COLUMNS: Final = (
    Column("编号", 22, lambda line: line[0].appeal.number),
    Column("标题", 40, lambda line: line[0].appeal.submission.title),
    Column("企业", 32, lambda line: line[0].appeal.submission.enterprise.name),
    Column("事项", 20, lambda line: line[0].appeal.rules.service.name),
    Column("渠道", 12, lambda line: CHANNELS[line[0].appeal.submission.channel]),
    Column("环节", 8, lambda line: STAGES[line[0].appeal.stage.value]),
    Column("状态", 12, lambda line: STATUSES[line[0].appeal.status.value]),
    Column("颜色", 8, lambda line: COLOURS[colour(line[0].appeal, line[0].now).value]),
    Column("紧急", 6, lambda line: "是" if line[0].appeal.urgent else "否"),
    Column("承办单位", 20, lambda line: line[0].appeal.lead.name if line[0].appeal.lead else ""),
    Column("下一步", 36, lambda line: line[1]),
    Column("最近到期", 18, _due),
    Column("提交时间", 18, lambda line: line[0].appeal.created_at),
)


@router.get("/desk/export.xlsx")
async def export(request: Request, ctx: Ctx, me: Staff) -> Response:
    """The whole list, whatever page of it is looked at."""
    asked = Asked.of(request.query_params)
    async with ctx.database.read() as r:
        mine = await mine_of(r, ctx, me.actor)
    query, within = scope_of(me.actor, asked, asked.tab, mine)
    rows = _rows(ctx, me, query.model_copy(update={"limit": MOST}), within, mine)
    return await workbook(rows, _COLUMNS, f"工作台（{TABS[asked.tab]}）", _words(ctx, me, asked), ctx.now())


async def _rows(ctx: Context, me: Caller, query: ListQuery, within: Mine | None, mine: Mine) -> AsyncIterator[Line]:
    while True:
        found, cursor = await find_page(ctx, me.actor, query, within)
        for one in found:
            yield one, _next(one, me, mine)
        if cursor is None:
            return
        query = query.model_copy(update={"cursor": cursor})


def _next(found: Found, me: Caller, mine: Mine) -> str:
    hidden = hidden_steps(found.appeal, me.actor)
    work = [pair for pair in next_work(found.appeal, me.actor, mine) if pair[0].step not in hidden]
    return "；".join(dict.fromkeys(next_step(found.appeal, one, is_mine=theirs) for one, theirs in work))


def _words(ctx: Context, me: Caller, asked: Asked) -> list[str]:
    """The filter, as people chose it."""
    choices = choices_of(ctx, me.actor)
    choices["open"] = [("true", "未办结"), ("false", "已办结")]
    given = {**asked.given, "open": "true" if asked.tab == MINE else asked.given.get("open", "true")}
    said = [(name, dict(choices.get(name, ())).get(given[name], given[name])) for name in FILTERS if name in given]
    return [f"范围：{TABS[asked.tab]}", *(f"{_NAMES[name]}：{words}" for name, words in said)]
