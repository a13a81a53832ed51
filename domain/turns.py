"""Whose turn it is: whoever has work from here on hears of it, by rules of the edition that tells people of news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.appeal import Appeal
from domain.notice import Call
from domain.vocabulary import Role

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
    second = appeal.assignment.second
    leads = [place.code for place in (appeal.lead, second.unit if second else None) if place]
    units = leads if turn != TO_ASSIGN and leads else [appeal.assigning_unit.code]
    data = {"stage": appeal.stage.value}
    return tuple(Call(unit, AUDIENCE[turn], turn, f"{turn}:{unit}", data) for unit in units)
