"""Nobody reads people's words but those who handle the appeal, and the enterprise none that the house tells itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.appeal import Enterprise
from domain.entry_view import render_entry
from domain.masking import MASK, masked, names_of
from domain.people import Actor
from domain.relations import is_outside, sees_personal_data
from domain.view import render
from domain.vocabulary import Role, Stage
from tests.domain.builders import ACTORS, ANSWER, RESULT, Case, World
from tests.domain.states import permit, plain, signed_by_two

#: Said by somebody in :func:`eventful` or :func:`transferred_twice`.
WORDS = ("夜间有人翻墙", "示例路1号", "执照-1", "种植")
STRANGERS = ("system", "handler3", "hazmat_leader", "duty", "admin")


def everything(case: Case, who: str) -> str:
    """All that ``who`` can read of it."""
    rows = [render_entry(case.appeal, e, ACTORS[who]) for e in case.journal]
    return json.dumps([case.view(who), rows], ensure_ascii=False)


def eventful() -> Case:
    """Everybody has had a say."""
    case = World().case("with-materials", materials=({"code": "statement", "reference": "执照-1"},))
    case.do("window", "request_supplement", items=["种植材料"], reason="种植补正")
    case.do("enterprise", "supplement", items=["种植补来"])
    case.do("window", "accept", commitments=["种植承诺"])
    case.do("dispatcher", "assign", lead_unit="station-a").do("handler", "sign")
    case.do("enterprise", "add_information", text="种植补充").do("handler", "note", text="种植公开", public=True)
    case.do("handler", "request_extension", budget="1 working day", reason="种植延期", legal_basis="种植依据")
    case.do("leader", "decide_extension", granted=True, reason="同意,种植批准")
    case.do("handler", "park", reason="种植挂账", review_on="2026-10-20").do("leader", "approve_park", granted=True)
    case.do("handler", "submit_result", **{**RESULT, "text": "种植结果", "evidence": ["种植证据"]})
    case.do("leader", "review", approved=True).do("handler", "send_answer", **{**ANSWER, "text": "种植答复"})
    return case.do("enterprise", "rate", grade=5, comment="种植评语")


def transferred_twice() -> Case:
    case = World().case().do("window", "transfer", body="hotline-12345", reason="种植转出")
    case.do("system", "transfer_refused", reason="种植不收").do(
        "window", "transfer", body="street-a", reason="种植再转"
    )
    return case.do("system", "transfer_reply", text="种植回复").do("window", "send_answer", **ANSWER)


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("case", [eventful(), transferred_twice()], ids=["handled", "transferred"])
def test_who_does_not_handle_it_reads_nobody_s_words_anywhere(case: Case, who: str) -> None:
    seen = everything(case, who)
    assert [word for word in WORDS if word in seen] == []
    assert "厂区周边夜间治安" in seen


def test_the_form_of_what_is_masked_stays() -> None:
    view = eventful().view("admin")
    assert (view["description"], view["form"], view["materials"], view["commitments"]) == (MASK, {}, [], [])
    (asked,) = view["supplements"]
    assert (asked["items"], asked["supplied"], asked["reason"]) == ([], [], MASK)
    result = view["result"]
    assert (result["text"], result["answer"], result["evidence"], result["document"]) == (MASK, MASK, [], None)
    assert (view["ratings"][0]["grade"], view["ratings"][0]["comment"]) == (5, MASK)
    refused, replied = transferred_twice().view("admin")["transfers"]
    assert (refused["reason"], refused["refusal"], refused["reply"]) == (MASK, MASK, None)
    assert (replied["reason"], replied["refusal"], replied["reply"]) == (MASK, None, MASK)
    assert (masked(""), masked(None), masked({"a": 1}), masked(("x",))) == ("", None, {}, [])


@pytest.mark.parametrize("who", ["leader", "supervisor", "handler"])
def test_those_who_handle_it_or_decide_on_it_read_everything(who: str) -> None:
    seen = everything(eventful(), who)
    for word in (*WORDS[:3], "种植补正", "种植挂账", "种植延期", "种植结果", "种植答复", "种植评语"):
        assert word in seen


def test_a_step_s_record_and_the_document_are_for_those_who_handle_it() -> None:
    case = permit(("review", "special"), ("inspect", "done"), ("decide", "approve"), ("issue", "done"))
    told, untold = case.view("hazmat_handler"), case.view("admin")
    assert {s["code"]: bool(s["record"]) for s in told["procedure"]["steps"]}["inspect"]
    assert [s["record"] for s in untold["procedure"]["steps"]] == [{}, {}, {}, {}]
    assert (untold["result"]["document"], untold["result"]["outcome"]) == ({}, "solved")
    assert untold["procedure"]["steps"][2]["outcome"] == "approve"


class TestWhyAClockStandsStill:
    def reasons(self, case: Case, who: str, **more: Any) -> set[tuple[str, str]]:
        view = render(case.appeal, ACTORS[who], case.now, **more)
        return {(p["cause"], p["reason"]) for c in view["clocks"] for p in c["pauses"]}

    def test_the_house_reads_the_words_others_the_cause(self) -> None:
        case = eventful()
        assert self.reasons(case, "handler") == {("supplement", "种植补正"), ("park", "种植挂账")}
        assert self.reasons(case, "admin") == {("supplement", "等待企业补正"), ("park", "挂账")}

    def test_the_enterprise_reads_what_was_written_for_it_and_of_the_rest_the_cause(self) -> None:
        case = eventful()
        assert self.reasons(case, "enterprise") == {("supplement", "种植补正"), ("park", "挂账")}
        assert self.reasons(transferred_twice(), "enterprise") == {("transfer", "种植转出"), ("transfer", "种植再转")}
        seen = everything(case, "enterprise")
        assert "种植挂账" not in seen
        assert "种植延期" not in seen
        assert "延期：1个工作日" in seen
        assert "同意,种植批准" in seen

    def test_a_cause_is_said_in_words_not_by_its_code(self) -> None:
        case = plain(Stage.HANDLE).do("handler", "park", reason="种植挂账", review_on="2026-10-20")
        case.do("leader", "approve_park", granted=True).wait(days=2)
        for who in ("enterprise", "admin"):
            (handle,) = [c for c in case.view(who)["clocks"] if c["name"] == "handle"]
            assert [(s["why"], s["why_en"]) for s in handle["explanation"]][-1] == (
                "暂停：挂账（到2026年10月20日自动恢复）",
                "paused: parked, until 20 October 2026",
            )
            assert "暂停1次：9月7日10:00起挂账（到2026年10月20日自动恢复）" in handle["summary"]
            assert "paused once: since 7 September, 10:00 (parked, until 20 October 2026)" in handle["summary_en"]

    def test_who_held_it_is_named_as_each_reader_may_read_it(self) -> None:
        case = plain(Stage.HANDLE).do("handler", "park", reason="种植挂账", review_on="2026-10-20")
        case.do("leader", "approve_park", granted=True).wait(days=2)
        acted = {entry.actor.id: entry.actor for entry in case.journal}

        def pause(who: str) -> tuple[dict[str, Any], str]:
            view = render(case.appeal, ACTORS[who], case.now, acted=acted)
            (handle,) = [c for c in view["clocks"] if c["name"] == "handle"]
            return handle["pauses"][0], handle["explanation"][-1]["why"]

        leader = ACTORS["leader"]
        assert leader.unit
        told, why = pause("handler")
        named = f"{leader.unit.name}{leader.name}"
        assert (told["cause"], told["cause_name"]) == ("park", "挂账")
        assert (told["actor"], told["actor_name"]) == (leader.id, named)
        assert why == f"暂停：挂账（种植挂账，{named}，到2026年10月20日自动恢复）"
        told, why = pause("enterprise")
        masked = f"{leader.unit.name}{leader.name[:1]}**"
        assert (told["actor"], told["actor_name"]) == (leader.id, masked)
        assert why == f"暂停：挂账（{masked}，到2026年10月20日自动恢复）"

    def test_of_a_secret_matter_whoever_sent_it_in_reads_nobody_s_name_but_his_own(self) -> None:
        case = World().case("secret-clue").signed().do("handler", "park", reason="种植挂账", review_on="2026-10-20")
        case.do("leader", "approve_park", granted=True).wait(days=2)
        acted = {entry.actor.id: entry.actor for entry in case.journal}
        assert set(names_of(case.appeal, ACTORS["enterprise"], acted)) <= {ACTORS["enterprise"].id}
        assert names_of(case.appeal, ACTORS["handler"], acted)["leader"].endswith(ACTORS["leader"].name)
        view = render(case.appeal, ACTORS["enterprise"], case.now, acted=acted)
        (told,) = [p for c in view["clocks"] for p in c["pauses"]]
        assert (told["actor"], told["actor_name"]) == (None, None)

    def test_of_two_units_that_lead_each_has_its_name(self) -> None:
        case = signed_by_two()
        acted = {entry.actor.id: entry.actor for entry in case.journal}
        for who in ("handler", "handler3"):
            unit = ACTORS[who].unit
            assert unit
            assert names_of(case.appeal, ACTORS["supervisor"], acted)[who] == f"{unit.name}{ACTORS[who].name}"

    def test_of_a_transfer_the_outside_body_is_named(self) -> None:
        case = transferred_twice()
        (handle,) = [c for c in case.view("enterprise")["clocks"] if c["name"] == "handle"]
        body = case.appeal.transfers[-1].body.name
        assert f"流转外单位（{body}，种植再转）" in handle["summary"]
        assert [p["cause_name"] for p in handle["pauses"]] == ["流转外单位"] * 2

    def test_a_list_says_the_cause_whoever_reads_it(self) -> None:
        case = eventful()
        for who in ("enterprise", "handler"):
            assert self.reasons(case, who, listed=True) == {("supplement", "等待企业补正"), ("park", "挂账")}
            assert not any(w in json.dumps(render(case.appeal, ACTORS[who], case.now, listed=True)) for w in WORDS)

    def test_a_pause_is_told_by_its_code_without_the_note(self) -> None:
        case = plain(Stage.HANDLE).do(
            "handler", "pause", reason_code="force_majeure", note="种植说明", until="2026-09-20"
        )
        assert self.reasons(case, "enterprise") == {("pause", "不可抗力")}
        assert "暂停：不可抗力" in everything(case.wait(hours=2), "enterprise")
        entry = render_entry(case.appeal, case.entries("pause")[-1], ACTORS["enterprise"])
        assert entry["data"] == {"reason_code": "force_majeure", "note": MASK, "until": "2026-09-20"}
        assert entry["salt"] is None


class TestTheSalt:
    def test_it_goes_only_with_the_plain_values(self) -> None:
        case = World().case().signed()
        case.do("enterprise", "add_information", text="补充")
        for who, action, told in (
            ("handler", "add_information", True),
            ("enterprise", "add_information", True),
            ("admin", "add_information", False),
            ("handler", "sign", True),
            ("enterprise", "sign", False),  # the officer's name is masked
        ):
            row = render_entry(case.appeal, case.entries(action)[-1], ACTORS[who])
            assert (row["salt"] is not None) is told, (who, action)


class TestAnEnterpriseWithoutACode:
    NOBODY = Actor("x", "无名", (Role.ENTERPRISE,))

    def test_it_is_outside_all_the_same(self) -> None:
        assert is_outside(self.NOBODY)
        case = World().case(enterprise=Enterprise(None, "不详"), submitter=self.NOBODY).submitted()
        case.do("handler", "note", text="种植内部")
        assert sees_personal_data(case.appeal, self.NOBODY)
        note = render_entry(case.appeal, case.entries("note")[-1], self.NOBODY)
        assert (note["data"]["text"], note["actor"]["name"], note["salt"]) == (MASK, "郑**", None)
        assert render(case.appeal, self.NOBODY, case.now)["result"] is None


def test_whoever_is_called_reads_what_he_wrote_himself_and_nobody_s_else() -> None:
    case = World().case().wait(days=3)
    case.do("duty", "raise", escalation=case.appeal.escalations[0].id, reason="种植升级")
    assert "种植升级" in everything(case, "duty")
    assert "种植升级" not in everything(case, "admin")
