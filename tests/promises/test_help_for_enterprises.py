"""The smaller matters: suggestions, measures reviewed, clues, rights, counsel, credit, patrols, training, people."""

from __future__ import annotations

from typing import Any

import pytest

from domain.clock import Status
from domain.relations import may_read
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.taken import taken, told
from tests.promises.walk import MISSING, REFUSAL, Walk, actor, service, walk

# 意见建议


def test_every_suggestion_is_answered_within_ten_working_days() -> None:
    case = taken("suggestion")
    assert case.reading("handle").due_at == at("2026-09-20 17:30")
    case.do("admin-approval-officer", "submit_result", outcome="solved", text="采纳，下月起短信提醒")
    case.do("admin-approval-leader", "review", approved=True).answered()
    assert (case.stage, case.reading("handle").status) == (Stage.EVALUATE, Status.MET)
    late = taken("suggestion").until("2026-09-20 17:30")
    assert late.called() == [("admin-approval", ("duty",))]


# 查封、扣押、冻结影响审查


def weighed(leniency: str) -> Walk:
    case = taken("coercive-measure-review")
    case.step("economic-crime-officer", "impact.assessed", {"impact": "工资停发", "people": 120})
    return case.step("legal-officer", "need.assessed", {"need": "可解除一半", "leniency": leniency})


GROUNDS = {"reason": "超出必要限度", "legal_basis": "《中华人民共和国刑事诉讼法》第一百四十五条"}


def test_a_measure_is_released_changed_or_kept_with_reasons_by_a_leader_in_three_working_days() -> None:
    assert taken("coercive-measure-review").until("2026-09-10 17:30").called() == [("legal", ("duty",))]
    case = weighed("不属于首次轻微违法")
    assert case.step_refused("legal-officer", "decide.release", GROUNDS).code in {"step-role", "own-work"}
    assert case.step("legal-leader", "decide.release", GROUNDS).result == "solved"
    changed = GROUNDS | {"change": "解冻60万元用于发放工资"}
    assert weighed("不在免罚清单").step("legal-leader", "decide.change", changed).result == "partly_solved"
    assert weighed("不在免罚清单").step("legal-leader", "decide.keep", REFUSAL).result == "not_solvable"


def test_a_first_minor_offence_on_the_leniency_list_keeps_no_measure() -> None:
    assert weighed("属于免罚清单").step_refused("legal-leader", "decide.keep", REFUSAL).code == "condition-unmet"


def test_whoever_told_its_effects_neither_weighs_the_need_nor_decides() -> None:
    case = taken("coercive-measure-review").step("legal-leader", "impact.assessed", {"impact": "停产"})
    need = {"need": "x", "leniency": "不属于首次轻微违法"}
    assert case.step_refused("legal-leader", "need.assessed", need).code == "own-work"
    case.step("legal-officer", "need.assessed", need)
    assert case.step_refused("legal-leader", "decide.release", GROUNDS).code == "own-work"


# 违法犯罪线索举报

FOUND = {"text": "已立案查处"}


def sum_of(amount: str) -> dict[str, str]:
    return {"amount": amount, "reason": "线索属实"}


def test_a_clue_is_a_secret_and_the_informer_sees_receipt_and_result() -> None:
    case = taken("clue-report")
    for who in ("window", "leader", "criminal-officer", "handler", "inspector"):
        assert not may_read(case.appeal, actor(who)), who
    case.step("economic-crime-officer", "check.true_clue", FOUND, days=2)
    assert (case.view("enterprise")["procedure"]["steps"], case.view("enterprise")["result"]) == ([], None)
    case.step("economic-crime-officer", "propose.propose", sum_of("3000.00"))
    assert case.step_refused("economic-crime-officer", "grant.granted", sum_of("3000.00")).code == "step-role"
    assert case.step_refused("economic-crime-leader", "grant.granted", sum_of("3000.01")).code == "condition-unmet"
    case.step("economic-crime-leader", "grant.granted", sum_of("2000.00")).answered()
    assert (case.result, case.yuan("proposed"), case.yuan("granted")) == ("solved", "3000.00", "2000.00")
    assert case.view("enterprise")["result"]["outcome"] == "solved"


def test_nobody_grants_the_reward_that_he_proposed_or_for_a_clue_that_he_checked() -> None:
    case = taken("clue-report").step("economic-crime-leader", "check.true_clue", FOUND)
    case.step("economic-crime-officer", "propose.propose", sum_of("100.00"))
    assert case.step_refused("economic-crime-leader", "grant.granted", sum_of("100.00")).code == "own-work"


def test_whoever_asks_for_no_reward_is_told_what_was_found() -> None:
    case = taken("clue-report", form={"wants_reward": False})
    case.step("economic-crime-officer", "check.true_clue", FOUND)
    assert (case.stage, case.yuan("granted")) == (Stage.FEEDBACK, "0.00")
    assert FOUND["text"] in case.answered().view("enterprise")["result"]["text"]


