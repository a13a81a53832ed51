"""Escalations as whoever may read the matter, or was called, sees them; and what somebody does about one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.acting import perform
from api.asked import Asked
from api.calling import Known, called_view, handed_to, known_to, level_since
from api.context import Context
from api.deps import Caller
from api.idempotency import update_id
from api.permissions import ESCALATIONS
from api.problems import Problem, not_found
from api.reading import Found, look_up, stored
from domain.appeal import Appeal, Escalation
from domain.clock import Clock, due_at
from domain.clock_names import bare_name_of, name_of
from domain.clock_view import escalation_view
from domain.errors import Fault, Forbidden
from domain.escalation import next_level
from domain.parties import barred, hidden_steps, is_of_another_track
from domain.people import Actor
from domain.relations import may_read
from domain.rungs import is_standing_still, ladder_for, rung_at
from domain.vocabulary import Action, EscalationState
from domain.wall import stamp
from storage.accounts import Accounts
from storage.appeals import Appeals
from storage.database import Read
from storage.escalations import Escalations, Told, Wanted, cursor_of

MOST: Final = 500
ACTIONS: Final = {a.value: a for a in (Action.ACKNOWLEDGE, Action.HAND_OVER, Action.RAISE, Action.END)}
_BATCH: Final = 50
_NAMED: Final = 5  # of those who may, in words

Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class EscalationQuery(BaseModel):
    """What the list may be narrowed down to; a parameter that does not exist is refused."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[EscalationState | None, Field(description="状态")] = None
    number: Annotated[Text | None, Field(description="诉求编号")] = None
    unit: Annotated[Text | None, Field(description="正在催办的单位代码")] = None
    mine: Annotated[bool, Field(description="只列发给本人的")] = False
    cursor: Annotated[str | None, Field(max_length=100, description="翻页游标")] = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="每页条数")] = 50

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, given: Any) -> Any:
        """A field of a form that was left empty is none."""
        return {k: v for k, v in given.items() if v != ""} if isinstance(given, dict) else given


@dataclass(frozen=True, slots=True)
class Seen:
    """An escalation as somebody finds it. ``is_called``: it was sent to them.

    Of a secret matter, or a track, that they may not read they see the call only (``is_readable``).
    """

    found: Found
    escalation: Escalation
    is_called: bool
    is_readable: bool

    @property
    def clock(self) -> Clock:
        """The clock that calls."""
        return clock_of(self.found.appeal, self.escalation)


async def find_escalation(ctx: Context, me: Caller, id_: str, key: str = "") -> Seen:
    """The escalation, if the caller may read it, was called by it, or has done something about it under this key.

    Raises the same 404 problem for what is out of reach and for what does not exist.
    """
    number = id_.rsplit("-", 2)[0]
    async with ctx.database.read() as r:
        found = await look_up(r, number, ctx.now())
        escalation = next((e for e in found.appeal.escalations if e.id == id_), None) if found else None
        is_called = escalation is not None and id_ in await Escalations(r).called(me.account.code, [id_])
    one = _seen(found, escalation, me.actor, is_called=is_called) if found and escalation else None
    if one is None and found and escalation and update_id(me.account.code, number, key) in found.appeal.seen:
        one = Seen(found, escalation, is_called=is_called, is_readable=False)
    if one is None:
        raise not_found("没有这个升级督办，或您无权查看", "unknown-escalation")
    structlog.contextvars.bind_contextvars(number=number)
    return one


def _seen(found: Found, escalation: Escalation, actor: Actor, *, is_called: bool) -> Seen | None:
    """Escalations are the house's own: an enterprise sees its appeal, which says that there is one.

    One of another track (一案双查) is seen by nobody but whom it called; who works on his own track not even then.
    """
    appeal = found.appeal
    if not _is_of_the_house(actor) or barred(appeal, actor):
        return None
    clock = clock_of(appeal, escalation)
    if is_of_another_track(appeal, actor, clock.subject):
        return None
    is_readable = may_read(appeal, actor) and clock.subject not in hidden_steps(appeal, actor)
    return Seen(found, escalation, is_called, is_readable) if is_readable or is_called else None


def clock_of(appeal: Appeal, escalation: Escalation) -> Clock:
    """The clock of an escalation."""
    return next(c for c in appeal.clocks if c.generation == escalation.generation)


def _is_of_the_house(actor: Actor) -> bool:
    return ESCALATIONS.allows(actor)


async def list_escalations(ctx: Context, me: Caller, query: EscalationQuery) -> tuple[list[dict[str, Any]], str | None]:
    """A page, newest first, and the cursor of the next. Raises BadCursor."""
    async with ctx.database.read() as r:
        seen, cursor = await page_of(r, ctx, me, query)
        return await views(ctx, r, seen), cursor


async def page_of(r: Read, ctx: Context, me: Caller, query: EscalationQuery) -> tuple[list[Seen], str | None]:
    """As :func:`list_escalations`, before anything is said of them: of several pages it is said at once (`views`)."""
    if not _is_of_the_house(me.actor):
        return [], None
    account = me.account.code if query.mine else None
    seen = await _gather(r, me, Wanted(query.state, query.number, query.unit, account), query, ctx.now())
    shown = seen[: query.limit]
    return shown, cursor_of(shown[-1].escalation) if len(seen) > len(shown) else None


