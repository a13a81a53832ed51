"""The ways recorded after the engine's lists were told of appeals (the patch ``search-attributes``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.calendar import ZONE
from domain.clock import due_at
from domain.people import Person
from domain.routing import By, Routed
from domain.rules import Material
from gateway.errors import WritePending
from storage.accounts import AccountsWriter
from storage.codec import make_rules
from tests.promises.ways import answer, answered, assigned, begun, due, kept, signed, step, transferred, until
from tests.support.everything import walked
from tests.support.house import House
from workflows import contract
from workflows.contract import AppealStart

Scenario = Callable[[House], Awaitable[str]]
PHOTOS = Material("photos", "现场照片", deferrable=True)


def _later(**by: float) -> str:
    return (datetime.now(UTC) + timedelta(**by)).isoformat()


async def ordinary(house: House) -> str:
    """The ordinary way to the end, received, rated and visited after the call for the first try."""
    number = await answered(house)
    await house.act(number, "enterprise", "confirm_receipt")
    await house.act(number, "enterprise", "rate", grade=5)
    await house.forward(number, days=7)
    await house.act(number, "visitor", "record_visit", result="satisfied")
    await house.client.get_workflow_handle(number).result()
    return number


async def extended(house: House) -> str:
    """More time was asked for and granted; the warning moved with it."""
    number = await house.submit("hazmat-toxic-purchase")
    asked = {"budget": "6 hours", "reason": "需外调核实", "legal_basis": "《行政许可法》第四十二条"}
    await house.act(number, "hazmat_handler", "request_extension", **asked)
    await house.act(number, "hazmat_leader", "decide_extension", granted=True)
    await house.forward(number, hours=23)
    return number


async def pause_ended(house: House) -> str:
    """No more time was granted; a pause came to its end by itself."""
    number = await signed(house)
    asked = {"budget": "3 working days", "reason": "需会商", "legal_basis": "内部规定"}
    await house.act(number, "handler", "request_extension", **asked)
    await house.act(number, "leader", "decide_extension", granted=False, reason="可按期办结")
    await house.act(number, "handler", "pause", reason_code="awaiting_third_party", until=_later(days=2))
    await house.forward(number, days=2, minutes=1)
    return number


async def parked(house: House) -> str:
    """Paused and resumed by hand; parked, and looked at again on the day that was named."""
    number = await signed(house)
    await house.act(number, "handler", "pause", reason_code="force_majeure", until=_later(days=2))
    await house.act(number, "leader", "resume")
    review_on = (datetime.now(UTC).astimezone(ZONE) + timedelta(days=10)).date().isoformat()
    await house.act(number, "handler", "park", reason="等待批复", review_on=review_on)
    await house.act(number, "leader", "approve_park", granted=True)
    await house.forward(number, days=10)
    return number


async def merged(house: House) -> str:
    """The same matter twice."""
    into, number = await house.submit(), await house.submit()
    await house.act(number, "window", "merge", into=into)
    await house.client.get_workflow_handle(number).result()
    return number


async def withdrawn(house: House) -> str:
    """Urgent, added to, and withdrawn while it was handled."""
    number = await signed(house)
    await house.act(number, "leader", "set_urgency", urgent=True, reason="影响生产")
    await house.act(number, "enterprise", "add_information", text="已自行解决")
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(number).result()
    return number


async def rejected(house: House) -> str:
    """Not to be accepted, with where to go instead."""
    number = await house.submit()
    await house.act(number, "window", "reject", reason="不属受理范围", legal_basis="受理规则", remedy="市场监管部门")
    await house.client.get_workflow_handle(number).result()
    return number


async def steered(house: House) -> str:
    """Returned twice, given a final owner, corrected, lifted, reassigned to another unit and another officer."""
    number = await assigned(house)
    await house.act(number, "handler", "return_assignment", reason="不属本所辖区")
    await house.act(number, "dispatcher", "assign", lead_unit="station-b")
    await house.act(number, "handler3", "return_assignment", reason="也不属本所")
    await house.act(number, "supervisor", "name_final_owner", unit="station-a", reason="指定")
    appeal = await house.act(number, "handler", "sign")
    await house.act(number, "supervisor", "correct", seq=appeal.seq, reason="误签")
    await house.act(number, "supervisor", "lift", reason="涉及多个辖区")
    await house.act(number, "supervisor", "reassign", unit="station-b", reason="场所在乙所辖区")
    await house.act(number, "handler3", "sign")
    return number


async def supervised(house: House) -> str:
    """Ordered, posted, noted on, asked about and answered."""
    number = await signed(house)
    order = {"order": "三日内拿出方案", "posted": True, "leader": "分管副局长", "limit": "3 working days"}
    await house.act(number, "supervisor", "supervise", **order)
    await house.act(number, "handler", "note", text="已到现场")
    await house.act(number, "handler", "ask_cooperation", unit="station-b", question="该车是否登记在贵所辖区")
    await house.act(number, "handler3", "answer_cooperation", text="已核实")
    await house.act(number, "handler", "request_supplement", items=["现场照片"])
    await house.act(number, "enterprise", "supplement", items=["现场照片"])
    return number


async def ordered(house: House) -> str:
    """Ordered to be finished within two hours, which ran out; given another limit, and answered."""
    number = await signed(house)
    await house.act(number, "supervisor", "supervise", order="两小时内到场处置", limit="2 hours")
    await house.forward(number, hours=27)
    await house.act(
        number, "supervisor", "supervise", order="限期办结", posted=True, leader="分管副局长", limit="3 months"
    )
    await house.act(number, "handler", "submit_result", outcome="solved", text="已到场处置")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已到场处置", method="phone")
    return number


async def helped(house: House) -> str:
    """Two units were asked at the same time: one refused, one answered after it had been called twice."""
    number = await signed(house)
    await house.act(number, "handler", "ask_cooperation", unit="station-b", question="该车是否登记在贵所辖区")
    await house.act(number, "handler", "ask_cooperation", unit="public-order", question="是否为备案单位")
    await house.act(number, "handler3", "refuse_cooperation", reason="不在本所辖区")
    late = next(c for c in (await house.look(number)).clocks if c.owner == "public-order")
    over = due_at(late, (await house.look(number)).rules.calendar)
    assert over is not None
    await until(house, number, over)
    await house.act(number, "hazmat_handler", "answer_cooperation", text="已备案", question=2)
    return number


async def for_two(house: House) -> str:
    """Routed to two stations at the same moment: both signed, both reported."""
    places = [house.organisation.place(code) for code in ("station-a", "station-b")]
    routed = Routed(By.TABLE, places[0], second=places[1], table="sample", version="1", row="alert", why="一警双派")
    number = await house.submit(routed=routed, lead=places[0])
    await house.act(number, "window", "accept")
    for who in ("handler3", "handler"):
        await house.act(number, who, "sign")
    for who in ("handler", "handler3"):
        await house.act(number, who, "submit_result", outcome="solved", text="已处置")
    return number


async def nobodys(house: House) -> str:
    """No rule sends it anywhere: a named person is told, and assigns it to two, of whom one returns it."""
    nobody = Routed(By.CATCH_ALL, catch_all=Person("supervisor", "朱督办"), why="交办规则和服务事项均未指明承办单位")
    number = await house.submit(routed=nobody, lead=None)
    await house.act(number, "window", "accept")
    await house.act(number, "supervisor", "assign", lead_unit="station-a", second_lead="station-b")
    await house.act(number, "handler", "return_assignment", reason="不属本所辖区")
    return number


async def last_round(house: House) -> str:
    """Dissatisfied in the last round: a supervisor opens one more, and ends it after the next."""
    opening = kept(house)
    rules = opening.rules
    rules = make_rules(rules.service, replace(rules.policy, max_rounds=1), rules.calendar)
    number = await begun(house, replace(opening, rules=rules))
    await house.act(number, "window", "accept")
    await answer(house, number, "handler")
    await house.act(number, "enterprise", "rate", grade=1, comment="没有解决")
    await house.act(number, "supervisor", "decide_round", again=True, explanation="再办一轮")
    await answer(house, number, "handler3", "station-b")
    await house.act(number, "visitor", "record_visit", result="dissatisfied", text="仍未解决")
    await house.act(number, "supervisor", "decide_round", again=False, explanation="已无其他办法")
    await house.client.get_workflow_handle(number).result()
    return number


async def unreachable(house: House) -> str:
    """Nobody rated, nobody answered the phone."""
    number = await answered(house)
    await until(house, number, due(await house.look(number), "rating"))
    for _ in range(3):
        await house.act(number, "visitor", "record_visit", result="unreachable", text="无人接听")
    await house.act(number, "supervisor", "close_unreachable", reason="三次未联系上")
    await house.client.get_workflow_handle(number).result()
    return number


async def migrated(house: House) -> str:
    """Moved to newer rules, after a dry run."""
    number = await signed(house)
    rules = house.catalogue.rules_for("appeal-general")
    newer = make_rules(replace(rules.service, version="2", handle="10 working days"), rules.policy, rules.calendar)
    for dry_run in (True, False):
        message = house.message("supervisor", "migrate_policy", version=newer.version, dry_run=dry_run)
        await house.perform(number, replace(message, rules=newer))
    return number


async def service_changed(house: House) -> str:
    """Submitted as another service than it is, put right, and assigned by what it is."""
    number = await assigned(house)
    rules = house.catalogue.rules_for("non-police")
    message = house.message("dispatcher", "change_service", service="non-police", reason="登记有误")
    await house.perform(number, replace(message, rules=rules))
    await house.act(number, "handler", "sign")
    return number


async def commitment_lapsed(house: House) -> str:
    """Accepted against a promise that was not kept."""
    number = await begun(house, kept(house, materials=(PHOTOS,), handle="90 natural days"))
    await house.act(number, "window", "accept", commitments=["现场照片"])
    await until(house, number, due(await house.look(number), "commitment"))
    return number


async def refused_outside(house: House) -> str:
    """The outside body signed for it and refused it."""
    number = await transferred(house)
    await house.act(number, "system", "transfer_receipt")
    await house.act(number, "system", "transfer_refused", reason="不属本单位职责")
    return number


async def replied_outside(house: House) -> str:
    """The outside body was silent, then replied; the answer went out."""
    number = await transferred(house)
    await until(house, number, due(await house.look(number), "transfer_receipt"))
    await house.act(number, "system", "transfer_reply", text="已由住建部门处理")
    await house.act(number, "window", "send_answer", text="已处理", method="letter")
    return number


async def recalled_outside(house: House) -> str:
    """Taken back from the outside body."""
    number = await transferred(house)
    await house.act(number, "window", "recall_transfer", reason="对方未签收")
    return number


async def chased_outside(house: House) -> str:
    """The outside body was told of its transfer, was silent, and was told that it had been taken back."""
    number = await transferred(house)
    await until(house, number, due(await house.look(number), "transfer_receipt"))
    await house.act(number, "window", "recall_transfer", reason="对方未签收")
    return number


async def lapsed_supplement(house: House) -> str:
    """Materials were never brought."""
    number = await house.submit()
    asked = await house.act(number, "window", "request_supplement", items=["委托书"])
    await until(house, number, due(asked, "supplement"))
    await house.client.get_workflow_handle(number).result()
    return number


async def timed(house: House) -> str:
    """Warned while it was handled, and ended by a supplement that never came: each moment in a task with a command."""
    number = await signed(house)
    await house.forward(number, days=7)
    await house.act(number, "handler", "request_supplement", items=["现场照片"], reason="缺少现场照片")
    await house.forward(number, days=12)
    return number


async def breached(house: House) -> str:
    """A permit nobody touched: warnings, breach, the ladder; then the special way with its late inspection."""
    number = await house.submit("hazmat-toxic-purchase")
    await house.forward(number, hours=33)
    await step(house, number, "review", "special", {"reason": "数量较大", "inspector": "勘验民警"})
    return number


async def special(house: House) -> str:
    """Materials missing, then special circumstances, inspected, approved, issued, answered."""
    number = await house.submit("hazmat-toxic-transport")
    await step(house, number, "review", "incomplete", {"missing": ["承运资质"]})
    await house.act(number, "enterprise", "supplement", items=["承运资质"])
    await step(house, number, "review", "special", {"reason": "首次运输", "inspector": "勘验民警"})
    findings = {"inspector": "勘验民警", "inspected_at": "当日", "findings": "合格"}
    await step(house, number, "inspect", "done", findings)
    await step(house, number, "decide", "approve", {"valid_until": "2027-01-01", "quantity": "50千克"})
    await step(house, number, "issue", "done", {"document_no": "330205-001"})
    await house.act(number, "hazmat_handler", "send_answer", text="已发证", method="online")
    return number


async def sent_back(house: House) -> str:
    """The leader did not approve of the result."""
    number = await signed(house)
    await house.act(number, "handler", "submit_result", outcome="solved", text="已划设")
    await house.act(number, "leader", "review", approved=False, reason="请补充佐证")
    return number


async def second_run(house: House) -> str:
    """A long history's second run, with what the lists knew."""
    opening = house.opening()
    await house.keep(opening)
    start = AppealStart(opening, continue_after=20)
    await house.client.start_workflow(contract.WORKFLOW, start, id=opening.number, task_queue=house.settings.task_queue)
    await house.start(opening)
    await house.act(opening.number, "window", "accept")
    handle = house.client.get_workflow_handle(opening.number)
    while (info := await handle.describe()).run_id == info.raw_description.workflow_execution_info.first_run_id:
        await house.act(opening.number, "enterprise", "add_information", text="补充")
    await house.act(opening.number, "dispatcher", "assign", lead_unit="station-a")
    return opening.number


