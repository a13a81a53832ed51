"""What stands beside a journal entry for people: which clock it is about, and whose a lease was that has ended."""

from __future__ import annotations

from typing import Any

from domain.entry_view import render_journal
from domain.masking import MASK
from tests.domain.builders import ACTORS, Case
from tests.domain.ladders import climbing
from tests.domain.test_escalations import DUE
from tests.domain.test_tracks import received


def shown(case: Case, who: str, *actions: str) -> list[dict[str, Any]]:
    return [e for e in render_journal(case.appeal, case.journal, ACTORS[who]) if e["action"] in actions]


def taken_twice() -> Case:
    case = climbing().until(DUE)
    (called,) = (e.id for e in case.escalations)
    case.on("duty", "acknowledge").wait(hours=1)
    case.do("duty", "hand_over", escalation=called, to="handler2").on("handler2", "acknowledge")
    return case.wait(hours=1)


def test_the_end_of_a_lease_says_whose_it_was_though_its_entry_does_not() -> None:
    case = taken_twice()
    names = [ACTORS[who].name for who in ("duty", "handler2")]
    assert [e["held_by"] for e in shown(case, "leader", "lease_ended")] == names
    assert {e["held_by"] for e in shown(case, "leader", "acknowledge", "escalate")} == {None}
    assert all("held_by" not in e.data for e in case.journal)


def test_an_enterprise_reads_nobodys_name_and_of_no_clock_of_the_house() -> None:
    (first, _) = shown(taken_twice(), "enterprise", "lease_ended")
    assert first["held_by"] == f"{ACTORS['duty'].name[0]}**"
    assert first["clock_name"] is None


def test_of_another_track_there_is_neither_clock_nor_name() -> None:
    case = received().wait(hours=3)
    conduct = {c.generation for c in case.appeal.clocks if c.subject == "conduct"}
    (called,) = (e.id for e in case.appeal.escalations if e.generation in conduct)
    case.do("duty", "acknowledge", escalation=called).wait(hours=1)
    entries = [e for e in shown(case, "handler3", "lease_ended", "acknowledge") if e["data"]["generation"] == MASK]
    assert {(e["clock_name"], e["held_by"]) for e in entries} == {(None, None)}
    (told,) = shown(case, "inspector", "lease_ended")
    assert (told["clock_name"], told["held_by"]) == ("步骤conduct", ACTORS["duty"].name)
