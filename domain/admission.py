"""What a new action must satisfy besides its transition: asked before it is sent, never of a history (ADR 0017).

A refusal added to a transition would also fall upon the replay of what an earlier release took; here it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from domain.act import Act, invalid
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from domain.escalation_acts import kept_from
from domain.guards import first_round
from domain.loop import allowed, decide
from domain.materials import unknown_materials
from domain.papers import day_of
from domain.parties import units_of
from domain.procedure import find
from domain.steps import is_left_to_time
from domain.vocabulary import Action, Role, UnitKind

_UNTIL = "valid_until"
_CALLS = frozenset({Action.ACKNOWLEDGE, Action.HAND_OVER, Action.RAISE, Action.END})


def admit(appeal: Appeal, act: Act, now: datetime) -> None:
    """Raises a Refusal: the transition's own first, so that nobody learns more from this one."""
    if act.action in _CALLS and (unknown := kept_from(appeal, act)):
        # Before all others: who was first with it is nothing for them either.
        raise unknown
    asked = _ASKED.get(act.action)
    refusal = next(asked(appeal, act, now), None) if asked else None
    if refusal is None:
        return
    decide(appeal, act, now)
    if isinstance(refusal, Conflict):
        refusal.stage = appeal.stage.value
        refusal.allowed = tuple(a.value for a in allowed(appeal, act.actor, now))
    raise refusal


def _secret_stays_inside(appeal: Appeal, act: Act, _now: datetime) -> Iterator[Refusal]:
    """An outside body is spoken to by a transfer, which is written down as one."""
    unit = act.places.get(act.body["unit"])
    if appeal.rules.service.secret and unit and unit.kind is UnitKind.OUTSIDE:
        yield invalid("outside-body", "/unit", "保密事项不得请公安以外的单位协办；应由其办理的，请流转")


def _materials_known(appeal: Appeal, act: Act, _now: datetime) -> Iterator[Refusal]:
    """What is brought by a code counts for something: it is one of the service's, or was asked for by that name."""
    pending = appeal.open_supplement
    asked = (*appeal.commitments, *(pending.items if pending else ()))
    if wrong := tuple(unknown_materials(appeal.rules.service, act.body["items"], "/items", asked)):
        yield Invalid("unknown-material", wrong[0].detail, wrong)


def _posted_whole(_appeal: Appeal, act: Act, _now: datetime) -> Iterator[Refusal]:
    """挂牌督办: somebody answers for it by name, and by when."""
    wanted = {"leader": "挂牌督办须写明包案领导", "limit": "挂牌督办须写明督办时限"}
    missing = tuple(Fault(f"/{name}", said) for name, said in wanted.items() if not act.body.get(name))
    if act.body.get("posted") and missing:
        yield Invalid("posting-incomplete", missing[0].detail, missing)


def _in_the_first_round(appeal: Appeal, act: Act, now: datetime) -> Iterator[Refusal]:
    """What was handled, and answered, as one service is not made another."""
    try:
        first_round(appeal, act.actor, now)
    except Conflict as refusal:
        yield refusal


def _step(appeal: Appeal, act: Act, now: datetime) -> Iterator[Refusal]:
    yield from _left_to_time(appeal, act)
    yield from _body_named(appeal, act)
    yield from _still_valid(appeal, act, now)


def _left_to_time(appeal: Appeal, act: Act) -> Iterator[Refusal]:
    step, outcome = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
    if is_left_to_time(step, outcome, act.actor):
        detail = f"“{outcome.name}”由系统到期自动登记，或由民警登记，企业不能自行选择"
        yield Forbidden("left-to-time", detail)


def _body_named(appeal: Appeal, act: Act) -> Iterator[Refusal]:
    """Whoever records what an outside body decided says whose decision it is."""
    step, _ = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
    places = units_of(appeal, step)
    outside = {place.code: place.name for place in places if place.kind is UnitKind.OUTSIDE}
    own = Role.SYSTEM in act.actor.roles or any(place.code == act.actor.unit_code for place in places)
    if outside and not own and act.body.get("unit") not in outside:
        whose = "、".join(f"{name}（{code}）" for code, name in outside.items())
        yield invalid("unit-required", "/unit", f"步骤“{step.name}”由{whose}办理；代为登记的，须写明是哪个单位")


def _still_valid(appeal: Appeal, act: Act, now: datetime) -> Iterator[Refusal]:
    """A document with a number from a record has its end in an earlier one; none is issued that has ended.

    Where the step can be left another way: by older rules it could not, and the matter would stand still for ever.
    Those that a service describes (``issues``) have the same rule in :func:`domain.papers.issued`.
    """
    procedure = appeal.rules.service.procedure
    if not any(o.document for s in procedure.steps for o in s.outcomes):
        return
    today, said = now.astimezone(ZONE).date().isoformat(), act.body.get("record", {}).get(_UNTIL)
    if said is not None and (day_of(said) or today) < today:
        yield invalid("bad-validity", f"/record/{_UNTIL}", f"有效期应为{today}或者以后的日期")
    decided = (appeal.result and appeal.result.document) or {}
    step, outcome = find(procedure, act.body["step"], act.body["outcome"])
    if outcome.document and len(step.outcomes) > 1 and (day_of(decided.get(_UNTIL)) or today) < today:
        yield Conflict("document-ended", f"核准的有效期至{decided[_UNTIL]}，已过，不能发证；请退回重新审批")


_ASKED: dict[Action, Callable[[Appeal, Act, datetime], Iterator[Refusal]]] = {
    Action.ASK_COOPERATION: _secret_stays_inside,
    Action.SUPPLEMENT: _materials_known,
    Action.COMPLETE_STEP: _step,
    Action.SUPERVISE: _posted_whole,
    Action.CHANGE_SERVICE: _in_the_first_round,
}
