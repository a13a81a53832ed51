"""Escalations as state of the appeal: opened when a clock is used up, raised at each further rung, ended by a move.

Whoever is called acknowledges one for a while (a lease), hands it to somebody, raises it a level, or ends it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.act import Act, invalid
from domain.appeal import Appeal, Escalation
from domain.clock import Clock, due_at
from domain.errors import Conflict, Forbidden
from domain.journal import moment
from domain.ladder import length
from domain.notice import Call
from domain.people import Actor
from domain.rungs import Owner, codes, escalates, ladder_for, level_at, level_of, live_escalation, owner_of, planned_at
from domain.vocabulary import Action, EscalationState, Role, Stage


def settle(appeal: Appeal, *, stage_before: Stage, now: datetime) -> Appeal:
    """Ends what no longer escalates: the appeal moved on, or its clock ended, was paused or got more time."""
    moved = appeal.stage is not stage_before
    still = {c.generation for c in appeal.clocks if _presses(appeal, c, now)}
    settled = tuple(
        _over(e, now) if e.ended_at is None and (moved or e.generation not in still) else e for e in appeal.escalations
    )
    return replace(appeal, escalations=settled)


def _presses(appeal: Appeal, clock: Clock, now: datetime) -> bool:
    if clock.ended_at:
        return False
    # Unknown while a pause keeps the clock from being used up; one begun after the deadline silences nothing.
    due = due_at(clock, appeal.calendar_of(clock))
    return due is not None and due <= now


def _over(escalation: Escalation, now: datetime) -> Escalation:
    return replace(escalation, state=EscalationState.ENDED, ended_at=now)


def escalate(appeal: Appeal, clock: Clock, code: str, owner: Owner, now: datetime) -> Appeal:
    """Opens an escalation for the clock, or raises the level of the one that is open."""
    level, who, live = level_of(code), ",".join(owner.who), live_escalation(appeal, clock)
    if live is None:
        nth = 1 + sum(e.generation == clock.generation for e in appeal.escalations)
        new = Escalation(
            id=f"{appeal.number}-{clock.generation}-{nth}",
            clock=clock.name,
            generation=clock.generation,
            level=level,
            owner_unit=owner.unit.code,
            owner=who,
            opened_at=now,
        )
        return replace(appeal, escalations=(*appeal.escalations, new))
    return _changed(appeal, replace(_open(live), level=level, owner_unit=owner.unit.code, owner=who))


def next_level(appeal: Appeal, clock: Clock) -> str | None:
    """The rung above those that fired, if the ladder goes on."""
    return next((code for code in codes(appeal, clock) if escalates(code) and code not in clock.fired), None)


def is_repeated(appeal: Appeal, clock: Clock, code: str, following: str) -> bool:
    """Whether the following level calls the same people once more: who finds nobody need not hurry to ask again.

    A step that climbs asks in another unit each time.
    """
    here, there = level_at(appeal, clock, code), level_at(appeal, clock, following)
    return (here.step, here.up) == (there.step, there.up)


def climb(appeal: Appeal, clock: Clock, code: str, now: datetime) -> Appeal:
    """The rung fires now, before its time or on it; what comes after keeps its distance."""
    fired = replace(clock, fired=(*clock.fired, code))
    after = replace(appeal, clocks=tuple(fired if c is clock else c for c in appeal.clocks))
    if live := live_escalation(appeal, clock):
        planned = planned_at(appeal, clock, code) or now
        early = max(0, (planned - now) // timedelta(seconds=1))
        after = _changed(after, replace(_open(live), sooner=live.sooner + early))
    return escalate(after, fired, code, owner_of(appeal, clock, code), now)


def lease_over(appeal: Appeal, escalation: str) -> Appeal:
    """Nobody moved the appeal in the time that somebody took for it: the escalation of that id calls again."""
    return _changed(appeal, _open(next(e for e in appeal.escalations if e.id == escalation)))


def meant(appeal: Appeal, act: Act) -> tuple[Escalation, Clock]:
    """The escalation that the act names, and its clock. Raises Invalid for none, Conflict for one that is over."""
    found = next((e for e in appeal.escalations if e.id == act.body["escalation"]), None)
    if found is None:
        raise invalid("unknown-escalation", "/escalation", "本诉求没有这个升级督办")
    if found.ended_at:
        raise Conflict("escalation-ended", "该升级督办已结束")
    return found, next(c for c in appeal.clocks if c.generation == found.generation)


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


def one_is_free(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """One of the actor's has not been taken by somebody else."""
    if all(_is_taken(e, actor) for e in _yours(appeal, actor)):
        raise Conflict("already-acknowledged", "升级督办均已由他人认领")


