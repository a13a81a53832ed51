"""Whatever puts a matter into an outside body's hands, or takes it out of them, the body is told, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from domain.notice import OUTSIDE
from domain.outside import RESULT, open_number
from domain.people import Actor
from domain.relations import may_read
from domain.rules import TELLS_THE_ENTERPRISE, Policy
from domain.vocabulary import Channel
from tests.domain.builders import ANSWER, PLACES, Case, World


@pytest.fixture
def case() -> Case:
    return World().case("non-police").transferred()


def told(case: Case) -> list[tuple[str, str, int]]:
    """Template, body and transfer of what went outside."""
    return [(n.template, n.unit, n.data["transfer"]) for n in case.notices if n.is_for_outside]


def test_a_body_is_told_of_its_transfer_once_and_by_name(case: Case) -> None:
    (notice,) = (n for n in case.notices if n.is_for_outside)
    assert (notice.unit, notice.audience, notice.at) == ("hotline-12345", OUTSIDE, case.now)
    assert notice.id == f"{case.appeal.number}:{case.appeal.seq}:transfer"
    assert open_number(case.appeal) == 1


@pytest.mark.parametrize(
    ("who", "action", "body"),
    [
        ("window", "recall_transfer", {"reason": "久无答复"}),
        ("supervisor", "reassign", {"unit": "station-a", "reason": "改派"}),
        ("supervisor", "lift", {"reason": "提级"}),
        ("enterprise", "withdraw", {"reason": "已解决"}),
    ],
)
def test_whatever_takes_it_back_tells_the_body(case: Case, who: str, action: str, body: dict[str, str]) -> None:
    case.do(who, action, **body)
    assert told(case) == [("transfer", "hotline-12345", 1), ("recall_transfer", "hotline-12345", 1)]
    assert open_number(case.appeal) is None


@pytest.mark.parametrize(
    ("action", "body"), [("transfer_reply", {"text": "已处理"}), ("transfer_refused", {"reason": "不属本单位"})]
)
def test_what_the_body_itself_has_ended_it_need_not_be_told(case: Case, action: str, body: dict[str, str]) -> None:
    case.do("system", "transfer_receipt").do("system", action, **body)
    assert told(case) == [("transfer", "hotline-12345", 1)]


def test_what_was_refused_and_went_to_another_body_is_another_transfer(case: Case) -> None:
    case.do("system", "transfer_refused", reason="不属本部门").do("window", "transfer", body="street-a", reason="街道")
    assert told(case) == [("transfer", "hotline-12345", 1), ("transfer", "street-a", 2)]
    assert open_number(case.appeal) == 2


def test_a_recall_that_is_corrected_gives_it_back(case: Case) -> None:
    case.do("supervisor", "reassign", unit="station-a", reason="改派")
    case.do("supervisor", "correct", seq=case.appeal.seq, reason="误操作")
    assert told(case)[1:] == [("recall_transfer", "hotline-12345", 1), ("transfer", "hotline-12345", 1)]
    assert len({n.id for n in case.notices}) == len(case.notices)


def test_people_are_told_what_they_were_before(case: Case) -> None:
    case.do("system", "transfer_reply", text="已处理").do("window", "send_answer", **ANSWER)
    assert [n for n in World().case().closed().notices if n.is_for_outside] == []


def test_who_names_a_transfer_means_that_one_and_no_later_one(case: Case) -> None:
    case.do("window", "recall_transfer", reason="转错").do("window", "transfer", body="hotline-12345", reason="再转")
    for action, body in (
        ("transfer_receipt", {}),
        ("transfer_refused", {"reason": "x"}),
        ("transfer_reply", {"text": "x"}),
    ):
        assert case.code_of("system", action, transfer=1, **body) == "transfer-not-open"
    case.do("system", "transfer_receipt").do("system", "transfer_reply", text="已处理", transfer=2)
    assert case.appeal.transfers[1].reply == "已处理"
    assert case.last.sealed["data"]["transfer"] == 2


def test_the_transfers_of_an_appeal_are_numbered_for_those_who_speak_of_them(case: Case) -> None:
    case.do("window", "recall_transfer", reason="转错").do("window", "transfer", body="street-a", reason="街道")
    number = case.appeal.number
    assert [t["id"] for t in case.view("window")["transfers"]] == [f"{number}/1", f"{number}/2"]


def test_a_body_reads_what_was_handed_to_it_and_nothing_else(case: Case) -> None:
    hotline = Actor("partner", "12345热线", (), PLACES["hotline-12345"])
    assert may_read(case.appeal, hotline)
    assert not may_read(World().case().appeal, hotline)


def brought(edition: int = TELLS_THE_ENTERPRISE, **said: Any) -> Case:
    """Brought by the hotline, with its number."""
    came: dict[str, Any] = {"channel": Channel.HOTLINE_12345, "external_ref": "12345-1"}
    return World().case(policy=Policy("p", edition=edition), **(came | said))


def results(case: Case) -> list[tuple[str, bool]]:
    """Of each result that is told back: for which channel, and whether it is the end."""
    return [(n.unit, n.data["closed"]) for n in case.notices if n.is_for_outside and n.template == RESULT]


def test_whoever_brought_it_hears_of_each_answer_and_of_the_end() -> None:
    case = brought().answered()
    assert results(case) == [("hotline_12345", False)]
    case.do("enterprise", "rate", grade=1)
    assert results(case) == [("hotline_12345", False)]
    assert results(brought().closed()) == [("hotline_12345", False), ("hotline_12345", True)]


def test_and_of_an_end_that_came_by_itself() -> None:
    withdrawn = brought().do("window", "request_supplement", items=["证明"]).wait(days=40)
    assert (withdrawn.stage, results(withdrawn)) == ("closed", [("hotline_12345", True)])
    unrated = brought().answered().do("visitor", "record_visit", result="satisfied").wait(days=60)
    assert (unrated.stage, results(unrated)) == ("closed", [("hotline_12345", False), ("hotline_12345", True)])


@pytest.mark.parametrize(
    ("who", "action", "body"),
    [
        ("window", "reject", {"reason": "不属受理范围", "legal_basis": "规定第三条", "remedy": "向街道反映"}),
        ("enterprise", "withdraw", {"reason": "已解决"}),
    ],
)
def test_an_end_without_an_answer_is_told_back_once(who: str, action: str, body: dict[str, str]) -> None:
    assert results(brought().do(who, action, **body)) == [("hotline_12345", True)]


@pytest.mark.parametrize(
    ("edition", "said"),
    [
        (TELLS_THE_ENTERPRISE - 1, {}),
        (TELLS_THE_ENTERPRISE, {"external_ref": None}),
        (TELLS_THE_ENTERPRISE, {"channel": Channel.WEB}),
    ],
)
def test_by_rules_of_before_or_without_its_number_or_by_another_channel_nobody_is_told(
    edition: int, said: dict[str, Any]
) -> None:
    assert results(brought(edition, **said).closed()) == []
