from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain import clock as clocks
from domain.budget import SECONDS_PER, parse, reading_unit
from domain.calendar import Calendar
from domain.clock import Clock, ExplainedSpan, Extension, Pause, due_at, explain
from tests.domain import walker
from tests.domain.clocks import handle, with_pauses
from tests.domain.walker import at, shipped

BUDGETS = ["36 hours", "90 seconds", "20 working hours", "6 working days", "9 natural days", "1 month", "end of day"]
starts = st.one_of(walker.moments, walker.edges)


def held(
    clock: Clock,
    start: str,
    end: str | None = None,
    cause: str = "supplement",
    reason: str = "supplement",
    who: str = "",
) -> Clock:
    pause = Pause(cause, reason, who, at(start), None if end is None else at(end))
    return replace(clock, pauses=(*clock.pauses, pause))


def told(
    clock: Clock, now: str = "2026-09-14 10:00", calendar: Calendar | None = None
) -> list[tuple[str, str, bool, str]]:
    return [
        (f"{span.started_at:%m-%d %H:%M}", f"{span.ended_at:%m-%d %H:%M}", span.counted, span.why)
        for span in explain(clock, calendar or shipped(), at(now))
    ]


def counted(spans: tuple[ExplainedSpan, ...]) -> timedelta:
    return sum((span.ended_at - span.started_at for span in spans if span.counted), timedelta())


def test_working_days_over_the_national_day_name_the_holiday_and_the_make_up_day() -> None:
    assert told(handle("5 working days", "2026-09-30 16:00")) == [
        ("09-30 16:00", "10-01 00:00", False, "起始当日不计入"),
        ("10-01 00:00", "10-08 00:00", False, "法定节假日（国庆节）"),
        ("10-08 00:00", "10-10 00:00", True, "工作日"),
        ("10-10 00:00", "10-11 00:00", True, "调休上班"),
        ("10-11 00:00", "10-12 00:00", False, "周末"),
        ("10-12 00:00", "10-13 17:30", True, "工作日"),
    ]


def test_working_hours_name_lunch_nights_and_weekends() -> None:
    assert told(handle("5 working hours", "2026-09-11 14:30")) == [
        ("09-11 14:30", "09-11 17:30", True, "工作时间"),
        ("09-11 17:30", "09-12 00:00", False, "非工作时间"),
        ("09-12 00:00", "09-14 00:00", False, "周末"),
        ("09-14 00:00", "09-14 08:30", False, "非工作时间"),
        ("09-14 08:30", "09-14 10:30", True, "工作时间"),
    ]
    assert told(handle("4 working hours", "2026-09-20 11:00")) == [
        ("09-20 11:00", "09-20 12:00", True, "调休上班"),
        ("09-20 12:00", "09-20 13:30", False, "午休"),
        ("09-20 13:30", "09-20 16:30", True, "调休上班"),
    ]


def test_natural_hours_are_one_stretch() -> None:
    assert told(handle("24 hours")) == [("09-14 10:00", "09-15 10:00", True, "自然时间")]
    assert told(handle("end of day")) == [("09-14 10:00", "09-15 00:00", True, "自然时间")]


def test_months_and_natural_days_are_one_stretch_of_days() -> None:
    assert told(handle("1 month")) == [
        ("09-14 10:00", "09-15 00:00", False, "起始当日不计入"),
        ("09-15 00:00", "10-15 00:00", True, "自然日"),
    ]


def test_a_statutory_limit_that_moved_on_says_so() -> None:
    assert told(handle("1 natural day", "2026-09-24 10:00", statutory=True)) == [
        ("09-24 10:00", "09-25 00:00", False, "起始当日不计入"),
        ("09-25 00:00", "09-26 00:00", True, "自然日"),
        ("09-26 00:00", "09-29 00:00", False, "期限末日为休息日，顺延"),
    ]


