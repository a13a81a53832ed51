"""A change of urgency or rules never moves a deadline in silence, and can be tried before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.entry_view import render_entry
from domain.errors import Forbidden
from domain.journal import verify
from domain.moved import moved, told
from domain.moved_view import render_moved
from domain.trial import trial
from tests.domain.builders import ACTORS, FIRST_EDITION, Case, World
from tests.domain.states import permit
from tests.domain.walker import at

HURRY: dict[str, Any] = {"urgent": True, "reason": "停产"}


def utc(text: str) -> str:
    """A moment in Shanghai as the journal writes it."""
    return at(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def said(case: Case) -> list[tuple[str, str | None, str | None, bool]]:
    """What the newest entry says of deadlines."""
    return [(m["clock"], m["due_before"], m["due_after"], m["breached_by_change"]) for m in case.last.data["moved"]]


def test_the_journal_says_what_was_due_when_and_what_is() -> None:
    case = World().case().assigned().do("leader", "set_urgency", **HURRY)
    assert said(case) == [
        ("handle", utc("2026-09-14 17:30"), utc("2026-09-08 17:30"), False),
        ("sign", utc("2026-09-07 12:00"), utc("2026-09-07 10:30"), False),
    ]
    assert case.last.data["breached_by_change"] is False
    assert verify(case.journal) == ()


def test_a_limit_that_the_change_itself_broke_is_named_as_broken_by_it() -> None:
    case = World().case("with-statute").signed().until("2026-09-09 09:00").do("leader", "set_urgency", **HURRY)
    assert said(case) == [("handle", utc("2026-09-14 17:30"), utc("2026-09-08 17:30"), True)]
    assert case.last.data["breached_by_change"] is True
    assert case.reading("handle").status == "breached"


def test_one_that_was_over_before_is_not_the_change_s_doing() -> None:
    case = World().case().signed().until("2026-09-15 09:00").do("leader", "set_urgency", **HURRY)
    assert said(case) == [("handle", utc("2026-09-14 17:30"), utc("2026-09-08 17:30"), False)]


def test_of_a_clock_that_stands_still_it_says_what_would_be_if_it_ran_again_now() -> None:
    case = World().case().signed().until("2026-09-08 09:00").do("handler", "request_supplement", items=["证明"])
    case.until("2026-09-10 09:00").do("leader", "set_urgency", **HURRY)
    assert said(case) == [("handle", utc("2026-09-16 17:30"), utc("2026-09-10 17:30"), False)]


def test_what_has_ended_and_what_did_not_move_is_not_told() -> None:
    case = World().case().signed().do("leader", "set_urgency", urgent=False, reason="-")
    assert (case.last.data["moved"], case.last.data["breached_by_change"]) == ([], False)


def test_other_rules_tell_it_too() -> None:
    case = World().case("with-statute").signed().do("supervisor", "migrate_policy", version="r2")
    assert [name for name, *_ in said(case)] == ["handle", "statutory"]


def test_everybody_may_read_it_and_it_is_sealed_as_it_stands() -> None:
    case = World().case().signed().do("leader", "set_urgency", **HURRY)
    for who in ("admin", "enterprise", "handler"):
        shown = render_entry(case.appeal, case.last, ACTORS[who])
        assert shown["data"]["moved"] == shown["sealed"]["data"]["moved"] == case.last.data["moved"] != []


def test_appeals_of_the_first_edition_leave_the_entries_they_always_left() -> None:
    """Their histories are replayed: another entry would break the chain of hashes that is already written."""
    case = World().case(policy=FIRST_EDITION).signed().do("leader", "set_urgency", **HURRY)
    assert case.last.data == {"urgent": True}


def test_it_is_answered_with_moments_like_all_others() -> None:
    case = World().case("with-statute").signed().do("leader", "set_urgency", **HURRY)
    (one,) = answered(case, case.last.data)["moved"]
    assert (one["clock_name"], one["due_before"], one["due_after"]) == (
        "办理",
        "2026-09-14T17:30:00.000+08:00",
        "2026-09-08T17:30:00.000+08:00",
    )
    stopped = {**one, "due_before": None, "due_after": None}
    assert answered(case, {"moved": [stopped], "breached_by_change": False})["moved"] == [stopped]
    assert answered(case, case.journal[0].data) == {}


def test_it_is_answered_by_what_is_due_and_by_the_clock_s_own_name_once_a_correction_took_it_back() -> None:
    case = permit(("review", "complete"), ("decide", "approve"), ("issue", "done"))
    review = case.clock("review").generation
    dues = {"due_before": None, "due_after": None, "breached_by_change": False}
    said = [{"clock": "review", "generation": at, **dues} for at in (review, review + 100)]
    names = [one["clock_name"] for one in answered(case, {"moved": said, "breached_by_change": False})["moved"]]
    assert names == ["送达答复", "审核"]


def answered(case: Case, said: Mapping[str, Any]) -> dict[str, Any]:
    return render_moved(case.appeal, said, ACTORS["leader"])


class TestADryRun:
    def test_it_shows_what_would_move_and_what_would_be_red_and_changes_nothing(self) -> None:
        case = World().case().signed().until("2026-09-09 09:00")
        act = case.act("leader", "set_urgency", **HURRY, dry_run=True)
        tried = trial(case.appeal, act, case.now)
        assert (tried.appeal.urgent, case.appeal.urgent) == (True, False)
        assert [(m.clock, m.due_before, m.due_after, m.breached_by_change) for m in tried.moved] == [
            ("handle", at("2026-09-14 17:30"), at("2026-09-08 17:30"), True),
        ]
        assert told(tried.moved)["breached_by_change"] is True

    @pytest.mark.parametrize(
        ("who", "action", "body"),
        [("leader", "set_urgency", HURRY), ("supervisor", "migrate_policy", {"version": "r2"})],
    )
    def test_that_reaches_the_loop_leaves_an_entry_and_nothing_else(
        self, who: str, action: str, body: dict[str, Any]
    ) -> None:
        case = World().case().signed()
        before = case.appeal
        case.do(who, action, **body, dry_run=True)
        assert (case.appeal.clocks, case.appeal.urgent, case.appeal.rules) == (
            before.clocks,
            before.urgent,
            before.rules,
        )
        assert set(case.last.data) == {*body, "dry_run"} - {"reason"}

    def test_it_is_refused_like_the_change_itself(self) -> None:
        case = World().case().signed()
        with pytest.raises(Forbidden):
            trial(case.appeal, case.act("handler", "set_urgency", **HURRY, dry_run=True), case.now)


def test_nothing_moved_between_an_appeal_and_itself() -> None:
    case = World().case("with-statute").signed()
    assert moved(case.appeal, case.appeal, datetime.now(UTC)) == ()
