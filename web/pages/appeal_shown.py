"""Everything that the page of an appeal shows, as whoever looks may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.attaching import attachment_view, shown_with
from api.calling import with_calls
from api.context import Context
from api.deps import Caller
from api.duplicates import duplicates_of
from api.escalations import EscalationQuery, list_escalations
from api.inbox import messages_about
from api.paper_words import CHANNELS, METHODS, OUTCOMES
from api.permissions import FAST_FORWARD
from api.printing import sheet_view, sheets_of
from api.reading import Found, entries_of, find, full_view, is_privileged, journal_view
from api.service_words import Reader
from domain.clock_names import name_by
from domain.diagram import svg
from domain.journal import Entry
from domain.routing import WORDS
from domain.schemas import BODIES
from domain.service import Step
from domain.table import TABLE
from domain.vocabulary import Action, Channel, Stage
from storage.accounts import Accounts
from web.calls import acted_on, calls_of, units_called, ways_of, whom
from web.following import GRADES, stage_lines
from web.forms.shape import VALUES
from web.pages.acting import Tried, doing
from web.pages.appeal_menu import Menu, menu_of
from web.pages.appeal_words import Line, Speaker
from web.shell import view
from web.supplements import item_by_item

_TITLED: Final = frozenset(action.value for action in BODIES)
_BEFORE_WORK: Final = frozenset({Stage.ACCEPT, Stage.ASSIGN})
_OF_A_HANDLER: Final = frozenset({Stage.ASSIGN, Stage.HANDLE})
_STATES: Final[Mapping[str, str]] = {"waiting": "未开始", "active": "正在办理", "done": "已完成"}
_HERE: Final = "▶ 正在这一步"


@dataclass(frozen=True, slots=True)
class Moving:
    """How far the clock of an exercise is to be moved on, as it was typed, and what is wrong with it."""

    amount: str = "1"
    unit: str = "hours"
    fault: str = ""


async def page_of(
    request: Request,
    ctx: Context,
    me: Caller,
    number: str,
    do: str = "",
    tried: Tried | None = None,
    moving: Moving | None = None,
) -> HTMLResponse:
    """The page, with the form of the action ``do`` open, or of what was ``tried``. Raises a 404 problem.

    ``moving``: the clock of the exercise as it could not be moved on.
    """
    found = await find(ctx, me.actor, number)
    if is_privileged(found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, "appeal", me.request_id)
    me = await with_calls(ctx, me, found)
    menu = menu_of(found, me)
    action = tried.action if tried else _open(menu, do)
    open_now = await doing(ctx, me, found, menu, action, dict(request.query_params), tried) if action else None
    return view(
        request,
        "appeal.html",
        status=tried.status if tried else 422 if moving else 200,
        menu=menu,
        doing=open_now,
        kept_out=_is_kept_out(found, me),
        missed=TABLE[Action(do)].title if do in _TITLED and not menu.find(do) and not tried else "",
        path=f"/appeals/{found.appeal.number}",
        moving=(moving or Moving()) if FAST_FORWARD.allows(me.actor) else None,
        **await _shown(request, ctx, me, found),
    )


def _is_kept_out(found: Found, me: Caller) -> bool:
    """Whether others of the reader's unit have the turn that would be the reader's, but for an earlier round."""
    appeal, mine = found.appeal, me.actor.unit_code
    leads = mine is not None and mine in {place.code for place in (appeal.lead, appeal.assigning_unit) if place}
    return leads and appeal.stage in _OF_A_HANDLER and me.actor.id in appeal.former_officers


def _open(menu: Menu, do: str) -> Action | None:
    """The action whose form is open: the one asked for; else the likeliest, if a tap is all that it takes."""
    if menu.find(do):
        return Action(do)
    return Action(menu.first.action) if menu.first and menu.first.is_plain else None


async def _shown(request: Request, ctx: Context, me: Caller, found: Found) -> dict[str, Any]:
    appeal = full_view(found, me.actor)
    written = await entries_of(ctx, found)
    entries = journal_view(found, written, me.actor)["items"]
    async with ctx.database.read() as r:
        names = await Accounts(r).names()
    escalations = await _escalations(ctx, me, found, written)
    speaker = Speaker(
        found.appeal.rules.service,
        lambda code: _unit(ctx, code),
        lambda code: names.get(code, ""),
        partial(name_by, found.appeal),
        units_called(escalations),
    )
    journal = [speaker.line(entry) for entry in reversed(entries)]
    stages = stage_lines(appeal, entries)
    in_line = [id(clock) for stage in stages for clock in stage.clocks]
    rest = [clock for clock in appeal["clocks"] if id(clock) not in in_line]
    return {
        "appeal": appeal,
        "journal": journal,
        "last": _last(journal),
        "stages": stages,
        "besides": [clock for clock in rest if not clock["ended_at"]],
        "earlier": [clock for clock in rest if clock["ended_at"]],
        "form": speaker.form(appeal["form"]),
        "speaker": speaker,
        "escalations": escalations,
        "steps": _steps(found, appeal, speaker),
        "drawing": _drawing(ctx, found, appeal),
        "attachments": [attachment_view(one) for one in await shown_with(ctx, found, me.actor)],
        "papers": [sheet_view(ctx, request, sheet) for sheet in await sheets_of(ctx, me, found)],
        "supplements": [item_by_item(one, found.appeal.rules.service) for one in appeal["supplements"]],
        "alike": await duplicates_of(ctx, me.actor, found) if found.appeal.stage in _BEFORE_WORK else [],
        "words": {"outcome": OUTCOMES, "method": METHODS, "channel": CHANNELS, "grade": GRADES, "value": VALUES},
        "channel": CHANNELS[Channel(appeal["channel"])],
        "region": ctx.organisation.region_name(appeal["region"]),
        "tiers": [WORDS[tier] for tier in appeal["enterprise"]["tiers"]],
    }


async def _escalations(ctx: Context, me: Caller, found: Found, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Whom the deadlines have called, when and on which channels; asked only where one has."""
    if not found.appeal.escalations:
        return []
    known, _ = await list_escalations(ctx, me, EscalationQuery(number=found.appeal.number))
    sent, acted = await messages_about(ctx, me, found.appeal), acted_on(entries)
    return [
        {**one, "calls": calls_of(one, ways_of(sent, one["id"]), acted.get(one["id"], ())), "whom": whom(one)}
        for one in known
    ]


