"""Submitting: what a service is and needs, what is promised, the form with its files, and drafts that are kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from api.attaching import attach, bind
from api.context import Context
from api.deps import Caller, Ctx
from api.drafts import draft_of, drop_draft, keep_draft
from api.finding import LONGEST
from api.paper_words import OTHER, OTHER_NAME
from api.problems import Problem, not_found, problem_of
from api.promised import promised
from api.reading import find
from api.submitting import examine, submit
from domain.calendar import ZONE
from domain.errors import Refusal
from domain.people import Unit
from domain.rules import Rules
from domain.vocabulary import Role
from storage.intake import IntakeReads
from web.forms import Form, added
from web.held import form_held
from web.service_reading import reading
from web.shell import back, page_router, view
from web.submission import Filled, attached, body_for, filled, may_submit, prefilled, schema_of, shown
from web.tracked import key_of
from web.visitor import ANYWAY, Maybe, Person, Posted, is_staff

router = page_router()

_NO_ANSWER = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form as it is to be shown: what stands in it, what is wrong, and what else there is to say.

    ``add``: the rows of which there is to be one more; ``once``: perhaps it was submitted, by this key;
    ``lacking``: the materials that should come with it, and do not.
    """

    what: Filled = field(default_factory=Filled)
    problem: Problem | None = None
    add: str | None = None
    once: str = ""
    status: int = HTTPStatus.OK
    draft_at: datetime | None = None
    lacking: tuple[str, ...] = ()


_EMPTY = Sheet()


@router.get("/submit/{code}")
async def begin(request: Request, ctx: Ctx, me: Maybe, code: str, kept: str = "", title: str = "") -> Response:
    """What it is, and the form: empty, or as it was left; ``title``: what somebody has looked for in vain."""
    rules = _rules(ctx, code)
    if me is None or not may_submit(me):
        return _page(request, ctx, me, rules)
    form = await form_held(request, ctx, me, request.url.path) if kept else None
    if form is not None:
        what = await filled(ctx, me, schema_of(ctx, me, rules), form)
        return await _again(request, ctx, me, rules, Sheet(what, once=key_of(form)))
    draft = await draft_of(ctx, me, code)
    what = Filled(draft.body, await attached(ctx, me, draft.attachments)) if draft else Filled()
    what = prefilled(what, await _last_contact(ctx, me), title.strip()[:LONGEST])
    return _page(request, ctx, me, rules, Sheet(what, draft_at=draft.updated_at if draft else None))


