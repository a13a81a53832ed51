"""Outcomes that tell the enterprise something: at once, in words of its own, and never untold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.entry_view import render_entry
from domain.facts import Known
from domain.masking import MASK
from domain.papers import facts_told, told
from tests.domain.builders import Case
from tests.domain.stepwise import begun, service, step, take, to
from tests.promises.walk import actor

FILED = "已立案，文号{record.no}，轮次{round}{record.nothing}。"


def filing(*, secret: bool = False) -> Case:
    """Filed with words for the enterprise, then looked into; or left open with words."""
    record = {"properties": {"no": {"title": "文号"}}}
    return begun(
        service(
            step("file", to("yes", "look", record=record, tells=FILED), to("note", "file", tells="仍在审查。")),
            step("look", to("more", "look"), to("over", "feedback")),
            secret=secret,
        )
    )


def words(case: Case) -> list[tuple[str, tuple[str, ...], str]]:
    return [(n.unit, n.audience, n.data["outcome"]) for n in case.notices if n.template == "told"]


@pytest.mark.parametrize("secret", [False, True])
def test_the_enterprise_is_told_at_once_in_words_of_its_own_and_nothing_else_of_the_step(secret: bool) -> None:
    case = take(filing(secret=secret), "file", "yes", no="甲〔2026〕1号")
    assert words(case) == [("public-order", ("enterprise",), "yes")]
    said = "已立案，文号甲〔2026〕1号，轮次1。"
    assert case.last.data["told"] == said
    shown = render_entry(case.appeal, case.last, case.appeal.submission.submitter)
    assert shown["data"]["told"] == said
    assert "甲〔2026〕1号" not in str({**shown, "data": {**shown["data"], "told": ""}})


def test_the_notice_says_where_the_words_are_and_none_of_them() -> None:
    case = take(filing(), "file", "yes", no="甲〔2026〕1号")
    (notice,) = (n for n in case.notices if n.template == "told")
    assert notice.id == f"{case.appeal.number}:{case.appeal.seq}:told"
    assert notice.data == {"step": "file", "outcome": "yes"}


def test_whoever_reads_no_words_reads_these_neither() -> None:
    case = take(filing(), "file", "yes", no="甲〔2026〕1号")
    assert render_entry(case.appeal, case.last, actor("visitor"))["data"]["told"] == MASK


def test_an_outcome_without_words_tells_nothing() -> None:
    case = take(take(filing(), "file", "yes", no="1"), "look", "more")
    assert (len(words(case)), "told" in case.last.data) == (1, False)


def test_what_was_told_is_not_taken_back_and_what_was_not_may_be() -> None:
    left_open = take(filing(), "file", "note")
    ended = take(filing(), "file", "yes", no="1")
    for case in (left_open, ended):
        refused = case.refused("supervisor", "correct", seq=case.appeal.seq, reason="误填")
        assert refused.code == "not-correctable"
    silent = take(ended.wait(hours=1), "look", "more")
    silent.do("supervisor", "correct", seq=silent.appeal.seq, reason="误填")


def test_a_step_of_rules_that_know_it_no_longer_hinders_no_correction() -> None:
    case = take(take(filing(), "file", "yes", no="1").wait(hours=1), "look", "more")
    rules = case.appeal.rules
    fewer = replace(rules.service.procedure, steps=rules.service.procedure.steps[1:])
    case.appeal = replace(case.appeal, rules=replace(rules, service=replace(rules.service, procedure=fewer)))
    case.do("supervisor", "correct", seq=case.appeal.seq, reason="误填")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-11-22T01:30:00Z", "2026-11-22 09:30"),
        ("2026-11-22T09:30:00+08:00", "2026-11-22 09:30"),
        ("2026-11-22T09:30:00", "2026-11-22T09:30:00"),
        ("2026-11-22", "2026-11-22"),
        ("Tuesday", "Tuesday"),
        (["甲", "乙"], "甲、乙"),
        (True, "是"),
        (None, ""),
    ],
)
def test_facts_are_told_as_people_say_them(value: object, said: str) -> None:
    known = Known(filing().appeal, record={"x": value})
    assert told("{record.x}", known) == said


def test_the_facts_that_are_told_stand_in_braces() -> None:
    assert facts_told("定于 {record.slot}，{steps.a.b}") == ("record.slot", "steps.a.b")
