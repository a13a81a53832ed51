"""Conditions: what holds, what is refused with which words, what is offered, and what nobody can say yet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.appeal import Enterprise
from domain.conditions import UNKNOWN, BadCondition, facts_in, holds
from domain.facts import Known
from domain.rules import Material
from domain.service import Items
from domain.vocabulary import Channel, Tier
from tests.domain.builders import USCC
from tests.domain.stepwise import begun, open_steps, service, step, take, to

FACTS: dict[str, Any] = {
    "form.quantity": 0.3,
    "form.people": ["甲", "乙"],
    "form.kind": "一类",
    "form.from": "2026-09-07",
    "form.flag": True,
    "tiers": ["key", "scaled"],
    "record.amount": UNKNOWN,
    "sum": Decimal("12.50"),
}

HOLD = [
    ("", True),
    ("form.quantity <= 0.1 + 0.2", True),
    ("form.quantity == 0.3 and sum - 2.5 == 10", True),
    ("len(form.people) >= 2", True),
    ("len(form.kind) == 2", True),
    ("len(sum) == 0", True),
    ("form.kind in ('一类', '二类')", True),
    ("form.kind not in ['二类']", True),
    ("'key' in tiers and 'public' not in tiers", True),
    ("form.from > '2026-09-06'", True),
    ("form.flag == true and not (form.flag == false)", True),
    ("1 < sum < 20", True),
    ("sum > 5 or record.amount > 1", True),
    ("sum > 500 and record.amount > 1", False),
    # What is missing equals nothing and is in no order.
    ("form.none == form.none", False),
    ("form.none != 1", True),
    ("form.none > 0 or form.none <= 0", False),
    ("not form.none", True),
    ("form.none + 1 == 1", False),
    ("form.none in tiers", False),
    ("'a' in form.none", False),
    ("form.kind < 3", False),
    # What nobody can say yet.
    ("record.amount > 1", None),
    ("not record.amount", None),
    ("record.amount + 1 == 2", None),
    ("len(record.amount) == 2", None),
    ("sum > 5 and record.amount > 1", None),
    ("sum > 500 or record.amount > 1", None),
]


@pytest.mark.parametrize(("text", "expected"), HOLD)
def test_a_condition_means_what_it_says(text: str, *, expected: bool | None) -> None:
    assert holds(text, FACTS.get) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("__import__('os')", "open(tiers)", "len(tiers, tiers)", "len(tiers=1)", "tiers[0]", "a * b", "-sum", "~sum"),
        *("lambda: 1", "x if y else z", "f'{x}'", "[a for a in b]", "a is b", "None", "b'x'", "1j", "...", "(", "a b"),
        *("a := 1", "{'a': 1}", "'x'.upper", "a" * 501),
    ],
)
def test_what_is_no_word_of_the_language_is_told(text: str) -> None:
    with pytest.raises(BadCondition):
        holds(text, FACTS.get)


def test_a_condition_names_the_facts_it_asks_for_once_each() -> None:
    assert facts_in("form.a > 1 and (form.a < len(tiers) or not urgent == true)") == ("form.a", "tiers", "urgent")
    assert facts_in("") == ()


def test_an_outcome_is_refused_with_the_words_of_the_service_and_not_offered() -> None:
    case = begun(
        service(
            step(
                "look",
                to("free", "feedback", when="not form.fault", refusal="有影响行车安全的问题，不能容缺"),
                to("mend", "look"),
            )
        ),
        form={"fault": True},
    )
    refusal = case.refused("hazmat_handler", "complete_step", step="look", outcome="free")
    assert (refusal.code, refusal.detail) == ("condition-unmet", "有影响行车安全的问题，不能容缺")
    take(case, "look", "mend")


def test_a_condition_without_words_of_its_own_is_refused_by_the_outcomes_name() -> None:
    case = begun(service(step("look", to("free", "feedback", when="form.none"))))
    assert (
        case.refused("hazmat_handler", "complete_step", step="look", outcome="free").detail == "不具备“结论free”的条件"
    )
    assert "complete_step" not in case.may("hazmat_handler")


def test_a_condition_on_the_record_is_judged_when_the_record_is_there() -> None:
    case = begun(service(step("test", to("pass", "feedback", when="record.faults == 0"), to("fail", "test"))))
    assert "complete_step" in case.may("hazmat_handler")
    body = {"step": "test", "outcome": "pass"}
    assert case.code_of("hazmat_handler", "complete_step", **body, record={"faults": 1}) == "condition-unmet"
    take(case, "test", "pass", faults=0)


def test_every_fact_of_an_appeal_can_be_asked_for() -> None:
    kept = service(
        step("sort", to("ok", ("one", "two"))),
        step("one", to("ok", "met"), to("again", "one")),
        step("two", to("ok", "met")),
        step("met", to("ok", "feedback"), join=True, items=Items("form.people", {"done": "办结"})),
        materials=(Material("a", "甲"), Material("b", "乙", deferrable=True), Material("c", "丙", licence=True)),
    )
    case = begun(kept, form={"people": ["甲", "乙", "丙"]}, urgent=True, channel=Channel.WEB)
    take(case, "sort", "ok", level="高")
    take(case, "one", "again", text="一")
    take(case, "one", "again", text="二")
    known = Known(case.appeal, kept.step("met"), {"x": 1}, {"done": "1-2"}, {"paid": 150})
    expected = {
        "form.people": ["甲", "乙", "丙"],
        "tiers": [],
        "channel": "web",
        "region": "330205",
        "urgent": True,
        "round": 1,
        "materials.missing": 1,
        "steps.sort.level": "高",
        "steps.sort.outcome": "ok",
        "steps.one.text": "二",
        "steps.two.text": None,
        "passes.one": 2,
        "count.sort.ok": 1,
        "record.x": 1,
        "record.y": None,
        "accounts.paid": Decimal("1.50"),
        "accounts.none": 0,
        "items.total": 3,
        "items.open": 1,
        "items.done": 2,
        "items.none": 0,
        "nothing.at.all": None,
    }
    assert {name: known(name) for name in expected} == expected
    unknown = Known(case.appeal)
    assert all(unknown(name) is UNKNOWN for name in ("record.x", "accounts.paid", "items.open"))
    assert open_steps(case) == ["one", "two"]


@pytest.mark.parametrize(("tiers", "open_now"), [((), False), ((Tier.SCALED,), False), ((Tier.KEY, Tier.SCALED), True)])
def test_the_tiers_of_the_enterprise_are_facts(tiers: tuple[Tier, ...], *, open_now: bool) -> None:
    kept = service(step("sort", to("ok", "feedback", when="'key' in tiers")))
    case = begun(kept, enterprise=Enterprise(USCC, "示例制造", tiers))
    assert ("complete_step" in case.may("hazmat_handler")) is open_now
