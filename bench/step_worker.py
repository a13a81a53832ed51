"""A worker whose loop takes the steps of seal engraving by data or by hand; on stdin its queue, and which of both."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import datetime

import uvloop

from bench import by_hand
from domain.act import Act
from domain.appeal import Appeal
from domain.loop import Decision, decide
from domain.vocabulary import Action
from runtime.logging import configure_logging
from runtime.settings import Settings
from runtime.temporal import connect
from storage.database import Database
from worker.main import build
from workflows import appeal as workflow_module


def decide_by_hand(appeal: Appeal, act: Act, now: datetime) -> Decision:
    """Steps by hand; whatever else happens to an appeal is the loop's."""
    return (by_hand.decide if act.action is Action.COMPLETE_STEP else decide)(appeal, act, now)


async def run(queue: str, *, hand: bool) -> None:
    """Works until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings.load(log_level="error")
    configure_logging(settings, service="steps")
    if hand:
        workflow_module.decide = decide_by_hand  # type: ignore[attr-defined]
    database = Database.create(settings.database_url)
    async with build(await connect(settings), database, queue, sandboxed=False):
        print("ready", flush=True)
        await stop.wait()
    await database.close()


if __name__ == "__main__":
    uvloop.run(run(**json.loads(sys.stdin.readline())))
