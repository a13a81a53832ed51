"""The failures that users of comparable systems reported, each as a story that must not happen here.

Each is named by where it was reported. Time is free here: the loop's own decisions, without the engine. What is about
timers is told again in test_timers_told_truthfully.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.budget import parse
from domain.clock import due_at
from domain.measure import add
from domain.moments import fire, next_moment
from domain.vocabulary import Stage
from tests.domain.builders import INTO, RESULT, Case, World
from tests.domain.clocks import handle, held
from tests.domain.walker import at, shipped

NIGHT_OVER = "2026-09-09 09:00"


def waited_for_papers(case: Case) -> Case:
    """Signed on Monday; from Tuesday 16:00 to Wednesday 09:00 the enterprise owed a paper."""
    case.until("2026-09-08 16:00").do("handler", "request_supplement", items=["证明"])
    return case.until(NIGHT_OVER).do("enterprise", "supplement", items=["证明"])


class TestGlpi6902And15605:
    """A priority was changed, the limit with it, and the time for which the clock had been stopped was lost."""

    def test_a_change_of_urgency_keeps_the_pause(self) -> None:
        case = waited_for_papers(World().case().signed())
        case.do("leader", "set_urgency", urgent=True, reason="停产")
        # One working day, and Tuesday's close was spent waiting: due on Wednesday, not long over since Tuesday.
        assert case.reading("handle").due_at == at("2026-09-09 17:30")
        assert (case.reading("handle").status, case.last.data["breached_by_change"]) == ("running", False)
        case.do("leader", "set_urgency", urgent=False, reason="复产")
        assert case.reading("handle").due_at == at("2026-09-15 17:30")

    def test_so_does_a_migration_to_other_rules(self) -> None:
        case = waited_for_papers(World().case().signed()).do("supervisor", "migrate_policy", version="r2")
        assert case.reading("handle").due_at == at("2026-09-16 17:30")

    def test_so_does_a_change_of_service_also_for_a_limit_it_only_has_now(self) -> None:
        case = waited_for_papers(World().case().signed()).do("supervisor", "lift", reason="重大")
        case.do("supervisor", "change_service", service="fraud-report", reason="登记有误")
        assert case.reading("handle").due_at == at("2026-09-11 17:30")
        assert case.reading("statutory").due_at == at("2026-09-17 17:30")


class TestErpnext49414:
    """Time on hold was added by the wall clock to a limit in working hours: a night of it gave a night too much."""

    def test_a_night_on_hold_costs_the_hour_that_was_worked_of_it(self) -> None:
        limit = handle("14 working hours", "2026-09-07 10:00")
        assert due_at(limit, shipped()) == at("2026-09-09 09:00")
        on_hold = held(limit, "2026-09-07 17:00", "2026-09-08 09:00")
        assert due_at(on_hold, shipped()) == at("2026-09-09 10:00")

    def test_a_weekend_on_hold_costs_a_limit_of_days_the_one_close_it_covered(self) -> None:
        case = World().case().signed().until("2026-09-11 17:00")
        case.do("handler", "pause", reason_code="awaiting_third_party", until="2026-09-14T09:00:00+08:00")
        case.until("2026-09-14 09:00")
        assert case.reading("handle").due_at == at("2026-09-15 17:30")

    def test_and_a_limit_of_natural_hours_every_hour_of_it(self) -> None:
        hold = (at("2026-09-07 17:00"), at("2026-09-08 09:00"))
        assert add(at("2026-09-07 10:00"), parse("24 hours"), shipped(), [hold]) == at("2026-09-09 02:00")


class TestJmix790:
    """One business day was read as 24 business hours, and became three days and more."""

    def test_a_working_day_ends_at_the_close_of_the_next(self) -> None:
        accept = World().case().clock("accept")
        assert (accept.budget, due_at(accept, shipped())) == ("1 working day", at("2026-09-08 17:30"))

    def test_twenty_four_working_hours_are_another_limit(self) -> None:
        assert add(at("2026-09-07 10:00"), parse("24 working hours"), shipped()) == at("2026-09-10 11:30")


class TestErpnext38745:
    """Server and office were in different zones, and limits had failed at the moment of creation."""

    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"])
    @pytest.mark.parametrize("start", ["2026-09-07 10:00", "2026-09-07 00:30", "2026-09-07 23:59"])
    def test_whatever_the_zone_of_the_machine_the_limit_is_ours_and_nothing_is_over_at_once(
        self, zone: str, start: str
    ) -> None:
        world = World(start)
        here = due_at(world.case().clock("accept"), shipped())
        world.now = world.now.astimezone(ZoneInfo(zone))
        case = world.case()
        assert case.reading("accept").due_at == here == at("2026-09-08 17:30")
        assert (case.reading("accept").status, case.view("window")["colour"], case.look()) == ("running", "green", ())

    def test_the_day_is_the_office_s_not_the_server_s(self) -> None:
        """Half past midnight on Tuesday in Shanghai is still Monday in UTC: Tuesday is the day that is not counted."""
        moment = datetime(2026, 9, 7, 16, 30, tzinfo=UTC)
        assert add(moment, parse("1 working day"), shipped()) == at("2026-09-09 17:30")


class TestFrappeHelpdesk2212:
    """There was no lunch break: two hours from eleven were over at one, while everybody was out."""

    def test_the_midday_break_does_not_count_and_says_so(self) -> None:
        case = World("2026-09-07 11:00").case().assigned()
        assert case.reading("sign").due_at == at("2026-09-07 14:30")
        (sign,) = [c for c in case.view("handler")["clocks"] if c["name"] == "sign"]
        assert [(s["why"], s["counted"]) for s in sign["explanation"]] == [
            ("工作时间", True),
            ("午休", False),
            ("工作时间", True),
        ]

    def test_nobody_is_warned_during_it(self) -> None:
        case = World("2026-09-07 11:00").case().assigned().until("2026-09-07 16:00")
        rungs = [e.at for e in case.entries("rung", "escalate") if e.data["clock"] == "sign"]
        assert rungs == [at("2026-09-07 14:00"), at("2026-09-07 14:18"), at("2026-09-07 14:30")]


class TestOsticket5955:
    """A case was opened again: its old date was over, so it was overdue at once, and everybody got a mail."""

    @pytest.mark.parametrize("way", ["rate", "visit"])
    def test_a_new_round_has_its_whole_time_and_wakes_nobody(self, way: str) -> None:
        case = World().case("with-statute").signed().until("2026-09-20 09:00")
        assert case.reading("handle").status == "breached"
        case.do("handler", "submit_result", **RESULT).do("leader", "review", approved=True)
        case.do("handler", "send_answer", text="已办理", method="phone").until("2026-09-23 10:00")
        mails = len(case.notices)
        if way == "rate":
            case.do("enterprise", "rate", grade=1)
        else:
            case.do("visitor", "record_visit", result="dissatisfied")
        assert (case.stage, case.appeal.round) == (Stage.ASSIGN, 2)
        for name in ("handle", "statutory"):
            assert (case.reading(name).status, case.reading(name).elapsed) == ("running", 0)
            assert case.clock(name).started_at == case.now
        assert case.reading("handle").due_at == at("2026-10-08 17:30")  # the Mid-Autumn and National Days between
        assert case.view("admin")["colour"] == "green"
        # Of the new round, and that it is to be assigned.
        assert [n.audience for n in case.wait(hours=3).notices[mails:]] == [("enterprise",), ("dispatcher",)]
        assert [e.state for e in case.escalations if e.ended_at is None] == []


class TestZammad904:
    """A case was merged into another one and went on escalating; some came alive again."""

    def test_what_was_merged_is_silent_for_ever(self) -> None:
        case = World().case().until("2026-09-08 17:29").do("window", "merge", into=INTO)
        silent = len(case.journal), len(case.notices)
        assert (case.running(), next_moment(case.appeal)) == (set(), None)
        case.wait(days=400)
        assert (len(case.journal), len(case.notices)) == silent
        assert fire(case.appeal, case.now).entries == ()

    def test_an_escalation_that_was_open_ends_with_it(self) -> None:
        case = World().case().until("2026-09-10 09:00")
        assert [e.state for e in case.escalations] == ["open"]
        case.do("window", "merge", into=INTO)
        assert [(e.state, e.ended_at) for e in case.escalations] == [("ended", case.now)]

    def test_and_nothing_brings_it_back(self) -> None:
        case = World().case().do("window", "merge", into=INTO)
        assert all(case.may(who) == set() for who in ("window", "supervisor", "enterprise", "system"))


class TestGlpi5319:
    """The first rung that was missed blocked all later ones, for good."""

    def test_after_an_outage_the_ladder_goes_on_at_its_own_moments(self) -> None:
        case = World().case().sleep_until("2026-09-08 17:00")
        assert [(e.data["rung"], e.data["missed"]) for e in case.look()] == [("75", True), ("90", False)]
        case.until("2026-09-10 17:30")
        later = [(e.data["rung"], e.data["missed"], e.at) for e in case.entries("escalate")]
        assert later == [
            ("100", False, at("2026-09-08 17:30")),
            ("+1", False, at("2026-09-09 17:30")),
            ("+2", False, at("2026-09-10 17:30")),
        ]

    def test_what_was_missed_is_on_record_and_nobody_is_told_of_it(self) -> None:
        case = World().case().sleep_until("2026-09-09 18:00")
        entries = case.look()
        assert [e.data["missed"] for e in entries] == [True, True, True, False]
        assert [n.data["rung"] for n in case.notices if "rung" in n.data] == ["+1"]


class TestZammad390:
    """A feed of public holidays had added days to a date, and the person who was asked could not say why."""

    def test_every_reader_is_told_how_the_date_came_about(self) -> None:
        case = World("2026-09-30 16:00").case().signed()
        case.until("2026-10-12 16:00").do("handler", "pause", reason_code="force_majeure", until="2026-10-13")
        case.until("2026-10-13 09:00")
        (handle_clock,) = [c for c in case.view("enterprise")["clocks"] if c["name"] == "handle"]
        assert handle_clock["due_at"] == "2026-10-14T17:30:00.000+08:00"
        assert handle_clock["summary"] == (
            "2026年9月30日16:00受理（当日不计），时限5个工作日；"
            "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，按工作日计；"
            "暂停1次：10月12日16:00至24:00不可抗力，共顺延1个工作日；应于10月14日17:30前办结。"
        )
        assert handle_clock["summary_en"].endswith(
            "which moved the end by 1 working day; to be finished by 14 October, 17:30."
        )
        whys = [s["why"] for s in handle_clock["explanation"]]
        assert {"法定节假日（国庆节）", "调休上班", "周末"} <= set(whys)
        assert handle_clock["explanation"][-1]["to"] == handle_clock["due_at"]


class TestChineseCalendar66And137:
    """On 1 January programs crashed everywhere, because the holidays of the new year were not in the package yet."""

    @pytest.mark.parametrize("year", [2027, 2030, 2099])
    def test_a_year_nobody_has_announced_gives_a_provisional_date_and_the_loop_goes_on(self, year: int) -> None:
        case = World(f"{year}-12-30 10:00").case("with-statute").signed()
        assert case.reading("handle").provisional
        assert f"{year + 1}年节假日安排尚未公布，暂定" in case.view("enterprise")["clocks"][1]["summary"]
        case.until(f"{year + 1}-01-01 00:00:01").do("handler", "note", text="新年继续办理")
        case.do("handler", "request_supplement", items=["证明"]).wait(days=1)
        case.do("enterprise", "supplement", items=["证明"]).do("handler", "submit_result", **RESULT)
        case.do("leader", "review", approved=True).do("handler", "send_answer", text="已办理", method="phone")
        case.do("enterprise", "rate", grade=5).do("visitor", "record_visit", result="satisfied")
        assert case.stage is Stage.CLOSED

    def test_its_warnings_and_escalations_come_as_well(self) -> None:
        case = World("2030-12-30 10:00").case().wait(days=30)
        assert [e.data["rung"] for e in case.entries("rung", "escalate")][:4] == ["75", "90", "100", "+1"]
        assert case.now - case.appeal.created_at == timedelta(days=30)
