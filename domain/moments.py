"""The moments an appeal waits for, and what happens when they come.

The workflow keeps one timer for :func:`next_moment`; whenever it wakes, :func:`fire` decides again on the state as it
is then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import Appeal, Escalation
from domain.clock import Clock, due_at
from domain.escalation import (
    awaited,
    call_of,
    called_back,
    climb,
    fired,
    is_repeated,
    lease_over,
    next_level,
    reached,
    replaced,
)
from domain.journal import moment
from domain.loop import Decision, perform, written
from domain.news import to_the_enterprise
from domain.notice import ESCALATION, LEASE_ENDED, Call, Notice
from domain.people import SYSTEM
from domain.rungs import (
    FIRST_TRY,
    USED_UP,
    Owner,
    codes,
    escalates,
    ladder_for,
    lapses,
    level_of,
    live_escalation,
    next_rung,
    owner_of,
    rung_at,
    step_of,
)
from domain.service import ENTERPRISE
from domain.vocabulary import Action, EscalationState


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by itself: the end of a pause by its cause, of a lease, or a rung of a clock.

    ``empty``: the rung comes before its time, because nobody was found on the one before.
    """

    at: datetime
    clock: Clock
    rung: str = ""
    cause: str = ""
    lease: str = ""
    empty: bool = False


def next_moment(appeal: Appeal) -> datetime | None:
    """When the appeal must be looked at again; None when nothing happens by itself."""
    due = next_due(appeal)
    return due.at if due else None


def next_due(appeal: Appeal) -> Due | None:
    """What happens next by itself, if anything."""
    waiting: list[Due] = []
    for clock in appeal.clocks:
        if clock.ended_at:
            continue
        waiting += [Due(p.until, clock, cause=p.cause) for p in clock.pauses if p.ended_at is None and p.until]
        rung = next_rung(appeal, clock)
        waiting += [Due(rung.at, clock, rung.code)] if rung else []
        live = live_escalation(appeal, clock) if appeal.escalations else None
        waiting += [Due(live.lease_until, clock, lease=live.id)] if live and live.lease_until else []
    return min(waiting, key=lambda due: (due.at, bool(due.rung)), default=None)


def fire(appeal: Appeal, now: datetime) -> Decision:
    """Everything that has fallen due by ``now``, in order; each step is decided on the state the one before left."""
    decision = Decision(appeal)
    while (due := next_due(decision.appeal)) is not None and due.at <= now:
        decision = decision.then(_fire_one(decision.appeal, due, now))
    return decision


def skip(appeal: Appeal, unheard: tuple[Notice, ...], now: datetime) -> Decision:
    """Goes on up the ladder at once where nobody was found to hear of an escalation; to come after :func:`fire`.

    A step that is only repeated keeps its distance: who is not there now may be there tomorrow. By rules without
    ladders nothing is skipped: their messages go to the catch-all.
    """
    decision = Decision(appeal)
    for notice in unheard:
        decision = decision.then(_after_nobody(decision.appeal, notice, now))
    return decision


def _after_nobody(appeal: Appeal, notice: Notice, now: datetime) -> Decision:
    live = next((e for e in appeal.escalations if e.id == notice.data.get("escalation") and e.ended_at is None), None)
    late = live is None or live.state is not EscalationState.OPEN or live.level != notice.data["level"]
    if live is None or late or not notice.is_step:
        return Decision(appeal)
    clock = appeal.clock_of(live.generation)
    following = next_level(appeal, clock)
    if following and not is_repeated(appeal, clock, reached(clock), following):
        return _rung(appeal, Due(now, clock, following, empty=True), now)
    own = called_back(appeal, live)
    return _call_back(appeal, own, now) if own else Decision(appeal)


def _call_back(appeal: Appeal, own: Escalation, now: datetime) -> Decision:
    """Handed over to somebody who is not there, with no other level to go to: those of its own are called again."""
    after, clock = replace(replaced(appeal, own), undo=None), appeal.clock_of(own.generation)
    body = {
        **_facts(Due(now, clock, reached(clock))),
        "owner_unit": own.owner_unit, "missed": False, "level": own.level, "empty": True,
    }  # fmt: skip
    decision = written(appeal, after, Act(Action.ESCALATE, SYSTEM, body), "system", now)
    return decision.telling(call_of(decision.appeal, clock, own, ESCALATION, ESCALATION))


def _fire_one(appeal: Appeal, due: Due, now: datetime) -> Decision:
    if due.cause:
        body = {"until": moment(due.at), "cause": due.cause}
        return perform(appeal, Act(Action.PAUSE_ENDED, SYSTEM, body), "system", now)
    if due.lease:
        return _lease_ended(appeal, due, now)
    if due.rung == USED_UP and lapses(appeal, due.clock):
        return _lapse(appeal, due, now)
    return _rung(appeal, due, now)