async def _gather(r: Read, me: Caller, wanted: Wanted, query: EscalationQuery, now: datetime) -> list[Seen]:
    """What the caller may see, one more than asked for when there is more: a cursor names nothing that is hidden."""
    seen: list[Seen] = []
    cursor, batch = query.cursor, query.limit + 1
    while len(seen) <= query.limit:
        rows = await Escalations(r).find(wanted, cursor=cursor, limit=batch)
        if not rows:
            break
        known = await Appeals(r).several(row.number for row in rows)
        called = await Escalations(r).called(me.account.code, [row.escalation.id for row in rows])
        for row in rows:
            found = stored(known[row.number], now)
            escalation = next(e for e in found.appeal.escalations if e.id == row.escalation.id)
            one = _seen(found, escalation, me.actor, is_called=escalation.id in called)
            seen += [one] if one else []
        if len(rows) < batch:
            break
        # Much is hidden from them: no more rounds than must be.
        cursor, batch = cursor_of(rows[-1].escalation), max(batch, _BATCH)
    return seen


async def view(ctx: Context, one: Seen) -> dict[str, Any]:
    """One escalation as it is answered."""
    async with ctx.database.read() as r:
        (found,) = await views(ctx, r, [one])
    return found


async def views(ctx: Context, r: Read, seen: Sequence[Seen]) -> list[dict[str, Any]]:
    """Escalations as they are answered; however many, the tables are asked the same few questions."""
    if not seen:
        return []
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for one in await Escalations(r).told(s.escalation.id for s in seen):
        told[one.escalation].append(one)
    owners: defaultdict[str, set[datetime]] = defaultdict(set)
    for each in seen:
        owners[each.escalation.owner].add(each.found.now)
    called = {who.account for some in told.values() for who in some}
    takers = {each.escalation.acknowledged_by or "" for each in seen}
    known = await known_to(r, called | takers, owners)
    return [_view(ctx, one, told.get(one.escalation.id, []), known) for one in seen]


def _view(ctx: Context, one: Seen, told: Sequence[Told], known: Known) -> dict[str, Any]:
    appeal, escalation, clock = one.found.appeal, one.escalation, one.clock
    entry = ctx.organisation.entry(escalation.owner_unit)
    service = appeal.rules.service
    return escalation_view(appeal.number, escalation) | {
        "clock_name": name_of(appeal, clock) if one.is_readable else bare_name_of(clock),
        "owner_unit_name": entry.unit.name if entry else None,
        "owner_unit_phone": (entry.phone if entry else "") or None,
        "acknowledged_by_name": escalation.acknowledged_name or known.name(escalation.acknowledged_by),
        "title": appeal.submission.title if one.is_readable else None,
        "service": service.code if one.is_readable else None,
        "service_name": service.name if one.is_readable else None,
        "due_at": stamp(due_at(clock, appeal.calendar_of(clock))),
        "next_at": stamp(_goes_on_at(one)),
        "level_since": stamp(level_since(escalation, told)),
        "lease": ladder_for(appeal, clock).lease or appeal.rules.policy.lease,
        "mine": one.is_called,
        "called": [called_view(ctx, who, known) for who in told],
        "links": {"self": f"/v1/escalations/{escalation.id}", "appeal": f"/v1/appeals/{appeal.number}"},
        "handed_to": handed_to(known, escalation.owner, one.found.now),
    }


def _goes_on_at(one: Seen) -> datetime | None:
    """When the ladder calls next by itself: at the end of a lease, or on its next step; None at its end."""
    appeal, clock, escalation = one.found.appeal, one.clock, one.escalation
    if escalation.ended_at or clock.ended_at or is_standing_still(appeal, clock):
        return None
    if escalation.lease_until:
        return escalation.lease_until
    following = next_level(appeal, clock)
    return rung_at(appeal, clock, following) if following else None


def known_action(name: str) -> Action:
    """The action of the path. Raises a 404 problem that lists those there are."""
    if name not in ACTIONS:
        problem = not_found(f"升级督办没有名为“{name[:64]}”的操作", "unknown-action")
        problem.more["actions"] = sorted(ACTIONS)
        raise problem
    return ACTIONS[name]


def meaning(one: Seen, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the appeal's own action, which names the escalation. Raises a 422 problem for another's name."""
    said = {"escalation": one.escalation.id, **body}
    if said["escalation"] != one.escalation.id:
        fault = Fault("/escalation", "与地址中的升级督办不一致，可以不填")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "other-escalation", fault.detail, errors=(fault,))
    return said


async def act_on(ctx: Context, me: Caller, one: Seen, asked: Asked) -> Seen:
    """Does it, or finds that it was done. Raises what :func:`api.acting.perform` does; a 403 says who may."""
    try:
        await perform(ctx, me, one.found, asked)
    except Forbidden as refusal:
        if refusal.code == "complained-of":
            raise
        raise Forbidden("not-called", await _who_may(ctx, one)) from refusal
    return await find_escalation(ctx, me, one.escalation.id, asked.key)


async def _who_may(ctx: Context, one: Seen) -> str:
    async with ctx.database.read() as r:
        told, names = await Escalations(r).told([one.escalation.id]), await Accounts(r).names()
    called = list(dict.fromkeys(names.get(who.account, who.account) for who in told))
    some = "、".join(called[:_NAMED]) + ("等" if len(called) > _NAMED else "")
    return f"该升级督办没有发给您；由值班人员或者收到通知的人处理{f'（{some}）' if some else ''}"
