"""The API around the real domain and the real store; a gateway that decides in this process stands for the engine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.context import Context
from api.starting import AWAY
from domain.act import Act
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.colours import moments
from domain.errors import IllegalTransition, Invalid
from domain.loop import Decision, decide
from domain.moments import fire, skip
from domain.opening import Opening, begin
from gateway.errors import EngineAway, WritePending
from runtime.settings import Settings
from storage.appeals import Appeals
from storage.audit import AuditLine, AuditReads
from storage.database import Database
from storage.organisation import Organisation
from storage.rules import store_rules
from storage.sample import sample_uscc
from storage.telling import tell
from storage.writer import AppealWriter

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
USCC, USCC2 = sample_uscc("91330205MA2AEX001"), sample_uscc("91330205MA2AEX002")


class Clock:
    """The real time, as far as the API is concerned."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


class LocalGateway:
    """Decides and writes as a workflow does. ``away`` and ``pending`` make it fail the way the engine does.

    ``broken`` is raised by a start as it is; while ``open`` is not set, starts wait. With an ``organisation`` people
    are told, and a step that finds nobody is skipped.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.away = False
        self.pending = False
        self.worker = "ok"
        self.broken: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.asked = 0
        self.acts: list[Act] = []
        self.starts = 0
        self.organisation: Organisation | None = None
        self._database = database
        self._clock = clock
        self._appeals: dict[str, Appeal] = {}
        self._offsets: dict[str, timedelta] = {}

    async def start(self, opening: Opening) -> None:
        self.asked += 1
        await self.open.wait()
        self._fail()
        if self.broken:
            raise self.broken
        self.starts += 1
        if opening.number not in self._appeals:
            await self._write(begin(opening))

    async def act(self, number: str, act: Act) -> int:
        self._fail()
        self.acts.append(act)
        appeal = self._appeals[number]
        if seen := appeal.seen.get(act.key):
            if seen.digest != act.digest:
                raise Invalid("idempotency-key-reused", "该幂等键已用于另一请求")
            return seen.seq
        now = self._now(number)
        due = fire(appeal, now)
        done = decide(due.appeal, act, now)
        if act.rules:
            async with self._database.write() as w:
                await store_rules(w, act.rules)
        await self._write(due.then(done))
        if self.pending:
            raise WritePending
        return done.appeal.seq

    async def fast_forward(self, number: str, seconds: int) -> None:
        self._fail()
        if not self._appeals[number].is_open:
            raise IllegalTransition("诉求已办结，不能再快进")
        self._offsets[number] = self._offsets.get(number, timedelta()) + timedelta(seconds=seconds)
        await self._write(fire(self._appeals[number], self._now(number)))
        async with self._database.write() as w:
            await AppealWriter(w).set_offset(number, self._offsets[number])

    async def confirm(self, number: str) -> bool:
        return number in self._appeals

    def take_doubts(self) -> frozenset[str]:
        return frozenset()

    async def readiness(self) -> dict[str, str]:
        return {"engine": "engine-away" if self.away else "ok", "worker": self.worker}

    def _now(self, number: str) -> datetime:
        return self._clock() + self._offsets.get(number, timedelta())

    def _fail(self) -> None:
        if self.away:
            raise EngineAway

    async def _write(self, decision: Decision) -> None:
        appeal = decision.appeal
        self._appeals[appeal.number] = appeal
        async with self._database.write() as w:
            await AppealWriter(w).write(appeal, decision.entries, appeal.seq, moments(appeal))
        if self.organisation:
            await self._tell(decision, self.organisation)

    async def _tell(self, decision: Decision, organisation: Organisation) -> None:
        async with self._database.write() as w:
            empty = await tell(w, decision.notices, organisation, self._clock())
        unheard = tuple(notice for notice in decision.notices if notice.id in empty)
        if (skipped := skip(decision.appeal, unheard, self._now(decision.appeal.number))).entries:
            await self._write(skipped)


class Api:
    """What a test does: call, submit, act, look into the audit log."""

    def __init__(
        self,
        app: FastAPI,
        client: httpx2.AsyncClient,
        keys: Mapping[str, str],
        gateway: LocalGateway,
        database: Database,
        clock: Clock,
        context: Context,
    ) -> None:
        self.context = context
        self.app = app
        self.client = client
        self.keys = keys
        self.gateway = gateway
        self.database = database
        self.clock = clock
        self._serial = itertools.count(1)

    def bearer(self, name: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[name]}"} if name else {}

    async def get(self, name: str | None, path: str, **more: Any) -> httpx2.Response:
        headers = {**self.bearer(name), **more.pop("headers", {})}
        return await self.client.get(path, headers=headers, **more)

    async def post(
        self, name: str | None, path: str, body: Any = None, key: str | None = "", **more: Any
    ) -> httpx2.Response:
        """``key``: the empty one stands for a fresh one, None for none at all."""
        headers = {**self.bearer(name), **more.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key or f"key-{next(self._serial)}"
        if body is not None:
            more["json"] = body
        return await self.client.post(path, headers=headers, **more)

    async def submit(self, name: str = "enterprise", key: str = "", **changes: Any) -> dict[str, Any]:
        answer = await self.post(name, "/v1/appeals", submission(**changes), key)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def engine_is_back(self) -> None:
        """And long enough for the API to ask it again."""
        self.gateway.away = False
        self.clock.now += AWAY

    async def act(self, name: str, number: str, action: str, key: str = "", /, **body: Any) -> httpx2.Response:
        return await self.post(name, f"/v1/appeals/{number}/actions/{action}", body, key)

    async def done(self, name: str, number: str, action: str, /, **body: Any) -> dict[str, Any]:
        answer = await self.act(name, number, action, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def walk(self, number: str, to: str) -> dict[str, Any]:
        """Leads an ``appeal-general`` to a stage."""
        appeal: dict[str, Any] = {}
        for stage, steps in _WAY.items():
            for name, action, body in steps:
                appeal = await self.done(name, number, action, **body)
            if stage == to:
                break
        return appeal

    async def audit(self, kind: str) -> list[AuditLine]:
        async with self.database.read() as r:
            return await AuditReads(r).find(kind=kind)

    async def appeal(self, number: str) -> Appeal:
        async with self.database.read() as r:
            stored = await Appeals(r).get(number)
        assert stored is not None
        return stored.appeal


_WAY: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "assign": [("window", "accept", {})],
    "handle": [("dispatcher", "assign", {"lead_unit": "station-a"}), ("handler", "sign", {})],
    "feedback": [("handler", "submit_result", {"outcome": "solved", "text": "已增加巡逻"})],
    "evaluate": [
        ("leader", "review", {"approved": True}),
        ("handler", "send_answer", {"text": "已增加巡逻", "method": "phone"}),
    ],
    "closed": [
        ("enterprise", "rate", {"grade": 5}),
        ("visitor", "record_visit", {"result": "satisfied"}),
    ],
}


def submission(**changes: Any) -> dict[str, Any]:
    """A body that is accepted, with changes; None as a change of a name of ``without`` is not special."""
    body: dict[str, Any] = {
        "service": "appeal-general",
        "channel": "web",
        "enterprise": {"uscc": USCC, "name": "宁波示例制造有限公司", "tiers": []},
        "contact": {"name": "张三", "phone": "13800001234"},
        "region": "330205",
        "title": "厂区夜间照明",
        "description": "东门太暗,请张三增加巡逻",
        "form": {},
    }
    return {**body, **changes}


@asynccontextmanager
async def open_api(
    folder: Path,
    keys: Mapping[str, str],
    *,
    rehearsal: bool = False,
    catalogue: Path | None = None,
    dress: Callable[[FastAPI], FastAPI] = lambda app: app,
    **more: Any,
) -> AsyncIterator[Api]:
    """The application on the database of ``folder``, as a server would run it; ``more`` are settings.

    ``dress`` puts the pages on it.
    """
    settings = Settings(data_dir=folder, rehearsal=rehearsal, catalogue_dir=catalogue, **more)
    database, clock = Database.create(settings.database_url), Clock()
    gateway = LocalGateway(database, clock)
    app = dress(create_app(settings, gateway=gateway, database=database, now=clock))
    try:
        async with app.router.lifespan_context(app) as state:

            async def serve(scope: Scope, receive: Receive, send: Send) -> None:
                scope["state"] = dict(state or {})
                await app(scope, receive, send)

            transport = httpx2.ASGITransport(app=serve)
            async with httpx2.AsyncClient(transport=transport, base_url="http://appeals.test") as client:
                yield Api(app, client, keys, gateway, database, clock, (state or {})["context"])
    finally:
        await database.close()


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, after checking that it is one: its form, its code, its Chinese words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert is_chinese(body["title"])
    assert is_chinese(body["detail"])
    assert all(is_chinese(e["detail"]) for e in body["errors"])
    return body


def pointers(body: Mapping[str, Any]) -> list[str]:
    """Where the faults are."""
    return [e["pointer"] for e in body["errors"]]


def is_chinese(text: str) -> bool:
    """Whether it is written for people here."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)
