"""Records the histories that every later release must still replay: ``python -m tests.replay.record [NAME…]``.

They are recorded once and kept; a history is recorded anew only together with the reason in the commit. The payloads
are encrypted with the key beside them, which encrypts nothing else.
"""

from __future__ import annotations

import asyncio
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
                    number = await SCENARIOS[name](house)
                    history = await house.history(number)
                    (HISTORIES / f"{name}.json").write_text(anonymous(history.to_json()))
        finally:
            engine.stop()
        shutil.copy(engine.settings.key_file, KEYS)


if __name__ == "__main__":
    HISTORIES.mkdir(exist_ok=True)
    asyncio.run(record(sys.argv[1:] or list(SCENARIOS)))
