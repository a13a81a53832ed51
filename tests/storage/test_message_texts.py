"""What people read: where a matter stands, by when, and what is to be done, in every text that is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.notice import Notice
from domain.vocabulary import Stage
from storage.message_texts import Text, Texts
from storage.messages import Matter, Message, MessageStatus
from tests.domain.builders import INTO, Case, World
from tests.domain.states import owing, permit
from tests.storage.build import NOON, organisation

TEXTS = Texts(None, organisation(), public_url="https://appeals.example", token=lambda *_: "token")
NUMBER = "SQ20260907-00000001"
PLAIN = Matter("企业诉求", secret=False, offset=timedelta())
SECRET = Matter("投诉", secret=True, offset=timedelta())
DUE = "2026-09-17T09:30:00.000000Z"
MIDNIGHT = "2026-09-14T16:00:00.000000Z"


def message(notice: Notice) -> Message:
    to_enterprise = notice.audience == ("enterprise",)
    given: dict[str, Any] = dict.fromkeys(Message.__slots__)
    given |= {"id": 1, "key": "k", "notice": notice.id, "account": "somebody", "to_enterprise": to_enterprise}
    given |= {"number": notice.number, "template": notice.template, "unit": notice.unit, "data": notice.data}
    given |= {"escalation": notice.data.get("escalation"), "at": NOON, "created_at": NOON, "due_at": NOON}
    return Message(**given | {"status": MessageStatus.WAITING, "may_wait": True})


def said(template: str, *audience: str, matter: Matter = PLAIN, **data: Any) -> str:
    notice = Notice(f"{NUMBER}:1", NUMBER, NOON, audience or ("account:x",), "station-a", template, data)
    return TEXTS.of(message(notice), matter).body


def ruled(case: Case, *, again: bool) -> Case:
    case.third().do("enterprise", "rate", grade=1)
    return case.do("supervisor", "decide_round", again=again, explanation="已尽力")


def every_news() -> list[Notice]:
    """Each step that the enterprise is told of, wherever it may lead."""

    def case() -> Case:
        return World().case()

    parked = case().signed().do("handler", "park", reason="等待规划", review_on="2026-10-20")
    tried = case().answered()
    for _ in range(3):
        tried.do("visitor", "record_visit", result="unreachable")
    rejected = {"reason": "非警务", "legal_basis": "规定第三条", "remedy": "可向住建部门反映"}
    extended = case().signed()
    extended.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
    ways = [
        case().closed(),
        case().answered().do("enterprise", "rate", grade=2),
        case().answered().do("visitor", "record_visit", result="dissatisfied"),
        ruled(case(), again=True),
        ruled(case(), again=False),
        case().do("window", "reject", **rejected),
        case().do("window", "merge", into=INTO),
        case().do("window", "request_supplement", items=["证明"]),
        case().transferred().do("system", "transfer_refused", reason="不属本部门"),
        parked.do("leader", "approve_park", granted=True),
        tried.do("supervisor", "close_unreachable", reason="三次未接"),
        case().answered().do("enterprise", "rate", grade=5).until("2026-09-15 00:00"),
        permit(("review", "incomplete")),
        extended.do("leader", "decide_extension", granted=True),
        owing(Stage.ACCEPT).until("2026-09-14 17:30"),
        case().answered().wait(days=20),
    ]
    return [n for way in ways for n in way.notices if n.audience == ("enterprise",)]


NEWS = every_news()
#: By word and the stage it led to.
EXPECTED = {
    ("submit", "accept"): "已收到，我们将按时限办理。",
    ("accept", "assign"): "已受理。",
    ("send_answer", "evaluate"): "已有答复，请查看并评价。",
    ("rate", "assign"): "感谢您的评价。您的诉求SQ20260907-00000001（企业诉求）将重新办理。",
    ("record_visit", "assign"): "将重新办理。",
    ("record_visit", "closed"): "已办结。",
    ("decide_round", "assign"): "将再次办理。",
    ("decide_round", "closed"): "已办结，请查看说明。",
    ("reject", "closed"): "不予受理，请查看理由、依据和其他途径。",
    ("merge", "closed"): "已与另一件诉求合并办理。",
    ("request_supplement", "accept"): "需要补充材料，请在2026年9月14日17:30前一次性提交。",
    ("complete_step", "handle"): "需要补充材料，请在2026年9月14日17:30前一次性提交。",
    ("transfer", "handle"): "办理，我们将继续跟踪。",
    ("transfer_refused", "assign"): "退回，我们将重新安排办理。",
    ("approve_park", "handle"): "已经批准挂账，到期复核。",
    ("close_unreachable", "closed"): "已办结。",
    ("visit_announced", "evaluate"): "将由民警回访，请留意。",
    ("decide_extension", ""): "的办理期限已经批准延长3个工作日，至2026年9月17日17:30。",
}


@pytest.mark.parametrize("kind", EXPECTED, ids=">".join)
def test_each_news_says_where_the_matter_stands_now(kind: tuple[str, str]) -> None:
    word, stage = kind
    told = [n for n in NEWS if n.template == word and n.data.get("stage", "") in {stage, ""}]
    assert told
    assert {TEXTS.of(message(n), PLAIN).body.endswith(EXPECTED[kind]) for n in told} == {True}


def test_no_news_is_without_a_text_that_was_looked_at() -> None:
    told = {(n.template, n.data.get("stage", "")) for n in NEWS if n.template not in {"warning", "lapsed"}}
    assert told <= set(EXPECTED)


@pytest.mark.parametrize("clock", ["rating", "supplement", "commitment", "step"])
def test_an_enterprise_is_told_what_to_do_by_when_and_in_no_words_of_the_house(clock: str) -> None:
    for deadline, by in (("", "请尽快"), (DUE, "请在2026年9月17日17:30前")):
        text = said("warning", "enterprise", clock=clock, rung="75", due_at=NOON.isoformat(), deadline=deadline)
        assert by in text
        assert not any(word in text for word in ("75%", "时限", "及时办理", "承办单位"))
    assert "评价" in said("warning", "enterprise", clock="rating", rung="75")


def test_a_limit_that_lapsed_does_not_sound_as_if_the_appeal_had_ended() -> None:
    for clock in ("rating", "supplement", "commitment"):
        text = said("lapsed", "enterprise", clock=clock, rung="100", due_at=DUE)
        assert not any(word in text for word in ("终止", "办结"))
        assert "承办" not in text
    assert "终止" in said("lapsed", "enterprise", clock="supplement", stage="closed")
    assert "办结" in said("lapsed", "enterprise", clock="rating", stage="closed")


def test_a_warning_and_a_call_say_by_when_where_and_what_next() -> None:
    entry = organisation().entry("station-a")
    assert entry is not None
    warning = said("warning", clock="handle", rung="90", due_at=NOON.isoformat(), deadline=DUE)
    assert "已用去90%，2026年9月17日17:30届满" in warning
    for word in ("escalation", "hand_over", "lease_ended"):
        call = said(word, clock="handle", level=2, deadline=DUE, escalation="e", unit="station-a")
        assert call.startswith("【升级督办 第2级】")
        assert "请立即认领并推进办理（点击链接认领）" in call
        assert f"承办单位：{entry.unit.name}。" in call
        assert "于2026年9月17日17:30届满" in call
    assert f"承办单位：{entry.unit.name}。" in warning


def test_what_ends_at_midnight_ends_the_day_before() -> None:
    assert "于2026年9月14日24:00届满" in said("escalation", clock="handle", deadline=MIDNIGHT)


def test_of_a_secret_matter_two_clocks_differ_and_neither_its_service_nor_its_unit_is_said() -> None:
    handle, visit = (said("escalation", clock=c, level=1, deadline=DUE, matter=SECRET) for c in ("handle", "visit"))
    assert handle != visit
    assert "的办理时限" in handle
    assert "投诉" not in handle + visit
    assert "单位" not in handle + visit


def test_two_steps_of_a_procedure_are_told_apart_unless_it_is_secret() -> None:
    named = Matter("准购证", secret=False, offset=timedelta(), steps={"review": "初审", "decide": "决定"})
    texts = {said("warning", clock="step", subject=s, rung="75", matter=named) for s in named.steps}
    assert len(texts) == 2
    assert "步骤时限" in said("warning", clock="step", subject="review", rung="75", matter=SECRET)


def test_what_is_due_instead_of_a_review_is_told_as_that_and_nothing_of_a_secret_matter() -> None:
    told = {by: said("warning", clock="review", rung="90", awaits=by) for by in ("answer", "decision")}
    assert "送达答复时限已用去90%" in told["answer"]
    assert "决定是否再办时限已用去90%" in told["decision"]
    assert "送达答复时限" in said("escalation", clock="review", level=1, awaits="answer")
    assert "审核时限" in said("warning", clock="review", rung="90")
    assert "审核时限" in said("warning", clock="review", rung="90", awaits="decision", matter=SECRET)


def test_a_step_of_its_own_is_told_with_the_day_by_which() -> None:
    assert "请在2026年9月17日17:30前完成" in said("step", "enterprise", step="work", deadline=DUE)
    assert "请尽快完成" in said("step", "enterprise", step="work")
    assert "2026年9月17日17:30届满" in said("step", step="work", deadline=DUE)


def made(texts: Texts, template: str, *audience: str, **data: Any) -> Text:
    notice = Notice(f"{NUMBER}:7:mark", NUMBER, NOON, audience, "station-a", template, data)
    return texts.of(message(notice), PLAIN)


def test_a_heading_tells_a_call_from_a_warning_and_each_leads_to_where_its_reader_can_do_something() -> None:
    def shown(template: str, *audience: str, **data: Any) -> tuple[str, str]:
        text = made(TEXTS, template, *audience, **data)
        return text.title, text.link.removeprefix("https://appeals.example/")

    assert shown("escalation", "x", escalation="e") == (f"【升级督办】诉求{NUMBER}", "escalations/token")
    assert shown("warning", "x", rung="75") == (f"【预警】诉求{NUMBER}", f"appeals/{NUMBER}")
    assert shown("warning", "enterprise", rung="75") == (f"【提醒】诉求{NUMBER}", f"track/{NUMBER}")
    assert shown("supervise", "handler") == (f"【督办】诉求{NUMBER}", f"appeals/{NUMBER}")
    assert shown("accept", "enterprise", stage="assign") == (f"诉求{NUMBER}", f"track/{NUMBER}")
    assert TEXTS.test().link == ""
    assert made(Texts(), "accept", "enterprise").link == ""


def test_an_answer_and_its_reminder_lead_to_where_it_is_rated_when_they_go_out_and_nothing_else_does() -> None:
    sent = Texts(public_url="https://appeals.example", rating=lambda number, seq, _at: f"{number}.{seq}")
    rating = f"https://appeals.example/rate/{NUMBER}.7"
    assert made(sent, "send_answer", "enterprise").link == rating
    assert made(sent, "send_answer", "enterprise").body.endswith("请查看并评价。")
    assert made(sent, "warning", "enterprise", clock="rating", rung="75").link == rating
    page = f"https://appeals.example/track/{NUMBER}"
    assert made(sent, "warning", "enterprise", clock="supplement", rung="75").link == page
    # In the inbox the person is signed in, and no link stands that would do without.
    assert made(TEXTS, "send_answer", "enterprise").link == page


def test_the_digits_to_follow_an_appeal_stand_in_no_text_but_the_one_that_goes_out() -> None:
    sent = Texts(digits=lambda number, at: "864201" if (number, at) == (NUMBER, NOON) else "")
    assert "验证码864201，10分钟内有效" in made(sent, "track_code", "enterprise").body
    assert "验证码" not in made(TEXTS, "track_code", "enterprise").body
    assert "864201" not in made(sent, "accept", "enterprise").body


def test_a_supervisor_s_order_says_whether_it_is_listed_and_until_when() -> None:
    case = World().case().signed()
    case.do("supervisor", "supervise", order="限期办结", limit="2 working days", posted=True, leader="杨局")
    text = TEXTS.of(message(case.notices[-1]), PLAIN).body
    assert "已被挂牌督办，限2个工作日内办结，2026年9月9日" in text
    plain = World().case().accepted().do("supervisor", "supervise", order="尽快办结").notices[-1]
    assert "已被督办。请查看督办要求" in TEXTS.of(message(plain), PLAIN).body