def _lapse(appeal: Appeal, due: Due, now: datetime) -> Decision:
    if step := step_of(appeal, due.clock):
        # Fired before anything follows: a limit is over once.
        appeal = fired(appeal, due.clock, due.rung)
        body = {"step": step.code, "outcome": step.lapse, "unit": due.clock.owner}
        return perform(appeal, Act(Action.COMPLETE_STEP, SYSTEM, body), "system", now)
    body = _facts(due)
    if due.clock.name == "supplement":
        body["reason"] = "supplement_expired"
    decision = perform(appeal, Act(Action.LAPSE, SYSTEM, body), "system", now)
    # Nothing else is told of it in the house; an outside body hears what became of its matter.
    outside = tuple(n for n in decision.notices if n.is_for_outside)
    lapsed = _call(appeal, due, "lapsed")
    return replace(decision, notices=outside).telling(
        replace(lapsed, data=lapsed.data | {"stage": decision.appeal.stage.value})
    )


def _lease_ended(appeal: Appeal, due: Due, now: datetime) -> Decision:
    """Nothing moved while somebody had it: those it called are called again, or those of a rung that is due as well."""
    after = replace(lease_over(appeal, due.lease), undo=None)
    live = next(e for e in after.escalations if e.id == due.lease)
    body = {"clock": live.clock.value, "generation": live.generation, "level": live.level, "escalation": live.id}
    decision = written(appeal, after, Act(Action.LEASE_ENDED, SYSTEM, body), "system", now)
    following = next_rung(after, due.clock)
    if following and following.at <= now:
        return decision
    return decision.telling(call_of(decision.appeal, due.clock, live, LEASE_ENDED, LEASE_ENDED))


def _rung(appeal: Appeal, due: Due, now: datetime) -> Decision:
    """Fires, unless a later rung of the clock is due as well (after an outage): then it is recorded as missed."""
    missed = _is_overtaken(appeal, due, now)
    owner, calls = owner_of(appeal, due.clock, due.rung), escalates(due.rung)
    body = {**_facts(due), "owner_unit": owner.unit.code, "missed": missed}
    climbs = calls and not missed
    after = climb(appeal, due.clock, due.rung, now) if climbs else fired(appeal, due.clock, due.rung)
    if calls:
        body["level"] = level_of(due.rung)
    if due.empty:
        body["empty"] = True
    action = Action.ESCALATE if calls else Action.RUNG
    decision = written(appeal, replace(after, undo=None), Act(action, SYSTEM, body), "system", now)
    if missed:
        return decision
    decision = decision.telling(_call(decision.appeal, due, ESCALATION if calls else "warning"))
    announced = to_the_enterprise(appeal, decision.entries[-1], "visit_announced") if due.rung == FIRST_TRY else ()
    return decision.telling(*announced)


def _is_overtaken(appeal: Appeal, due: Due, now: datetime) -> bool:
    ladder = codes(appeal, due.clock)
    following = ladder[ladder.index(due.rung) + 1 :]
    later = rung_at(appeal, due.clock, following[0]) if following else None
    return later is not None and later <= now


def _facts(due: Due) -> dict[str, Any]:
    return {
        "clock": due.clock.name.value,
        "generation": due.clock.generation,
        "rung": due.rung,
        "due_at": moment(due.at),
        **({"subject": due.clock.subject} if due.clock.subject else {}),
    }


def _call(appeal: Appeal, due: Due, template: str) -> Call:
    owner, clock = owner_of(appeal, due.clock, due.rung), due.clock
    mark = f"{clock.name.value}:{clock.generation}:{due.rung}"
    live = live_escalation(appeal, clock)
    if template == ESCALATION and live and appeal.rules.policy.ladders:
        call = call_of(appeal, clock, live, template, mark)
        return replace(call, data=_facts(due) | call.data)
    ahead = {} if template == ESCALATION else _ahead(appeal, clock, owner)
    return Call(owner.unit.code, owner.who, template, mark, data=_facts(due) | ahead | awaited(appeal, clock))


def _ahead(appeal: Appeal, clock: Clock, owner: Owner) -> dict[str, Any]:
    """By when, for whoever is warned; and in the house whether that may wait for the morning, as the calls do."""
    until = due_at(clock, appeal.calendar_of(clock))
    deadline = {"deadline": moment(until)} if until else {}
    if ENTERPRISE in owner.who or not appeal.rules.policy.ladders:
        return deadline
    return {**deadline, "may_wait": ladder_for(appeal, clock).may_wait}