def test_a_pause_is_told_with_its_reason_and_its_actor() -> None:
    clock = held(handle("24 hours"), "2026-09-14 12:00", "2026-09-14 14:00", reason="缺证明", who="治安大队王五")
    assert told(clock) == [
        ("09-14 10:00", "09-14 12:00", True, "自然时间"),
        ("09-14 12:00", "09-14 14:00", False, "暂停：等待企业补正（缺证明，治安大队王五）"),
        ("09-14 14:00", "09-15 12:00", True, "自然时间"),
    ]
    spans = explain(clock, shipped(), at("2026-09-14 10:00"))
    assert [span.actor for span in spans] == ["", "治安大队王五", ""]
    assert [span.why_en for span in spans] == [
        "natural time",
        "paused: waiting for missing documents, 缺证明, by 治安大队王五",
        "natural time",
    ]


def test_pauses_that_overlap_are_told_together() -> None:
    clock = held(handle("24 hours"), "2026-09-14 12:00", "2026-09-14 14:00")
    clock = held(clock, "2026-09-14 13:00", "2026-09-14 15:00", cause="transfer", reason="属其职责")
    assert [why for _, _, _, why in told(clock)] == [
        "自然时间",
        "暂停：等待企业补正",
        "暂停：等待企业补正、流转外单位（属其职责）",
        "暂停：流转外单位（属其职责）",
        "自然时间",
    ]


def test_a_pause_inside_a_day_that_counts_says_that_it_has_no_effect() -> None:
    assert told(held(handle("1 working day"), "2026-09-15 09:00", "2026-09-15 11:00"))[1:] == [
        ("09-15 00:00", "09-15 09:00", True, "工作日"),
        ("09-15 09:00", "09-15 11:00", True, "暂停：等待企业补正；未跨当日截止，不影响期限"),
        ("09-15 11:00", "09-15 17:30", True, "工作日"),
    ]


def test_a_day_at_whose_close_the_clock_stands_still_does_not_count() -> None:
    assert told(held(handle("1 working day"), "2026-09-15 16:00", "2026-09-16 09:00")) == [
        ("09-14 10:00", "09-15 00:00", False, "起始当日不计入"),
        ("09-15 00:00", "09-15 16:00", False, "当日截止时暂停，不计入"),
        ("09-15 16:00", "09-16 00:00", False, "暂停：等待企业补正"),
        ("09-16 00:00", "09-16 09:00", True, "暂停：等待企业补正；未跨当日截止，不影响期限"),
        ("09-16 09:00", "09-16 17:30", True, "工作日"),
    ]


def test_a_close_where_a_pause_begins_stands_still_and_one_where_it_ends_runs() -> None:
    begins = told(held(handle("1 working day"), "2026-09-15 17:30", "2026-09-15 18:00"))
    assert begins[1] == ("09-15 00:00", "09-15 17:30", False, "当日截止时暂停，不计入")
    assert begins[-1] == ("09-16 00:00", "09-16 17:30", True, "工作日")
    ends = told(held(handle("1 working day"), "2026-09-15 09:00", "2026-09-15 17:30"))
    assert ends[1] == ("09-15 00:00", "09-15 09:00", True, "工作日")
    assert ends[-1] == ("09-15 09:00", "09-15 17:30", True, "暂停：等待企业补正；未跨当日截止，不影响期限")


def test_a_statutory_extension_that_moved_on_says_so() -> None:
    clock = handle("7 natural days", "2026-09-10 10:00", statutory=True)
    clock = clocks.extend(clock, Extension(at("2026-09-15 10:00"), "8 natural days", "复杂", "u-2"))
    assert told(clock)[1:] == [
        ("09-11 00:00", "09-18 00:00", True, "自然日"),
        ("09-18 00:00", "09-26 00:00", True, "自然日（延期：复杂）"),
        ("09-26 00:00", "09-29 00:00", False, "期限末日为休息日，顺延（延期：复杂）"),
    ]


def test_a_paused_clock_is_told_up_to_now() -> None:
    clock = held(handle("24 hours"), "2026-09-14 12:00")
    assert told(clock, "2026-09-16 09:00") == [
        ("09-14 10:00", "09-14 12:00", True, "自然时间"),
        ("09-14 12:00", "09-16 09:00", False, "暂停：等待企业补正"),
    ]
    assert told(clock, "2026-09-13 09:00") == []


