"""Records the histories that every later release must still replay: ``python -m tests.replay.record [NAME…]``.

Without names, those that are not kept yet: a history is recorded once and kept, and anew only with the reason in the
commit. The payloads are encrypted with the key beside them, which encrypts nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from tests.replay.scenarios import SCENARIOS
from tests.support.engine import Engine
from tests.support.house import open_house

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
KEYS = HERE / "codec-keys"


def anonymous(text: str) -> str:
    """A history names the process and the machine that ran it; a kept one need not."""
    mine = re.escape(f"{os.getpid()}@{socket.gethostname()}")
    # Whole values and the queue name made of them; payloads are base64 and hold no "@".
    return re.sub(rf'"{mine}([^"]*)"', r'"worker\1"', text)


async def record(names: list[str]) -> None:
    """Runs the scenarios on a real engine and keeps their histories."""
    with tempfile.TemporaryDirectory() as directory:
        if KEYS.exists():
            shutil.copy(KEYS, Path(directory) / "codec-keys")
        engine = Engine(Path(directory))
        engine.start()
        try:
            async with open_house(engine.settings) as house:
                for name in names:
                    number, _, run = (await SCENARIOS[name](house)).partition("/")
                    history = await house.client.get_workflow_handle(number, run_id=run or None).fetch_history()
                    compact = json.dumps(json.loads(anonymous(history.to_json())), separators=(",", ":"))
                    (HISTORIES / f"{name}.json").write_text(compact + "\n")
        finally:
            engine.stop()
        shutil.copy(engine.settings.key_file, KEYS)


if __name__ == "__main__":
    HISTORIES.mkdir(exist_ok=True)
    kept = {path.stem for path in HISTORIES.glob("*.json")}
    asyncio.run(record(sys.argv[1:] or [name for name in SCENARIOS if name not in kept]))
