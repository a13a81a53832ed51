"""Who is measured: each can open a case and take its five steps; an answer means that it is done and durable."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict
from typing import Any, Protocol

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from bench.bare.contract import STEPS, TASK_QUEUE, WORKFLOW, Begin, Done, Step
from bench.http_client import Connection
from runtime.settings import Settings
from runtime.temporal import connect

_OK, _CREATED, _KEPT, _PERHAPS = 200, 201, 202, 503
_AGAIN_SECONDS = 0.1

SUBMISSION: dict[str, Any] = {
    "service": "appeal-general",
    "channel": "system",
    "enterprise": {"uscc": "91330205MA2AEX0011", "name": "宁波示例制造有限公司", "tiers": []},
    "contact": {"name": "王经理", "phone": "13800001234"},
    "region": "330205",
    "title": "厂区门口违停影响装卸",
    "description": "每天早高峰货车进不来，影响发货，请协调解决。",
    "urgent": False,
    "form": {},
}
#: Who does what; the appeal then waits for its answer to be sent, as the bare workflow stays open with its timer.
WAY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("window", "accept", {}),
    ("dispatcher", "assign", {"lead_unit": "station-a"}),
    ("handler", "sign", {}),
    ("handler", "submit_result", {"outcome": "solved", "text": "已劝离违停车辆，并安排早高峰巡逻。", "evidence": []}),
    ("leader", "review", {"approved": True}),
)


class WrongAnswerError(Exception):
    """A contender answered something else than "done"."""


class Lane(Protocol):
    """One of several at the same time: takes one case after another.

    ``troubles`` counts answers that said "perhaps" or "later".
    """

    troubles: int

    async def open(self) -> str:
        """A new case; its number."""

    async def step(self, number: str, index: int) -> None:
        """The case's next step, done and durable."""

    async def close(self) -> None:
        """Lets go of what it holds."""


class ProductLane:
    """Through the API over HTTP, signed in, one connection."""

    def __init__(self, connection: Connection, keys: dict[str, str]) -> None:
        self._connection = connection
        self._keys = keys
        self.troubles = 0

    async def open(self) -> str:
        """Submits an appeal; one that is only kept is started by the relay."""
        answer = await self._post("system", "/v1/appeals", SUBMISSION, (_CREATED, _KEPT))
        number: str = json.loads(answer)["number"]
        return number

    async def step(self, number: str, index: int) -> None:
        """One action."""
        who, action, body = WAY[index]
        await self._post(who, f"/v1/appeals/{number}/actions/{action}", body, (_OK,))

    async def _post(self, who: str, path: str, body: dict[str, Any], expected: tuple[int, ...]) -> bytes:
        """A "perhaps" is asked again with the same key, as the API says; the time of all tries counts."""
        headers = f"Authorization: Bearer {self._keys[who]}\r\nIdempotency-Key: {secrets.token_hex(12)}\r\n"
        status, answer = await self._connection.ask("POST", path, headers, body)
        while status == _PERHAPS:
            self.troubles += 1
            await asyncio.sleep(_AGAIN_SECONDS)
            status, answer = await self._connection.ask("POST", path, headers, body)
        if status not in expected:
            raise WrongAnswerError(f"{path}: {status} {answer[:300].decode()}")
        self.troubles += status == _KEPT
        return answer

    async def close(self) -> None:
        """Closes the connection."""
        await self._connection.close()


class BareLane:
    """The Temporal client, directly."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.troubles = 0

    async def open(self) -> str:
        """Starts a workflow with its first update: two rows, as a submission has."""
        number = f"BARE-{secrets.token_hex(8)}"
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            WORKFLOW,
            Begin(number),
            id=number,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        step = Step(secrets.token_hex(12), "system", "submit", SUBMISSION["title"])
        await self._client.execute_update_with_start_workflow(
            "step", step, start_workflow_operation=start, id=step.key, result_type=Done
        )
        return number

    async def step(self, number: str, index: int) -> None:
        """One update."""
        who, action, body = WAY[index]
        step = Step(secrets.token_hex(12), who, action, body.get("text", ""))
        handle = self._client.get_workflow_handle(number)
        done = await handle.execute_update("step", step, id=step.key, result_type=Done)
        if done.seq != index + 2:
            raise WrongAnswerError(f"{number}: step {index} answered {done.seq}")

    async def close(self) -> None:
        """Nothing of its own."""


class LeastLane:
    """The bare workflow through an HTTP front that knows whose key it is."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._headers = f"Authorization: Bearer {key}\r\n"
        self.troubles = 0

    async def open(self) -> str:
        """Starts a workflow with its first update."""
        number = f"LEAST-{secrets.token_hex(8)}"
        await self._post(number, 1, Step(secrets.token_hex(12), "system", "submit", SUBMISSION["title"]))
        return number

    async def step(self, number: str, index: int) -> None:
        """One update."""
        who, action, body = WAY[index]
        await self._post(number, index + 2, Step(secrets.token_hex(12), who, action, body.get("text", "")))

    async def _post(self, number: str, seq: int, step: Step) -> None:
        status, answer = await self._connection.ask("POST", f"/cases/{number}/steps", self._headers, asdict(step))
        if status != _OK or json.loads(answer)["seq"] != seq:
            raise WrongAnswerError(f"{number}: {status} {answer[:300].decode()}")

    async def close(self) -> None:
        """Closes the connection."""
        await self._connection.close()


async def product_lanes(count: int, place: dict[str, Any]) -> list[Lane]:
    """Lanes through the API at ``place``."""
    return [ProductLane(Connection(place["host"], place["port"]), place["keys"]) for _ in range(count)]


async def bare_lanes(count: int, _place: dict[str, Any]) -> list[Lane]:
    """Lanes that share one client, as one process would."""
    client = await connect(Settings.load())
    return [BareLane(client) for _ in range(count)]


async def least_lanes(count: int, place: dict[str, Any]) -> list[Lane]:
    """Lanes through the bare workflow's HTTP front."""
    return [LeastLane(Connection(place["host"], place["front"]), place["key"]) for _ in range(count)]


async def dbos_lanes(count: int, place: dict[str, Any]) -> list[Lane]:
    """Lanes of the peer, which is installed for the bench only."""
    from bench import dbos_peer  # noqa: PLC0415

    return await dbos_peer.dbos_lanes(count, place)


LANES = {"product": product_lanes, "bare": bare_lanes, "least": least_lanes, "dbos": dbos_lanes}
assert len(WAY) == STEPS
