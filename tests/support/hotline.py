"""The sample's partner as a process of its own, with its own file: what a real one on another machine would be."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from examples.partner_hotline.store import Store
from runtime.ports import answers, free_port
from runtime.webhooks import Secrets, new_secret
from storage.deliveries import Message
from storage.organisation import Organisation
from storage.partners import Partner, partners_of

ROOT = Path(__file__).parents[2]
UNIT = "hotline-12345"
_READY_SECONDS = 60
_CALM = {"status": "", "slow": "", "retry-after": "", "location": "", "lie": "", "twice": ""}


class Hotline:
    """A running partner; ``store`` is its own file, by which it is also told how to behave."""

    def __init__(self, directory: Path, callback: str = "http://127.0.0.1:9/nowhere") -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/events"
        self.secrets = Secrets(directory)
        self.secret_file = directory / UNIT
        self.secret_file.write_text(new_secret())
        self.store = Store(directory / "hotline.db")
        self._callback = callback
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        environment = {
            "HOTLINE_DATABASE": str(self.directory / "hotline.db"),
            "HOTLINE_SECRET_FILE": str(self.secret_file),
            "HOTLINE_CALLBACK": self._callback,
            "HOTLINE_PORT": str(self.port),
        }
        command = [sys.executable, "-m", "examples.partner_hotline", "serve"]
        self._process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
        deadline = time.monotonic() + _READY_SECONDS
        while not answers("127.0.0.1", self.port):
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)
            self._process = None

    def behave(self, **changes: str) -> None:
        """From now on; whatever is not named, well."""
        self.store.behave(**(_CALM | {name.replace("_", "-"): value for name, value in changes.items()}))

    def forget(self) -> None:
        """As if it were new."""
        with closing(sqlite3.connect(self.directory / "hotline.db")) as db, db:
            for table in ("received", "matters", "answers"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours

    def received(self) -> list[tuple[str, int]]:
        """The ids of what came, in order, and how often each did."""
        return [(event["id"], event["times"]) for event in self.store.received()]

    def partner(self, **endpoint: Any) -> Partner:
        """As the sample organisation and the settings say where it is."""
        partner = partners_of(Organisation.load(), {UNIT: self.url})[UNIT]
        return Partner(**{name: getattr(partner, name) for name in partner.__slots__} | endpoint)


@contextmanager
def hotline(directory: Path, callback: str = "http://127.0.0.1:9/nowhere") -> Iterator[Hotline]:
    """A partner while the block runs."""
    directory.mkdir(parents=True, exist_ok=True)
    opened = Hotline(directory, callback)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def message(key: str, *, partner: str = UNIT, number: str = "SQ20261122-00000001") -> Message:
    """One for the outbox, as :mod:`activities.outbox` writes them."""
    event = {
        "specversion": "1.0",
        "id": key,
        "source": "urn:appeals:sample",
        "type": "appeals.transfer",
        "subject": f"{number}/1",
        "data": {"description": "路灯不亮", "title": "路灯", "transfer": f"{number}/1", "number": number},
    }
    body = json.dumps(event, ensure_ascii=False)
    return Message(key, partner, number, 1, "appeals.transfer", body, datetime.now(UTC))
