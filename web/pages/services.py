"""What can be asked for: found by words, read by everybody, and as data by staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from api.finding import LONGEST, find, grouped, offered
from api.policy_table import ladder_lines, ladder_title
from api.problems import not_found
from api.service_words import Reader
from domain.calendar import ZONE
from domain.clock import ClockName
from domain.diagram import svg
from domain.papers import spoken
from domain.rules import Rules, ladder_of, warnings_of
from domain.service import Service
from web.service_reading import promise_of, reading
from web.shell import page_router, view
from web.visitor import Maybe, is_staff

router = page_router()

NEEDS: Final = ("货车进城", "刻章", "员工落户", "签证", "危险化学品", "被骗了", "账户被冻结", "劳资纠纷", "投诉民警")
"""Searches to begin with."""
_TYPES: Final[Mapping[str, str]] = {
    "string": "文字",
    "number": "数",
    "integer": "整数",
    "boolean": "是否",
    "array": "列表",
    "object": "一组字段",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the form as data."""

    code: str
    title: str
    type: str
    required: bool
    bounds: str
    example: str


@router.get("/services")
async def list_services(request: Request, ctx: Ctx, me: Maybe, q: str = "") -> Response:
    """All of them, or those that have to do with what was typed."""
    words = q.strip()[:LONGEST]
    services = offered(ctx.catalogue.services(_today(ctx)), inside=is_staff(me))
    found = find(services, words) if words else []
    groups = [] if found else grouped(services)
    return view(request, "services.html", q=words, found=found, groups=groups, needs=NEEDS, promise_of=promise_of)


@router.get("/services/{code}")
async def read_service(request: Request, ctx: Ctx, me: Maybe, code: str) -> Response:
    """One service."""
    today = _today(ctx)
    service = ctx.catalogue.find(code, today)
    if service is None:
        raise not_found("没有这个服务事项，或者今天不在施行", "unknown-service")
    rules = ctx.catalogue.rules_for(code, today)
    data = _data(ctx, rules) if is_staff(me) else None
    return view(request, "service.html", it=reading(rules, ctx.organisation, ctx.now()), data=data)


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZONE).date()


def _data(ctx: Context, rules: Rules) -> dict[str, Any]:
    """The same as data, for whoever works with it."""
    service = rules.service
    reader = Reader(service, ctx.organisation)
    sections = [(title, lines) for title, lines in reader.sections() if lines and title not in {"申请表", "材料"}]
    return {
        "columns": list(_columns(service)),
        "drawing": Markup(svg(service, reader.notes())) if service.procedure.steps else "",  # noqa: S704 - escaped there
        "sections": sections,
        "ladders": list(_ladders(rules)),
        "versions": list(reversed(ctx.catalogue.versions()[service.code])),
        "rules": rules,
    }


def _columns(service: Service) -> Iterator[Column]:
    required = service.form.get("required", [])
    for name, shape in service.form.get("properties", {}).items():
        example = next(iter(shape.get("examples", ())), "")
        kind = _TYPES.get(str(shape.get("type", "")), str(shape.get("type", "")))
        yield Column(name, str(shape.get("title", name)), kind, name in required, _bounds(shape), spoken(example))


def _bounds(shape: Mapping[str, Any]) -> str:
    """What a value must be like."""
    said: Mapping[str, Callable[[Any], str]] = {
        "enum": lambda v: f"取值：{'、'.join(map(spoken, v))}",
        "format": lambda v: f"格式 {v}",
        "pattern": lambda v: f"须符合 {v}",
        "minLength": lambda v: f"至少{v}字" if v > 1 else "",
        "maxLength": lambda v: f"至多{v}字",
        "minimum": lambda v: f"不小于{v}",
        "exclusiveMinimum": lambda v: f"大于{v}",
        "maximum": lambda v: f"不大于{v}",
        "maxItems": lambda v: f"至多{v}项",
    }
    return "；".join(filter(None, (say(shape[name]) for name, say in said.items() if name in shape)))


def _ladders(rules: Rules) -> Iterator[tuple[str, str, str, list[str]]]:
    """Whom its clocks call: the clock, the shares at which it warns, and the ladder line by line."""
    for name, title in ((ClockName.HANDLE, "承诺时限"), (ClockName.STATUTORY, "法定时限")):
        if name is ClockName.STATUTORY and not rules.service.statutory:
            continue
        warns = "、".join(f"{percent}%" for percent in warnings_of(rules, name))
        ladder = ladder_of(rules, name)
        yield title, warns, ladder_title(ladder), ladder_lines(ladder)[1:]
