"""Documents: which papers an appeal has, until when they hold, a code that nobody can guess and no rebuild changes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.documents import (
    Family,
    Paper,
    Standing,
    code_of,
    delivered,
    grouped,
    is_code_of,
    mask_enterprise,
    number_in,
    standing,
)
from domain.journal import erased
from domain.opening import begin
from domain.printed import by_code, papers_of
from domain.rules import Procedure
from domain.service import Document, Items, Validity
from domain.vocabulary import Outcome, Stage
from tests.domain.builders import ANSWER, Case, World
from tests.domain.states import permit, plain
from tests.domain.stepwise import begun, service, step, take, to
from tests.domain.test_hazmat import ISSUED, NO, SEEN, SPECIAL, TAKEN, YES, do
from tests.domain.walker import at

RECORD = {"type": "object"}


def papers(case: Case) -> dict[str, Paper]:
    return {paper.kind: paper for paper in papers_of(case.appeal, case.journal)}


def issuing(**more: object) -> Case:
    document = Document(
        "truck-pass", "货车通行证", prefix="甬货通", validity=(Validity("1 month"),), shows=("form.place",)
    )
    ways = (to("issue", "review", issues=document), to("revoke", "feedback", revokes="truck-pass"))
    return begun(service(step("review", *ways)), **more)


class TestWhichThereAre:
    def test_a_receipt_is_there_from_the_first_moment(self) -> None:
        case = World().case()
        only = papers(case)
        assert list(only) == ["receipt"]
        assert (only["receipt"].number, only["receipt"].at, only["receipt"].unit) == (
            case.appeal.number,
            case.now,
            "branch",
        )

    def test_a_permit_shows_what_was_asked_and_what_was_decided_but_no_findings(self) -> None:
        case = do(permit(), SPECIAL, SEEN, YES, ISSUED)
        found = papers(case)["permit"]
        assert (found.number, found.valid_until, found.unit) == ("甬公剧购0001", "2027-09-07", "public-order")
        assert (found.shows["quantity"], found.shows["place"]) == ("50千克", "示例路1号")
        assert not {"findings", "inspector", "reason"} & set(found.shows)

    def test_what_was_not_issued_is_no_permit(self) -> None:
        assert "permit" not in papers(do(permit(), TAKEN, YES))
        assert "permit" not in papers(do(permit(), TAKEN, NO))

    def test_a_permit_taken_back_is_revoked_and_stays_known(self) -> None:
        case = do(permit(), TAKEN, YES, ISSUED)
        issued_at = case.now
        code = code_of(papers(case)["permit"], case.journal)
        case.wait(minutes=5).do("supervisor", "correct", seq=case.last.seq, reason="证号有误")
        found = by_code(case.appeal, case.journal, code)
        assert found is not None
        assert (found.at, standing(found, case.now)) == (issued_at, Standing.REVOKED)

    def test_a_service_may_say_what_it_issues(self) -> None:
        case = take(issuing(), "review", "issue", route="甲—乙")
        found = papers(case)["truck-pass"]
        assert (found.family, found.name, found.number) == (Family.PERMIT, "货车通行证", "甬货通20260907-00000001")
        assert (found.valid_from, found.valid_until) == ("2026-09-07", "2026-10-07")
        assert (found.shows, found.unit) == ({"place": "示例路1号", "route": "甲—乙"}, "public-order")
        take(case.wait(days=1), "review", "revoke")
        assert standing(papers(case)["truck-pass"], case.now) is Standing.REVOKED

    def test_papers_of_earlier_rounds_stay(self) -> None:
        case = do(permit(), TAKEN, YES, ISSUED).do("hazmat_handler", "send_answer", **ANSWER)
        before = papers(case)
        case.do("enterprise", "rate", grade=1)
        assert case.appeal.result is None
        assert papers(case) == before
        assert list(before) == ["receipt", "permit", "answer"]

    def test_an_answer_tells_the_result_of_its_round(self) -> None:
        case = plain(Stage.EVALUATE, "appeal-general")
        told = papers(case)["answer"]
        assert told.shows == {
            "outcome": "solved",
            "result": "已增加夜间巡逻",
            "text": "您的诉求已办理",
            "method": "phone",
        }
        case.do("enterprise", "rate", grade=2).again("handler2")
        answers = [p for p in papers_of(case.appeal, case.journal) if p.kind == "answer"]
        assert len({p.number for p in answers}) == 2
        assert [(p.name, p.round) for p in answers] == [("办理情况答复书", 1), ("办理情况答复书（第2轮）", 2)]
        assert [p.followed_at for p in answers] == [answers[1].at, None]

    def test_a_refusal_tells_why_and_what_may_be_done_about_it(self) -> None:
        case = do(permit(), TAKEN, NO).do("hazmat_handler", "send_answer", **ANSWER)
        told = papers(case)["answer"].shows
        assert (told["outcome"], told["result"]) == (Outcome.NOT_SOLVABLE, "不予许可")
        assert (told["reason"], told["remedy"]) == ("储存条件不符", "可申请行政复议")

    def test_a_rejection_is_a_letter_of_its_own(self) -> None:
        said = {"reason": "不属本市", "legal_basis": "条例第三条", "remedy": "可向乙市申请"}
        case = World().case().do("window", "reject", **said)
        assert papers(case)["rejection"].shows == said

    def test_a_result_that_was_taken_back_is_not_told(self) -> None:
        case = World().case().signed().do("handler", "submit_result", outcome="solved", text="写错了")
        case.do("supervisor", "correct", seq=case.last.seq, reason="写错")
        case.do("handler", "submit_result", outcome="solved", text="写对了").do("leader", "review", approved=True)
        case.do("handler", "send_answer", **ANSWER)
        assert papers(case)["answer"].shows["result"] == "写对了"

    def test_a_batch_has_a_list_with_a_result_for_each(self) -> None:
        counted = Items("form.persons", {"made": "已制证", "missed": "未到场"})
        batch = step("session", to("more", "session"), to("done", "feedback"), items=counted)
        case = begun(service(batch), form={"persons": 4})
        take(case, "session", "more", results=[{"items": "1-2,4", "result": "made"}])
        assert "results" not in papers(case)
        take(case, "session", "done", results=[{"items": "3", "result": "missed"}])
        found = papers(case)["results"]
        assert found.name == "步骤session结果清单"
        assert [line["result"] for line in found.shows["lines"]] == ["已制证", "已制证", "未到场", "已制证"]

    def test_steps_that_the_present_rules_do_not_know_issue_nothing(self) -> None:
        case = do(permit(), TAKEN, YES, ISSUED)
        service_now = replace(case.appeal.rules.service, procedure=Procedure("别的流程"))
        case.appeal = replace(case.appeal, rules=replace(case.appeal.rules, service=service_now))
        assert list(papers(case)) == ["receipt"]


class TestDelivery:
    def test_the_enterprise_has_its_permit_with_the_answer(self) -> None:
        case = do(permit(), TAKEN, YES, ISSUED)
        assert not delivered(papers(case)["permit"], case.appeal, case.journal)
        assert delivered(papers(case)["receipt"], case.appeal, case.journal)
        case.do("hazmat_handler", "send_answer", **ANSWER)
        assert delivered(papers(case)["permit"], case.appeal, case.journal)
        assert delivered(papers(case)["answer"], case.appeal, case.journal)


class TestStanding:
    PAPER = Paper(Family.PERMIT, "permit", "证", "1", at("2026-09-07 10:00"), "branch", valid_until="2026-12-31")

    @pytest.mark.parametrize(
        ("now", "found"),
        [
            ("2026-12-31 23:59", Standing.VALID),
            ("2027-01-01 00:00", Standing.EXPIRED),
        ],
    )
    def test_the_last_day_counts_to_its_end(self, now: str, found: Standing) -> None:
        assert standing(self.PAPER, at(now)) is found

    def test_it_does_not_hold_before_its_first_day(self) -> None:
        later = replace(self.PAPER, valid_from="2026-10-01")
        assert standing(later, at("2026-09-30 23:59")) is Standing.UPCOMING
        assert standing(later, at("2026-10-01 00:00")) is Standing.VALID

    def test_revoked_it_holds_no_more_from_that_moment_on(self) -> None:
        gone = replace(self.PAPER, revoked_at=at("2026-10-01 09:00"))
        assert standing(gone, at("2026-10-01 08:59")) is Standing.VALID
        assert standing(gone, at("2026-10-01 09:00")) is Standing.REVOKED
        assert standing(gone, at("2027-06-01 09:00")) is Standing.REVOKED

    def test_words_instead_of_a_day_end_nothing(self) -> None:
        assert standing(replace(self.PAPER, valid_until="长期"), at("2099-01-01")) is Standing.VALID


class TestTheCode:
    def test_it_leads_to_its_appeal_and_its_paper(self) -> None:
        case = do(permit(), TAKEN, YES, ISSUED)
        for paper in papers(case).values():
            code = code_of(paper, case.journal)
            assert re.fullmatch(r"[0-9]{16}[A-Z2-7]{20}", code)
            assert number_in(code) == case.appeal.number
            assert by_code(case.appeal, case.journal, code) == paper

    def test_it_may_be_typed_as_it_is_printed(self) -> None:
        case = World().case()
        paper = papers(case)["receipt"]
        typed = grouped(code_of(paper, case.journal)).lower().replace("-", " ")
        assert number_in(typed) == case.appeal.number
        assert is_code_of(typed, paper, case.journal)

    def test_a_wrong_seal_is_no_paper(self) -> None:
        case = World().case()
        code = code_of(papers(case)["receipt"], case.journal)
        assert by_code(case.appeal, case.journal, code[:-1] + ("A" if code[-1] != "A" else "B")) is None
        assert by_code(case.appeal, case.journal, code[:-1] + "\udcff") is None

    @pytest.mark.parametrize("code", ["", "x", "2026090700000001", "２" * 36, "2026090700000001" + "A" * 21])
    def test_what_is_no_code_names_no_appeal(self, code: str) -> None:
        assert number_in(code) is None

    def test_it_cannot_be_known_without_the_salt_of_the_submission(self) -> None:
        opening = World().opening()
        one, other = begin(opening), begin(replace(opening, salt="another"))
        codes = {code_of(papers_of(d.appeal, d.entries)[0], d.entries) for d in (one, other)}
        assert len(codes) == 2
        again = begin(opening)
        assert code_of(papers_of(again.appeal, again.entries)[0], again.entries) in codes

    def test_it_stays_when_a_person_is_erased(self) -> None:
        case = World().case()
        code = code_of(papers(case)["receipt"], case.journal)
        gone = [erased(entry) for entry in case.journal]
        assert code_of(papers_of(case.appeal, gone)[0], gone) == code

    def test_two_permits_of_one_appeal_have_codes_of_their_own(self) -> None:
        case = take(issuing(), "review", "issue")
        take(case.wait(days=1), "review", "issue")
        passes = [p for p in papers_of(case.appeal, case.journal) if p.kind == "truck-pass"]
        assert passes[1].at - passes[0].at == timedelta(days=1)
        assert len({code_of(p, case.journal) for p in passes}) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("宁波示例制造有限公司", "宁波***有限公司"),
        ("示例厂", "示***"),
        ("张三五金店", "张***"),
        ("甲乙公司", "甲***"),
        ("", ""),
    ],
)
def test_of_an_enterprise_a_stranger_sees_enough_to_compare(name: str, shown: str) -> None:
    assert mask_enterprise(name) == shown
