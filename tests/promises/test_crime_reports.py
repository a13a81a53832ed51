"""涉企案件报案 (S0·三(三)2-3, S1·5, S2·2): a receipt on the spot, filed or not in time, then three to nine months."""

from __future__ import annotations

from typing import Any

import pytest

from domain.clock import Clock, Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import Walk, walk

WHY = {"reason": "理由充分"}
ECONOMIC, CRIMINAL = "经济犯罪", "刑事犯罪"
LEADS = {ECONOMIC: "economic-crime", CRIMINAL: "criminal"}
PLAIN, MAJOR, COMPLEX = "一般案件", "重大案件", "复杂疑难案件"
NOT_FILED = {
    "notice_no": "甬公经不立字〔2026〕1号",
    "reason": "没有犯罪事实，系合同纠纷",
    "legal_basis": "《中华人民共和国刑事诉讼法》第一百一十二条",
    "remedy": "可在收到通知书后申请复议",
}
FREEZE = {"measure": "冻结", "target": "账户", "legal_basis": "《中华人民共和国刑事诉讼法》第一百四十四条"}
CONCLUDED = {"document_no": "甬公经诉字〔2026〕1号", "text": "已移送审查起诉"}


def filed(grade: str = PLAIN) -> dict[str, str]:
    return {"case_no": "甬公经立字〔2026〕1号", "grade": grade, "leader": "分管副局长"}


def proposed(grade: str) -> dict[str, str]:
    return {"grade": grade, **WHY}


def receipted(difficulty: str = "一般", category: str = ECONOMIC, **said: Any) -> Walk:
    case = walk("crime-report", form={"category": category}, **said)
    return case.step("window", "receipt.receipted", {"receipt_no": "受2026-1", "difficulty": difficulty})


def investigated(grade: str = PLAIN, **said: Any) -> Walk:
    """Under investigation, agreed by the superior where that is asked for."""
    case = receipted(**said)
    if grade != PLAIN or said.get("tiers"):
        case.step("economic-crime-officer", "filing.ask_review", proposed(grade))
        case.step("supervisor", "superior_review.agreed", WHY)
    return case.step("economic-crime-officer", "filing.file", filed(grade))


def limit(case: Walk, step: str) -> Clock:
    return case.step_clock(step)


# The receipt


def test_the_window_gives_the_receipt_on_the_spot_whenever_the_report_comes() -> None:
    case = walk("crime-report", "2026-09-06 03:00")
    assert (case.stage, case.open, case.step_reading("receipt").due_at) == (
        Stage.HANDLE,
        ["receipt"],
        at("2026-09-06 04:00"),
    )
    assert case.until("2026-09-06 04:00").called("receipt") == [("economic-crime", ("duty",))]
    case.step("window", "receipt.receipted", {"receipt_no": "受2026-1", "difficulty": "一般"}, minutes=5)
    assert (case.open, case.step_reading("receipt").late) == (["filing"], True)


def test_what_belongs_elsewhere_is_taken_and_transferred_never_rejected() -> None:
    case = walk("crime-report")
    assert "reject" not in case.may("window")
    elsewhere = {"body": "某市公安局", "transfer_no": "移2026-1", "reason": "犯罪地在该市"}
    case.step("economic-crime-officer", "receipt.elsewhere", elsewhere)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_ours")
    case.answered()
    assert "某市公安局" in case.view("enterprise")["result"]["text"]


# Filed or not


@pytest.mark.parametrize(
    ("category", "difficulty", "due"),
    [
        (CRIMINAL, "一般", "2026-09-11 00:00"),
        (CRIMINAL, "较复杂", "2026-09-15 00:00"),
        # A statutory limit that ends within the holidays ends with the next working day.
        (CRIMINAL, "重大疑难", "2026-10-09 00:00"),
        (ECONOMIC, "一般", "2026-09-15 00:00"),
        (ECONOMIC, "较复杂", "2026-10-09 00:00"),
        (ECONOMIC, "重大疑难", "2026-10-09 00:00"),
    ],
)
def test_it_is_filed_or_not_within_the_limit_of_its_difficulty(category: str, difficulty: str, due: str) -> None:
    case = receipted(difficulty, category)
    clock, reading = limit(case, "filing"), case.step_reading("filing")
    assert (clock.statutory, "待核实" in clock.basis, reading.due_at) == (True, True, at(due))
    assert case.until(at(due)).called("filing") == [(LEADS[category], ("duty",))]
    assert case.step_reading("filing").status is Status.BREACHED


