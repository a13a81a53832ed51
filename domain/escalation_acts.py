"""What whoever is called does with an escalation: takes it for a while (a lease), hands it on, raises it, ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.act import Act, invalid
from domain.appeal import Appeal, Escalation
from domain.clock import Clock
from domain.errors import Conflict, Forbidden, Invalid
from domain.escalation import call_of, climb, next_level, opened, over, replaced
from domain.journal import moment
from domain.ladder import ACCOUNT, length
from domain.notice import ESCALATION, HAND_OVER, Call
from domain.parties import is_of_another_track
from domain.people import Actor
from domain.rungs import ladder_for, planned_at
from domain.vocabulary import Action, EscalationState, Role


def meant(appeal: Appeal, act: Act) -> tuple[Escalation, Clock]:
    """The escalation that the act names, and its clock. Raises Invalid for none, Conflict for one that is over."""
    found = next((e for e in appeal.escalations if e.id == act.body["escalation"]), None)
    if found is None:
        raise _unknown()
    if found.ended_at:
        raise Conflict("escalation-ended", "该升级督办已结束")
    return found, appeal.clock_of(found.generation)


def _unknown() -> Invalid:
    return invalid("unknown-escalation", "/escalation", "本诉求没有这个升级督办")


def kept_from(appeal: Appeal, act: Act) -> Invalid | None:
    """The refusal of one of another track (一案双查): whoever works on his own is not even told that there is one."""
    named = (e for e in appeal.escalations if e.id == act.body["escalation"])
    return next((_unknown() for e in named if _is_kept_from(appeal, act.actor, e)), None)


def _is_kept_from(appeal: Appeal, actor: Actor, escalation: Escalation) -> bool:
    return is_of_another_track(appeal, actor, appeal.clock_of(escalation.generation).subject)


def any_open(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Somebody is called for."""
    if all(e.ended_at for e in appeal.escalations):
        raise Conflict("no-escalation", "当前没有未结束的升级督办")


def is_called(appeal: Appeal, actor: Actor) -> bool:
    """Whether an escalation that is open was sent to the actor."""
    return any(e.ended_at is None and e.id in actor.called for e in appeal.escalations)


def _yours(appeal: Appeal, actor: Actor) -> tuple[Escalation, ...]:
    """Those not ended that were sent to the actor; duty officers take any."""
    anyone_s = Role.DUTY in actor.roles
    return tuple(e for e in appeal.escalations if e.ended_at is None and (anyone_s or e.id in actor.called))


def yours(appeal: Appeal, actor: Actor) -> tuple[Escalation, ...]:
    """Those that the actor may do something about: none of another track is offered."""
    return tuple(e for e in _yours(appeal, actor) if not _is_kept_from(appeal, actor, e))


def one_is_yours(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """One of them is the actor's."""
    if not yours(appeal, actor):
        raise Conflict("no-escalation", "当前没有您可以处理的升级督办")


def one_is_free(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """One of the actor's has not been taken by somebody else, nor for as long as may be."""
    if all(_not_for(appeal, e, actor) for e in yours(appeal, actor)):
        raise Conflict("already-acknowledged", "升级督办均已认领")


def one_can_climb(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """One of the actor's has somebody left to call."""
    if all(_is_last(appeal, e) for e in yours(appeal, actor)):
        raise _at_the_top()


def sent_to_you(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The one that is meant was sent to whoever acts."""
    escalation, _ = meant(appeal, act)
    if escalation not in _yours(appeal, act.actor):
        raise Forbidden("not-called", "该升级督办没有发给您；由值班人员或者收到通知的人处理")


def not_taken(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The second is told who was first; whoever has it may take more time, until the next level is due."""
    if refusal := _not_for(appeal, meant(appeal, act)[0], act.actor):
        raise refusal


def _not_for(appeal: Appeal, escalation: Escalation, actor: Actor) -> Conflict | None:
    if escalation.acknowledged_by not in {None, actor.id}:
        return Conflict("already-acknowledged", f"{escalation.acknowledged_name}已认领；如需接手，请其移交给您")
    had, limit = escalation.lease_until, _next_due(appeal, escalation)
    if had and limit and limit <= had:
        return Conflict("lease-used-up", "认领只能续至下一级督办到时为止，不能再续；请推进办理、移交或再升一级")
    return None


def _next_due(appeal: Appeal, escalation: Escalation) -> datetime | None:
    clock = appeal.clock_of(escalation.generation)
    following = next_level(appeal, clock)
    return planned_at(appeal, clock, following) if following else None


def known_person(_appeal: Appeal, act: Act, _now: datetime) -> None:
    """Whoever is to have it is another officer."""
    if act.body["to"] == act.actor.id:
        raise invalid("to-oneself", "/to", "不能移交给自己；需要更多时间的，请再次认领")
    act.person("to")


def can_climb(appeal: Appeal, act: Act, _now: datetime) -> None:
    """There is somebody left to call: nobody climbs over the last level, nor ends it, or nobody had the clock."""
    if _is_last(appeal, meant(appeal, act)[0]):
        raise _at_the_top()


def _is_last(appeal: Appeal, escalation: Escalation) -> bool:
    return next_level(appeal, appeal.clock_of(escalation.generation)) is None


def _at_the_top() -> Conflict:
    return Conflict("top-of-ladder", "已升级到最高一级：不能再升，也不能仅以说明结束；诉求推进或者时限延长后自动结束")


def acknowledge(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """认领: silences the ladder for a while, in which the appeal is to be moved."""
    escalation, clock = meant(appeal, act)
    until = now + length(ladder_for(appeal, clock).lease or appeal.rules.policy.lease)
    # Taken once more, it silences the next level no longer: or nobody else would ever hear of it.
    if escalation.lease_until and (limit := _next_due(appeal, escalation)):
        until = min(until, limit)
    taken = replace(escalation, state=EscalationState.ACKNOWLEDGED, lease_until=until)
    return replaced(appeal, replace(taken, acknowledged_by=act.actor.id, acknowledged_name=act.actor.name))


def hand_over(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """移交: somebody else is called, and nobody has taken it until that person does."""
    escalation, _ = meant(appeal, act)
    return replaced(appeal, replace(opened(escalation), owner=f"{ACCOUNT}{act.body['to']}"))


def jump(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """再升一级: the next level is called at once."""
    _, clock = meant(appeal, act)
    code = next_level(appeal, clock)
    if code is None:  # can_climb has looked
        raise AssertionError(appeal.number)
    return climb(appeal, clock, code, now)


def finish(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """结束: settled by other means; when the clock runs on, the next rung opens another."""
    return replaced(appeal, over(meant(appeal, act)[0], now))


def facts(_before: Appeal, after: Appeal, act: Act, _now: datetime) -> dict[str, Any]:
    """For the journal: of which clock it is, whom it calls now, and until when it is silent."""
    escalation = next(e for e in after.escalations if e.id == act.body["escalation"])
    lease = {"lease_until": moment(escalation.lease_until)} if escalation.lease_until else {}
    return {
        "clock": escalation.clock.value,
        "generation": escalation.generation,
        "level": escalation.level,
        "owner_unit": escalation.owner_unit,
        **lease,
    }


def calls(after: Appeal, act: Act) -> tuple[Call, ...]:
    """Whoever must hear of it at once: to whom it was handed over, and who is called a level up."""
    if act.action not in {Action.HAND_OVER, Action.RAISE}:
        return ()
    escalation, clock = meant(after, act)
    template = ESCALATION if act.action is Action.RAISE else HAND_OVER
    return (call_of(after, clock, escalation, template, act.action.value),)
