"""What the enterprise must know before there is a result: its case is filed, its slot is fixed, somebody comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.promises.taken import taken
from tests.promises.test_complaints_have_two_tracks import split
from tests.promises.test_crime_reports import investigated
from tests.promises.walk import catalogue, walk


def test_that_its_report_was_taken_and_its_case_is_filed_and_by_which_number() -> None:
    case = investigated()
    assert (case.words, case.result) == (
        [
            "您的报案已受理，受案回执编号受2026-1。是否立案，将在期限内告知您。",
            "您的报案已立案侦查，立案决定书文号甬公经立字〔2026〕1号。",
        ],
        None,
    )


def test_that_its_complaint_is_taken_up_and_nothing_of_who_looks_into_it() -> None:
    assert split().words == ["您的投诉举报已受理，事项和民警执法行为分别核查，结果将答复您。"]


_SESSION = {"slot": "2026-09-16", "place": "公司食堂", "officers": "李警官"}
_ROUTE = {"basis": "应急公告", "route": "绕城高速", "escort": "王警官", "escort_phone": "0574-1"}
_SLOT = {"slot": "2026-09-14", "confirm_by": "2026-09-12", "time": "9时", "place": "3号窗口"}


@pytest.mark.parametrize(
    ("code", "way", "record", "told"),
    [
        ("appointment", "book.booked", _SLOT, "预约成功：2026-09-14 9时，3号窗口。请在2026-09-12前确认。"),
        ("freight-green-channel", "arrange.arranged", _ROUTE,
         "绿色通道已安排。线路：绕城高速；引导民警：王警官，电话0574-1。"),
        ("batch-onsite-id", "schedule.agreed", _SESSION,
         "集中上门办理定于2026-09-16，地点：公司食堂，上门民警：李警官。"),
        ("onsite-service", "book.booked", {"slot": "2026-09-10", "units": ["cyber"]}, "上门服务定于2026-09-10。"),
        ("training-request", "appoint.fixed", {"slot": "2026-09-10T01:30:00Z", "teacher": "反诈中心"},
         "培训定于2026-09-10 09:30，授课：反诈中心。"),
        ("patrol-request", "plan.agreed", {"plan": "夜间两次", "patrols": 2, "agreed_with": "张三"},
         "巡防方案已商定：夜间两次。计划巡逻2次。"),
    ],
)  # fmt: skip
def test_what_is_fixed_for_it_is_told_at_once(code: str, way: str, record: dict[str, Any], told: str) -> None:
    case = taken(code)
    assert case.appeal.lead is not None
    assert case.step(f"{case.appeal.lead.code}-officer", way, record).words == [told]


def test_that_its_time_begins_to_run() -> None:
    case = walk("household-transfer", form={"origin": "省内市外"})
    assert case.words == []
    case.step("system", "notice.arrived", {"notice_no": "迁-1"})
    assert case.words == ["迁出信息已到，承诺办理时限自今日起算。"]


def test_every_service_that_tells_something_on_the_way_is_walked_here() -> None:
    telling = {s.code for s in catalogue().services() for t in s.procedure.steps for o in t.outcomes if o.tells}
    assert telling == {
        "crime-report", "complaint-12389", "appointment", "freight-green-channel", "batch-onsite-id", "onsite-service",
        "training-request", "patrol-request", "household-transfer",
    }  # fmt: skip