@router.post("/submit/{code}")
async def press(request: Request, ctx: Ctx, me: Person, code: str, form: Posted) -> Response:
    """One of its buttons: submit; or keep, throw away, one more row, a file more or less."""
    rules = _rules(ctx, code)
    if "discard" in form:
        await drop_draft(ctx, me, code)
        return back(f"/submit/{code}", done="草稿已丢弃。")
    what = await filled(ctx, me, schema_of(ctx, me, rules), form)
    if "save" in form:
        await keep_draft(ctx, me, code, what.said, what.attached)
        return await _again(request, ctx, me, rules, Sheet(what))
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    add = added(pairs)
    if add or "upload" in form or "remove" in form:
        return await _again(request, ctx, me, rules, Sheet(what, add=add))
    lacking = () if ANYWAY in form else _lacking(rules, what)
    if what.refused or lacking:
        # All at once: what is wrong with the fields, too.
        sheet = Sheet(what, _wrong(ctx, me, rules, what), lacking=lacking, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return await _again(request, ctx, me, rules, sheet)
    return await _submitted(request, ctx, me, rules, what, key_of(form))


def _lacking(rules: Rules, what: Filled) -> tuple[str, ...]:
    """The materials that should come with it, and do not."""
    brought = {code for code, _ in what.files} | set(what.refused)
    return tuple(name for code, name, later in _uploads(rules) if not later and code not in brought)


def _wrong(ctx: Context, me: Caller, rules: Rules, what: Filled) -> Problem | None:
    """What would be refused if it were sent now."""
    try:
        examine(ctx, me, body_for(ctx, me, rules, what))
    except (Problem, Refusal) as error:
        return problem_of(error)
    return None


async def _submitted(request: Request, ctx: Context, me: Caller, rules: Rules, what: Filled, key: str) -> Response:
    try:
        body = body_for(ctx, me, rules, what)
        body = await attach(ctx, me, key, body)
        done = await submit(ctx, me, key, body)
    except Exception as error:
        problem = problem_of(error)
        if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        # Perhaps it was kept: then the same key finds it.
        once = key if problem.status is _NO_ANSWER else ""
        return await _again(request, ctx, me, rules, Sheet(what, problem, once=once))
    number = done.found.appeal.number
    await bind(ctx, body, number)
    await drop_draft(ctx, me, rules.service.code)
    if is_staff(me):
        return back(f"/appeals/{number}", done=f"已登记，编号 {number}。")
    return back(f"/track/{number}?new=1")


async def _again(request: Request, ctx: Context, me: Caller, rules: Rules, sheet: Sheet) -> Response:
    """The form once more; a draft that was kept before is there still."""
    draft = await draft_of(ctx, me, rules.service.code)
    return _page(request, ctx, me, rules, replace(sheet, draft_at=draft.updated_at if draft else None))


def _page(request: Request, ctx: Context, me: Caller | None, rules: Rules, sheet: Sheet = _EMPTY) -> Response:
    now, what, problem = ctx.now(), sheet.what, sheet.problem
    allowed = me is not None and may_submit(me)
    return view(
        request,
        "submit.html",
        status=problem.status if problem else sheet.status,
        it=reading(rules, ctx.organisation, now),
        promise=promised(rules, _first_unit(ctx, rules), now),
        form=_form(ctx, me, rules, sheet) if me and allowed else None,
        files=what.files,
        refused=what.refused,
        lacking=sheet.lacking,
        uploads=_uploads(rules),
        problem=_words(problem) if problem else "",
        once_key=sheet.once,
        draft_at=sheet.draft_at,
        for_others=allowed and me is not None and Role.ENTERPRISE not in me.actor.roles,
        megabytes=ctx.settings.attachment_megabytes,
        # Whoever has pressed a button wants the form again, not what stands above it.
        is_again=request.method == "POST" or bool(getattr(request.state, "held", "")),
    )


def _form(ctx: Context, me: Caller, rules: Rules, sheet: Sheet) -> Form:
    faults = sheet.problem.errors if sheet.problem else ()
    return shown(ctx, schema_of(ctx, me, rules), sheet.what.said, faults, sheet.add)


def _first_unit(ctx: Context, rules: Rules) -> Unit | None:
    """Who receives it first, by whose hours it is accepted: of several branches the first, for an example."""
    named = ctx.organisation.place(rules.service.first) if rules.service.first else None
    regions = ctx.organisation.regions()
    place = named or (ctx.organisation.branch_of_region(regions[0]) if regions else None)
    return place.chain[0] if place else None


def _words(problem: Problem) -> str:
    """What is wrong, where no field says it."""
    if problem.code == "idempotency-key-reused":
        return "这份表单已经提交过，请到“查进度”查看。如果是另外一件事，请再点一次“提交”。"
    if problem.status is _NO_ANSWER:
        return f"{problem.detail}。也许已经收到：请再点一次“提交”，不会重复。"
    return "" if problem.errors else problem.detail


def _uploads(rules: Rules) -> list[tuple[str, str, bool]]:
    """What files may be added for: code, name, whether it may come later."""
    asked = [(m.code, m.name, m.deferrable) for m in rules.service.materials if not m.licence]
    return asked if rules.service.materials else [(OTHER, OTHER_NAME, True)]


async def _last_contact(ctx: Context, me: Caller) -> dict[str, str] | None:
    """Whom the enterprise itself named last time; not whom a system or a window wrote down for it."""
    if Role.ENTERPRISE not in me.actor.roles:
        return None
    async with ctx.database.read() as r:
        number = await IntakeReads(r).last_of(me.account.code)
    if number is None:
        return None
    contact = (await find(ctx, me.actor, number)).appeal.submission.contact
    return {"name": contact.name, "phone": contact.phone}


def _rules(ctx: Context, code: str) -> Rules:
    today: date = ctx.now().astimezone(ZONE).date()
    if ctx.catalogue.find(code, today) is None:
        raise not_found("没有这个服务事项，或者今天不在施行", "unknown-service")
    return ctx.catalogue.rules_for(code, today)
