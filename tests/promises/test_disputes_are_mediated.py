"""涉企矛盾纠纷分级调解 (S1·4, S2·6, S3): three tiers of ten working days, violence first, agreements followed up."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.taken import told
from tests.promises.walk import Walk, walk

AGREED = {"agreement": "十日内付清拖欠工资", "signed_on": "2026-09-10", "amount": "180000.00"}
ENDED = {"reason": "双方差距过大", "remedy": "可申请劳动仲裁"}
TIERS = {"station": "visitor", "street": "internal-security-officer", "branch": "internal-security-officer"}


def begun(**form: object) -> Walk:
    return walk("dispute-mediation", form=form)


def failed(*tiers: str) -> Walk:
    case = begun()
    for tier in tiers:
        case.step(TIERS[tier], f"{tier}.failed", told("未谈拢"), days=1)
    return case


def agreed(tier: str = "station") -> Walk:
    before = list(TIERS)[: list(TIERS).index(tier)]
    return failed(*before).step(TIERS[tier], f"{tier}.agreed", AGREED, days=1)


# The tiers


def test_the_liaison_station_mediates_from_the_moment_it_is_reported() -> None:
    case = begun()
    assert (case.open, case.step_reading("station").due_at) == (["station"], at("2026-09-20 17:30"))


@pytest.mark.parametrize(
    ("before", "tier", "due"),
    [
        ((), "station", "2026-09-20 17:30"),
        (("station",), "street", "2026-09-21 17:30"),
        (("station", "street"), "branch", "2026-09-22 17:30"),
    ],
)
def test_each_tier_has_ten_working_days_of_its_own_and_is_called_when_they_are_over(
    before: tuple[str, ...], tier: str, due: str
) -> None:
    # The 20th of September, a Sunday, is a working day of the year's holiday notice.
    case = failed(*before)
    assert (case.open, case.step_reading(tier).due_at) == ([tier], at(due))
    assert case.until(at(due)).called(tier) != []
    assert case.step_reading(tier).status is Status.BREACHED


def test_what_is_not_the_polices_goes_to_the_street_and_its_words_are_kept_by_the_lead() -> None:
    case = failed("station")
    assert case.step_refused("traffic-officer", "street.agreed", AGREED).code in {"not-yours", "step-unit"}
    case.step("internal-security-officer", "street.agreed", AGREED, unit="street-a")
    assert case.open == ["follow_up"]


def test_after_three_tiers_the_enterprise_is_told_why_it_failed_and_where_to_go() -> None:
    case = failed("station", "street").step("public-order-officer", "branch.failed", ENDED)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_solvable")
    text = case.answered().view("enterprise")["result"]["text"]
    assert ENDED["remedy"] in text


# Violence


def test_where_there_are_signs_of_violence_the_police_go_first_and_within_two_hours() -> None:
    case = begun(violence=True)
    assert (case.open, case.step_reading("secure").due_at) == (["secure"], at("2026-09-07 12:00"))
    assert case.step_refused("visitor", "station.agreed", AGREED).code == "step-not-active"
    assert case.until("2026-09-07 12:00").called("secure") == [("internal-security", ("duty",))]
    case.step("public-order-officer", "secure.calmed", told("已劝离"))
    assert case.open == ["station"]


@pytest.mark.parametrize("tier", list(TIERS))
def test_violence_in_any_tier_calls_the_police_and_mediation_goes_on_where_it_stood(tier: str) -> None:
    case = failed(*list(TIERS)[: list(TIERS).index(tier)])
    case.step(TIERS[tier], f"{tier}.violent", told("推搡"))
    assert case.open == ["secure"]
    case.step("internal-security-officer", "secure.calmed", told("已平息"), hours=1)
    assert case.open == [tier]


def test_a_crime_ends_mediation_and_becomes_a_case() -> None:
    case = begun(violence=True).step("public-order-officer", "secure.crime", told("涉嫌故意伤害，已受案"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "partly_solved")


# The agreement


@pytest.mark.parametrize("tier", list(TIERS))
def test_an_agreement_keeps_the_promise_and_is_looked_at_within_thirty_days(tier: str) -> None:
    case = agreed(tier)
    assert (case.stage, case.open, case.reading("handle").status) == (Stage.HANDLE, ["follow_up"], Status.MET)
    assert case.view("enterprise")["result"]["outcome"] == "solved"
    due = case.step_reading("follow_up").due_at
    assert due is not None
    assert (due.date() - case.now.date()).days == 31  # the end of the thirtieth day
    assert case.until(due).called("follow_up") == [("internal-security", ("duty",))]
    case.step("visitor", "follow_up.kept", told("已付清"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")


def test_an_agreement_kept_in_part_stays_open() -> None:
    case = agreed().step("visitor", "follow_up.partly_kept", told("付了一半"), days=10)
    assert (case.open, case.step_reading("follow_up").elapsed) == (["follow_up"], 9)  # the first day is not counted
    assert case.step("visitor", "follow_up.kept", told(), days=5).stage is Stage.FEEDBACK


def test_a_broken_agreement_goes_on_in_the_joint_mediation_with_ten_days_of_its_own() -> None:
    case = agreed().step("visitor", "follow_up.broken", told("分文未付"), days=20)
    assert (case.stage, case.open) == (Stage.HANDLE, ["branch"])
    assert case.step_reading("branch").due_at == at("2026-10-16 17:30")
    assert case.until("2026-10-16 17:30").called("branch") == [("internal-security", ("duty",))]
    case.step("public-order-officer", "branch.agreed", AGREED | {"agreement": "分期付清"})
    assert case.open == ["follow_up"]
    case.step("visitor", "follow_up.broken", told("仍未付"), days=20)
    case.step("internal-security-leader", "branch.failed", ENDED)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_solvable")
    assert ENDED["remedy"] in case.answered().view("enterprise")["result"]["text"]


def test_a_dissatisfied_enterprise_gets_the_joint_mediation_again_one_level_up() -> None:
    case = agreed().step("visitor", "follow_up.kept", told()).answered()
    case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="public-order")
    assert case.do("public-order-officer2", "sign").open == ["branch"]
