"""Whoever acts on what they have read is refused when somebody has acted since; what time does is no matter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.act import Act
from domain.errors import Forbidden, Refusal
from domain.loop import CHANGED, decide
from domain.vocabulary import Stage
from tests.domain.builders import Case, World
from tests.domain.states import plain


def told(case: Case, act: Act) -> str:
    """The code of the refusal; empty for what is done."""
    try:
        decide(case.appeal, act, case.now)
    except Refusal as refusal:
        return refusal.code
    return ""


def as_read(case: Case, who: str, action: str, /, **body: object) -> Act:
    """Meant for the appeal as it stands now."""
    return replace(case.act(who, action, **body), read=case.appeal.seq)


def test_who_comes_second_is_refused_and_is_not_if_he_does_not_ask() -> None:
    case = plain(Stage.ASSIGN)
    act = as_read(case, "dispatcher", "assign", lead_unit="station-b")
    assert told(case, act) == ""
    case.do("supervisor", "assign", lead_unit="station-a")
    assert told(case, act) == CHANGED
    assert told(case, replace(act, read=None)) == ""
    assert told(case, replace(act, read=case.appeal.seq)) == ""


def test_what_time_does_by_itself_is_no_reason() -> None:
    case = plain(Stage.ASSIGN)
    act = as_read(case, "supervisor", "supervise", order="抓紧")
    case.wait(days=2)
    assert case.last.action in {"rung", "escalate"}
    assert told(case, act) == ""


def test_it_is_remembered_when_the_action_was_taken_back() -> None:
    case = plain(Stage.ASSIGN)
    act = as_read(case, "dispatcher", "assign", lead_unit="station-b")
    case.do("supervisor", "assign", lead_unit="station-a")
    case.do("supervisor", "correct", seq=case.appeal.seq, reason="误派")
    assert told(case, act) == CHANGED


def test_who_may_not_act_at_all_is_told_that_first() -> None:
    case = World().case()
    act = as_read(case, "visitor", "accept")
    case.do("enterprise", "add_information", text="补充")
    with pytest.raises(Forbidden):
        decide(case.appeal, act, case.now)