@pytest.mark.parametrize(("way", "result"), [("not_true", "not_solvable"), ("elsewhere", "not_ours")])
def test_a_clue_that_leads_nowhere_is_answered_too(way: str, result: str) -> None:
    assert taken("clue-report").step("economic-crime-officer", f"check.{way}", FOUND).result == result


# 知识产权与商业秘密保护


@pytest.mark.parametrize(("listed", "due"), [(True, "2026-09-07 12:00"), (False, "2026-09-08 17:30")])
def test_an_enterprise_of_the_graded_list_is_answered_within_two_working_hours(listed: bool, due: str) -> None:
    case = walk("ip-protection", form={"listed": listed})
    assert case.step_reading("respond").due_at == at(due)
    assert case.until(at(due)).called("respond") == [("ip-crime", ("duty",))]


def test_evidence_is_secured_with_the_enterprise_and_becomes_a_case_a_clue_or_another_way() -> None:
    def secured() -> Walk:
        case = walk("ip-protection").step("ip-crime-officer", "respond.contacted", {"officer": "知产警官"})
        case.step("ip-crime-officer", "evidence.advised", told("请保全网页"), days=2)
        return case.step("ip-crime-officer", "evidence.enough", told("已公证"), days=1)

    case = secured().step("ip-crime-officer", "decide.case", {"case_no": "甬公知立字〔2026〕1号", "text": "已立案"})
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert secured().step("ip-crime-officer", "decide.clue", told()).result == "partly_solved"
    other = {"reason": "数额不够", "remedy": "可向市场监管部门投诉"}
    assert secured().step("ip-crime-officer", "decide.other_way", other).result == "not_solvable"


# 公职律师、政策咨询


def test_a_question_is_answered_with_its_sources_within_two_working_days() -> None:
    case = walk("legal-consult")
    assert (case.open, case.reading("handle").due_at) == (["answer"], at("2026-09-09 17:30"))
    answer = next(o for o in service("legal-consult").procedure.steps[1].outcomes if o.code == "answered")
    assert "sources" in answer.record["required"]
    case.step("legal-officer", "answer.answered", {"text": "可能构成", "sources": "刑法第二百一十九条"})
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert walk("legal-consult").until("2026-09-09 17:30").called() == [("legal", ("duty",))]


def test_whoever_takes_an_answer_found_by_search_waits_for_nobody() -> None:
    case = walk("legal-consult", "2026-09-06 03:00", form={"taken": True})
    assert (case.stage, case.result, case.reading("handle").status) == (Stage.FEEDBACK, "solved", Status.MET)
    assert {e.at for e in case.journal} == {case.appeal.created_at}


# 信用修复协助


