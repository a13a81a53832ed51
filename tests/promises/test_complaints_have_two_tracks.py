"""一案双查 (S0·三(三)2, S2·5): the matter and the conduct are two tracks, and nobody judges himself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.clock import Status
from domain.entry_view import render_entry
from domain.journal import Entry
from domain.masking import MASK
from domain.relations import may_read
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.taken import taken, told
from tests.promises.walk import Walk, actor, service, walk

SERVICE = "complaint-12389"
SECRET = "民警张某收受礼品"
MENDED = {"matter": "扣押超期，属实", "conduct": "存在过错", "measures": "发还财物，限期整改"}
UNFOUNDED = {"matter": "不属实", "conduct": "规范", "remedy": "可向上一级公安机关申请复核"}


def split(**form: str) -> Walk:
    return taken(SERVICE, form=form or None).step("supervision-officer", "split.both", told("分线"), hours=1)


def verified(matter: str = "founded", conduct: str = "violated") -> Walk:
    case = split().step("legal-officer", f"verify_matter.{matter}", told("扣押超期"), days=3)
    return case.step("inspector", f"verify_conduct.{conduct}", told(SECRET), days=2)


def seen(case: Walk, who: str) -> set[str]:
    return {s["code"] for s in case.view(who)["procedure"]["steps"]}


def of_step(case: Walk, code: str) -> Entry:
    return next(e for e in case.journal if e.data.get("step") == code)


def test_it_is_taken_at_once_by_the_supervision_unit_wherever_the_enterprise_is() -> None:
    case = walk(SERVICE, "2026-09-06 03:00")
    assert case.appeal.lead is not None
    assert (case.reading("accept").elapsed, case.appeal.lead.code) == (0, "supervision")
    assert case.appeal.submission.first_unit.code == "supervision"
    case.do("supervision-officer", "sign")
    assert case.open == ["split"]
    assert case.until("2026-09-08 00:00").called("split") == [("supervision", ("duty",))]


def test_two_tracks_two_conclusions_one_decision_one_answer_and_the_rectification_followed_up() -> None:
    case = verified()
    assert case.open == ["conclude"]
    case.step("supervision-leader", "conclude.rectify", MENDED, days=1)
    assert (case.stage, case.open, case.reading("handle").status) == (Stage.HANDLE, ["rectify"], Status.MET)
    assert "整改" in case.view("enterprise")["result"]["text"]

    assert case.step_reading("rectify").due_at == at("2026-10-14 00:00")
    case.step("supervision-officer", "rectify.not_yet", told("尚未发还"), days=20)
    assert case.step_reading("rectify").due_at == at("2026-10-14 00:00")
    assert case.until("2026-10-14 00:00").called("rectify") == [("supervision", ("duty",))]
    case.step("supervision-officer", "rectify.done", told("已发还"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert case.answered().stage is Stage.EVALUATE


def test_the_decision_waits_for_both_conclusions() -> None:
    case = split().step("legal-officer", "verify_matter.founded", told())
    assert case.open == ["verify_conduct"]
    assert case.step_refused("supervision-leader", "conclude.rectify", MENDED).code == "step-not-active"
    case.step("inspector", "verify_conduct.proper", told())
    assert case.open == ["conclude"]


def test_neither_track_sees_anything_of_the_other() -> None:
    case = verified()
    assert "verify_conduct" not in seen(case, "legal-officer")
    assert "verify_matter" not in seen(case, "inspector")
    for who, code, said in (("legal-officer", "verify_conduct", SECRET), ("inspector", "verify_matter", "扣押超期")):
        entry = render_entry(case.appeal, of_step(case, code), actor(who))
        assert set(entry["data"].values()) == {MASK}
        assert (entry["actor"]["id"], said in str(case.view(who))) == ("", False)
        assert {c["subject"] for c in case.view(who)["clocks"]}.isdisjoint({code})
    # Whoever decides sees both.
    assert {"verify_matter", "verify_conduct"} <= seen(case, "supervision-leader")


def test_a_late_track_calls_its_own_unit_and_the_other_does_not_hear_of_it() -> None:
    case = split().step("legal-officer", "verify_matter.founded", told()).until("2026-09-28 00:00")
    assert [unit for unit, _ in case.called("verify_conduct")] == ["supervision"]
    assert "verify_conduct" not in str(case.view("legal-officer")["escalations"])
    assert case.view("legal-officer")["escalations"] == []
    assert [e["clock"] for e in case.view("supervision-leader")["escalations"]] == ["step"]


@pytest.mark.parametrize("complained", ["station-c", "branch"])
def test_the_unit_complained_of_sees_nothing_and_gets_nothing_to_do(complained: str) -> None:
    case = split(complained_unit=complained)
    for who in ("station-c-officer", "station-c-leader"):
        assert not may_read(case.appeal, actor(who))
        assert case.may(who) == set()
    assert case.refused("supervisor", "reassign", unit="station-c", reason="属地").code == "complained-of"


def test_nor_does_the_officer_complained_of_whatever_unit_he_is_in() -> None:
    case = split(complained_officer="inspector")
    assert not may_read(case.appeal, actor("inspector"))
    assert case.step_refused("inspector", "verify_conduct.proper", told()).code == "complained-of"
    assert may_read(case.appeal, actor("supervision-officer2"))


def test_other_units_see_nothing_of_it_either() -> None:
    case = verified()
    for who in ("traffic-leader", "handler", "window", "leader", "dispatcher", "economic-crime-officer"):
        assert not may_read(case.appeal, actor(who)), who


def test_a_complaint_of_the_legal_department_leaves_its_track_to_others_of_the_lead() -> None:
    case = split(complained_unit="legal")
    assert case.step_refused("legal-officer", "verify_matter.unfounded", told()).code == "complained-of"
    case.step("supervision-officer2", "verify_matter.founded", told())
    # Whoever worked on one track is kept out of the other, in one unit as well.
    assert case.step_refused("supervision-officer2", "verify_conduct.proper", told()).code == "own-work"
    assert case.step("inspector", "verify_conduct.proper", told()).open == ["conclude"]


def test_a_complaint_of_the_supervision_unit_itself_is_decided_by_the_bureau_above() -> None:
    case = walk(SERVICE, form={"complained_unit": "supervision"})
    assert "sign" not in case.may("supervision-officer")
    assert not may_read(case.appeal, actor("supervision-leader"))
    assert case.do("supervisor", "assign", lead_unit="legal").appeal.lead is not None
    case.do("legal-officer", "sign").step("supervisor", "split.both", told())
    case.step("legal-officer", "verify_matter.founded", told())
    case.step("legal-officer2", "verify_conduct.violated", told())
    assert case.step("supervisor", "conclude.rectify", MENDED).open == ["rectify"]


def test_whoever_verified_the_conduct_does_not_decide_on_it() -> None:
    case = split().step("legal-officer", "verify_matter.founded", told())
    case.step("supervision-leader", "verify_conduct.violated", told(SECRET))
    assert case.step_refused("supervision-leader", "conclude.rectify", MENDED).code == "own-work"
    # A unit with one leader is not stuck: the bureau above decides.
    assert case.step("supervisor", "conclude.rectify", MENDED).open == ["rectify"]


@pytest.mark.parametrize(("matter", "conduct"), [("founded", "proper"), ("unfounded", "flawed"), ("partly", "proper")])
def test_what_either_track_found_is_never_answered_as_unfounded(matter: str, conduct: str) -> None:
    case = verified(matter, conduct)
    assert case.step_refused("supervision-leader", "conclude.unfounded", UNFOUNDED).code == "condition-unmet"


def test_an_unfounded_complaint_gets_both_conclusions_and_where_to_go_next() -> None:
    case = verified("unfounded", "proper").step("supervision-leader", "conclude.unfounded", UNFOUNDED)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_solvable")
    assert UNFOUNDED["remedy"] in case.answered().view("enterprise")["result"]["text"]


def test_what_is_not_clear_is_verified_again_on_both_tracks() -> None:
    case = verified().step("supervision-leader", "conclude.again", told("事实不清"))
    assert case.open == ["verify_matter", "verify_conduct"]
    assert case.step_refused("legal-officer", "verify_conduct.proper", told()).code in {"step-unit", "own-work"}


def test_the_enterprise_sees_receipt_and_result_and_nothing_on_the_way() -> None:
    case = verified()
    shown = case.view("enterprise")
    assert (shown["procedure"]["steps"], shown["assignment"]["lead_unit"], shown["result"]) == ([], None, None)
    assert SECRET not in str(shown)
    assert SECRET not in str([render_entry(case.appeal, e, actor("enterprise")) for e in case.journal])


def test_a_complaint_may_be_made_without_a_name() -> None:
    nobody = replace(walk(SERVICE).appeal.submission.enterprise, uscc=None)
    case = taken(SERVICE, enterprise=nobody)
    assert (case.open, service(SERVICE).anonymous) == (["split"], True)
