"""Taking a matter in for an enterprise: at the window, on the phone, on a visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.duplicates import duplicates_of
from api.finding import LONGEST, find, grouped
from api.paper_words import CHANNELS
from api.permissions import SUBMIT
from api.problems import Problem, not_found, problem_of
from api.reading import find as find_appeal
from api.reading import full_view
from api.submitting import submit
from domain.calendar import ZONE
from domain.errors import Refusal
from domain.schemas import SHORT, Schema, flag, free, one_of, text
from domain.service import Service
from domain.vocabulary import Channel, Role
from gateway.errors import GatewayError
from web.bulk import once_of
from web.forms import Form, added, body_of, form_of
from web.held import form_held
from web.shell import back, page_router, view
from web.visitor import ONCE, Posted, Staff, typed

router = page_router()

#: How a matter comes to somebody who takes it in; where it came in by itself, nobody writes it down.
_CHANNELS: Final = (
    *(Channel.WINDOW, Channel.HOTLINE_12345, Channel.ALERT_110, Channel.LIAISON, Channel.WHISTLE),
    Channel.COMPLAINT_12389,
)
_MATERIAL: Final = "material:"
_USED: Final = "idempotency-key-reused"


@router.get("/desk/new")
async def choose(request: Request, ctx: Ctx, me: Staff, q: str = "") -> Response:
    """Which service it is."""
    _check(me)
    words, services = q.strip()[:LONGEST], ctx.catalogue.services(_today(ctx))
    found = find(services, words) if words else []
    return view(request, "intake_choose.html", q=words, found=found, groups=[] if found else grouped(services))


@router.get("/desk/new/{code}")
async def fill_in(request: Request, ctx: Ctx, me: Staff, code: str, kept: str = "") -> Response:
    """The form of a service, with what is known already. ``kept``: as it was left when the session had ended."""
    _check(me)
    service = _service(ctx, code)
    form = await form_held(request, ctx, me, request.url.path) if kept else None
    if form is not None:
        return _shown(request, service, _form(ctx, service, body_of(_schema(service), form.multi_items())), form)
    channel = Channel.LIAISON if Role.VISITOR in me.actor.roles else Channel.WINDOW
    known = {"channel": channel.value, "region": _region(ctx, me)}
    return _shown(request, service, _form(ctx, service, known))


@router.post("/desk/new/{code}")
async def take_in(request: Request, ctx: Ctx, me: Staff, form: Posted, code: str) -> Response:
    """Kept and started, or the form again with what is wrong."""
    _check(me)
    service, pairs, once = _service(ctx, code), typed(form), once_of(form)
    body = body_of(_schema(service), pairs)
    if row := added(pairs):
        return _shown(request, service, _form(ctx, service, body, add=row), form)
    materials = [_material(str(name), form) for name in form.getlist("material")]
    try:
        done = await submit(ctx, me, once, {"service": code, "form": {}, **body, "materials": materials})
    except (Problem, Refusal, GatewayError) as error:
        return _again(request, ctx, service, form, body, error)
    return back(f"/desk/taken/{done.found.appeal.number}")


@router.get("/desk/taken/{number}")
async def taken(request: Request, ctx: Ctx, me: Staff, number: str) -> Response:
    """What was taken in, what it may be a duplicate of, and what comes next."""
    found = await find_appeal(ctx, me.actor, number)
    alike = await duplicates_of(ctx, me.actor, found)
    return view(request, "intake_taken.html", appeal=full_view(found, me.actor), alike=alike)


def _check(me: Caller) -> None:
    if not SUBMIT.roles & set(me.actor.roles):
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", SUBMIT.refusal)


def _service(ctx: Context, code: str) -> Service:
    service = ctx.catalogue.find(code, _today(ctx))
    if service is None:
        raise not_found("没有这个服务事项，或者今天不在施行", "unknown-service")
    return service


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZONE).date()


def _schema(service: Service) -> Schema:
    """What an officer writes down; the API's own schema checks it."""
    parts: Schema = {
        "channel": one_of("来源渠道", [channel.value for channel in _CHANNELS]),
        "enterprise": _object(
            "企业",
            {
                "name": text("企业名称", SHORT),
                "uscc": {
                    **free("统一社会信用代码", 64),
                    "description": "18位。110警情、12345热线和可匿名的事项不知道时可以不填",
                },
            },
            ["name"],
        ),
        "contact": _object("联系人", {"name": text("姓名", 100), "phone": text("电话", 40)}, ["name", "phone"]),
        "region": {**text("所在区域", 6)},
        "title": text("标题", SHORT),
        "description": text("诉求内容", 5000),
        "urgent": flag("情况紧急，如停产停业、人身财产受到威胁"),
        "external_ref": {**free("来源编号", SHORT), "description": "热线工单号、警情编号等"},
    }
    if service.form.get("properties"):
        parts["form"] = {**service.form, "title": "本事项需要说明的"}
    needed = ["channel", "enterprise", "contact", "region", "title", "description"]
    needed += ["form"] if service.form.get("required") else []
    return {"type": "object", "properties": parts, "required": needed}


def _object(title: str, properties: Mapping[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "title": title, "properties": dict(properties), "required": required}


def _form(ctx: Context, service: Service, body: Mapping[str, Any], error: Problem | None = None, **more: Any) -> Form:
    options = {
        "/channel": [(channel.value, CHANNELS[channel]) for channel in _CHANNELS],
        "/region": [(region, ctx.organisation.region_name(region)) for region in ctx.organisation.regions()],
    }
    return form_of(_schema(service), body, error.errors if error else (), options, **more)


def _region(ctx: Context, me: Caller) -> str:
    """That of the officer's own branch; the only one there is, otherwise none."""
    regions = ctx.organisation.regions()
    chain = [unit.code for unit in me.actor.unit.chain] if me.actor.unit else []
    own = (r for r in regions if (branch := ctx.organisation.branch_of_region(r)) and branch.code in chain)
    return next(own, regions[0] if len(regions) == 1 else "")


def _material(code: str, form: FormData) -> dict[str, str]:
    """A material that was handed over; where it lies, if somebody wrote it down."""
    place = str(form.get(f"{_MATERIAL}{code}", "")).strip()
    return {"code": code, "reference": place or "窗口收取，纸质"}


def _again(
    request: Request, ctx: Context, service: Service, form: FormData, body: Mapping[str, Any], error: Exception
) -> Response:
    """The form with everything that was typed. Under its own key, unless that has been used for something else."""
    problem = problem_of(error)
    is_used = problem.code == _USED
    said = "这张表已经登记过一件诉求。确要再登记一件，请再按一次提交。" if is_used else problem.detail
    shown = _form(ctx, service, body, problem)
    told = bool(problem.errors) and not shown.faults
    return _shown(request, service, shown, form, problem.status, said="" if told else said, is_used=is_used)


def _shown(
    request: Request,
    service: Service,
    shown: Form,
    form: FormData | None = None,
    status: int = HTTPStatus.OK,
    *,
    said: str = "",
    is_used: bool = False,
) -> Response:
    given = form or FormData()
    brought = {str(code) for code in given.getlist("material")}
    places = {m.code: str(given.get(f"{_MATERIAL}{m.code}", "")) for m in service.materials}
    return view(
        request,
        "intake.html",
        status,
        service=service,
        form=shown,
        brought=brought,
        places=places,
        said=said,
        once_more="" if is_used else str(given.get(ONCE, "")),
    )