def test_an_extension_is_told_with_its_reason_and_who_granted_it() -> None:
    clock = handle("1 working day", "2026-09-17 10:00")
    clock = clocks.extend(clock, Extension(at("2026-09-18 10:00"), "2 natural days", "案情复杂", "u-leader"))
    assert told(clock) == [
        ("09-17 10:00", "09-18 00:00", False, "起始当日不计入"),
        ("09-18 00:00", "09-18 17:30", True, "工作日"),
        ("09-18 17:30", "09-19 00:00", False, "起始当日不计入（延期：案情复杂）"),
        ("09-19 00:00", "09-21 00:00", True, "自然日（延期：案情复杂）"),
    ]
    last = explain(clock, shipped(), at("2026-09-17 10:00"))[-1]
    assert (last.actor, last.why_en) == ("u-leader", "natural day (extension: 案情复杂)")


def test_an_extension_of_natural_days_begins_with_the_next_day() -> None:
    clock = clocks.extend(handle("1 natural day"), Extension(at("2026-09-15 10:00"), "1 natural day", "复杂", "u-2"))
    assert [why for _, _, _, why in told(clock)] == ["起始当日不计入", "自然日", "自然日（延期：复杂）"]


def test_a_waiting_clock_has_nothing_to_tell() -> None:
    assert told(handle("24 hours", None)) == []


def test_a_weekend_is_saturday_and_sunday_and_any_other_free_weekday_a_day_off() -> None:
    calendar = Calendar("t", (1, 2, 3, 4), (("09:00", "17:00"),))
    assert told(handle("1 working day", "2026-09-10 10:00"), calendar=calendar)[1:] == [
        ("09-11 00:00", "09-12 00:00", False, "休息日"),
        ("09-12 00:00", "09-14 00:00", False, "周末"),
        ("09-14 00:00", "09-14 17:00", True, "工作日"),
    ]


def test_days_off_without_a_name_are_told_without_one() -> None:
    calendar = Calendar("t", (2, 3, 4, 6), (("09:00", "17:00"),), holidays=("2026-09-15",))
    assert [why for _, _, _, why in told(handle("1 working day", "2026-09-12 10:00"), calendar=calendar)] == [
        "起始当日不计入",
        "周末",
        "休息日",
        "法定节假日",
        "工作日",
    ]


@given(starts, st.sampled_from(BUDGETS), st.sampled_from(["", *BUDGETS]), walker.ledgers(), st.booleans())
def test_the_stretches_cover_the_way_to_the_deadline_without_gap_or_overlap(
    start: datetime, budget: str, extension: str, ledger: list[tuple[datetime, datetime]], statutory: bool
) -> None:
    clock = with_pauses(handle(budget, start, statutory=statutory), ledger)
    if extension:
        clock = clocks.extend(clock, Extension(start, extension, "复杂", "u-leader"))
    spans = explain(clock, shipped(), start)
    assert (spans[0].started_at, spans[-1].ended_at) == (start, due_at(clock, shipped()))
    assert all(one.ended_at == other.started_at for one, other in pairwise(spans))
    assert all(span.started_at < span.ended_at for span in spans)
    assert all((one.why, one.counted) != (other.why, other.counted) for one, other in pairwise(spans))


@given(starts, st.sampled_from(["36 hours", "90 seconds", "20 working hours", "45 minutes"]), walker.ledgers())
def test_the_counted_stretches_of_hours_add_up_to_the_budget(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]]
) -> None:
    spans = explain(with_pauses(handle(budget, start), ledger), shipped(), start)
    known = parse(budget)
    assert counted(spans) == timedelta(seconds=known.count * SECONDS_PER[known.unit])


@given(starts, st.sampled_from(["6 working days", "9 natural days"]), walker.ledgers())
def test_as_many_days_are_told_as_counted_as_there_are_in_the_budget(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]]
) -> None:
    spans = explain(with_pauses(handle(budget, start), ledger), shipped(), start)
    known = parse(budget)
    days = {
        day
        for span in spans
        if span.counted
        for day in range(span.started_at.toordinal(), (span.ended_at - timedelta(microseconds=1)).toordinal() + 1)
    }
    assert reading_unit(known) == "days"
    assert len(days) == known.count
