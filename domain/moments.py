"""The moments an appeal waits for, and what happens when they come.

The workflow keeps one timer for :func:`next_moment`; whenever it wakes, :func:`fire` decides again on the state as it
is then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import Appeal
from domain.clock import Clock
from domain.escalation import escalate
from domain.journal import moment
from domain.loop import Decision, Notice, perform, written
from domain.people import SYSTEM
from domain.rungs import USED_UP, codes, lapses, level_of, next_rung, owner_of, rung_at, step_of
from domain.vocabulary import Action


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by itself: the end of a pause by its cause, or a rung of a clock."""

    at: datetime
    clock: Clock
    rung: str = ""
    cause: str = ""


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
    return min(waiting, key=lambda due: (due.at, bool(due.rung)), default=None)


def fire(appeal: Appeal, now: datetime) -> Decision:
    """Everything that has fallen due by ``now``, in order; each step is decided on the state the one before left."""
    decision = Decision(appeal)
    while (due := next_due(decision.appeal)) is not None and due.at <= now:
        step = _fire_one(decision.appeal, due, now)
        decision = Decision(step.appeal, decision.entries + step.entries, decision.notices + step.notices)
    return decision


def _fire_one(appeal: Appeal, due: Due, now: datetime) -> Decision:
    if due.cause:
        body = {"until": moment(due.at), "cause": due.cause}
        return perform(appeal, Act(Action.PAUSE_ENDED, SYSTEM, body), "system", now)
    if due.rung == USED_UP and lapses(appeal, due.clock):
        return _lapse(appeal, due, now)
    return _rung(appeal, due, now)


def _lapse(appeal: Appeal, due: Due, now: datetime) -> Decision:
    if step := step_of(appeal, due.clock):
        # Fired before anything follows: a limit is over once.
        fired = replace(due.clock, fired=(*due.clock.fired, due.rung))
        appeal = replace(appeal, clocks=tuple(fired if c is due.clock else c for c in appeal.clocks))
        body = {"step": step.code, "outcome": step.lapse, "unit": due.clock.owner}
        return perform(appeal, Act(Action.COMPLETE_STEP, SYSTEM, body), "system", now)
    body = _facts(due)
    if due.clock.name == "supplement":
        body["reason"] = "supplement_expired"
    decision = perform(appeal, Act(Action.LAPSE, SYSTEM, body), "system", now)
    return replace(decision, notices=(_notice(appeal, decision, due, "lapsed"),))


def _rung(appeal: Appeal, due: Due, now: datetime) -> Decision:
    """Fires, unless a later rung of the clock is due as well (after an outage): then it is recorded as missed."""
    owner, escalates = owner_of(appeal, due.clock, due.rung), due.rung == USED_UP or due.rung.startswith("+")
    missed = _is_overtaken(appeal, due, now)
    rung_clock = replace(due.clock, fired=(*due.clock.fired, due.rung))
    after = replace(appeal, clocks=tuple(rung_clock if c is due.clock else c for c in appeal.clocks), undo=None)
    body = {**_facts(due), "owner_unit": owner.unit.code, "missed": missed}
    if escalates:
        body["level"] = level_of(due.rung)
        after = after if missed else escalate(after, rung_clock, due.rung, owner, now)
    action = Action.ESCALATE if escalates else Action.RUNG
    decision = written(appeal, after, Act(action, SYSTEM, body), "system", now)
    if missed:
        return decision
    return replace(decision, notices=(_notice(appeal, decision, due, "escalation" if escalates else "warning"),))


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


def _notice(appeal: Appeal, decision: Decision, due: Due, template: str) -> Notice:
    owner = owner_of(appeal, due.clock, due.rung)
    entry = decision.entries[-1]
    facts = _facts(due)
    return Notice(
        id=f"{appeal.number}:{entry.seq}:{due.clock.name.value}:{due.clock.generation}:{due.rung}",
        number=appeal.number,
        at=entry.at,
        audience=owner.who,
        unit=owner.unit.code,
        template=template,
        data=facts,
    )
