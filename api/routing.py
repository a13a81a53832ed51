"""Where a matter goes, by the tables of its day: when it comes in, when it is accepted or retyped; and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from api.context import Context
from api.reading import Found, entries_of
from domain.appeal import Assignment, Submission
from domain.calendar import ZONE
from domain.handovers import Handover, handovers
from domain.parties import complained_of
from domain.people import Actor, Person
from domain.relations import is_outside, sees_personal_data
from domain.routing import By, Matter, Routed, route
from domain.rules import Rules, Service
from domain.vocabulary import Action
from domain.wall import stamp
from runtime.telemetry import REGISTRY
from storage.accounts import Accounts

_ROUTED = Counter("appeals_routed", "New appeals by who said where they go", ["by"], registry=REGISTRY)
for _by in By:
    # There before the first: Prometheus sees no increase in a series that begins with one.
    _ROUTED.labels(_by.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """A submission and the service as which it is to be routed, on the day of ``at``."""

    said: Submission
    service: Service
    urgent: bool
    at: datetime


async def first_routed(ctx: Context, said: Submission, service: Service) -> Submission:
    """The submission with where it goes; without tables to the service's own lead, or a dispatcher."""
    routed = await _routed(ctx, Asked(said, service, said.urgent, ctx.now()))
    if routed is None:
        lead = ctx.organisation.place(service.lead) if service.lead else None
        named = complained_of(said, service)
        return replace(said, lead=lead if lead and not lead.is_under(*named) else None)
    _ROUTED.labels(routed.by.value).inc()
    return replace(said, lead=routed.lead, routed=routed)


async def routed_again(ctx: Context, found: Found, action: Action, rules: Rules | None) -> Routed | None:
    """Where it goes as it stands by now, for an action that routes it.

    None for any other one, and for an appeal that began before there were tables.
    """
    appeal = found.appeal
    if appeal.submission.routed is None or action not in {Action.ACCEPT, Action.CHANGE_SERVICE}:
        return None
    service = rules.service if rules else appeal.rules.service
    # Also of a service that asks for nobody complained of, whoever was before stays it.
    said = replace(appeal.submission, against=tuple(complained_of(appeal.submission, appeal.rules.service)))
    return await _routed(ctx, Asked(said, service, appeal.urgent, found.now))


async def _routed(ctx: Context, asked: Asked) -> Routed | None:
    tables = ctx.routing.on(asked.at.astimezone(ZONE).date())
    if not tables:
        return None
    said, whom = asked.said, ctx.organisation.catch_all
    matter = Matter(
        service=asked.service,
        region=said.region,
        channel=said.channel,
        urgent=asked.urgent,
        tiers=said.enterprise.tiers,
        first_unit=said.first_unit,
        territory=ctx.organisation.territory(said.region, said.first_unit),
        form=said.form,
        against=complained_of(said, asked.service),
    )
    routed = route(tables, matter, ctx.organisation.place, Person(whom, whom) if whom else None)
    return replace(routed, catch_all=await _named(ctx, whom)) if routed.catch_all else routed


async def _named(ctx: Context, code: str) -> Person:
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
    return Person(account.code, account.name) if account else Person(code, code)


async def explained(ctx: Context, me: Actor, found: Found) -> dict[str, Any]:
    """Why it is where it is, and every hand-over before."""
    # Of a complaint or a clue, whoever sent it in sees receipt and result only (S4).
    kept_secret = found.appeal.rules.service.secret and is_outside(me)
    told = handovers(
        () if kept_secret else await entries_of(ctx, found),
        lambda code: _name(ctx, code),
        inside=not is_outside(me),
        words=sees_personal_data(found.appeal, me),
    )
    given = Assignment() if kept_secret else found.appeal.assignment
    return {
        "number": found.appeal.number,
        "lead_unit": given.lead.code if given.lead else None,
        "second_lead": given.second.unit.code if given.second else None,
        "cooperating": [place.code for place in given.cooperating],
        "text": told[-1].text if told else "尚未交办",
        "items": [_line(one) for one in told],
    }


def _line(one: Handover) -> dict[str, Any]:
    kept = one.kept or {}
    return {
        "seq": one.seq,
        "at": stamp(one.at),
        "round": one.round,
        "action": one.action.value,
        "by": one.by,
        "actor": one.actor,
        "units": list(one.units),
        "text": one.text,
        "table": kept.get("table") or None,
        "version": kept.get("version") or None,
        "row": kept.get("row") or None,
        "why": kept.get("why") or None,
        "facts": list(kept.get("facts", ())),
        "catch_all": kept.get("catch_all"),
    }


def _name(ctx: Context, code: str) -> str:
    """A unit that is gone is called by its code."""
    place = ctx.organisation.place(code)
    return place.name if place else code
