"""One action on one appeal: checked, resolved into the domain's act, done by the workflow."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.absences import on_duty
from api.calling import measure_acknowledged, to_whom, with_calls
from api.context import Context
from api.deps import Caller
from api.idempotency import check_same, digest, update_id
from api.meanwhile import changed, demand_unchanged
from api.numbers import check_number
from api.problems import not_found
from api.reading import Found, entries_of, find, full_view, look_again, look_up
from api.routing import routed_again
from api.validation import check, faults_of, invalid, strangers
from domain.act import Act, MergeTarget
from domain.admission import admit
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.checks import names_version
from domain.errors import Conflict
from domain.loop import CHANGED, authorise, decide
from domain.moved import shown, told
from domain.parties import parties
from domain.people import Person, Place
from domain.procedure import find as find_step
from domain.relations import may_read
from domain.rules import Rules
from domain.schemas import BODIES
from domain.trial import trial
from domain.vocabulary import Action
from gateway.errors import NotStarted
from storage.accounts import Accounts
from storage.catalogue import UnknownService
from storage.codec import make_rules

#: What says in its entry which deadlines it moved.
_MOVING = frozenset({Action.SET_URGENCY, Action.CHANGE_SERVICE, Action.MIGRATE_POLICY})
_TRIES, _AGAIN_SECONDS = 20, 0.05
_UNIT_FIELDS = ("lead_unit", "second_lead", "unit", "body")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: the action, its body, and the key under which it is asked.

    ``read``: the last entry that they had seen, where nobody else may have acted since.
    """

    action: Action
    body: dict[str, Any]
    key: str
    read: int | None = None


def known_action(name: str) -> Action:
    """The action of the path. Raises a 404 problem that lists those there are."""
    actions = {action.value: action for action in BODIES}
    if name not in actions:
        problem = not_found(f"没有名为“{name[:64]}”的操作；可用的见 actions", "unknown-action")
        problem.more["actions"] = sorted(actions)
        raise problem
    return actions[name]


@dataclass(frozen=True, slots=True)
class Done:
    """The appeal as it stands then, as the caller sees it, and as it is. ``is_new``: the journal has a new entry.

    ``found`` is None when the caller may read it no longer: whoever hands a secret matter on is told that it is done,
    and nothing of what becomes of it.
    """

    view: dict[str, Any]
    found: Found | None
    is_new: bool


async def find_to_act(ctx: Context, me: Caller, number: str, key: str) -> Found:
    """The appeal, if the caller may read it, or has acted on it under this key. Raises a 404 problem."""
    return await find(ctx, me.actor, number, update_id(me.account.code, number, key))


async def perform(ctx: Context, me: Caller, found: Found, asked: Asked) -> Done:
    """Does it, or finds that it was done.

    Raises a problem, a refusal of the domain, or a gateway error.
    """
    number = found.appeal.number
    act, is_known = await _resolved(ctx, me, found, asked)
    if not is_known:
        await _admitted(ctx, found, act)
    if act.body.get("dry_run"):
        tried = trial(found.appeal, act, found.now)
        would_be = replace(found, appeal=tried.appeal)
        view = {**full_view(would_be, me.actor), "dry_run": True, **shown(told(tried.moved))}
        return Done(view, would_be, is_new=False)
    seq = await _done_by(ctx, me, found, act)
    done, is_new = await look_again(ctx, me.actor, number), seq > found.appeal.seq
    if done is None:
        return Done(_out_of_reach(number, asked.action), None, is_new)
    if is_new and asked.action is Action.ACKNOWLEDGE:
        await measure_acknowledged(ctx, done, asked.body["escalation"])
    told_of = await _moved(ctx, done, seq) if asked.action in _MOVING else {}
    return Done({**full_view(done, me.actor), **told_of}, done, is_new)


async def _done_by(ctx: Context, me: Caller, found: Found, act: Act) -> int:
    """Sent to the workflow, which alone knows who is first; the tables tell a moment later who it was.

    What the workflow counts and we do not (the caller's own, a note) is no reason: then it is sent again.
    """
    number = found.appeal.number
    for _ in range(_TRIES):
        try:
            return await ctx.gateway.act(number, act)
        except Conflict as refusal:
            if refusal.code != CHANGED:
                raise
        if now := await look_again(ctx, me.actor, number):
            await demand_unchanged(ctx, me, now, act.read)
            act = replace(act, read=now.appeal.seq)
        await asyncio.sleep(_AGAIN_SECONDS)
    raise changed()


async def would_be_done(ctx: Context, me: Caller, found: Found, asked: Asked) -> Appeal:
    """The appeal as it would stand if this were done just now; nothing is. Raises what :func:`perform` would."""
    act, is_known = await _resolved(ctx, me, found, asked)
    if is_known:
        return found.appeal
    await _admitted(ctx, found, act)
    return decide(found.appeal, act, found.now).appeal


async def _resolved(ctx: Context, me: Caller, found: Found, asked: Asked) -> tuple[Act, bool]:
    """The domain's act, and whether its key was used before."""
    check_body(found, asked)
    content = digest(asked.action.value, asked.body)
    key = update_id(me.account.code, found.appeal.number, asked.key)
    # A key that the row knows is still asked of the workflow: the row may be a ghost's, and only the workflow knows.
    known = found.appeal.seen.get(key)
    if known:
        check_same(known.digest, content)
    if found.pending:
        raise NotStarted
    me = await with_calls(ctx, me, found)
    if not known and asked.read is not None:
        with suppress(Conflict):
            authorise(found.appeal, asked.action, me.actor, found.now)
        await demand_unchanged(ctx, me, found, asked.read)
    return await _act(ctx, me, found, replace(asked, key=key), content), known is not None


async def _admitted(ctx: Context, found: Found, act: Act) -> None:
    admit(found.appeal, act, found.now)
    await check_number(ctx, found, act)


async def _moved(ctx: Context, done: Found, seq: int) -> dict[str, Any]:
    """Which deadlines the change moved, as its entry says: the same whenever its key is used again."""
    found = (shown(entry.data) for entry in await entries_of(ctx, done) if entry.seq == seq)
    return next(found, {})


def _out_of_reach(number: str, action: Action) -> dict[str, Any]:
    """What whoever asked knows already, and no more."""
    detail = "已办理；该诉求已移交，不在您的查阅范围内"
    return {"number": number, "action": action.value, "done": True, "out_of_reach": True, "detail": detail}


def check_body(found: Found, asked: Asked) -> None:
    """The action's own schema; of a step, also what its outcome must record. Raises a 422."""
    check(BODIES[asked.action], asked.body)
    if asked.action is not Action.COMPLETE_STEP:
        return
    procedure = found.appeal.rules.service.procedure
    _, outcome = find_step(procedure, asked.body["step"], asked.body["outcome"])
    record = asked.body.get("record", {})
    if faults := (*faults_of(outcome.record, record, "/record"), *strangers(outcome.record, record, "/record")):
        raise invalid(faults)


async def _act(ctx: Context, me: Caller, found: Found, asked: Asked, content: str) -> Act:
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
