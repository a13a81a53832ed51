"""A deadline in one sentence: read aloud to a citizen, in Chinese and English, it must be right and be understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import clock as clocks
from domain.calendar import Calendar
from domain.clock import Clock, ClockName, Extension, Pause, due_at
from domain.deeds import DEEDS, TRIAL
from domain.summary import summary
from domain.wording import Why
from tests.domain import walker
from tests.domain.clocks import handle, with_pauses
from tests.domain.walker import at, shipped

START = "2026-09-14 10:00"


def held(clock: Clock, start: str, end: str | None = None, reason: str = "force_majeure") -> Clock:
    pause = Pause(f"c{len(clock.pauses)}", reason, "", at(start), at(end) if end else None)
    return replace(clock, pauses=(*clock.pauses, pause))


def told(clock: Clock, now: str = START, calendar: Calendar | None = None) -> Why:
    return summary(clock, calendar or shipped(), at(now))


def last(clock: Clock, now: str = START) -> tuple[str, str]:
    """How the sentence ends, in both languages."""
    why = told(clock, now)
    return why.chinese.rsplit("；", 1)[1], why.english.rsplit("; ", 1)[1]


def parts(clock: Clock, now: str = START) -> list[str]:
    return told(clock, now).chinese.removesuffix("。").split("；")


def test_a_limit_over_the_national_day_with_its_make_up_day_and_two_pauses_reads_right_to_a_person() -> None:
    clock = handle("5 working days", "2026-09-30 16:00")
    clock = held(clock, "2026-10-09 10:00", "2026-10-09 11:00", "supplement")
    clock = held(clock, "2026-10-12 16:00", "2026-10-13 09:00", "force_majeure")
    why = told(clock, "2026-10-13 09:30")
    assert why.chinese == (
        "2026年9月30日16:00受理（当日不计），时限5个工作日；"
        "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，按工作日计；"
        "暂停2次：10月9日10:00至11:00等待企业补正、10月12日16:00至10月13日9:00不可抗力，共顺延1个工作日；"
        "应于10月14日17:30前办结。"
    )
    assert why.english == (
        "Accepted 30 September 2026, 16:00 (that day is not counted), limit: 5 working days; "
        "not counting National Day (1–7 October), with the make-up working day Saturday 10 October; "
        "paused twice: 9 October, 10:00 to 11:00 (waiting for missing documents), "
        "12 October, 16:00 to 13 October, 9:00 (force majeure), which moved the end by 1 working day; "
        "to be finished by 14 October, 17:30."
    )


def test_a_make_up_day_on_which_it_stood_still_is_not_said_to_be_counted() -> None:
    clock = held(handle("5 working days", "2026-09-30 16:00"), "2026-10-09 10:00", "2026-10-12 09:00", "park")
    why = told(clock, "2026-10-12 09:30")
    assert "10月10日（周六）调休上班，按工作日计；" in why.chinese
    assert "10月9日10:00至10月12日9:00挂账，共顺延2个工作日" in why.chinese
    assert "with the make-up working day Saturday 10 October" in why.english


class TestLimits:
    @pytest.mark.parametrize(
        ("budget", "start", "words", "end"),
        [
            ("24 hours", START, "时限24小时", "应于9月15日10:00前办结。"),
            ("90 minutes", START, "时限90分钟", "应于9月14日11:30前办结。"),
            ("10 seconds", START, "时限10秒", "应于9月14日10:00:10前办结。"),
            ("4 working hours", START, "时限4个工作小时", "应于9月14日15:30前办结。"),
            ("7 natural days", START, "时限7个自然日", "应于9月21日24:00前办结。"),
            ("1 month", START, "时限1个月", "应于10月14日24:00前办结。"),
            ("end of day", START, "时限当日24时前", "应于9月14日24:00前办结。"),
        ],
    )
    def test_each_kind_is_said_as_people_say_it(self, budget: str, start: str, words: str, end: str) -> None:
        why = told(handle(budget, start)).chinese
        assert words in why
        assert why.endswith(end)

    def test_only_days_and_months_say_that_the_first_day_is_not_counted(self) -> None:
        assert "（当日不计）" in told(handle("1 month")).chinese
        assert "当日不计" not in told(handle("24 hours")).chinese

    def test_one_by_law_says_so_names_its_article_and_that_it_moved_on(self) -> None:
        clock = replace(handle("1 natural day", "2026-09-24 10:00", statutory=True), basis="《条例》第九条")
        assert parts(clock) == [
            "2026年9月24日10:00受理（当日不计），法定时限1个自然日，依据《条例》第九条",
            "期限末日遇休息日，顺延",
            "应于9月28日24:00前办结",
        ]
        assert "limit by law: 1 natural day (《条例》第九条)" in told(clock).english
        assert "moved on to the next working day" in told(clock).english

    def test_natural_time_crosses_holidays_without_a_word_for_it_is_counted_all_the_same(self) -> None:
        assert "放假" not in told(handle("10 natural days", "2026-09-30 16:00")).chinese
        assert "放假" not in told(handle("3 natural days", "2026-10-09 10:00", statutory=True)).chinese

    def test_a_year_that_is_not_announced_makes_it_provisional(self) -> None:
        clock = handle("5 working days", "2026-12-29 10:00")
        assert last(clock) == (
            "应于2027年1月6日17:30前办结（2027年节假日安排尚未公布，暂定）。",
            "to be finished by 6 January 2027, 17:30 (provisional: the holidays of 2027 are not announced yet).",
        )

    def test_a_year_from_before_the_calendar_begins_is_unknown_to_it_not_unannounced(self) -> None:
        assert last(handle("5 working days", "2019-12-25 10:00"), "2019-12-25 10:00") == (
            "应于2020年1月2日17:30前办结（日历没有2019年的节假日数据，仅按周末推算）。",
            (
                "to be finished by 2 January 2020, 17:30 "
                "(the calendar has no holidays of 2019: only weekends are left out)."
            ),
        )

    def test_holidays_over_two_months_and_two_years(self) -> None:
        names = (
            ("2026-09-30", "节"),
            ("2026-10-01", "节"),
            ("2026-12-31", "元旦"),
            ("2027-01-01", "元旦"),
            ("2027-01-04", ""),
        )
        days = tuple(day for day, _ in names)
        calendar = Calendar("t", (1, 2, 3, 4, 5), (("09:00", "17:00"),), days, (), (2026, 2027), names)
        why = told(handle("80 working days"), calendar=calendar)
        assert (
            "节放假（9月30日至10月1日）、元旦放假（12月31日至2027年1月1日）、法定节假日放假（2027年1月4日）"
            in why.chinese
        )
        assert (
            "节 (30 September–1 October), New Year's Day (31 December 2026–1 January 2027), a public holiday"
            in why.english
        )

    def test_long_rows_are_cut_and_say_so(self) -> None:
        why = told(handle("400 working days", "2024-01-02 10:00"))
        assert "端午节放假（6月10日）等11个假期，不计入" in why.chinese
        assert "等11天调休上班，按工作日计" in why.chinese
        assert "Dragon Boat Festival (10 June) and 7 more" in why.english
        assert "with the make-up working days Sunday 4 February" in why.english
        clock = handle("10 working days")
        for day in range(15, 21):
            clock = held(clock, f"2026-09-{day} 09:00", f"2026-09-{day} 10:00")
        assert "暂停6次：" in told(clock).chinese
        assert "等6次，未影响期限" in told(clock).chinese
        assert "paused 6 times: " in told(clock).english
        assert "and 2 more, which did not move the end" in told(clock).english


class TestPauses:
    def test_what_hours_lost_is_said_in_hours(self) -> None:
        clock = held(handle("24 hours"), "2026-09-14 12:00", "2026-09-14 14:15")
        assert parts(clock)[1] == "暂停1次：9月14日12:00至14:15不可抗力，共顺延2小时15分钟"
        assert "moved the end by 2 hours 15 minutes" in told(clock).english

    def test_of_working_hours_only_the_working_time(self) -> None:
        clock = held(handle("8 working hours"), "2026-09-14 11:00", "2026-09-15 09:30")
        assert "共顺延6小时工作时间" in told(clock).chinese
        assert "moved the end by 6 hours of working time" in told(clock).english

    def test_seconds_and_natural_days(self) -> None:
        clock = held(handle("10 seconds"), "2026-09-14 10:00:01", "2026-09-14 10:00:02")
        assert "暂停1次：9月14日10:00:01至10:00:02不可抗力，共顺延1秒" in told(clock).chinese
        for budget in ("9 natural days", "1 month", "end of day"):
            days = held(handle(budget), "2026-09-14 23:00", "2026-09-16 09:00")
            cost = "2日" if budget == "end of day" else "1日"
            assert f"共顺延{cost}" in told(days).chinese, budget
        assert (
            "moved the end by 1 day"
            in told(held(handle("9 natural days"), "2026-09-15 23:00", "2026-09-16 09:00")).english
        )

    def test_the_day_of_the_start_costs_nothing(self) -> None:
        assert "未影响期限" in told(held(handle("5 working days"), "2026-09-14 11:00", "2026-09-15 09:00")).chinese

    def test_what_somebody_wrote_stands_as_it_is(self) -> None:
        clock = held(handle("24 hours"), "2026-09-14 12:00", "2026-09-14 14:00", "等第三方检测")
        assert "至14:00等第三方检测，" in told(clock).chinese
        assert "to 14:00 (等第三方检测), " in told(clock).english

    def test_an_open_one_says_since_when_and_what_would_be_if_it_ended_now(self) -> None:
        clock = held(handle("24 hours"), "2026-09-14 12:00")
        assert parts(clock, "2026-09-16 09:00")[1:] == [
            "暂停1次：9月14日12:00起不可抗力，共顺延45小时",
            "现正暂停计时",
            "若即时恢复，应于9月17日7:00前办结",
        ]
        english = told(clock, "2026-09-16 09:00").english
        assert "paused once: since 14 September, 12:00 (force majeure)" in english
        assert english.endswith("standing still now; if it ran again at once, to be finished by 17 September, 7:00.")

    def test_an_extension_in_other_days_adds_up_for_itself(self) -> None:
        clock = clocks.extend(handle("1 working day"), Extension(at(START), "2 natural days", "复杂", "u-2", "规程五"))
        clock = held(held(clock, "2026-09-15 17:00", "2026-09-16 09:00"), "2026-09-17 23:00", "2026-09-18 01:00")
        assert parts(clock)[1] == "经批准延期2个自然日（复杂，依据规程五）"
        assert "共顺延1个工作日和1日" in told(clock).chinese
        assert last(clock)[0] == "应于9月19日24:00前办结。"
        assert "extended by 2 natural days (复杂, on the basis of 规程五)" in told(clock).english
        assert "moved the end by 1 working day and 1 day" in told(clock).english


class TestEnds:
    def test_what_has_not_begun(self) -> None:
        why = told(handle("24 hours", None))
        assert (why.chinese, why.english) == ("尚未受理；时限24小时。", "Not begun yet; limit: 24 hours.")

    def test_what_ended_before_it_began(self) -> None:
        why = told(clocks.end(handle("24 hours", None), at(START), "stopped"))
        assert (why.chinese, why.english) == ("未曾起算；时限24小时。", "Never begun; limit: 24 hours.")

    def test_what_is_overdue(self) -> None:
        assert last(handle("24 hours"), "2026-09-16 09:00") == (
            "应于9月15日10:00前办结，现已逾期。",
            "to be finished by 15 September, 10:00, now overdue.",
        )

    @pytest.mark.parametrize(
        ("end", "ending", "words"),
        [
            ("2026-09-14 12:00", "met", ("已于9月14日12:00办结，未逾期。", "finished 14 September, 12:00, in time.")),
            ("2026-09-16 12:00", "met", ("已于9月16日12:00办结，逾期。", "finished 16 September, 12:00, late.")),
            ("2026-09-14 12:00", "stopped", ("已于9月14日12:00终止计时。", "stopped 14 September, 12:00.")),
        ],
    )
    def test_what_has_ended(self, end: str, ending: str, words: tuple[str, str]) -> None:
        assert last(clocks.end(handle("24 hours"), at(end), ending), "2026-10-01 09:00") == words

    def test_every_clock_has_its_own_words(self) -> None:
        assert set(DEEDS) == set(ClockName)
        visit = replace(handle("30 natural days"), name=ClockName.VISIT)
        assert (
            told(visit).chinese == "2026年9月14日10:00送达答复（当日不计），时限30个自然日；应于10月14日24:00前回访。"
        )
        again = replace(handle("24 hours"), round=2)
        assert told(again).chinese.startswith("2026年9月14日10:00第2轮重新办理，")
        assert told(again).english.startswith("Taken up again (round 2) 14 September 2026, 10:00, ")

    def test_a_trial_has_words_of_no_appeal(self) -> None:
        why = summary(handle("24 hours"), shipped(), at(START), TRIAL)
        assert why.chinese == "2026年9月14日10:00起算，时限24小时；应于9月15日10:00前办结。"


@given(
    st.one_of(walker.moments, walker.edges),
    st.sampled_from(["36 hours", "20 working hours", "6 working days", "9 natural days", "1 month", "end of day"]),
    walker.ledgers(),
    st.booleans(),
)
def test_the_sentence_always_names_the_deadline_that_is_derived(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]], statutory: bool
) -> None:
    clock = with_pauses(handle(budget, start, statutory=statutory), ledger)
    due = due_at(clock, shipped())
    assert due is not None
    hour = f"{due.hour}:{due.minute:02}" if (due.hour, due.minute, due.second) != (0, 0, 0) else "24:00"
    why = summary(clock, shipped(), start)
    assert f"{hour}前办结" in why.chinese
    assert hour in why.english.rsplit("; ", 1)[1]
