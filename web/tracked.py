"""The page of one appeal as its enterprise sees it: where it is, what is to be done, what happened, its papers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse

from api.context import Context
from api.deps import Caller
from api.offers import offers
from api.printing import qr_of, sheet_view, sheets_of
from api.promised import Promised, promised
from api.reading import Found, entries_of, full_view, is_privileged, journal_view
from domain.appeal import Appeal
from domain.clock import ClockName
from domain.errors import Fault
from domain.schemas import BODIES
from domain.settled import is_bound
from domain.vocabulary import Action
from web.following import GRADES, OUTCOMES, asked_for, headline, is_settled, stage_lines
from web.forms import Form, body_of, form_of
from web.history import history
from web.shell import view
from web.supplements import Owed, lacking, owed, supplied
from web.visitor import ONCE

#: What is asked of the enterprise, in the order in which it should be done; the rest it may do at any time.
_TO_DO: Final = (Action.SUPPLEMENT, Action.COMPLETE_STEP, Action.RATE, Action.CONFIRM_RECEIPT)
_ANY_TIME: Final = (Action.ADD_INFORMATION, Action.WITHDRAW)
_TITLES: Final[Mapping[Action, str]] = {
    Action.SUPPLEMENT: "请补充材料",
    Action.COMPLETE_STEP: "有一个步骤需要您办理",
    Action.RATE: "请评价办理结果",
    Action.CONFIRM_RECEIPT: "请确认收到答复",
    Action.ADD_INFORMATION: "补充说明",
    Action.WITHDRAW: "撤回诉求",
}
DONE: Final[Mapping[Action, str]] = {
    Action.SUPPLEMENT: "材料已提交。",
    Action.COMPLETE_STEP: "已提交。",
    Action.CONFIRM_RECEIPT: "已确认收到答复。",
    Action.ADD_INFORMATION: "补充说明已提交。",
    Action.WITHDRAW: "诉求已撤回。",
}


_NOT_ASKED: Final = frozenset({"/unit", "/evidence"})
"""For which outside body an officer records a step; files have inputs of their own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was refused, or never sent, to be shown again as it was filled in. ``once``: perhaps it was done.

    ``lacking``: what was asked for and does not come with it.
    """

    action: Action
    values: Mapping[str, Any]
    faults: Sequence[Fault] = ()
    problem: str = ""
    once: str = ""
    typed: FormData = field(default_factory=FormData)
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the enterprise may do now; ``asked`` are the materials that it owes, and whatever else."""

    action: str
    title: str
    form: Form
    asked: Sequence[Owed] = ()
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown besides: that it was just submitted, a grade that was tapped, a form once more."""

    is_new: bool = False
    grade: int | None = None
    tried: Tried | None = None
    status: int = 200


_PLAIN: Final = Shown()


async def page_of(request: Request, ctx: Context, me: Caller, found: Found, shown: Shown = _PLAIN) -> HTMLResponse:
    """The page."""
    if is_privileged(found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, "track", me.request_id)
    appeal, rules = full_view(found, me.actor), found.appeal.rules
    entries = journal_view(found, await entries_of(ctx, found), me.actor)["items"]
    open_now = {item["action"]: item["schema"] for item in offers(found, me.actor)}
    if is_settled(found.appeal):
        open_now.pop(Action.CONFIRM_RECEIPT.value, None)
    base = ctx.settings.public_url or str(request.base_url).rstrip("/")
    return view(
        request,
        "track_appeal.html",
        status=shown.status,
        appeal=appeal,
        head=headline(appeal, _receiver(found.appeal), _own_steps(appeal, open_now)),
        stages=stage_lines(appeal, entries),
        todo=list(_deeds(_TO_DO, open_now, appeal, shown)),
        any_time=list(_deeds(_ANY_TIME, open_now, appeal, shown)),
        happened=history(entries, secret=rules.service.secret, unit_name=lambda code: _unit(ctx, code)),
        papers=[sheet_view(ctx, request, sheet) for sheet in await sheets_of(ctx, me, found)],
        grades=GRADES,
        outcomes=OUTCOMES,
        grade=shown.grade,
        promise=_promise(found),
        last_round=appeal["round"] >= rules.policy.max_rounds,
        lapses=bool(found.appeal.open_supplement) and not is_bound(found.appeal),
        is_new=shown.is_new,
        qr=qr_of(f"{base}/track/{found.appeal.number}") if shown.is_new else "",
        texted=bool(ctx.settings.sms_gateway_url),
    )


def _receiver(appeal: Appeal) -> str:
    """Who has it as long as no unit leads it: whoever took it in; in a later round, whoever assigns it again."""
    again = appeal.round > 1 and not appeal.rules.service.secret
    return (appeal.assigning_unit if again else appeal.submission.first_unit).name


def _promise(found: Found) -> Promised | None:
    """What was promised when it was sent, as long as no clock of its own says so."""
    appeal = found.appeal
    is_timed = any(clock.name is ClockName.HANDLE for clock in appeal.clocks)
    if is_timed or not appeal.is_open:
        return None
    return promised(appeal.rules, appeal.submission.first_unit.chain[0], appeal.created_at, urgent=appeal.urgent)


def _unit(ctx: Context, code: str) -> str:
    place = ctx.organisation.place(code)
    return place.name if place else ""


def _deeds(
    which: Sequence[Action], open_now: Mapping[str, Any], appeal: Mapping[str, Any], shown: Shown
) -> Iterator[Deed]:
    for action in which:
        tried = shown.tried if shown.tried and shown.tried.action is action else None
        if action.value not in open_now and tried is None:
            continue
        schema = open_now.get(action.value, BODIES[action])
        form = form_of(schema, tried.values if tried else {}, tried.faults if tried else (), without=_NOT_ASKED)
        asked = _owed(appeal, tried) if action is Action.SUPPLEMENT else ()
        if action is Action.ADD_INFORMATION:
            asked = owed((), tried.values.get("evidence", ()) if tried else ())
        steps = _own_steps(appeal, open_now) if action is Action.COMPLETE_STEP else ""
        yield Deed(action.value, "：".join(filter(None, (_TITLES[action], steps))), form, asked, tried)


def _owed(appeal: Mapping[str, Any], tried: Tried | None) -> list[Owed]:
    names = asked_for(appeal)
    return owed(names, tried.values.get("items", ()), tried.typed) if tried else owed(names)


def _own_steps(appeal: Mapping[str, Any], open_now: Mapping[str, Any]) -> str:
    """The steps that wait for the enterprise itself, by their names."""
    schema = open_now.get(Action.COMPLETE_STEP.value)
    mine = schema["properties"]["step"]["enum"] if schema else ()
    return "、".join(step["name"] for step in appeal["procedure"]["steps"] if step["code"] in mine)


async def body_from(ctx: Context, me: Caller, found: Found, action: Action, form: FormData) -> dict[str, Any]:
    """What was posted, as the action's body; files are uploaded on the way. Raises a problem for a bad one."""
    if action is Action.SUPPLEMENT:
        asked = asked_for(full_view(found, me.actor))
        return {"items": [item async for item in supplied(ctx, me, form, asked, key_of(form)[:200])]}
    schema = next((o["schema"] for o in offers(found, me.actor) if o["action"] == action.value), BODIES[action])
    body = body_of(schema, form.multi_items()) | _grade(form, action)
    if action is Action.ADD_INFORMATION:
        files = [item async for item in supplied(ctx, me, form, (), key_of(form)[:200])]
        body |= {"evidence": files} if files else {}
    return body


def lacking_from(me: Caller, found: Found, action: Action, body: Mapping[str, Any]) -> tuple[str, ...]:
    """What the enterprise was asked for, and does not bring with this."""
    return lacking(asked_for(full_view(found, me.actor)), body["items"]) if action is Action.SUPPLEMENT else ()


def _grade(form: FormData, action: Action) -> dict[str, Any]:
    """A rating's fields, which stand on the page by their own names."""
    if action is not Action.RATE:
        return {}
    grade, comment = str(form.get("grade", "")), str(form.get("comment", "")).strip()
    said = {"comment": comment} if comment else {}
    return {"grade": int(grade) if grade.isascii() and grade.isdecimal() else grade, **said}


def key_of(form: FormData) -> str:
    """The idempotency key that the form was shown with."""
    key = str(form.get(ONCE, ""))
    return key if key and key.isascii() and key.isprintable() else secrets.token_urlsafe(18)
