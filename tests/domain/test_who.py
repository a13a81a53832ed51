"""Whoever may not do something is told who may."""

from __future__ import annotations

import pytest

from domain.errors import Forbidden
from domain.table import TABLE
from domain.vocabulary import Action, Role
from domain.who import ROLES, spoken
from tests.domain.builders import World
from tests.domain.states import permit

PAUSE = {"reason_code": "force_majeure", "note": "台风", "until": "2026-09-10"}


@pytest.mark.parametrize(
    ("action", "who", "body", "words"),
    [
        ("pause", "enterprise", PAUSE, "您的身份不能“暂停时限”，应由承办单位的承办民警办理"),
        ("set_urgency", "enterprise", {"urgent": True, "reason": "停产"}, "负责人、督办人员办理"),
        ("decide_extension", "handler", {"granted": True}, "负责人、督办人员办理"),
        ("approve_park", "handler", {"granted": True}, "应由承办单位或其上级单位的负责人、督办人员办理"),
        ("migrate_policy", "leader", {"version": "r2"}, "应由督办人员办理"),
    ],
)
def test_of_what_moves_clocks_it_names_the_roles_and_where(
    action: str, who: str, body: dict[str, object], words: str
) -> None:
    refused = World().case().signed().refused(who, action, **body)
    assert isinstance(refused, Forbidden)
    assert refused.code == "forbidden"
    assert refused.detail.endswith(words), refused.detail


def test_whoever_has_the_role_and_not_the_matter_reads_whose_it_is() -> None:
    refused = World().case().signed().refused("handler3", "pause", **PAUSE)
    assert (refused.code, refused.detail) == (
        "not-yours",
        "“暂停时限”不由您或您的单位办理，应由承办单位的承办民警办理",
    )


def test_of_steps_only_those_are_named_whom_this_procedure_asks_for() -> None:
    case = permit(("review", "complete"))
    refused = case.refused("enterprise", "complete_step", step="decide", outcome="approve", record={})
    assert refused.detail == "您的身份不能“办理步骤”，应由承办民警、负责人办理"


@pytest.mark.parametrize("action", [action for action in Action if action in TABLE and TABLE[action].who])
def test_every_action_of_people_can_be_said_to_be_somebody_s(action: Action) -> None:
    told = spoken(TABLE[action].who)
    assert told
    assert all(part.endswith((*ROLES.values(), "的人")) for part in told.split("、"))


def test_whose_people_are_named_wherever_the_matter_is_just_now() -> None:
    assert spoken(TABLE[Action.ASK_COOPERATION].who) == "承办单位的承办民警、首接单位的首接窗口"


def test_a_relation_that_nobody_has_put_into_words_is_not_passed_over_in_silence() -> None:
    def stranger(_appeal: object, _actor: object) -> bool:
        return True

    with pytest.raises(KeyError):
        spoken(((Role.HANDLER, stranger),))


def test_of_an_escalation_it_names_whoever_was_called_not_every_role_that_may_be() -> None:
    assert spoken(TABLE[Action.ACKNOWLEDGE].who) == "值班员、收到通知的人"