def test_only_a_hard_economic_clue_gets_thirty_days_more_and_once_and_from_the_superior_unit() -> None:
    for category, difficulty in ((CRIMINAL, "重大疑难"), (ECONOMIC, "一般"), (ECONOMIC, "较复杂")):
        other = receipted(difficulty, category)
        assert other.step_refused(f"{LEADS[category]}-officer", "filing.ask_more", WHY).code == "condition-unmet"

    case = receipted("重大疑难").step("economic-crime-officer", "filing.ask_more", WHY, days=20)
    assert case.open == ["filing", "filing_extension"]
    assert case.step_refused("economic-crime-leader", "filing_extension.granted", WHY).code == "step-unit"
    case.step("supervisor", "filing_extension.granted", WHY, days=1)
    # Thirty days more end on a Saturday, so with the Monday after it.
    assert case.step_reading("filing").due_at == at("2026-11-10 00:00")
    assert case.until("2026-11-09 23:59").called("filing") == []
    assert case.step_refused("economic-crime-officer", "filing.ask_more", WHY).code == "condition-unmet"


def test_a_refused_extension_leaves_the_limit_as_it_was() -> None:
    case = receipted("重大疑难").step("economic-crime-officer", "filing.ask_more", WHY)
    case.step("supervisor", "filing_extension.refused", WHY)
    assert (case.open, case.step_reading("filing").due_at) == (["filing"], at("2026-10-09 00:00"))


def test_a_case_that_is_not_filed_gives_a_written_notice_with_grounds_and_the_way_to_reconsideration() -> None:
    case = receipted().step("economic-crime-officer", "filing.not_file", NOT_FILED, days=6)
    assert (case.stage, case.result, case.step_reading("filing").late) == (Stage.FEEDBACK, "not_solvable", False)
    assert case.view("enterprise")["documents"] == []
    case.answered()
    (notice,) = case.view("enterprise")["documents"]
    assert (notice["name"], notice["number"]) == ("不予立案通知书", NOT_FILED["notice_no"])
    assert notice["shows"]["remedy"] == NOT_FILED["remedy"]
    # Dissatisfied: the filing is looked at again, one level up.
    again = case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="economic-crime")
    again.do("economic-crime-officer2", "sign")
    assert (again.appeal.round, again.open) == (2, ["filing"])


# The superior unit


@pytest.mark.parametrize(
    ("grade", "tiers"),
    [(MAJOR, ()), (COMPLEX, ()), (PLAIN, ("public",)), (PLAIN, ("scaled",)), (PLAIN, ("project",))],
)
def test_grave_cases_and_public_scaled_and_project_enterprises_are_filed_by_leave_of_the_superior_unit(
    grade: str, tiers: tuple[str, ...]
) -> None:
    case = receipted("较复杂", tiers=tiers)
    assert case.step_refused("economic-crime-officer", "filing.file", filed(grade)).code == "condition-unmet"
    case.step("economic-crime-officer", "filing.ask_review", proposed(grade))
    # The limit of the law runs on while the superior unit looks at it.
    assert (case.open, case.step_reading("filing").status) == (["filing", "superior_review"], Status.RUNNING)
    assert case.step_refused("economic-crime-leader", "superior_review.agreed", WHY).code == "step-unit"
    assert case.step_refused("economic-crime-officer", "filing.file", filed(grade)).code == "step-required-first"
    case.step("supervisor", "superior_review.sent_back", WHY, hours=2)
    assert case.step_refused("economic-crime-officer", "filing.file", filed(grade)).code == "condition-unmet"
    case.step("economic-crime-officer", "filing.ask_review", proposed(grade), hours=1)
    case.step("supervisor", "superior_review.agreed", WHY)
    assert case.step("economic-crime-officer", "filing.file", filed(grade)).open == ["investigate"]


@pytest.mark.parametrize("tiers", [(), ("key",)])
def test_a_plain_case_of_another_enterprise_is_filed_without_it(tiers: tuple[str, ...]) -> None:
    case = receipted(tiers=tiers).step("economic-crime-officer", "filing.file", filed())
    assert case.open == ["investigate"]
    # And so are its measures.
    assert case.step("economic-crime-officer", "investigate.measure", FREEZE).open == ["investigate"]


