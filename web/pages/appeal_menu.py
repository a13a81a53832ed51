"""What may be done on an appeal now, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.deps import Caller
from api.offers import offers
from api.reading import Found
from domain.schemas import Schema
from domain.vocabulary import Action

#: Whose turn it is does the first of these that is open; it stands on top.
_LIKELY: Final = (
    Action.ACKNOWLEDGE,
    Action.ACCEPT,
    Action.SIGN,
    Action.ASSIGN,
    Action.NAME_FINAL_OWNER,
    Action.DECIDE_EXTENSION,
    Action.APPROVE_PARK,
    Action.DECIDE_ROUND,
    Action.REVIEW,
    Action.ANSWER_COOPERATION,
    Action.COMPLETE_STEP,
    Action.SUBMIT_RESULT,
    Action.SEND_ANSWER,
    Action.RECORD_VISIT,
)
_SELDOM: Final = frozenset({Action.MERGE, Action.CHANGE_SERVICE, Action.CORRECT, Action.MIGRATE_POLICY})
_KEYS: Final[Mapping[Action, str]] = {Action.SIGN: "a"}


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that is open. ``key`` opens it from the keyboard."""

    action: str
    title: str
    schema: Schema
    key: str = ""

    @property
    def meant(self) -> str:
        """What it is for, where there are others like it."""
        return str(self.schema.get("description", ""))

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self.schema.get("properties")


@dataclass(frozen=True, slots=True)
class Menu:
    """What may be done, the likeliest first."""

    first: Offer | None
    others: tuple[Offer, ...]
    seldom: tuple[Offer, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return bool(self.first) + len(self.others) + len(self.seldom)

    def find(self, action: str) -> Offer | None:
        """The offer of that action."""
        return next((one for one in (self.first, *self.others, *self.seldom) if one and one.action == action), None)


def menu_of(found: Found, me: Caller) -> Menu:
    """Everything open to the caller; ``me`` with the escalations that called it."""
    every = [
        Offer(one["action"], _title(found, one), one["schema"], _KEYS.get(Action(one["action"]), ""))
        for one in offers(found, me.actor)
    ]
    ranks = {action.value: rank for rank, action in enumerate(_LIKELY)}
    rare = {one.action for one in every if _is_seldom(found, Action(one.action))}
    likely = sorted((one for one in every if one.action in {*ranks} - rare), key=lambda one: ranks[one.action])
    first = likely[0] if likely else None
    rest = [one for one in (*likely[1:], *every) if one is not first]
    rest = list({one.action: one for one in rest}.values())
    seldom = tuple(one for one in rest if one.action in rare)
    return Menu(first, tuple(one for one in rest if one not in seldom), seldom)


def _is_seldom(found: Found, action: Action) -> bool:
    """Also what another action does better just now: to hand it to a unit there are four, and one is usually meant."""
    given = found.appeal.assignment
    if action is Action.ASSIGN:
        return given.lead is not None
    if action is Action.NAME_FINAL_OWNER:
        return given.returns < found.appeal.rules.policy.max_returns
    return action in _SELDOM


def _title(found: Found, offer: Mapping[str, Any]) -> str:
    """The action's; of a step, the step's own."""
    if offer["action"] == Action.ASSIGN and found.appeal.lead:
        return "重新交办"
    if offer["action"] != Action.COMPLETE_STEP:
        return str(offer["title"])
    open_now = (found.appeal.rules.service.step(code) for code in offer["schema"]["properties"]["step"]["enum"])
    return "、".join(step.name for step in open_now if step)
