"""One running system, seen from outside: a day of requests, a database that was locked, a workflow that fails."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from runtime.datadir import DataDir
from runtime.settings import Settings
from runtime.temporal import connect
from tests.support.otlp import Collector
from tests.support.running import Running, submission
from workflows import contract

#: What nobody may find in a log, a label, a span.
PERSONAL = ("欧阳慕容雪", "13987654321", "宝贝仓库后门", "半夜有人翻墙进来", "补充说明里的话", "紧急找李四")
CALLERS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
BROKEN = "SQ20261122-99999999"


class Story:
    """What was done, and where to look."""

    def __init__(self, running: Running, traces: Collector) -> None:
        self.running, self.traces = running, traces
        self.worker_url = f"http://{DataDir(running.directory).run_lock.holder().note['worker_metrics']}"
        self.number = ""
        self.lag_while_locked = 0.0

    def tell(self) -> None:
        """A submission, actions, refusals, an unknown appeal; then a lock, then a failing workflow."""
        name, phone, title, description, text, query = PERSONAL
        body = submission(contact={"name": name, "phone": phone}, title=title, description=description)
        trace = {"traceparent": f"00-{CALLERS_TRACE}-{CALLERS_SPAN}-01"}
        self.number = self.post("system", "/v1/appeals", body, "req-submit", **trace).json()["number"]
        self.act("window", "accept", "req-accept")
        self.act("window", "accept", "req-refused")
        self.act("enterprise", "add_information", "req-told", text=text)
        self.act("dispatcher", "assign", "req-assign", lead_unit="station-a")
        self.get("supervisor", f"/v1/appeals?q={query}")
        self.get("supervisor", "/v1/appeals/SQ20261122-00000000")
        self.get("supervisor", f"/v1/{phone}")
        self.start_a_workflow_that_fails()
        with self.locked_database():
            self.act("handler", "sign", "req-locked")
            self.lag_while_locked = until(self.lag)
        until(lambda: self.lag() == 0)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        self.act("handler", "pause", "req-tells", reason_code="awaiting_enterprise", note=text, until=tomorrow)
        until(lambda: "req-tells" in self.told())

    def told(self) -> list[str]:
        """Whose requests the messages were about."""
        return [line["request_id"] for line in self.lines("api") if line["event"] == "notice"]

    def lag(self) -> float | None:
        """What the worker says of writes that wait."""
        return self.sample("worker", "appeals_activity_lag_seconds", activity="write_records")

    def post(self, who: str, path: str, body: dict[str, Any], request: str, **headers: str) -> httpx2.Response:
        headers |= self.running.headers(who, request) | {"X-Request-Id": request}
        return httpx2.post(self.running.url + path, headers=headers, json=body, timeout=60, trust_env=False)

    def get(self, who: str, path: str) -> httpx2.Response:
        return httpx2.get(self.running.url + path, headers=self.running.headers(who), timeout=60, trust_env=False)

    def act(self, who: str, action: str, request: str, /, **body: Any) -> httpx2.Response:
        return self.post(who, f"/v1/appeals/{self.number}/actions/{action}", body, request)

    def lines(self, process: str) -> list[dict[str, Any]]:
        """Of one process's real log file."""
        text = (self.running.directory / "logs" / f"{process}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def scrape(self, process: str) -> list[Sample]:
        """Every sample of one process's one real scrape, as Prometheus reads it."""
        url = {"api": self.running.url, "worker": self.worker_url}[process]
        text = httpx2.get(f"{url}/metrics", timeout=30, trust_env=False).text
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def sample(self, process: str, name: str, **labels: str) -> float | None:
        """One sample's value."""
        return next((s.value for s in self.scrape(process) if s.name == name and s.labels == labels), None)

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Somebody holds the database and lets nobody write."""
        with closing(sqlite3.connect(self.running.directory / "appeals.db", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")

    def start_a_workflow_that_fails(self) -> None:
        """An appeal without its opening: every task of its workflow fails, and is tried again for ever."""
        engine = DataDir(self.running.directory).running_engine()
        settings = Settings.load(data_dir=self.running.directory, engine_address=engine)

        async def start() -> None:
            client = await connect(settings)
            await client.start_workflow(
                contract.WORKFLOW, contract.AppealStart(), id=BROKEN, task_queue=settings.task_queue
            )

        asyncio.run(start())


def until(ready: Callable[[], Any], seconds: float = 60) -> Any:
    """What ``ready`` says as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@contextmanager
def told(directory: Path, traces: Collector) -> Iterator[Story]:
    """The story on a system of its own."""
    running = Running(directory)
    before = dict(os.environ)
    os.environ |= {"APPEALS_TRACES": traces.url, "OTEL_BSP_SCHEDULE_DELAY": "200", "NO_PROXY": "127.0.0.1"}
    try:
        running.start()
        story = Story(running, traces)
        story.tell()
        yield story
    finally:
        os.environ.clear()
        os.environ.update(before)
        running.stop()