def test_credit_is_repaired_with_a_letter_and_followed_to_the_decision_of_who_keeps_the_record() -> None:
    case = taken("credit-repair").step("legal-officer", "checklist.fit", told())
    case.step("legal-leader", "letter.issued")
    assert case.reading("handle").status is Status.MET
    (letter,) = case.view("enterprise")["documents"]
    assert (letter["name"], letter["number"].startswith("甬公信修")) == ("信用修复证明函", True)
    assert case.until("2026-10-08 00:00").called("outcome") == [("legal", ("duty",))]
    case.step("legal-officer", "outcome.refused", told("未满公示期"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "partly_solved")


def test_a_penalty_not_served_gets_no_letter_and_hears_how_to_qualify() -> None:
    case = taken("credit-repair", form={"fulfilled": False})
    assert case.step_refused("legal-officer", "checklist.fit", told()).code == "condition-unmet"
    why = {"reason": "罚款未缴", "remedy": "缴清后再申请"}
    assert case.step("legal-officer", "checklist.unfit", why).result == "not_solvable"


# 海外利益与异地企业保护


def test_several_bodies_help_abroad_and_the_enterprise_gets_one_answer() -> None:
    case = taken("overseas-protection")
    plan = {"units": ["overseas-chinese", "exit-entry"], "plan": "联系侨团，补办证件"}
    case.step("economic-crime-officer", "contact.coordinate", plan, hours=1)
    # The federation has no account: whoever leads records what it says.
    case.step("economic-crime-officer", "coordinate.helped", told("已联系当地侨团"), unit="overseas-chinese")
    assert case.open == ["coordinate"]
    case.step("exit-entry-officer", "coordinate.cannot", told("须本人到场"))
    assert case.open == ["answer"]
    case.step("economic-crime-officer", "answer.more").step("economic-crime-officer", "contact.advised", told())
    assert case.step("economic-crime-officer", "answer.partly", told()).result == "partly_solved"


@pytest.mark.parametrize(("danger", "due"), [(True, "2026-09-07 11:00"), (False, "2026-09-08 17:30")])
def test_where_somebody_is_in_danger_the_enterprise_is_called_within_the_hour(danger: bool, due: str) -> None:
    case = taken("overseas-protection", form={"danger": danger})
    assert case.until(at(due)).called("contact") == [("economic-crime", ("duty",))]


# 周边治安巡防


def planned(patrols: int) -> Walk:
    plan = {"plan": "每晚一次", "patrols": patrols, "agreed_with": "安保部李经理"}
    return taken("patrol-request").step("station-a-officer", "plan.agreed", plan, days=1)


PATROL = {"at": "2026-09-08T23:00:00+08:00", "findings": "未发现异常"}


def test_every_patrol_of_the_agreed_plan_is_recorded_before_it_is_answered() -> None:
    case = planned(2).step("station-a-officer", "patrol.patrolled", PATROL)
    assert case.step_refused("station-a-officer", "patrol.finished", told()).code == "condition-unmet"
    case.step("traffic-officer", "patrol.patrolled", PATROL, days=1)
    case.step("station-a-officer", "patrol.finished", told("巡逻两次"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert [e.data["record"]["findings"] for e in case.entries("complete_step")[1:3]] == ["未发现异常"] * 2


def test_patrols_that_are_not_needed_any_more_end_with_a_reason() -> None:
    early = {"reason": "企业搬迁", "text": "巡逻一次"}
    case = planned(30).step("station-a-officer", "patrol.patrolled", PATROL)
    assert case.step("station-a-officer", "patrol.ended_early", early).result == "partly_solved"
    assert taken("patrol-request").until("2026-09-10 17:30").called("plan") == [("station-a", ("duty",))]


# 送法送教


def test_a_training_is_appointed_held_counted_and_judged() -> None:
    slot: dict[str, Any] = {"slot": "2026-09-15T14:00:00+08:00", "teacher": "反诈中心"}
    case = taken("training-request").step("station-a-officer", "appoint.fixed", slot)
    assert case.step_reading("session").due_at == at("2026-09-15 14:00")
    case.step("station-a-officer", "session.moved").step("station-a-officer", "appoint.fixed", slot)
    case.step("anti-fraud-officer", "session.held", {"attended": 76}, days=8)
    case.step("station-a-officer", "evaluate.collected", {"feedback": "很实用", "score": 5})
    assert (case.stage, case.result, case.record("session")["attended"]) == (Stage.FEEDBACK, "solved", 76)


def test_a_training_that_did_not_take_place_on_its_day_is_called_out() -> None:
    slot = {"slot": "2026-09-15T14:00:00+08:00", "teacher": "反诈中心"}
    case = taken("training-request").step("station-a-officer", "appoint.fixed", slot)
    assert case.until("2026-09-15 14:00").called("session") == [("station-a", ("duty",))]


# 企业人才引进服务


def test_every_need_of_a_newcomer_has_its_result_before_there_is_one_answer() -> None:
    case = taken("talent-service").step("public-order-officer", "checklist.agreed", {"plan": "周三集中办理"})
    one = {"results": [{"items": "1-2", "result": "settled"}]}
    case.step("public-order-officer", "serve.more", one)
    assert case.step_refused("exit-entry-officer", "serve.done", {"results": []}).code == "condition-unmet"
    case.step("exit-entry-officer", "serve.done", {"results": [{"items": "3", "result": "refused"}]})
    assert case.step("public-order-officer", "answer.partly", told()).result == "partly_solved"


@pytest.mark.parametrize(("code", "lead"), [("talent-service", "public-order"), ("credit-repair", "legal")])
def test_what_must_be_brought_is_asked_for_once_and_stops_the_clock(code: str, lead: str) -> None:
    case = taken(code).step(f"{lead}-officer", "checklist.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.wait(days=1).do("enterprise", "supplement", items=["补来的材料"])
    assert case.reading("handle").status is Status.RUNNING
    again = case.step_refused(f"{lead}-officer", "checklist.incomplete", MISSING)
    assert again.code == "supplement-already-asked"


# 企业诉求, 非警务诉求: the plain loop


def test_an_appeal_of_any_kind_has_an_answer_within_five_working_days() -> None:
    case = taken("appeal-general")
    assert case.reading("handle").due_at == at("2026-09-14 17:30")
    case.do("station-a-officer", "submit_result", outcome="solved", text="已增加巡逻")
    assert case.do("leader", "review", approved=True).answered().stage is Stage.EVALUATE


def test_what_is_not_the_polices_is_handed_on_chased_and_answered_by_whoever_had_it_first() -> None:
    case = walk("non-police").do("window", "transfer", body="street-a", reason="属街道职责")
    assert case.reading("handle").status is Status.PAUSED
    case.do("system", "transfer_reply", text="街道已修复")
    assert case.do("window", "send_answer", text="街道答复：已修复", method="phone").stage is Stage.EVALUATE