def one_can_climb(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """One of the actor's has somebody left to call."""
    yours = {e.generation for e in _yours(appeal, actor)}
    if all(next_level(appeal, c) is None for c in appeal.clocks if c.generation in yours):
        raise _at_the_top()


def sent_to_you(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The one that is meant was sent to whoever acts."""
    escalation, _ = meant(appeal, act)
    if escalation not in _yours(appeal, act.actor):
        raise Forbidden("not-called", "该升级督办没有发给您;由值班人员或者收到通知的人处理")


def not_taken(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The second is told who was first; whoever has it may take more time."""
    escalation, _ = meant(appeal, act)
    if _is_taken(escalation, act.actor):
        raise Conflict("already-acknowledged", f"{escalation.acknowledged_name}已认领;如需接手,请其移交给您")


def _is_taken(escalation: Escalation, actor: Actor) -> bool:
    return escalation.acknowledged_by not in {None, actor.id}


def known_person(_appeal: Appeal, act: Act, _now: datetime) -> None:
    """Whoever is to have it is an officer."""
    act.person("to")


def can_climb(appeal: Appeal, act: Act, _now: datetime) -> None:
    """There is somebody left to call."""
    if next_level(appeal, meant(appeal, act)[1]) is None:
        raise _at_the_top()


def _at_the_top() -> Conflict:
    return Conflict("top-of-ladder", "已升级到最高一级")


def acknowledge(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """认领: silences the ladder for a while, in which the appeal is to be moved."""
    escalation, clock = meant(appeal, act)
    lease = length(ladder_for(appeal, clock).lease or appeal.rules.policy.lease)
    taken = replace(escalation, state=EscalationState.ACKNOWLEDGED, lease_until=now + lease)
    return _changed(appeal, replace(taken, acknowledged_by=act.actor.id, acknowledged_name=act.actor.name))


def hand_over(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """移交: somebody else is called, and nobody has taken it until that person does."""
    escalation, _ = meant(appeal, act)
    return _changed(appeal, replace(_open(escalation), owner=f"account:{act.body['to']}"))


def jump(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """再升一级: the next level is called at once."""
    _, clock = meant(appeal, act)
    code = next_level(appeal, clock)
    if code is None:  # can_climb has looked
        raise AssertionError(appeal.number)
    return climb(appeal, clock, code, now)


def finish(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """结束: settled by other means; when the clock runs on, the next rung opens another."""
    return _changed(appeal, _over(meant(appeal, act)[0], now))


def _open(escalation: Escalation) -> Escalation:
    free = replace(escalation, acknowledged_by=None, acknowledged_name="", lease_until=None)
    return replace(free, state=EscalationState.OPEN)


def _changed(appeal: Appeal, escalation: Escalation) -> Appeal:
    return replace(appeal, escalations=tuple(escalation if e.id == escalation.id else e for e in appeal.escalations))


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
    template = "escalation" if act.action is Action.RAISE else act.action.value
    return (call_of(after, clock, escalation, template, act.action.value),)


def call_of(appeal: Appeal, clock: Clock, escalation: Escalation, template: str, mark: str) -> Call:
    """Everybody whom the escalation calls at its present level; ``may_wait``: not in the middle of the night."""
    due = due_at(clock, appeal.calendar_of(clock))
    data = {
        "clock": clock.name.value,
        "generation": clock.generation,
        "level": escalation.level,
        "due_at": moment(due) if due else None,
        "escalation": escalation.id,
        "may_wait": ladder_for(appeal, clock).may_wait,
        **({"subject": clock.subject} if clock.subject else {}),
    }
    return Call(escalation.owner_unit, tuple(escalation.owner.split(",")), template, mark, data)
