"""Whoever has work from here on hears of it, or of an order on it, by rules of the editions that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.act import Act
from domain.appeal import Appeal
from domain.clock import ClockName
from domain.news import by_when
from domain.notice import Call
from domain.vocabulary import Action, Role, Stage

ORDER: Final = Action.SUPERVISE.value
"""The word by which a supervisor's order is told."""
TO_ASSIGN, TO_HANDLE, TO_REVIEW, TO_DECIDE = "to_assign", "to_handle", "to_review", "to_decide"
#: The words of a turn, and who of the unit has it. A leader decides on an extension, a parking.
AUDIENCE: Final[Mapping[str, tuple[str, ...]]] = {
    TO_ASSIGN: (Role.DISPATCHER.value,),
    TO_HANDLE: (Role.HANDLER.value,),
    TO_REVIEW: (Role.LEADER.value,),
    TO_DECIDE: (Role.LEADER.value,),
}


def turns(appeal: Appeal, turn: str) -> tuple[Call, ...]:
    """The calls of a move that gives somebody a turn; none for an empty one."""
    if not turn or not appeal.rules.policy.tells_the_enterprise:
        return ()
    leads = _leads(appeal)
    units = leads if turn != TO_ASSIGN and leads else [appeal.assigning_unit.code]
    data = {"stage": appeal.stage.value}
    return tuple(Call(unit, AUDIENCE[turn], turn, f"{turn}:{unit}", data) for unit in units)


def accepted(appeal: Appeal) -> tuple[Call, ...]:
    """The calls of an acceptance after which somebody has to assign, by rules of the edition that tells the units."""
    return turns(appeal, TO_ASSIGN) if appeal.rules.policy.tells_the_units else ()


def ordered(appeal: Appeal, act: Act) -> tuple[Call, ...]:
    """The calls of a supervisor's order: to whoever works on it and who leads them, by rules of that edition."""
    if act.action is not Action.SUPERVISE or not appeal.rules.policy.tells_the_units:
        return ()
    leads, first = _leads(appeal), Role.WINDOW if appeal.stage is Stage.ACCEPT else Role.DISPATCHER
    audience = (Role.HANDLER.value if leads else first.value, Role.LEADER.value)
    limit = act.body.get("limit", "")
    until = by_when(appeal, appeal.open_clock(ClockName.SUPERVISION)) if limit else {}
    data = {"posted": act.body.get("posted", False), "budget": limit, **until}
    units = leads or [appeal.assigning_unit.code]
    return tuple(Call(unit, audience, ORDER, f"{ORDER}:{unit}", data) for unit in units)


def _leads(appeal: Appeal) -> list[str]:
    second = appeal.assignment.second
    return [place.code for place in (appeal.lead, second.unit if second else None) if place]
