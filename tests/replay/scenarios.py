"""The ways whose histories are kept: every stage, open and closed, and every kind of moment.

These were recorded with the first release; what came later is in :mod:`tests.replay.paths`.
"""

from __future__ import annotations

from tests.replay.paths import PATHS, Scenario
from tests.support.house import House
from workflows import contract
from workflows.contract import AppealStart


async def _to_answer(house: House, number: str, handler: str = "handler", unit: str = "station-a") -> None:
    await house.act(number, "dispatcher", "assign", lead_unit=unit)
    await house.act(number, handler, "sign")
    await house.act(number, handler, "submit_result", outcome="solved", text="已办结")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, handler, "send_answer", text="已答复", method="phone")


async def in_accept(house: House) -> str:
    """Just received."""
    return await house.submit()


async def in_assign(house: House) -> str:
    """Returned once, waiting for another unit."""
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "return_assignment", reason="不属本所辖区")
    return number


async def in_handle_paused(house: House) -> str:
    """Materials are owed; the handle clock stands still."""
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "request_supplement", items=["营业执照"])
    return number


async def closed_satisfied(house: House) -> str:
    """The ordinary way to the end, visit after a week."""
    number = await house.submit()
    await house.act(number, "window", "accept")
    await _to_answer(house, number)
    await house.act(number, "enterprise", "rate", grade=5)
    await house.forward(number, days=7)
    await house.act(number, "visitor", "record_visit", result="satisfied")
    await house.client.get_workflow_handle(number).result()
    return number


async def second_round(house: House) -> str:
    """Dissatisfied: round two, one level up, by somebody else."""
    number = await house.submit()
    await house.act(number, "window", "accept")
    await _to_answer(house, number)
    await house.act(number, "enterprise", "rate", grade=1, comment="没有解决")
    await _to_answer(house, number, "handler3", "station-b")
    return number


async def escalated(house: House) -> str:
    """A permit nobody touches: warnings, breach, ladder."""
    number = await house.submit("hazmat-toxic-purchase")
    await house.forward(number, hours=30)
    return number


async def special_permit(house: House) -> str:
    """Special circumstances, inspected, approved, issued, answered."""
    number = await house.submit("hazmat-toxic-transport")
    steps = (
        ("hazmat_handler", "review", "special", {"reason": "首次运输", "inspector": "李警官"}),
        ("hazmat_handler", "inspect", "done", {"inspector": "李警官", "inspected_at": "今日", "findings": "合格"}),
        ("hazmat_leader", "decide", "approve", {"valid_until": "2027-01-01", "quantity": "50千克"}),
        ("hazmat_handler", "issue", "done", {"document_no": "330205-001"}),
    )
    for who, step, outcome, record in steps:
        await house.act(number, who, "complete_step", step=step, outcome=outcome, record=record)
    await house.act(number, "hazmat_handler", "send_answer", text="已发证", method="online")
    return number


async def transferred(house: House) -> str:
    """To the 12345 hotline and back with its reply."""
    number = await house.submit("non-police")
    await house.act(number, "window", "transfer", body="hotline-12345", reason="非警务诉求")
    await house.act(number, "system", "transfer_receipt")
    await house.act(number, "system", "transfer_reply", text="已由住建部门处理")
    return number


async def lapsed(house: House) -> str:
    """Materials were never brought: closed as withdrawn."""
    number = await house.submit()
    await house.act(number, "window", "request_supplement", items=["委托书"])
    await house.forward(number, days=20)
    return number


async def recalled(house: House) -> str:
    """An outside body stayed silent: taken back, given to a unit of ours, visited after the first call at day seven."""
    number = await house.submit("non-police")
    await house.act(number, "window", "transfer", body="hotline-12345", reason="非警务诉求")
    await house.act(number, "window", "recall_transfer", reason="对方未签收")
    await _to_answer(house, number)
    await house.forward(number, days=8)
    return number


async def restored(house: House) -> str:
    """The tables were written again as the workflow knows them."""
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.client.get_workflow_handle(number).execute_update(contract.RESTORE, result_type=contract.Acted)
    return number


async def continued(house: House) -> str:
    """The second run of a long history."""
    opening = house.opening()
    await house.keep(opening)
    await house.client.start_workflow(
        contract.WORKFLOW,
        AppealStart(opening, continue_after=20),
        id=opening.number,
        task_queue=house.settings.task_queue,
    )
    await house.start(opening)
    for n in range(5):
        await house.act(opening.number, "enterprise", "add_information", text=f"补充{n}")
    return opening.number


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        in_accept,
        in_assign,
        in_handle_paused,
        closed_satisfied,
        second_round,
        escalated,
        special_permit,
        transferred,
        lapsed,
        recalled,
        restored,
        continued,
    )
} | PATHS
