"""Who was called by an appeal's escalations, to whom one may be handed over, and how long people took."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from api.calling_metrics import count_acknowledged
from api.context import Context
from api.deps import Caller, actor_of
from api.reading import Found, entries_of
from domain.appeal import Appeal
from domain.ladder import ACCOUNT
from domain.parties import is_of_another_track
from domain.people import Actor, Person
from domain.relations import may_read
from domain.substitutes import stand_in
from domain.vocabulary import STAFF_ROLES, Action
from domain.wall import stamp
from storage.absences import Absences
from storage.accounts import Account, Accounts
from storage.database import Read
from storage.escalations import Escalations, Told

_NEAR = 60


async def with_calls(ctx: Context, me: Caller, found: Found) -> Caller:
    """The caller, with those escalations of the appeal that were sent to it. Looked up only where one is open."""
    is_staff, is_open = me.actor.unit is not None, any(e.ended_at is None for e in found.appeal.escalations)
    if not (is_staff and is_open):
        return me
    async with ctx.database.read() as r:
        called = await Escalations(r).called(me.account.code, [e.id for e in found.appeal.escalations])
    return replace(me, actor=replace(me.actor, called=tuple(sorted(called))))


async def to_whom(ctx: Context, found: Found, code: str, escalation: str) -> dict[str, Person]:
    """The officer to whom an escalation is handed over: somebody of the house who may read the matter, else nobody.

    Nor anybody who works on another track than its own.
    """
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
    may_know = account is not None and _may_have(ctx, found, account, escalation)
    return {code: Person(code, account.name)} if account and may_know else {}


async def near(ctx: Context, me: Caller, found: Found, escalation: str, called: Collection[str]) -> list[Account]:
    """To whom the caller is likely to hand an escalation: those who were called, then the units in question."""
    owner = next(e.owner_unit for e in found.appeal.escalations if e.id == escalation)
    places = (me.actor.unit, ctx.organisation.place(owner))
    units = [unit.code for place in places if place for unit in place.chain]
    async with ctx.database.read() as r:
        accounts = [a for a in await Accounts(r).all() if a.code in called or a.unit in units]
    known = [a for a in accounts if a.code != me.account.code and _may_have(ctx, found, a, escalation)]
    known.sort(key=lambda a: (a.code not in called, units.index(a.unit) if a.unit in units else len(units), a.name))
    return known[:_NEAR]


def called_view(ctx: Context, who: Told, names: Mapping[str, str], units: Mapping[str, str | None]) -> dict[str, Any]:
    """Somebody who was called, and the telephone of their unit's duty: their own is their own matter."""
    entry = ctx.organisation.entry(units.get(who.account) or "")
    return {
        "account": who.account,
        "name": names.get(who.account),
        "unit": entry.unit.code if entry else None,
        "unit_name": entry.unit.name if entry else None,
        "unit_phone": (entry.phone if entry else "") or None,
        "level": who.level,
        "template": who.template,
        "at": stamp(who.at),
        "status": who.status.value,
        "delivered_at": stamp(who.delivered_at),
        "read_at": stamp(who.read_at),
    }


async def handed_to(r: Read, owner: str, now: datetime) -> dict[str, Any] | None:
    """Who hears of one that was handed over: whoever was named, or stands in just now; None for a level's own.

    Where nobody does, ``account`` is none either, and the ladder goes on.
    """
    if not owner.startswith(ACCOUNT):
        return None
    named, known = owner.removeprefix(ACCOUNT), {account.code: account.name for account in await Accounts(r).all()}
    there = stand_in(named, await Absences(r).at(now), known.__contains__) if named in known else None
    instead = named if there != named else None
    return {
        "account": there,
        "name": known.get(there or ""),
        "instead_of": instead,
        "instead_of_name": known.get(instead or ""),
    }


def _may_have(ctx: Context, found: Found, account: Account, escalation: str) -> bool:
    if account.unit is None or not STAFF_ROLES & set(account.roles):
        return False
    actor = actor_of(ctx, account)
    return may_read(found.appeal, actor) and not _is_kept_from(found.appeal, actor, escalation)


def _is_kept_from(appeal: Appeal, actor: Actor, escalation: str) -> bool:
    meant = {e.generation for e in appeal.escalations if e.id == escalation}
    return any(is_of_another_track(appeal, actor, c.subject) for c in appeal.clocks if c.generation in meant)


async def measure_acknowledged(ctx: Context, found: Found, escalation: str) -> None:
    """How long the first acknowledgement of an escalation took; later ones renew it."""
    opened_at = next(e.opened_at for e in found.appeal.escalations if e.id == escalation)
    taken = [
        e.at
        for e in await entries_of(ctx, found)
        if e.action is Action.ACKNOWLEDGE and e.data.get("escalation") == escalation
    ]
    if len(taken) == 1:
        count_acknowledged((taken[0] - opened_at).total_seconds())
