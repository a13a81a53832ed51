"""A person's inbox, how they are reached, and what became of the messages about an appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from api.absences import find_officer
from api.context import Context
from api.deps import Caller
from api.permissions import REACHABLE
from api.problems import not_found, unprocessable
from api.rights import Subject
from api.schemas.inbox import CHANNELS, READ_UNTIL
from api.validation import check
from domain.appeal import Appeal
from domain.errors import Fault
from domain.masking import sight_of
from domain.wall import stamp
from storage.contact_points import KINDS, ContactPoint, ContactPoints, ContactPointsWriter, address_fault
from storage.database import Read
from storage.inbox_marks import read_until, unread_lately
from storage.keyset import BadCursor
from storage.messages import Attempt, Matter, Message, MessageReads, Messages

MOST: Final = 500


async def inbox(ctx: Context, me: Caller, *, before: int | None, unread: bool, limit: int) -> dict[str, Any]:
    """What the caller was told, newest first."""
    account = me.account.code
    async with ctx.database.read() as r:
        messages = MessageReads(r)
        found = await messages.inbox(account, before=before, unread=unread, limit=limit)
        return {"items": await _mine(ctx, messages, found), "unread": await messages.unread(account)}


async def unread_count(ctx: Context, me: Caller) -> int:
    """How many of the caller's newest messages they have not read; none for whoever has no account."""
    if me.only:
        return 0
    async with ctx.database.read() as r:
        return await unread_lately(r, me.account.code)


async def read_one(ctx: Context, me: Caller, message: int) -> dict[str, Any]:
    """The caller has read it. Raises a 404 problem for a message of somebody else."""
    async with ctx.database.write() as w:
        messages = Messages(w)
        await messages.read(me.account.code, message, ctx.now())
        found = await messages.one_of(me.account.code, message)
        if found is None:
            raise not_found("没有这条消息", "unknown-message")
        (view,) = await _mine(ctx, messages, [found])
        return view


async def read_all(ctx: Context, me: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """The caller has read everything up to that message: what came while they looked stays unread."""
    check(READ_UNTIL, body)
    async with ctx.database.write() as w:
        await read_until(w, me.account.code, body["until"], ctx.now())
        return {"unread": await MessageReads(w).unread(me.account.code)}


async def _mine(ctx: Context, messages: MessageReads, found: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as their receiver sees them."""
    matters = await messages.matters(one.number for one in found)
    attempts = await messages.attempts(one.id for one in found)
    states = await messages.escalation_states(one.escalation for one in found)
    return [
        _shown(ctx, one, matters.get(one.number))
        | {
            "escalation_state": states.get(one.escalation or ""),
            "status": one.status.value,
            "channels": [_way(attempt) for attempt in attempts.get(one.id, ())],
        }
        for one in found
    ]


def _way(attempt: Attempt) -> dict[str, Any]:
    return {"channel": attempt.channel, "result": attempt.result.value if attempt.result else None}


def _shown(ctx: Context, message: Message, matter: Matter | None) -> dict[str, Any]:
    text = ctx.texts.of(message, matter)
    return {
        "id": message.id,
        "number": message.number,
        "template": message.template,
        "text": text.body,
        "link": text.link or None,
        "escalation": message.escalation,
        "level": message.data.get("level") if message.escalation else None,
        "at": stamp(message.at),
        "read_at": stamp(message.read_at),
    }


async def channels(ctx: Context, account: str) -> dict[str, Any]:
    """How a person is reached, in full: for that person."""
    async with ctx.database.read() as r:
        return _channels((await ContactPoints(r).of([account])).get(account, []))


def _channels(points: Sequence[ContactPoint]) -> dict[str, Any]:
    kinds = [{"channel": kind.name, "title": kind.title, "hint": kind.hint} for kind in KINDS.values()]
    items = [{"channel": one.channel, "address": one.address, "wait": one.wait} for one in points]
    return {"items": items, "channels": kinds}


async def set_channels(ctx: Context, me: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """These are all of the caller's from here on, in this order. Raises a 422 problem that points at what is wrong."""
    check(CHANNELS, body)
    wanted = [ContactPoint(**one) for one in body["items"]]
    if faults := _faults(wanted):
        raise unprocessable("bad-contact-point", faults[0].detail, *faults)
    async with ctx.database.write() as w:
        await ContactPointsWriter(w).replace(me.account.code, wanted, ctx.now(), me.request_id)
    return _channels(wanted)


def _faults(wanted: Sequence[ContactPoint]) -> list[Fault]:
    found = []
    for n, one in enumerate(wanted):
        if one.channel in {other.channel for other in wanted[:n]}:
            found.append(Fault(f"/items/{n}/channel", "每种渠道只能登记一个"))
        elif detail := address_fault(one.channel, one.address):
            found.append(Fault(f"/items/{n}/address", detail))
    return found


async def reachable(ctx: Context, me: Caller, code: str) -> dict[str, Any]:
    """On which channels an officer is reached, and whether messages arrive; addresses are the officer's own matter."""
    officer = await find_officer(ctx, me, code)
    REACHABLE.demand(me.actor, Subject(place=officer.actor.unit, person=code))
    async with ctx.database.read() as r:
        points = ContactPoints(r)
        mine = (await points.of([code])).get(code, [])
        why = (await points.unreachable()).get(code)
    return {
        "officer": code,
        "officer_name": officer.account.name,
        "unit": officer.account.unit,
        "channels": [one.channel for one in mine],
        "reachable": why is None,
        "why": why,
    }


async def messages_about(ctx: Context, me: Caller, appeal: Appeal) -> list[dict[str, Any]]:
    """Every message about an appeal with its attempts, oldest first; whom by code, never by address.

    Of a track that the caller may not see there are none but the caller's own.
    """
    sight = sight_of(appeal, me.actor)
    async with ctx.database.read() as r:
        found = await MessageReads(r).of(appeal.number)
        shown = [one for one in found if one.account == me.account.code or not sight.hides(one.data)]
        return await _deliveries(r, shown)


async def _deliveries(r: Read, found: Sequence[Message]) -> list[dict[str, Any]]:
    messages = MessageReads(r)
    attempts = await messages.attempts(one.id for one in found)
    return [
        {
            "id": one.id,
            "notice": one.notice,
            "template": one.template,
            "unit": one.unit,
            "to": one.account,
            "to_contact": one.account is None,
            "escalation": one.escalation,
            "rung": one.data.get("rung"),
            "at": stamp(one.at),
            "created_at": stamp(one.created_at),
            "status": one.status.value,
            "next_at": stamp(one.due_at) if one.ended_at is None else None,
            "ended_at": stamp(one.ended_at),
            "error": one.error,
            "read_at": stamp(one.read_at),
            "attempts": [_attempt(attempt) for attempt in attempts.get(one.id, ())],
        }
        for one in found
    ]


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "channel": attempt.channel,
        "started_at": stamp(attempt.started_at),
        "ended_at": stamp(attempt.ended_at),
        "result": attempt.result.value if attempt.result else None,
        "answer": attempt.answer,
    }


def cursor_of(text: str | None) -> int | None:
    """The id before which a page begins. Raises BadCursor."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        raise BadCursor("the cursor is no message's id")
    return int(text)


_LONGEST: Final = 18
