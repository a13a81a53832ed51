"""What the engine's own lists and pages show is what the appeal is, and costs little."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client

from runtime.engine import find_binary
from tests.support.house import House
from workflows import contract
from workflows.contract import AppealStart

pytestmark = pytest.mark.engine

UPSERT = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
#: Events of an ordinary appeal, with the two in which the patch says that it was taken.
#: Of these, 36 are for messages: four to the enterprise, two to whoever has work then.
AIM = 75


async def shown(client: Client, number: str) -> dict[str, Any]:
    """The attributes as the engine has them, without its own."""
    found = (await client.get_workflow_handle(number).describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in found if pair.key.name in contract.SEARCH_ATTRIBUTES}


async def upserts(house: House, number: str) -> int:
    """How many of the appeal's events are upserts of ours."""
    ours = [e.upsert_workflow_search_attributes_event_attributes for e in await house.events(number)]
    return sum(any(name in e.search_attributes.indexed_fields for name in contract.SEARCH_ATTRIBUTES) for e in ours)


async def listed(house: House, query: str) -> set[str]:
    """What the real `temporal workflow list` answers."""
    binary, address = str(find_binary(house.settings)), str(house.settings.engine_address)
    process = await asyncio.create_subprocess_exec(
        *(binary, "workflow", "list", "--query", query, "--address", address, "--output", "json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return {found["execution"]["workflowId"] for found in json.loads(out)}


async def listed_until(house: House, query: str, number: str) -> set[str]:
    """The same, once the list has caught up: it follows the appeal a moment later."""
    async with asyncio.timeout(60):
        while number not in (found := await listed(house, query)):  # noqa: ASYNC110 - the list is the engine's
            await asyncio.sleep(0.1)
    return found


async def test_a_new_appeal_is_in_the_lists_from_its_start_without_an_event(house: House) -> None:
    number = await house.submit()

    found = await shown(house.client, number)
    assert found.pop("AppealDueAt") is not None
    assert found == {
        "AppealStage": "accept",
        "AppealUnit": "branch",
        "AppealService": "appeal-general",
        "AppealColour": "green",
    }
    assert await upserts(house, number) == 0


async def test_the_real_command_line_finds_appeals_by_stage_unit_and_deadline(house: House) -> None:
    number, other = await house.submit(), await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")

    query = "AppealStage='handle' AND AppealUnit='station-a' AND AppealDueAt > '2020-01-01T00:00:00Z'"
    assert other not in await listed_until(house, query, number)
    assert number not in await listed_until(house, "AppealStage='accept' AND ExecutionStatus='Running'", other)


async def test_one_upsert_a_stage_and_the_unit_that_answers_for_it(house: House) -> None:
    number = await house.submit()
    for n in range(3):
        await house.act(number, "enterprise", "add_information", text=f"补充{n}")
    assert await upserts(house, number) == 0

    await house.act(number, "window", "accept")
    assert await upserts(house, number) == 1
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    # Who received it stays answerable until another unit has signed (S2).
    assert (await shown(house.client, number))["AppealUnit"] == "branch"
    assert await upserts(house, number) == 1
    await house.act(number, "handler", "sign")
    assert (await shown(house.client, number))["AppealUnit"] == "station-a"
    assert await upserts(house, number) == 2


async def test_the_deadline_and_the_colour_of_the_lists_follow_the_clock(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    due = (await shown(house.client, number))["AppealDueAt"]
    await house.forward(number, hours=19)
    assert (await shown(house.client, number))["AppealColour"] == "yellow"
    await house.forward(number, hours=6)
    found = await shown(house.client, number)
    assert (found["AppealColour"], found["AppealDueAt"]) == ("red", due)


async def test_a_paused_appeal_has_no_deadline_in_the_lists_until_it_goes_on(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    await house.act(number, "handler", "pause", reason_code="force_majeure", until=later)
    assert "AppealDueAt" not in await shown(house.client, number)
    await house.act(number, "handler", "resume", reason="已恢复")
    assert "AppealDueAt" in await shown(house.client, number)


async def test_what_the_lists_knew_goes_on_in_the_next_run(house: House) -> None:
    opening = house.opening()
    await house.keep(opening)
    start = AppealStart(opening, continue_after=20)
    await house.client.start_workflow(contract.WORKFLOW, start, id=opening.number, task_queue=house.settings.task_queue)
    await house.start(opening)
    number = opening.number
    await house.act(number, "window", "accept")
    for n in range(5):
        await house.act(number, "enterprise", "add_information", text=f"补充{n}")

    info = await house.client.get_workflow_handle(number).describe()
    assert info.raw_description.workflow_execution_info.first_run_id != info.run_id
    assert (await shown(house.client, number))["AppealStage"] == "assign"
    assert await upserts(house, number) == 0


async def test_an_ordinary_appeal_stays_below_seventy_five_events_with_lists_that_do_not_lie(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "submit_result", outcome="solved", text="已划设卸货区")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已设卸货区", method="phone")
    await house.act(number, "enterprise", "rate", grade=5)
    await house.forward(number, days=7, minutes=1)
    await house.act(number, "visitor", "record_visit", result="satisfied")
    await house.client.get_workflow_handle(number).result()

    kinds = Counter(e.event_type for e in await house.events(number))
    assert kinds.total() <= AIM
    found = await shown(house.client, number)
    assert (found["AppealStage"], found.get("AppealDueAt")) == ("closed", None)
    assert kinds[UPSERT] == len(("assign", "handle", "feedback", "evaluate", "closed"))


async def test_the_engines_page_of_an_appeal_says_where_it_stands(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")

    handle = house.client.get_workflow_handle(number)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert metadata.current_details.startswith("交办 assign · station-a · 到期 due 20")
    timers = [e for e in await house.events(number) if e.event_type is EventType.EVENT_TYPE_TIMER_STARTED]
    [summary] = await house.client.data_converter.decode([timers[-1].user_metadata.summary])
    assert summary == "sign 75"
    assert b"sign" not in timers[-1].user_metadata.summary.data