@pytest.mark.parametrize(("grade", "tiers"), [(MAJOR, ()), (PLAIN, ("public",))])
def test_their_coercive_measures_are_reviewed_before_anything_ends(grade: str, tiers: tuple[str, ...]) -> None:
    case = investigated(grade, tiers=tiers).step("economic-crime-officer", "investigate.measure", FREEZE)
    assert case.open == ["investigate", "measure_review"]
    for way, record in (("measure", FREEZE), ("solved", CONCLUDED)):
        refusal = case.step_refused("economic-crime-officer", f"investigate.{way}", record)
        assert refusal.code == "step-required-first"
    assert case.until("2026-09-08 10:00").called("measure_review")
    case.step("supervisor", "measure_review.refused", {"reason": "改用查封，不冻结基本账户"})
    assert case.step("economic-crime-officer", "investigate.solved", CONCLUDED).stage is Stage.FEEDBACK


def test_another_citys_request_is_weighed_by_the_legal_department_for_what_it_does_to_the_business() -> None:
    asked = {"from": "外市公安局", "request": "协助冻结"}
    case = investigated().step("economic-crime-officer", "investigate.other_city", asked)
    assert case.open == ["investigate", "legal_review"]
    assert case.step_refused("economic-crime-leader", "legal_review.agreed", WHY).code == "step-unit"
    assert case.step_refused("economic-crime-officer", "investigate.solved", CONCLUDED).code == "step-required-first"
    case.step("legal-officer", "legal_review.refused", {"reason": "手续不全", "risk": "将无法发放工资"})
    assert (case.open, case.record("legal_review")["risk"]) == (["investigate"], "将无法发放工资")


# The investigation


@pytest.mark.parametrize(
    ("grade", "due"),
    [(PLAIN, "2026-12-08 00:00"), (MAJOR, "2027-03-08 00:00"), (COMPLEX, "2027-06-08 00:00")],
)
def test_it_is_concluded_within_three_six_or_nine_months_by_its_gravity(grade: str, due: str) -> None:
    case = investigated(grade)
    assert case.step_reading("investigate").due_at == at(due)
    case.until(at(due))
    assert case.called("investigate") == [("economic-crime", ("duty",))]
    # The promise over all is never what runs out first.
    assert case.called() == []
    case.step("economic-crime-officer", "investigate.solved", CONCLUDED, days=3)
    assert (case.result, case.step_reading("investigate").late) == ("solved", True)


def test_a_case_that_proves_graver_gets_the_time_of_its_new_grade_and_never_more_than_nine_months() -> None:
    case = investigated()
    for due in ("2027-03-08 00:00", "2027-06-08 00:00"):
        case.step("economic-crime-officer", "investigate.ask_upgrade", WHY, days=60)
        case.step("supervisor", "upgrade.granted", WHY)
        assert case.step_reading("investigate").due_at == at(due)
    assert case.step_refused("economic-crime-officer", "investigate.ask_upgrade", WHY).code == "condition-unmet"
    assert case.step("economic-crime-officer", "investigate.measure", FREEZE).open == ["investigate", "measure_review"]


def test_every_loss_that_is_recovered_is_counted_to_the_fen() -> None:
    case = investigated()
    for amount in ("1000.10", "0.90"):
        case.step("economic-crime-officer", "investigate.recovered", {"amount": amount, "returned_to": "示例制造"})
    case.step("economic-crime-officer", "investigate.solved", CONCLUDED)
    assert case.view("enterprise")["accounts"] == [{"code": "recovered", "name": "追赃挽损", "yuan": "1001.00"}]


def test_a_case_is_dropped_with_grounds() -> None:
    grounds = {"reason": "情节显著轻微", "legal_basis": "第十六条", "remedy": "可申诉"}
    assert investigated().step("economic-crime-officer", "investigate.dropped", grounds).result == "not_solvable"


# 挂牌督办


def test_a_posted_case_has_a_responsible_leader_and_a_limit_of_its_own_that_ends_with_the_case() -> None:
    case = investigated(COMPLEX)
    order = {"order": "限期破案", "posted": True, "leader": "副局长", "limit": "30 natural days"}
    case.do("supervisor", "supervise", **order)
    (posted,) = case.view("supervisor")["supervisions"]
    assert (posted["posted"], posted["leader"], posted["limit"]) == (True, "副局长", "30 natural days")
    assert case.record("filing")["leader"] == "分管副局长"
    assert case.reading("supervision").due_at == at("2026-10-08 00:00")
    before = len(case.escalations)
    case.until("2026-10-08 00:00")
    assert [e.clock.value for e in case.escalations[before:]] == ["supervision"]
    case.step("economic-crime-officer", "investigate.solved", CONCLUDED, days=1)
    assert (case.reading("supervision").status, case.reading("supervision").late) == (Status.MET, True)