def _last(journal: Sequence[Line]) -> Line | None:
    """Who was first, when two people act at once."""
    return next((line for line in journal if not line.by_system), None)


def _unit(ctx: Context, code: str) -> str:
    place = ctx.organisation.place(code)
    return place.name if place else code


def _steps(found: Found, appeal: Mapping[str, Any], speaker: Speaker) -> list[dict[str, Any]]:
    """Where each step of the procedure stands."""
    service = found.appeal.rules.service
    told = []
    for step in appeal["procedure"]["steps"]:
        known = service.step(step["code"])
        outcome = next((o for o in known.outcomes if o.code == step["outcome"]), None) if known else None
        record = speaker.rows(outcome.record, step["record"]) if outcome else []
        state = _STATES.get(step["status"], step["status"])
        told.append(
            {
                **step,
                "state": state,
                "ended": outcome.name if outcome else "",
                "said": record,
                "counted": _counted(known, step["items"]) if known and step["items"] else "",
            }
        )
    return told


def _counted(step: Step, items: Mapping[str, Any]) -> str:
    """共50人，已登记48人：发证40、不予发证8."""
    if step.items is None:
        return ""
    unit = step.items.unit
    each = "、".join(f"{name}{items[code]}" for code, name in step.items.results.items() if code in items)
    return f"共{items['total']}{unit}，已登记{items['done']}{unit}" + (f"：{each}" if each else "")


def _drawing(ctx: Context, found: Found, appeal: Mapping[str, Any]) -> Markup:
    """The procedure, with where it stands; nothing for one without steps."""
    service = found.appeal.rules.service
    if not service.procedure.steps:
        return Markup()
    notes = dict(Reader(service, ctx.organisation).notes())
    here = {step["code"] for step in appeal["procedure"]["steps"] if step["status"] == "active"}
    notes |= {code: " · ".join(filter(None, (_HERE, notes.get(code, "")))) for code in here}
    return Markup(svg(service, notes, here))  # noqa: S704 - our own drawing, every text in it escaped
