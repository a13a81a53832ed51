"""kill -9 of everything, at random moments, under load: the journal is the witness."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from cli.audit import count_flawed
from runtime.datadir import DataDir
from runtime.settings import Settings
from runtime.temporal import connect
from storage.appeals import Appeals
from storage.database import Database
from tests.support.running import Running, submission
from workflows import contract

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(420)]

CLIENTS, ROUNDS = 4, 3
#: Victims in the order of each round; the moment is random.
VICTIMS = ("worker", "engine", "api", "everything")
STEPS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("window", "accept", {}),
    ("dispatcher", "assign", {"lead_unit": "station-a"}),
    ("handler", "sign", {}),
    ("handler", "note", {"text": "第一次联系企业"}),
    ("handler", "submit_result", {"outcome": "solved", "text": "已办结"}),
    ("leader", "review", {"approved": True}),
    ("handler", "send_answer", {"text": "已答复", "method": "phone"}),
)


@dataclass
class Client:
    """Walks appeals as far as it gets, repeating each request with its key until it is acknowledged."""

    running: Running
    name: str
    done: threading.Event
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def walk(self) -> None:
        """Until it is told to stop; what was begun is then brought to an end."""
        n = 0
        while not self.done.is_set():
            n += 1
            number = self._until_acknowledged("system", "/v1/appeals", f"{self.name}-{n}", submission())
            if number is None:
                return
            self.acknowledged[number] = ["submit"]
            for who, action, body in STEPS:
                path = f"/v1/appeals/{number}/actions/{action}"
                if self._until_acknowledged(who, path, f"{self.name}-{n}-{action}", body) is None:
                    return
                self.acknowledged[number].append(action)

    def _until_acknowledged(self, who: str, path: str, key: str, body: dict[str, object]) -> str | None:
        for _ in range(600):
            try:
                answer = self.running.post_once(who, path, key, body)
            except (httpx2.HTTPError, OSError):
                time.sleep(0.2)
                continue
            if answer.status_code in {200, 201, 202}:
                return str(answer.json()["number"])
            if answer.status_code != 503:
                self.refusals.append(f"{path} {answer.status_code} {answer.text}")
                return None
            time.sleep(0.2)
        self.refusals.append(f"{path}: never acknowledged")
        return None


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A system that a test may kill."""
    started = Running(tmp_path / "data")
    started.start()
    yield started
    started.stop()


async def rows_that_differ(running: Running, numbers: list[str]) -> list[str]:
    """The appeals whose tables say something else than their workflow; open ones and closed ones."""
    engine = DataDir(running.directory).running_engine()
    settings = Settings.load(data_dir=running.directory, engine_address=engine)
    client, database = await connect(settings), Database.create(settings.database_url)
    different = []
    for number in numbers:
        standing = await client.get_workflow_handle(number).query(contract.STANDING, result_type=contract.Standing)
        async with database.read() as r:
            stored = await Appeals(r).get(number)
        if stored is None or (stored.appeal.seq, stored.appeal.head) != (standing.seq, standing.head):
            different.append(number)
    await database.close()
    return different


def test_nothing_acknowledged_is_lost_or_done_twice_whoever_is_killed(running: Running) -> None:
    chance, done = random.Random(20261122), threading.Event()  # noqa: S311 - moments of death
    clients = [Client(running, f"client-{n}", done) for n in range(CLIENTS)]
    threads = [threading.Thread(target=client.walk) for client in clients]
    for thread in threads:
        thread.start()
    for victim in VICTIMS * ROUNDS:
        time.sleep(chance.uniform(0.3, 3))
        if victim == "everything":
            running.kill_everything()
            running.start()
        else:
            running.kill(victim)
    done.set()
    for thread in threads:
        thread.join(timeout=180)
        assert not thread.is_alive()

    assert [r for client in clients for r in client.refusals] == []
    acknowledged = {number: steps for client in clients for number, steps in client.acknowledged.items()}
    assert len(acknowledged) >= CLIENTS
    for number, steps in acknowledged.items():
        entries = running.ask("supervisor", f"/v1/appeals/{number}/journal")["items"]
        told = Counter(e["action"] for e in entries if e["action"] not in {"rung", "escalate"})
        assert told == Counter(steps), number
        assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    assert asyncio.run(rows_that_differ(running, list(acknowledged))) == []
    assert count_flawed(f"sqlite:///{running.directory}/appeals.db") == 0


def test_children_die_with_a_supervisor_that_was_killed_and_the_next_start_goes_on(running: Running) -> None:
    answer = running.post("system", "/v1/appeals", "before-the-kill", submission())
    number = answer.json()["number"]

    children = running.kill_supervisor()
    assert set(children) == {"api", "worker", "engine", "hotline"}
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in children.values()):
        assert time.monotonic() < deadline, children
        time.sleep(0.1)

    running.start()
    assert running.ask("supervisor", f"/v1/appeals/{number}")["stage"] == "accept"
    accepted = running.post("window", f"/v1/appeals/{number}/actions/accept", "after-the-kill", {})
    assert accepted.json()["stage"] == "assign"