async def first_run(house: House) -> str:
    """The run that this second one came from."""
    number = await second_run(house)
    handle = house.client.get_workflow_handle(number)
    return f"{number}/{(await handle.describe()).raw_description.workflow_execution_info.first_run_id}"


async def written_late(house: House) -> str:
    """The database was away: the patient write; and the tables were written again when asked."""
    number = await house.submit()
    locker = sqlite3.connect(house.settings.data_dir / "appeals.db", isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    message = house.message("window", "accept")
    with suppress(WritePending):
        await house.gateway.act(number, message)
    locker.execute("ROLLBACK")
    locker.close()
    await house.perform(number, message)
    await house.client.get_workflow_handle(number).execute_update(contract.RESTORE, result_type=contract.Acted)
    return number


async def stepped(house: House) -> str:
    """A procedure with every construct, to its end: waited for, forked and joined, lengthened, lapsed, balanced."""
    return await walked(house)


async def called(house: House) -> str:
    """Taken by the duty officer, who moves nothing; handed over, raised a level, ended; and it calls again."""
    number = await house.submit("hazmat-toxic-purchase")
    (mine,) = (await house.forward(number, hours=24, minutes=1)).escalations
    await house.act(number, "duty", "acknowledge", escalation=mine.id)
    await house.forward(number, minutes=31)
    await house.act(number, "duty", "hand_over", escalation=mine.id, to="supervisor")
    await house.act(number, "duty", "raise", escalation=mine.id, reason="无人接手")
    await house.act(number, "duty", "end", escalation=mine.id, reason="已电话督促")
    await house.forward(number, hours=24)
    return number


async def unheard(house: House) -> str:
    """Nobody is there to be called: the ladder goes on at once."""
    async with house.database.write() as w:
        duty = await AccountsWriter(w).get("duty")
        assert duty is not None
        await AccountsWriter(w).upsert(duty, active=False)
    number = await house.submit()
    await house.forward(number, days=3)
    return number


async def told_by_callers(house: House) -> str:
    """Who does something tells it; what a clock does, and who is outside, the workflow tells."""
    number = await house.submit("non-police")
    await house.forward(number, hours=30)
    await house.act(number, "window", "transfer", body="hotline-12345", reason="非警务诉求")
    await house.forward(number, days=5)
    await house.act(number, "window", "recall_transfer", reason="久未答复")
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(number).result()
    return number


def _by_name(*scenarios: Scenario) -> dict[str, Any]:
    return {scenario.__name__: scenario for scenario in scenarios}


PATHS: dict[str, Scenario] = _by_name(
    ordinary,
    extended,
    pause_ended,
    parked,
    merged,
    withdrawn,
    rejected,
    steered,
    supervised,
    ordered,
    helped,
    for_two,
    nobodys,
    last_round,
    unreachable,
    migrated,
    service_changed,
    commitment_lapsed,
    refused_outside,
    replied_outside,
    recalled_outside,
    chased_outside,
    lapsed_supplement,
    timed,
    breached,
    special,
    sent_back,
    second_run,
    first_run,
    written_late,
    stepped,
    called,
    unheard,
    told_by_callers,
)
