"""What documents say in Chinese: codes as people read them, and the fields of forms and records by their titles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.budget import parse
from domain.clock import ClockName
from domain.documents import Paper, Standing, standing
from domain.service import Service
from domain.vocabulary import Channel, Method, Outcome
from domain.wording import length
from storage.templates import day

STANDINGS: Mapping[Standing, str] = {
    Standing.VALID: "有效",
    Standing.UPCOMING: "尚未生效",
    Standing.EXPIRED: "已过期",
    Standing.REVOKED: "已撤销",
}
FOLLOWED = "真实，已有后续答复"
"""Of an answer that is genuine, and was followed by another."""
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SOLVED: "已解决",
    Outcome.PARTLY_SOLVED: "部分解决",
    Outcome.NOT_SOLVABLE: "不能解决或不予许可",
    Outcome.NOT_OURS: "由其他单位办理",
    Outcome.WITHDRAWN: "已撤回",
    Outcome.MERGED: "已并案",
    Outcome.REJECTED: "不予受理",
    Outcome.UNREACHABLE: "无法联系",
}
METHODS: Mapping[Method, str] = {
    Method.PHONE: "电话",
    Method.SMS: "短信",
    Method.LETTER: "书面",
    Method.ONLINE: "网上",
    Method.IN_PERSON: "当面",
}
CHANNELS: Mapping[Channel, str] = {
    Channel.WEB: "网上",
    Channel.MOBILE: "移动端",
    Channel.WINDOW: "窗口",
    Channel.ALERT_110: "110 警情",
    Channel.COMPLAINT_12389: "12389 举报",
    Channel.HOTLINE_12345: "12345 热线",
    Channel.LIAISON: "助企联络",
    Channel.WHISTLE: "企业吹哨",
    Channel.SYSTEM: "系统对接",
}
OTHER, OTHER_NAME = "photo", "照片、文件"
"""What goes with a service that names no materials, which takes any: the code, and its name."""
LIMITS: Mapping[ClockName, str] = {
    ClockName.ACCEPT: "受理时限",
    ClockName.HANDLE: "承诺办结时限",
    ClockName.STATUTORY: "法定时限",
}
_TITLES = {
    "text": "答复内容",
    "reason": "理由",
    "legal_basis": "法律依据",
    "remedy": "救济途径",
    "result": "办理情况",
    "outcome": "办理结果",
    "method": "送达方式",
    "valid_until": "有效期至",
    "quantity": "核准数量",
    "route": "核准路线",
}
_BARE = re.compile(r"[0-9.]+")
_CODES: Mapping[str, Mapping[Any, str]] = {"outcome": OUTCOMES, "method": METHODS}


def standing_name(paper: Paper, now: datetime) -> str:
    """Whether a paper holds; of an answer, whether it is the last word."""
    return FOLLOWED if paper.followed_at else STANDINGS[standing(paper, now)]


def rows(shows: Mapping[str, Any], titles: Mapping[str, str]) -> list[dict[str, str]]:
    """What a paper shows, line by line, each with its title; what has no title is not for people."""
    measured = _measured(shows)
    named = [(titles.get(name.rpartition(".")[2], ""), name, value) for name, value in measured.items()]
    return [
        {"name": name, "title": title, "text": _word(name, value)}
        for title, name, value in named
        if title and value not in (None, "", [], {})
    ]


def _measured(shows: Mapping[str, Any]) -> Mapping[str, Any]:
    """An amount with its unit in one line; whoever has written the unit beside the number is not told it twice."""
    by_name = {name.rpartition(".")[2]: name for name in shows}
    amount, unit = by_name.get("quantity"), by_name.get("unit")
    if amount is None or unit is None or not shows[amount]:
        return shows
    text = spoken(shows[amount])
    whole = f"{text}{shows[unit]}" if _BARE.fullmatch(text) else text
    return {name: whole if name == amount else value for name, value in shows.items() if name != unit}


def titles_of_form(service: Service) -> dict[str, str]:
    """What was asked for, field by field."""
    return _titles(service.form)


def titles_of_record(service: Service) -> dict[str, str]:
    """The same with what was decided about it, which has the last word."""
    found = _TITLES | _titles(service.form)
    for record in (o.record for s in service.procedure.steps for o in s.outcomes):
        found |= _titles(record)
    return found


def titles_of_paper(service: Service, paper: Paper, form: Mapping[str, Any]) -> dict[str, str]:
    """Of what a paper shows; what it shows as the ``form`` said it keeps the form's title.

    Form and records may use one name for two things: the route that was asked for, and the one that was approved.
    """
    found = titles_of_record(service)
    asked = titles_of_form(service)
    issuing = [o.issues for s in service.procedure.steps for o in s.outcomes if o.issues]
    shown = (fact.rpartition(".") for d in issuing if d.kind == paper.kind for fact in d.shows)
    facts = {name for family, _, name in shown if family == "form"}
    return found | {n: asked[n] for n in facts if n in asked and n in form and paper.shows.get(n) == form[n]}


def _titles(schema: Mapping[str, Any]) -> dict[str, str]:
    fields = schema.get("properties", {})
    return {name: str(f["title"]) for name, f in fields.items() if isinstance(f, Mapping) and f.get("title")}


def _word(name: str, value: Any) -> str:
    known = _CODES.get(name, {})
    return known[value] if isinstance(value, str) and value in known else spoken(value)


def spoken(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return " ".join(spoken(item) for item in value.values())
    if isinstance(value, list | tuple):
        return "、".join(spoken(item) for item in value)
    text = str(value)
    return day(text) if len(text) == len("2026-09-01") else text


def budget(text: str) -> str:
    """5个工作日."""
    return length(parse(text)).chinese
