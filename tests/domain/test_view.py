"""What each reader sees: people in full only for those who handle it, and nothing over the handler's shoulder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.appeal import Enterprise
from domain.clock_view import clock_view
from domain.colours import colour, moments
from domain.entry_view import render_entry
from domain.masking import MASK, Sight, mask_name, mask_phone
from domain.people import Actor
from domain.view import render
from domain.vocabulary import Role, Stage, Tier
from domain.wall import stamp
from tests.domain.builders import ACTORS, ANSWER, PLACES, USCC, Case, World, step
from tests.domain.states import permit, plain
from tests.domain.walker import at

UPSTREAM = Actor("system2", "另一系统", (Role.SYSTEM,))


def words_of(case: Case, who: str, action: str) -> dict[str, Any]:
    """The newest entry of that action as ``who`` reads it."""
    return render_entry(case.appeal, case.entries(action)[-1], ACTORS[who])


class TestMasks:
    @pytest.mark.parametrize(("name", "masked"), [("张三", "张**"), ("", ""), ("欧阳修", "欧**"), ("A", "A**")])
    def test_a_name(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    @pytest.mark.parametrize(
        ("phone", "masked"), [("13800001234", "138****1234"), ("057487654321", "057****4321"), ("87654321", "****")]
    )
    def test_a_phone(self, phone: str, masked: str) -> None:
        assert mask_phone(phone) == masked

    def test_a_moment_is_local_to_the_millisecond(self) -> None:
        assert stamp(datetime(2026, 9, 7, 2, 0, 0, 123456, tzinfo=UTC)) == "2026-09-07T10:00:00.123+08:00"
        assert stamp(None) is None


FULL = {"name": "张三", "phone": "13800001234"}
MASKED = {"name": "张**", "phone": "138****1234"}


def seen_by(case: Case) -> set[str]:
    shown = {who: case.view(who)["contact"] for who in ACTORS}
    assert all(contact in (FULL, MASKED) for contact in shown.values())
    return {who for who, contact in shown.items() if contact == FULL}


class TestTheContact:
    @pytest.mark.parametrize(
        ("stage", "who"),
        [
            (Stage.ACCEPT, {"window", "dispatcher"}),
            (Stage.ASSIGN, {"window", "dispatcher", "handler", "handler2"}),
            (Stage.HANDLE, {"handler", "handler2"}),
            (Stage.FEEDBACK, {"handler", "handler2"}),
            (Stage.EVALUATE, {"handler", "handler2", "visitor"}),
            (Stage.CLOSED, {"handler", "handler2"}),
        ],
    )
    def test_it_is_shown_to_the_enterprise_to_those_who_handle_it_just_now_and_to_those_above_who_decide(
        self, stage: Stage, who: set[str]
    ) -> None:
        assert seen_by(plain(stage)) == who | {"enterprise", "leader", "supervisor"}

    def test_to_a_unit_that_was_asked_something_only_what_it_was_asked(self) -> None:
        case = plain(Stage.HANDLE).do("handler", "ask_cooperation", unit="station-b", question="请提供监控")
        case.do("handler", "ask_cooperation", unit="public-order", question="该企业有无许可")
        seen = case.view("handler3")
        assert (seen["contact"], seen["description"], seen["form"]) == (MASKED, MASK, {})
        assert seen["title"] == "厂区周边夜间治安"
        assert [asked["question"] for asked in seen["cooperations"]] == ["请提供监控", MASK]
        case.do("handler3", "answer_cooperation", text="已拷贝").do("hazmat_handler", "answer_cooperation", text="无")
        assert [asked["answer"] for asked in case.view("handler3")["cooperations"]] == ["已拷贝", MASK]
        assert [asked["answer"] for asked in case.view("handler")["cooperations"]] == ["已拷贝", "无"]

    def test_to_a_unit_that_was_assigned_to_help(self) -> None:
        case = World().case().accepted().do("dispatcher", "assign", lead_unit="station-a", cooperating=["station-b"])
        assert "handler3" in seen_by(case)

    def test_to_whoever_transferred_it_until_a_unit_of_ours_leads_it(self) -> None:
        case = World().case().transferred()
        assert "window" in seen_by(case)
        case.do("system", "transfer_refused", reason="不属").do("dispatcher", "assign", lead_unit="station-a")
        assert "window" not in seen_by(case.do("handler", "sign"))

    def test_to_the_system_that_sent_it_in_and_to_no_other(self) -> None:
        case = World().case(submitter=ACTORS["system"]).signed()
        assert case.view("system")["contact"] == FULL
        assert render(case.appeal, UPSTREAM, case.now)["contact"] == MASKED

    def test_an_enterprise_without_a_code_is_nobody_s(self) -> None:
        case = World().case(enterprise=Enterprise(None, "不详"), submitter=ACTORS["system"])
        nobody = Actor("x", "无名", (Role.ENTERPRISE,))
        assert render(case.appeal, nobody, case.now)["contact"] == MASKED


class TestTheJournal:
    def test_who_does_not_handle_it_reads_masks_instead_of_personal_words(self) -> None:
        case = World().case().signed()
        told, masked = words_of(case, "handler", "submit"), words_of(case, "admin", "submit")
        assert (told["data"]["contact"]["name"], told["salt"]) == ("张三", "salt-of-submission")
        assert {masked["data"][name] for name in ("contact", "enterprise", "title", "description")} == {MASK}
        assert (masked["data"]["channel"], masked["salt"]) == ("web", None)

    @pytest.mark.parametrize("who", ["handler", "admin", "enterprise"])
    def test_everybody_gets_the_sealed_part_and_the_chain(self, who: str) -> None:
        case = World().case().signed()
        rows = [render_entry(case.appeal, e, ACTORS[who]) for e in case.journal]
        assert [(r["sealed"], r["hash"], r["previous_hash"]) for r in rows] == [
            (e.sealed, e.hash, e.previous_hash) for e in case.journal
        ]
        assert [r["seq"] for r in rows] == [1, 2, 3, 4]
        assert (rows[0]["from_stage"], rows[3]["from_stage"], rows[3]["to_stage"]) == (None, "assign", "handle")

    @pytest.mark.parametrize(
        ("who", "action", "body"),
        [
            ("handler", "note", {"text": "内部意见"}),
            ("handler", "ask_cooperation", {"unit": "station-b", "question": "内部意见"}),
            ("handler", "submit_result", {"outcome": "solved", "text": "内部意见"}),
            ("supervisor", "supervise", {"order": "内部意见"}),
            ("supervisor", "correct", {"seq": 4, "reason": "内部意见"}),
            ("supervisor", "reassign", {"unit": "station-a", "reason": "内部意见"}),
            ("handler", "park", {"reason": "内部意见", "review_on": "2026-10-20"}),
            ("handler", "request_extension", {"budget": "1 working day", "reason": "内部意见", "legal_basis": "规程"}),
        ],
    )
    def test_what_the_house_says_to_itself_is_hidden_from_the_enterprise(
        self, who: str, action: str, body: dict[str, Any]
    ) -> None:
        case = World().case().signed().do(who, action, **body)
        outside, inside = words_of(case, "enterprise", action), words_of(case, "handler", action)
        assert "内部意见" in json.dumps(inside, ensure_ascii=False)
        assert "内部意见" not in json.dumps(outside, ensure_ascii=False)
        assert (outside["action"], set(outside["data"].values()) <= {MASK}, outside["salt"]) == (action, True, None)

    def test_so_are_the_reviewer_s_and_the_returning_unit_s_words_and_the_ladder(self) -> None:
        case = World().case().assigned().do("handler", "return_assignment", reason="内部意见")
        assert words_of(case, "enterprise", "return_assignment")["reason"] == MASK
        case = World().case().submitted().do("leader", "review", approved=False, reason="内部意见")
        assert words_of(case, "enterprise", "review")["reason"] == MASK
        case = World().case().wait(days=3)
        assert set(words_of(case, "enterprise", "escalate")["data"].values()) == {MASK}

    def test_a_public_note_is_meant_for_it(self) -> None:
        case = World().case().signed().do("handler", "note", text="已联系物业", public=True)
        assert words_of(case, "enterprise", "note")["data"]["text"] == "已联系物业"

    def test_officers_are_named_by_family_name_outside_and_in_full_inside(self) -> None:
        case = World().case().signed()
        assert words_of(case, "enterprise", "sign")["actor"] == {
            "id": "handler", "name": "郑**", "unit": "station-a", "role": "handler",
        }  # fmt: skip
        assert words_of(case, "admin", "sign")["actor"]["name"] == "郑承办"
        assert words_of(case, "enterprise", "submit")["actor"]["name"] == "示例制造"


class TestAnUnsentResult:
    """The enterprise is told by the answer: not by the page, the journal or the sealed part before it."""

    def everything(self, case: Case, who: str = "enterprise") -> str:
        rows = [render_entry(case.appeal, e, ACTORS[who]) for e in case.journal]
        return json.dumps([case.view(who), rows], ensure_ascii=False)

    def test_a_handler_s_result_is_not_seen_before_it_is_sent(self) -> None:
        case = World().case().approved()
        assert (case.view("enterprise")["result"], case.view("handler")["result"]["text"]) == (None, "已增加夜间巡逻")
        assert not any(word in self.everything(case) for word in ("已增加夜间巡逻", "巡逻记录", "solved"))
        case.do("handler", "send_answer", **ANSWER)
        assert case.view("enterprise")["result"]["text"] == "已增加夜间巡逻"
        assert case.view("enterprise")["result"]["method"] == "phone"

    def test_nor_is_a_decision_on_a_permit(self) -> None:
        case = permit(("review", "special"), ("inspect", "done"), ("decide", "approve"), ("issue", "done"))
        seen = self.everything(case)
        assert not any(word in seen for word in ("甬公剧购0001", "符合储存条件", "approve", "solved", "50千克"))
        assert "甬公剧购0001" in self.everything(case, "hazmat_handler")
        case.do("hazmat_handler", "send_answer", **ANSWER)
        steps = {s["code"]: s for s in case.view("enterprise")["procedure"]["steps"]}
        assert (steps["decide"]["outcome"], steps["inspect"]["record"]) == ("approve", {})
        assert case.view("enterprise")["result"]["document"]["number"] == "甬公剧购0001"
        assert "符合储存条件" not in self.everything(case)

    def test_nor_is_what_an_outside_body_wrote(self) -> None:
        case = World().case().transferred().do("system", "transfer_reply", text="管网已修复")
        view = case.view("enterprise")
        assert (view["outcome"], view["result"], view["transfers"][0]["reply"]) == (None, None, None)
        assert not any(word in self.everything(case) for word in ("管网已修复", "not_ours"))
        case.do("window", "send_answer", **ANSWER)
        view = case.view("enterprise")
        assert (view["outcome"], view["transfers"][0]["reply"]) == ("not_ours", "管网已修复")

    def test_what_was_never_sent_stays_unseen_when_it_is_withdrawn(self) -> None:
        case = World().case().submitted().do("enterprise", "withdraw", reason="已解决")
        assert (case.view("enterprise")["outcome"], case.view("enterprise")["result"]) == ("withdrawn", None)


class TestTheAppeal:
    def test_it_has_the_fields_of_the_contract(self) -> None:
        case = plain(Stage.CLOSED)
        view = case.view("admin")
        assert {
            "number", "service", "service_name", "channel", "enterprise", "contact", "region", "title", "description",
            "urgent", "stage", "round", "status", "outcome", "colour", "pending", "created_at", "closed_at",
            "assignment", "procedure", "clocks", "escalations", "transfers", "ratings", "visits", "result", "links",
        } <= set(view)  # fmt: skip
        assert {
            "lead_unit", "lead_unit_name", "officer", "officer_name", "cooperating", "signed_at", "returns",
        } <= set(view["assignment"])  # fmt: skip
        assert (view["assignment"]["lead_unit_name"], view["assignment"]["officer_name"]) == ("甲派出所", "郑承办")
        assert (view["stage"], view["status"], view["outcome"], view["round"]) == ("closed", "closed", "solved", 1)
        assert view["visits"] == [{"round": 1, "result": "satisfied", "at": stamp(case.now)}]
        assert view["links"]["self"] == f"/v1/appeals/{case.appeal.number}"
        assert json.dumps(view)

    def test_the_enterprise_is_shown_with_its_tiers(self) -> None:
        case = World().case(enterprise=Enterprise(USCC, "示例制造", (Tier.KEY, Tier.SCALED)))
        assert case.view("admin")["enterprise"] == {"uscc": USCC, "name": "示例制造", "tiers": ["key", "scaled"]}

    def test_a_clock_has_the_fields_of_the_contract(self) -> None:
        case = World().case("with-statute").signed()
        (handle,) = [c for c in case.view("admin")["clocks"] if c["name"] == "handle"]
        assert {
            "name", "round", "status", "late", "started_at", "ended_at", "due_at", "provisional", "budget", "elapsed",
            "remaining", "unit", "colour", "statutory", "explanation",
        } <= set(handle)  # fmt: skip
        assert (handle["unit"], handle["remaining"], handle["due_at"]) == ("days", 5, "2026-09-14T17:30:00.000+08:00")
        assert {"from", "to", "counted", "why"} <= set(handle["explanation"][0])
        (law,) = [c for c in case.view("admin")["clocks"] if c["statutory"]]
        assert law["basis"] == "《条例》第三十九条（2011-12-01起施行，待核实）"
        sight = Sight(words=True, inside=True)
        bare = clock_view(case.appeal, case.clock("handle"), case.now, sight=sight, explained=False)
        assert bare["explanation"] == []

    def test_escalations_are_shown(self) -> None:
        case = World().case().until("2026-09-08 18:00")
        (escalation,) = case.view("duty")["escalations"]
        assert {
            "id", "number", "clock", "level", "state", "owner_unit", "owner", "opened_at", "acknowledged_by",
            "lease_until", "ended_at",
        } == set(escalation)  # fmt: skip
        assert (escalation["state"], escalation["clock"], escalation["level"]) == ("open", "accept", 1)

    def test_the_colour_is_the_worst_of_the_clocks_that_run(self) -> None:
        case = World().case().signed().until("2026-09-14 18:00")
        assert colour(case.appeal, case.now) == case.view("admin")["colour"] == "red"
        assert World().case().do("enterprise", "withdraw", reason="x").view("admin")["colour"] == "green"

    def test_lists_sort_by_the_earliest_of_the_clocks_that_run(self) -> None:
        case = World().case().assigned()
        soon = moments(case.appeal)
        assert (soon.due_at, soon.red_at) == (at("2026-09-07 12:00"), at("2026-09-07 12:00"))
        assert (soon.yellow_at, soon.orange_at) == (at("2026-09-07 11:30"), at("2026-09-07 11:48"))
        case.do("handler", "sign").do("handler", "request_supplement", items=["证明"])
        assert moments(case.appeal).due_at == case.reading("supplement").due_at
        closed = moments(plain(Stage.CLOSED).appeal)
        assert (closed.due_at, closed.yellow_at, closed.orange_at, closed.red_at) == (None, None, None, None)

    def test_a_step_never_opened_is_waiting(self) -> None:
        steps = permit().do("hazmat_handler", "complete_step", **step("review", "complete")).view("admin")["procedure"]
        assert [(s["code"], s["status"], s["outcome"]) for s in steps["steps"]] == [
            ("review", "done", "complete"),
            ("inspect", "waiting", None),
            ("decide", "active", None),
            ("issue", "waiting", None),
        ]
        before = World().case("hazmat-toxic-purchase").view("admin")["procedure"]["steps"]
        assert before[0]["started_at"] is not None
        unopened = World().case("hazmat-toxic-purchase", lead=PLACES["public-order"])
        assert unopened.view("admin")["procedure"]["steps"][3] == {
            "code": "issue", "name": "制证发证", "status": "waiting", "started_at": None, "finished_at": None,
            "outcome": None, "record": {}, "unit": None, "unit_name": None, "track": None, "passes": 0, "items": None,
        }  # fmt: skip


def test_an_order_of_a_supervisor_stands_on_the_file_and_its_words_are_for_the_house() -> None:
    case = World().case().signed()
    case.do("supervisor", "supervise", order="三日内报结果", posted=True, leader="朱局长", limit="3 working days")
    (inside,) = render(case.appeal, ACTORS["handler"], case.now)["supervisions"]
    (outside,) = render(case.appeal, ACTORS["enterprise"], case.now)["supervisions"]
    assert (inside["order"], inside["posted"], inside["leader"]) == ("三日内报结果", True, "朱局长")
    assert (outside["order"], outside["posted"]) == ("***", True)


def test_what_is_missing_can_be_seen() -> None:
    case = World().case("with-materials")
    missing = render(case.appeal, ACTORS["handler"], case.now)["missing_materials"]
    needed = {m.code for m in case.appeal.rules.service.materials if not m.licence}
    assert {m["code"] for m in missing} == needed != set()
