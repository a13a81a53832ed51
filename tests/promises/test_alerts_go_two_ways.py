"""一警双派 (S1·1, S2·1): accepted within seconds, two units at once, both sign, both report; or 12345, and chased."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.vocabulary import Channel, Stage
from tests.domain.walker import at
from tests.promises.walk import Walk, actor, service, walk

SIGNED = ("station-a-officer", "public-order-officer")
ANSWER = {"text": "已处置", "method": "phone"}


def alert(start: str = "2026-09-06 03:00", **form: str) -> Walk:
    """On a Sunday, before dawn."""
    return walk("police-alert", start, form=form, channel=Channel.ALERT_110)


def signed() -> Walk:
    case = alert()
    for who in SIGNED:
        case.wait(minutes=10).do(who, "sign")
    return case


def test_it_is_accepted_within_seconds_at_any_hour_and_recorded() -> None:
    case = alert()
    accept = case.reading("accept")
    assert (case.clock("accept").budget, accept.status, accept.elapsed) == ("10 seconds", Status.MET, 0)
    assert [e.action.value for e in case.journal] == ["submit", "accept", "assign"]
    assert {e.at for e in case.journal} == {case.appeal.created_at}
    assert "reject" not in case.may("window")


@pytest.mark.parametrize(
    ("category", "branch"),
    [
        ("交通", "traffic"),
        ("经济", "economic-crime"),
        ("诈骗", "anti-fraud"),
        ("刑事", "criminal"),
        ("治安", "public-order"),
        ("其他", "public-order"),
    ],
)
def test_the_station_of_the_place_and_the_police_branch_have_it_at_the_same_moment(category: str, branch: str) -> None:
    case = alert(category=category)
    given = case.appeal.assignment
    assert given.lead is not None
    assert given.second is not None
    assert (given.lead.code, given.second.unit.code) == ("station-a", branch)
    assert {(c.owner, c.started_at) for c in case.appeal.clocks if c.name == "sign"} == {
        ("station-a", case.appeal.created_at),
        (branch, case.appeal.created_at),
    }


def test_every_category_of_the_form_has_its_branch() -> None:
    for category in service("police-alert").form["properties"]["category"]["enum"]:
        assert alert(category=category).appeal.assignment.second is not None, category


def test_both_sign_and_whoever_does_not_is_called() -> None:
    case = alert("2026-09-07 10:00").do("station-a-officer", "sign").until("2026-09-07 13:30")
    over = [(n.unit, n.audience) for n in case.notices if n.data.get("clock") == "sign" and n.data["rung"] == "100"]
    assert [unit for unit, _ in over] == ["public-order"]


def test_both_report_before_the_enterprise_has_an_answer() -> None:
    case = signed()
    case.do("station-a-officer", "submit_result", outcome="solved", text="现场已平息")
    assert (case.stage, case.result) == (Stage.HANDLE, None)
    case.do("public-order-officer", "submit_result", outcome="partly_solved", text="已立案侦查")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "partly_solved")
    case.do("leader", "review", approved=True).do("station-a-officer", "send_answer", **ANSWER)
    text = case.view("enterprise")["result"]["text"]
    assert ("现场已平息" in text, "已立案侦查" in text) == (True, True)


def test_it_is_followed_to_the_end() -> None:
    case = signed()
    for who in SIGNED:
        case.do(who, "submit_result", outcome="solved", text="已处置")
    case.do("leader", "review", approved=True).do("station-a-officer", "send_answer", **ANSWER)
    assert {"rating", "visit"} <= case.running()
    assert case.do("enterprise", "rate", grade=5).stage is Stage.EVALUATE
    assert case.do("visitor", "record_visit", result="satisfied").stage is Stage.CLOSED


def test_an_alert_that_one_of_them_leaves_lying_climbs_every_four_hours() -> None:
    case = signed()
    case.do("station-a-officer", "submit_result", outcome="solved", text="已处置")
    due = case.reading("handle").due_at
    assert due == at("2026-09-09 17:30")
    case.until("2026-09-10 01:30")
    climbed = [n.at for n in case.notices if n.template == "escalation" and n.data["clock"] == "handle"]
    assert climbed[:3] == [at("2026-09-09 17:30"), at("2026-09-09 21:30"), at("2026-09-10 01:30")]


def test_an_alert_that_is_not_the_polices_goes_to_12345_at_once_with_police_along_and_is_chased() -> None:
    case = alert()
    case.wait(minutes=1).do("window", "transfer", body="hotline-12345", reason="供水中断，属水务部门")
    assert (case.stage, case.reading("handle").status) == (Stage.HANDLE, Status.PAUSED)
    assert {"transfer_receipt", "transfer_reply"} <= case.running()
    assert "sign" not in case.running()
    # 视情派警参与: the desk says so on the file.
    case.do("window", "add_information", text="已派甲派出所民警到场维持秩序")
    assert case.last.data["text"] == "已派甲派出所民警到场维持秩序"
    # Or asks a station, which owes an answer in time.
    case.do("window", "ask_cooperation", unit="station-a", question="请派警到场维持秩序")
    assert "cooperation" in case.running()
    assert [n.unit for n in case.notices if n.template == "ask_cooperation"] == ["station-a"]
    case.do("handler", "answer_cooperation", text="已到场，秩序正常")
    case.until("2026-09-07 23:59")
    late = [n for n in case.notices if n.data.get("clock") == "transfer_receipt" and n.data.get("rung") == "100"]
    assert [n.unit for n in late] == ["branch"]
    case.do("system", "transfer_receipt").do("system", "transfer_reply", text="已恢复供水")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_ours")
    assert case.do("window", "send_answer", text="水务部门答复：已恢复供水", method="phone").stage is Stage.EVALUATE


def test_one_that_proves_not_to_be_theirs_after_both_signed_still_reaches_12345() -> None:
    case = signed()
    assert "transfer" not in case.may("window")
    case.do("dispatcher", "reassign", unit="station-a", reason="核实不属公安机关管辖，交首接流转")
    assert case.do("window", "transfer", body="hotline-12345", reason="属水务部门").appeal.open_transfer is not None


def test_a_caller_whose_enterprise_nobody_knows_is_taken_all_the_same() -> None:
    assert service("police-alert").anonymous
    assert actor("window").unit_code == alert().appeal.submission.first_unit.code
