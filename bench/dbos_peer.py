"""The peer beside Temporal: the same five steps in DBOS on the same PostgreSQL, in its natural form.

DBOS is a library inside the application: one process takes requests and runs the workflows, so driver and worker are
one. A step is a message that the workflow waits for, two rows written by a DBOS step, and an event that answers.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.bare.contract import STEPS, Rows, Step
from bench.bare.records import Postgres
from bench.contenders import SUBMISSION, WAY, Lane

_DAYS = 5 * 86_400.0
_CONNECTIONS = 20
_stores: list[Postgres] = []


@DBOS.step()
async def write(number: str, seq: int, step: dict[str, Any]) -> None:
    """Two rows, committed."""
    await _stores[0].write(Rows(number, seq, Step(**step)))


@DBOS.workflow()
async def case(number: str, first: dict[str, Any]) -> None:
    """Stays open, waiting, as an appeal does."""
    await write(number, 1, first)
    await DBOS.set_event_async("1", 1)
    for seq in range(2, STEPS + 2):
        step = await DBOS.recv_async("step", timeout_seconds=_DAYS)
        await write(number, seq, step)
        await DBOS.set_event_async(str(seq), seq)
    await DBOS.recv_async("step", timeout_seconds=_DAYS)


class DbosLane:
    """Sends a message and waits for the event that answers it."""

    troubles = 0

    async def open(self) -> str:
        """Starts a workflow; it has written its first rows."""
        number = f"DBOS-{secrets.token_hex(8)}"
        with SetWorkflowID(number):
            await DBOS.start_workflow_async(case, number, _step("system", "submit", SUBMISSION["title"]))
        await DBOS.get_event_async(number, "1")
        return number

    async def step(self, number: str, index: int) -> None:
        """One message."""
        who, action, body = WAY[index]
        await DBOS.send_async(number, _step(who, action, body.get("text", "")), "step")
        await DBOS.get_event_async(number, str(index + 2))

    async def close(self) -> None:
        """Nothing of its own."""


def _step(who: str, action: str, text: str) -> dict[str, Any]:
    return asdict(Step(secrets.token_hex(12), who, action, text))


async def dbos_lanes(count: int, place: dict[str, Any]) -> list[Lane]:
    """Lanes in one process that is the application, too."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": place["dbos"],
        "sys_db_pool_size": _CONNECTIONS,
        "sys_db_polling_concurrency": _CONNECTIONS,
        "notification_coalesce_sec": 0.001,
        "log_level": "ERROR",
        "run_migrations": True,
    }
    DBOS(config=config)
    DBOS.launch()
    _stores.append(await Postgres.open(place["dbos"]))
    return [DbosLane() for _ in range(count)]
