"""Who was called by an appeal's escalations, to whom one may be handed over, and how long people took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from api.calling_metrics import count_acknowledged
from api.context import Context
from api.deps import Caller, actor_of
from api.reading import Found, entries_of
from domain.appeal import Appeal, Escalation
from domain.ladder import ACCOUNT
from domain.parties import is_of_another_track
from domain.people import Actor, Person
from domain.relations import may_read
from domain.substitutes import stand_in
from domain.vocabulary import STAFF_ROLES, Action
from domain.wall import stamp
from storage.absences import Absence, Absences
from storage.accounts import Account, Accounts, Named
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


@dataclass(frozen=True, slots=True)
class Known:
    """Whoever escalations name, asked of the tables once for all of them: who they are, and when officers are away."""

    accounts: Mapping[str, Named]
    away: Sequence[Absence] = ()

    def name(self, code: str | None) -> str | None:
        """What somebody is called."""
        return one.name if code and (one := self.accounts.get(code)) else None

    def is_there(self, code: str) -> bool:
        """Whether it is an account that can be called."""
        return (one := self.accounts.get(code)) is not None and one.is_active

    def absent(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """Whoever is away at that moment, with the substitutes."""
        return {one.account: one.substitutes for one in self.away if one.starts_at <= now < one.ends_at}


async def known_to(r: Read, named: Iterable[str], owners: Mapping[str, Collection[datetime]]) -> Known:
    """Those who are ``named``, and whoever may stand in for ``owners`` of escalations at these moments."""
    moments = sorted(now for code, nows in owners.items() if code.startswith(ACCOUNT) for now in nows)
    away = await Absences(r).between(moments[0], moments[-1] + timedelta.resolution) if moments else []
    officers = {code.removeprefix(ACCOUNT) for code in owners if code.startswith(ACCOUNT)}
    asked = {*named, *officers, *(code for one in away for code in (one.account, *one.substitutes))}
    return Known(await Accounts(r).named(asked), away)


def called_view(ctx: Context, who: Told, known: Known) -> dict[str, Any]:
    """Somebody who was called, and the telephone of their unit's duty: their own is their own matter."""
    account = known.accounts.get(who.account)
    entry = ctx.organisation.entry((account.unit if account else None) or "")
    return {
        "account": who.account,
        "name": known.name(who.account),
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


def level_since(escalation: Escalation, told: Iterable[Told]) -> datetime | None:
    """When the level on which it stands began to call; None where nobody has been told of it yet.

    What was told later on a level is a hand-over, or the end of a lease.
    """
    if escalation.level == 1:
        return escalation.opened_at
    return min((who.at for who in told if who.level == escalation.level), default=None)


def handed_to(known: Known, owner: str, now: datetime) -> dict[str, Any] | None:
    """Who hears of one that was handed over: whoever was named, or stands in just now; None for a level's own.

    Where nobody does, ``account`` is none either, and the ladder goes on.
    """
    if not owner.startswith(ACCOUNT):
        return None
    named = owner.removeprefix(ACCOUNT)
    there = stand_in(named, known.absent(now), known.is_there) if known.is_there(named) else None
    instead = named if there != named else None
    return {
        "account": there,
        "name": known.name(there) if there and known.is_there(there) else None,
        "instead_of": instead,
        "instead_of_name": known.name(instead) if instead and known.is_there(instead) else None,
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
