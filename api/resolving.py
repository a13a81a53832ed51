"""What is asked for becomes the domain's act: with the units, people, rules and other appeal that its body names."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import date
from typing import Any

from api.absences import on_duty
from api.asked import Asked
from api.calling import to_whom
from api.context import Context
from api.deps import Caller
from api.reading import Found, look_up
from api.routing import routed_again
from domain.act import Act, MergeTarget
from domain.calendar import ZONE
from domain.checks import names_version
from domain.parties import parties
from domain.people import Person, Place
from domain.relations import may_read
from domain.rules import Rules
from domain.vocabulary import Action
from storage.accounts import Accounts
from storage.catalogue import UnknownService
from storage.codec import make_rules

_UNIT_FIELDS = ("lead_unit", "second_lead", "unit", "body")


async def resolved(ctx: Context, me: Caller, found: Found, asked: Asked, content: str) -> Act:
    """The domain's act; ``content`` is the digest of what is asked for, whose key is the act's own by now."""
    rules = _rules(ctx, found, asked)
    return Act(
        action=asked.action,
        actor=me.actor,
        body=asked.body,
        key=asked.key,
        digest=content,
        salt=secrets.token_hex(16),
        places=_places(ctx, asked.body, rules),
        people=await _people(ctx, found, asked),
        rules=rules,
        target=await _target(ctx, me, found, asked),
        routed=await routed_again(ctx, found, asked.action, rules),
        # What happened until then has been looked at, just now; only who acts while this is on its way is left.
        read=None if asked.read is None else max(asked.read, found.appeal.seq),
    )


def _places(ctx: Context, body: dict[str, Any], rules: Rules | None) -> dict[str, Place]:
    """The units that the body names, and those that new rules name; the domain refuses what is not among them."""
    codes = [*(body[name] for name in _UNIT_FIELDS if name in body), *body.get("cooperating", ())]
    codes += [rules.service.lead, *parties(rules.service)] if rules else []
    return {code: place for code in codes if (place := ctx.organisation.place(code))}


async def _people(ctx: Context, found: Found, asked: Asked) -> dict[str, Person]:
    """The officer that the body names, if he is of the unit that is to handle it: nobody else could.

    Whoever stands in for him while he is away. For an escalation anybody of the house will do.
    """
    body = asked.body
    if asked.action is Action.HAND_OVER:
        return await to_whom(ctx, found, body["to"], body["escalation"])
    code = body.get("officer")
    if code is None:
        return {}
    lead = found.appeal.lead
    unit = body.get("lead_unit") or body.get("unit") or (lead.code if lead else None)
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
        if account is None or account.unit is None or account.unit != unit:
            return {}
        there = await on_duty(r, account, found.now)
    return {code: Person(there.code, there.name)}


def _rules(ctx: Context, found: Found, asked: Asked) -> Rules | None:
    """What an action that changes them leads to; None for any other, and for what the catalogue does not have."""
    if asked.action is Action.MIGRATE_POLICY:
        return _migrated(ctx, found, asked)
    if asked.action is not Action.CHANGE_SERVICE:
        return None
    kept, service = found.appeal.rules, ctx.catalogue.find(asked.body["service"], _today(ctx))
    return make_rules(service, kept.policy, kept.calendar, kept.timetables) if service else None


def _migrated(ctx: Context, found: Found, asked: Asked) -> Rules | None:
    """What a migration leads to, by its version or the beginning of it; for no version that is known, today's.

    Either what an appeal of this service begins with today, or the appeal's own rules by today's calendar: a new
    holiday is no reason for another limit.
    """
    kept = found.appeal.rules
    known = [ctx.catalogue.by_todays_calendar(kept)]
    for day in (None, _today(ctx)):
        with suppress(UnknownService):
            known.append(ctx.catalogue.rules_for(kept.service.code, day))
    meant = (rules for rules in known if rules and names_version(asked.body["version"], rules.version))
    return next(meant, known[-1])


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZONE).date()


async def _target(ctx: Context, me: Caller, found: Found, asked: Asked) -> MergeTarget | None:
    """The appeal to merge into, if the caller may read it: whether it will do is for the domain to say."""
    if asked.action is not Action.MERGE:
        return None
    async with ctx.database.read() as r:
        into = await look_up(r, asked.body["into"], found.now)
    return MergeTarget.of(into.appeal) if into and may_read(into.appeal, me.actor) else None
