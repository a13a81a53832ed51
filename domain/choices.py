"""Which move of an action happens, from the state and the body: the names are the keys of the table's rows."""

from __future__ import annotations

from collections.abc import Callable

from domain.act import Act
from domain.appeal import Appeal
from domain.clock import ClockName
from domain.procedure import find
from domain.settled import is_bound
from domain.vocabulary import Stage, VisitResult

#: Grades from here on are satisfied; below, the next round opens (好差评).
LEAST_SATISFIED = 3


def only(_appeal: Appeal, _act: Act) -> str:
    """The action has one move."""
    return ""


def by_commitments(_appeal: Appeal, act: Act) -> str:
    """With promised materials, or without."""
    return "commitments" if act.body.get("commitments") else ""


def by_stage(appeal: Appeal, _act: Act) -> str:
    """The stage it happens in."""
    return appeal.stage.value


def by_owed(appeal: Appeal, _act: Act) -> str:
    """What was asked for, in the stage it was asked; without a request, what was promised."""
    request = appeal.open_supplement
    return request.stage.value if request else "commitment"


def by_lift(appeal: Appeal, _act: Act) -> str:
    """The stage it happens in; before it is accepted, also whether the enterprise still owes something."""
    owing = appeal.stage is Stage.ACCEPT and appeal.open_supplement
    return "owing" if owing else appeal.stage.value


def by_reassigned(appeal: Appeal, act: Act) -> str:
    """To another unit, or just to another officer; once it is answered, another unit goes round again."""
    if "unit" not in act.body:
        return "officer"
    return "again" if appeal.stage is Stage.EVALUATE else "unit"


def by_step(appeal: Appeal, act: Act) -> str:
    """The row that the step's outcome names."""
    _, outcome = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
    return outcome.clocks


def by_dry_run(_appeal: Appeal, act: Act) -> str:
    """Tried only, or done."""
    return "dry" if act.body.get("dry_run") else ""


def by_limit(appeal: Appeal, act: Act) -> str:
    """An order with a limit starts its clock, by rules of the edition that gives orders clocks."""
    return "limit" if act.body.get("limit") and appeal.rules.policy.gives_orders_clocks else ""


def by_answer(name: str) -> Callable[[Appeal, Act], str]:
    """Yes or no in the field ``name``."""
    return lambda _appeal, act: "yes" if act.body[name] else "no"


def by_grade(appeal: Appeal, act: Act) -> str:
    """Dissatisfied opens the next round; satisfied closes once the visit has confirmed it."""
    if act.body["grade"] < LEAST_SATISFIED:
        return _dissatisfied(appeal)
    confirmed = any(v.result is VisitResult.SATISFIED for v in appeal.visits_now())
    return "close" if confirmed else "satisfied"


def by_visit(appeal: Appeal, act: Act) -> str:
    """The visit's word; satisfied closes once the rating is there or has lapsed."""
    result = VisitResult(act.body["result"])
    if result is VisitResult.UNREACHABLE:
        return "unreachable"
    if result is VisitResult.DISSATISFIED:
        return _dissatisfied(appeal)
    return "satisfied" if appeal.open_clock(ClockName.RATING) else "close"


def by_lapsed(appeal: Appeal, act: Act) -> str:
    """The clock that lapsed; a rating that never came closes what the visit has confirmed.

    Materials that never came end nothing more than the request, once money was booked or the result told.
    """
    if act.body["clock"] == ClockName.SUPPLEMENT and is_bound(appeal):
        return "asked"
    confirmed = any(v.result is VisitResult.SATISFIED for v in appeal.visits_now())
    return "close" if act.body["clock"] == ClockName.RATING and confirmed else str(act.body["clock"])


def _dissatisfied(appeal: Appeal) -> str:
    return "again" if appeal.round < appeal.rules.policy.max_rounds else "decision"
