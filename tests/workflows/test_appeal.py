"""The appeal's workflow on the real engine: what it answers, what it records, what survives."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.errors import Conflict, Forbidden, Invalid
from domain.journal import verify
from domain.vocabulary import Action, Outcome, Stage
from tests.support.house import House
from workflows import contract
from workflows.contract import AppealStart, from_error

pytestmark = pytest.mark.engine

MOST_EVENTS = 80
MOST_BYTES = 150 * 1024


async def walk_to_answer(house: House, number: str) -> None:
    """The ordinary way to a written answer."""
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "submit_result", outcome="solved", text="已协调交警划设卸货区")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已设卸货区", method="phone")


async def test_an_ordinary_appeal_closes_and_stays_small(house: House) -> None:
    number = await house.submit()
    await walk_to_answer(house, number)
    await house.act(number, "enterprise", "rate", grade=5, comment="很快")
    await house.forward(number, days=7, minutes=1)
    appeal = await house.act(number, "visitor", "record_visit", result="satisfied", text="已解决")

    assert (appeal.stage, appeal.outcome) == (Stage.CLOSED, Outcome.SOLVED)
    await house.client.get_workflow_handle(contract.workflow_id(number)).result()
    events = await house.events(number)
    assert len(events) <= MOST_EVENTS
    assert sum(e.ByteSize() for e in events) <= MOST_BYTES
    assert verify(await house.journal(number)) == ()


async def test_a_refusal_leaves_nothing_in_the_history_and_names_what_is_allowed(house: House) -> None:
    number = await house.submit()
    while not await house.gateway.confirm(number):
        """Until the enterprise has been told that it is there."""
    before = len(await house.events(number))

    with pytest.raises(Conflict) as refused:
        await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    with pytest.raises(Forbidden) as forbidden:
        await house.act(number, "handler", "accept")

    assert (refused.value.code, refused.value.stage) == ("illegal-transition", "accept")
    assert refused.value.allowed == ("change_service",)
    assert forbidden.value.code == "forbidden"
    assert len(await house.events(number)) == before
    assert [e.action for e in await house.journal(number)] == [Action.SUBMIT]


async def test_the_same_key_does_it_once_and_another_body_under_it_is_refused(house: House) -> None:
    number = await house.submit()
    message = house.message("window", "accept", key=f"{number}-accept")

    first = await house.perform(number, message)
    again = await house.perform(number, message)
    # Under another update id, so that the engine does not answer from its own memory.
    other, handle = replace(message, digest="other"), house.client.get_workflow_handle(number)
    with pytest.raises(WorkflowUpdateFailedError) as reused:
        await handle.execute_update(contract.ACT, other, id="another-id")

    assert first == again == 2
    assert isinstance(reused.value.cause, ApplicationError)
    assert isinstance(from_error(reused.value.cause), Invalid)
    assert reused.value.cause.type == "idempotency-key-reused"
    assert [e.action for e in await house.journal(number)] == [Action.SUBMIT, Action.ACCEPT]


async def test_actions_that_arrive_together_are_each_done_once_in_one_order(house: House) -> None:
    number = await house.submit()
    texts = [f"补充{n}" for n in range(8)]

    await asyncio.gather(*(house.act(number, "enterprise", "add_information", text=t) for t in texts))

    entries = await house.journal(number)
    assert [e.seq for e in entries] == list(range(1, 10))
    assert sorted(e.data["text"] for e in entries[1:]) == sorted(texts)
    assert verify(entries) == ()


async def test_of_two_accepts_in_flight_one_is_done_and_one_is_refused(house: House) -> None:
    number = await house.submit()

    results = await asyncio.gather(
        house.act(number, "window", "accept"), house.act(number, "window", "accept"), return_exceptions=True
    )

    assert sum(isinstance(r, Conflict) for r in results) == 1
    assert [e.action for e in await house.journal(number)].count(Action.ACCEPT) == 1


async def test_starting_twice_is_harmless_also_after_the_end(house: House) -> None:
    opening = house.opening()
    await house.keep(opening)
    await asyncio.gather(house.start(opening), house.start(opening))
    await house.start(opening)
    await house.act(opening.number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(opening.number).result()

    await house.start(opening)

    assert [e.action for e in await house.journal(opening.number)] == [Action.SUBMIT, Action.WITHDRAW]


async def test_a_closed_appeal_refuses_with_its_stage(house: House) -> None:
    number = await house.submit()
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(number).result()

    with pytest.raises(Conflict) as refused:
        await house.act(number, "window", "accept")

    assert (refused.value.stage, refused.value.allowed) == ("closed", ())


async def test_one_timer_is_armed_and_not_touched_by_every_action(house: House) -> None:
    number = await house.submit()
    for n in range(5):
        await house.act(number, "enterprise", "add_information", text=f"补充{n}")

    kinds = Counter(e.event_type for e in await house.events(number))

    assert kinds[EventType.EVENT_TYPE_TIMER_STARTED] == 1
    assert kinds[EventType.EVENT_TYPE_TIMER_CANCELED] == 0


async def test_a_long_history_continues_as_new_with_everything_it_knew(house: House) -> None:
    opening = house.opening()
    await house.keep(opening)
    await house.client.start_workflow(
        contract.WORKFLOW,
        AppealStart(opening, continue_after=40),
        id=opening.number,
        task_queue=house.settings.task_queue,
    )
    number = opening.number
    await house.start(opening)
    message = house.message("window", "accept", key=f"{number}-accept")
    await house.perform(number, message)
    for n in range(12):
        await house.act(number, "enterprise", "add_information", text=f"补充{n}")

    info = await house.client.get_workflow_handle(number).describe()
    assert info.raw_description.workflow_execution_info.first_run_id != info.run_id
    # The server has forgotten the update's id with the old run; the state has not.
    assert await house.perform(number, message) == 2
    appeal = await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    assert appeal.seq == 15
    assert verify(await house.journal(number)) == ()
    await house.forward(number, days=3)
    assert any(e.action is Action.ESCALATE for e in await house.journal(number))


async def test_nothing_personal_can_be_read_in_the_engines_database(house: House) -> None:
    planted = {"contact_name": "欧阳种植", "phone": "13912345678", "title": "PLANTED-TITLE", "description": "种植描述"}
    number = await house.submit(enterprise_name="种植有限公司", **planted)
    await house.act(number, "window", "accept")
    with pytest.raises(Forbidden):
        await house.act(number, "handler3", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "note", text="PLANTED-NOTE 欧阳种植来电")

    words = [*planted.values(), "种植有限公司", "PLANTED-NOTE", "示例企业"]
    raw = b"".join(p.read_bytes() for p in house.settings.data_dir.glob("engine.db*"))
    assert number.encode() in raw
    assert [w for w in words if w.encode() in raw] == []


async def test_a_full_appeal_still_continues_as_new(house: House) -> None:
    opening = house.opening(description="述" * 30_000)
    await house.keep(opening)
    await house.client.start_workflow(
        contract.WORKFLOW,
        AppealStart(opening, continue_after=60),
        id=opening.number,
        task_queue=house.settings.task_queue,
    )
    number = opening.number
    await house.start(opening)
    long_items = ["料" * 300] * 50
    await house.act(number, "window", "request_supplement", items=long_items, reason="因" * 2000)
    await house.act(number, "enterprise", "supplement", items=long_items)
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    refused = None
    for _ in range(15):
        try:
            await house.act(number, "handler", "submit_result", outcome="solved", text="果" * 2000, evidence=long_items)
        except Conflict as conflict:
            refused = conflict
            break
        await house.act(number, "leader", "review", approved=False, reason="再补充")
    assert refused is not None
    assert refused.code == "appeal-full"

    # The pages turn, and the appeal goes on to its end.
    for n in range(6):
        await house.act(number, "enterprise", "add_information", text=f"补充{n}")
    info = await house.client.get_workflow_handle(number).describe()
    assert info.raw_description.workflow_execution_info.first_run_id != info.run_id
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(number).result()
