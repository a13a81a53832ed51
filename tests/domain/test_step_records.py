"""What goes with an outcome: amounts that must agree, results of many, documents with numbers and validity."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.batch import counts, merged, numbers, ranges
from domain.errors import Invalid
from domain.money import BadAmount, fen_of, spoken, yuan_of
from domain.service import Document, Items, MoreTime, Named, Posting, Validity
from domain.vocabulary import Outcome, Stage, Tier
from tests.domain.builders import Case
from tests.domain.stepwise import begun, open_steps, service, step, take, to

ACCOUNTS = (Named("approved", "核准"), Named("paid", "垫付"), Named("recovered", "追回"), Named("written_off", "核销"))


def advance() -> Case:
    """抢救费用垫付."""

    def books(account: str) -> tuple[Posting, ...]:
        return (Posting(account, "amount"),)

    return begun(
        service(
            step("approve", to("yes", "pay", posts=books("approved"))),
            step(
                "pay",
                to("part", "pay", posts=books("paid"), when="accounts.paid <= accounts.approved", refusal="超过核准"),
                to(
                    "all", "recover", posts=books("paid"), when="accounts.paid <= accounts.approved", refusal="超过核准"
                ),
            ),
            step(
                "recover",
                to("some", "recover", posts=books("recovered")),
                to("lost", "recover", posts=books("written_off")),
                to("over", "feedback"),
            ),
            accounts=ACCOUNTS,
            balance="accounts.paid == accounts.recovered + accounts.written_off",
        )
    )


def test_amounts_are_exact_and_nothing_ends_before_they_agree() -> None:
    case = advance()
    take(case, "approve", "yes", amount="1000.10")
    take(case, "pay", "part", amount=0.1)
    body: dict[str, Any] = {"step": "pay", "outcome": "all"}
    assert case.code_of("hazmat_handler", "complete_step", **body, record={"amount": 1000.01}) == "condition-unmet"
    take(case, "pay", "all", amount=1000)
    take(case, "recover", "some", amount="600.07")
    ended = case.refused("hazmat_handler", "complete_step", step="recover", outcome="over")
    assert (ended.code, ended.detail) == ("accounts-open", "款项尚未结清，不能办结")
    take(case, "recover", "lost", amount="400.03")
    assert case.last.data["accounts"] == {
        "approved": "1000.10",
        "paid": "1000.10",
        "recovered": "600.07",
        "written_off": "400.03",
    }
    assert [(a["name"], a["yuan"]) for a in case.view("hazmat_handler")["accounts"]] == [
        ("核准", "1000.10"),
        ("垫付", "1000.10"),
        ("追回", "600.07"),
        ("核销", "400.03"),
    ]
    take(case, "recover", "over")
    assert case.stage is Stage.FEEDBACK
    assert case.view("handler3")["accounts"] == []


@pytest.mark.parametrize("amount", ["0", 0, -1, "1.005", 0.001, "", "一百", None, True, [], "NaN", "Infinity", "1e12"])
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(BadAmount):
        fen_of(amount)
    case = advance()
    body: dict[str, Any] = {"step": "approve", "outcome": "yes", "record": {"amount": amount}}
    refusal = case.refused("hazmat_handler", "complete_step", **body)
    assert isinstance(refusal, Invalid)
    assert (refusal.code, refusal.faults[0].pointer) == ("bad-amount", "/record/amount")


@pytest.mark.parametrize(
    ("yuan", "fen"), [("1", 100), (0.29, 29), (" 12.3 ", 1230), (1e3, 100_000), ("9999999999.99", 999999999999)]
)
def test_yuan_are_kept_in_fen(yuan: Any, fen: int) -> None:
    assert fen_of(yuan) == fen
    assert yuan_of(fen) == Decimal(fen) / 100


def test_an_amount_is_spoken_with_its_fen() -> None:
    assert [spoken(n) for n in (0, 5, 100, 123456)] == ["0.00", "0.05", "1.00", "1234.56"]


def batch(persons: Any = 50) -> Case:
    return begun(
        service(
            step(
                "session",
                to("more", "session"),
                to("done", "feedback", when="items.open == 0", refusal="还有人员未登记结果"),
                items=Items("form.persons", {"issued": "已制证", "absent": "未到场"}),
            )
        ),
        form={"persons": persons},
    )


def results(*lines: tuple[str, str]) -> list[dict[str, str]]:
    return [{"items": items, "result": result} for items, result in lines]


def test_results_of_many_arrive_in_several_calls_and_the_last_word_counts() -> None:
    case = batch()
    take(case, "session", "more", results=results(("1-20,22", "issued"), ("21", "absent")))
    assert case.code_of("hazmat_handler", "complete_step", step="session", outcome="done") == "condition-unmet"
    shown = case.view("hazmat_handler")["procedure"]["steps"][0]["items"]
    assert shown == {
        "total": 50,
        "done": 22,
        "open": 28,
        "issued": 21,
        "absent": 1,
        "results": {"absent": "21", "issued": "1-20,22"},
    }
    take(case, "session", "done", results=results(("21,23-50", "issued")))
    assert case.stage is Stage.FEEDBACK
    assert case.appeal.procedure[0].items == {"issued": "1-50"}
    assert case.view("enterprise")["procedure"]["steps"][0]["items"]["results"] == {}


def test_a_list_is_counted_and_what_says_no_number_is_none() -> None:
    assert batch(["甲", "乙"]).view("hazmat_handler")["procedure"]["steps"][0]["items"]["total"] == 2
    assert batch("许多").view("hazmat_handler")["procedure"]["steps"][0]["items"]["total"] == 0


@pytest.mark.parametrize("items", ["51", "0", "2-1", "1,,2", "abc", ""])
def test_an_item_that_there_is_not_is_refused(items: str) -> None:
    body: dict[str, Any] = {"step": "session", "outcome": "more", "record": {"results": results((items, "issued"))}}
    refusal = batch().refused("hazmat_handler", "complete_step", **body)
    assert isinstance(refusal, Invalid)
    assert (refusal.code, refusal.faults[0].pointer) == ("unknown-item", "/record/results/0/items")


def test_a_thousand_results_stay_small_however_they_alternate() -> None:
    known: dict[str, str] = {}
    for n in range(1, 1001):
        known = merged(known, results((str(n), "issued" if n % 2 else "absent")), 1000)
    assert counts(known, 1000)["open"] == 0
    assert sum(map(len, known.values())) < 4000
    assert numbers(ranges(range(3, 900, 7))) == {*range(3, 900, 7)}


TRUCK = Document(
    "truck-pass",
    "货车禁区电子通行证",
    prefix="甬货通",
    validity=(
        Validity("12 months", when="'key' in tiers"),
        Validity("6 months", when="'scaled' in tiers"),
        Validity("1 months"),
    ),
    valid_until="until",
    shows=("form.plate", "steps.review.route", "form.none"),
)


def truck(*tiers: Tier, document: Document = TRUCK) -> Case:
    from domain.appeal import Enterprise

    issue = to("ok", "check", clocks="issued", issues=document, result=Outcome.SOLVED)
    case = begun(
        service(
            step("review", to("ok", "issue")),
            step("issue", issue),
            step("check", to("fine", "feedback"), to("bad", "feedback", revokes="truck-pass"), to("more", "issue")),
        ),
        form={"plate": "浙B12345"},
        enterprise=Enterprise("91330205MA2AEX0016", "示例制造", tiers),
    )
    return take(case, "review", "ok", route="江北大道")


@pytest.mark.parametrize(
    ("tiers", "until"), [((), "2026-10-07"), ((Tier.SCALED,), "2027-03-07"), ((Tier.SCALED, Tier.KEY), "2027-09-07")]
)
def test_a_document_has_its_number_from_the_appeals_and_is_valid_by_tier(tiers: tuple[Tier, ...], until: str) -> None:
    case = take(truck(*tiers), "issue", "ok")
    (shown,) = case.view("enterprise")["documents"]
    assert (shown["number"], shown["valid_from"], shown["valid_until"]) == (
        "甬货通20260907-00000001",
        "2026-09-07",
        until,
    )
    assert shown["shows"] == {"plate": "浙B12345", "route": "江北大道"}
    assert case.last.data["documents"] == [{"number": shown["number"], "kind": "truck-pass", "valid_until": until}]
    document = case.view("enterprise")["result"]["document"]
    assert {"number": shown["number"], "valid_until": until, "plate": "浙B12345"}.items() <= document.items()


def test_an_officer_may_choose_an_earlier_end_but_no_later_one() -> None:
    case = truck()
    body: dict[str, Any] = {"step": "issue", "outcome": "ok"}
    late = case.refused("hazmat_handler", "complete_step", **body, record={"until": "2026-10-08"})
    assert (late.code, late.detail) == ("bad-validity", "有效期应为2026-09-07至2026-10-07之间的日期")
    assert case.code_of("hazmat_handler", "complete_step", **body, record={"until": "soon"}) == "bad-validity"
    take(case, "issue", "ok", until="2026-09-20")
    assert case.appeal.documents[0].valid_until == "2026-09-20"


def test_a_document_without_a_rule_is_valid_as_chosen_or_without_end() -> None:
    free = Document("letter", "信用修复支持函", number="no", valid_until="until")
    case = truck(document=free)
    body: dict[str, Any] = {"step": "issue", "outcome": "ok"}
    wrong = case.refused("hazmat_handler", "complete_step", **body, record={"no": "一号", "until": "x"})
    assert wrong.detail == "有效期应为2026-09-07或者以后的日期"
    take(case, "issue", "ok", no="一号")
    assert (case.appeal.documents[0].number, case.appeal.documents[0].valid_until) == ("一号", None)


def test_validity_may_count_from_a_day_that_was_recorded() -> None:
    later = Document("permit", "居住证", validity=(Validity("30 natural days", since="record.ends"),))
    case = take(truck(document=later), "issue", "ok", ends="2026-12-01")
    assert case.appeal.documents[0].valid_until == "2026-12-31"


def test_a_further_document_of_the_kind_has_a_number_of_its_own_and_all_are_taken_back() -> None:
    case = take(truck(), "issue", "ok")
    take(take(case, "check", "more"), "issue", "ok")
    assert [d.number for d in case.appeal.documents] == ["甬货通20260907-00000001", "甬货通20260907-00000001-2"]
    take(case, "check", "bad")
    assert {d.revoked_at for d in case.appeal.documents} == {case.now}


def test_a_document_may_be_issued_before_there_is_a_result() -> None:
    notice = Document("notice", "受案回执")
    case = begun(service(step("receive", to("ok", "work", issues=notice)), step("work", to("ok", "feedback"))))
    take(case, "receive", "ok")
    assert case.appeal.result is None
    assert [d["name"] for d in case.view("hazmat_handler")["documents"]] == ["受案回执"]
    assert case.view("enterprise")["documents"] == []


def test_a_matter_may_be_handed_outside_from_within_a_procedure() -> None:
    elsewhere = to("elsewhere", "review", clocks="transferred", transfer="hotline-12345")
    case = begun(service(step("review", elsewhere, to("ok", "feedback"))))
    take(case, "review", "elsewhere")
    assert case.view("supervisor")["transfers"][0]["body"] == "hotline-12345"
    assert case.running() == {"handle", "transfer_receipt", "transfer_reply"}
    assert case.code_of("hazmat_handler", "complete_step", step="review", outcome="ok") == "illegal-transition"
    case.do("system", "transfer_refused", reason="不归我们").do("supervisor", "assign", lead_unit="public-order")
    case.do("hazmat_handler", "sign")
    assert open_steps(case) == ["review"]
    take(case, "review", "ok")
    assert case.stage is Stage.FEEDBACK


def test_a_limit_that_is_none_of_ours_is_lengthened_by_nothing() -> None:
    more = (MoreTime("statutory", "1 months"),)
    case = take(begun(service(step("a", to("ok", "feedback", extends=more)))), "a", "ok")
    assert case.last.data["extended"][0]["due_at"] is None
