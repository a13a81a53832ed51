"""The whole house around a real engine, without the HTTP edge: submit, act, look, move the clock."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from domain.act import Act, MergeTarget
from domain.appeal import Appeal, Contact, Enterprise, Submission
from domain.journal import Entry
from domain.opening import Opening
from domain.people import Actor, Person
from domain.vocabulary import Action, Channel, Role
from gateway.errors import GatewayError
from gateway.telling import Teller
from gateway.temporal import TemporalGateway
from runtime.settings import Settings
from runtime.temporal import connect
from storage import migrate, sample
from storage.appeals import Appeals
from storage.catalogue import Catalogue
from storage.database import Database
from storage.intake import Intake
from storage.journal import JournalReads
from storage.organisation import Organisation
from worker.main import build
from workflows import contract

USCC = "91330205MA2AEX0011"
PATIENT_SECONDS: Final = 60
"""How long the same is asked again where the engine says "perhaps"."""
_serial = itertools.count(1)
T = TypeVar("T")


class House:
    """Collaborators of one test; ``now`` of an appeal is its own clock's."""

    def __init__(self, settings: Settings, client: Client, database: Database) -> None:
        self.settings, self.client, self.database = settings, client, database
        self.catalogue, self.organisation = Catalogue.load(), Organisation.load()
        self.teller = Teller(database, lambda: self.organisation, gather=0)
        queue, rehearsal = settings.task_queue, settings.rehearsal
        self.gateway = TemporalGateway(client, database, queue, rehearsal=rehearsal, teller=self.teller)
        self._keys = itertools.count(1)

    def actor(self, name: str) -> Actor:
        """An account of API.md's sample organisation."""
        if name == "enterprise":
            return Actor("enterprise", "示例企业", (Role.ENTERPRISE,), uscc=USCC)
        if name == "system":
            return Actor("system-upstream", "上游系统", (Role.SYSTEM,))
        role, unit = _STAFF[name]
        return Actor(name, name, (role,), self.organisation.place(unit))

    def opening(self, service: str = "appeal-general", **changes: Any) -> Opening:
        """What intake would keep."""
        rules = self.catalogue.rules_for(service)
        branch = self.organisation.place("branch")
        assert branch is not None
        lead = self.organisation.place(rules.service.lead) if rules.service.lead else None
        lead = changes.pop("lead", lead)
        submission = Submission(
            channel=Channel.WEB,
            enterprise=Enterprise(USCC, changes.pop("enterprise_name", "示例企业")),
            contact=Contact(changes.pop("contact_name", "张三"), changes.pop("phone", "13800001234")),
            region="330205",
            title=changes.pop("title", "厂区门口违停影响装卸"),
            description=changes.pop("description", "每天早上货车进不来"),
            submitter=self.actor("enterprise"),
            first_unit=branch,
            lead=lead,
            **changes,
        )
        number = f"SQ20261122-{next(_serial):08d}"
        return Opening(number, rules, submission, datetime.now(UTC), "salt-of-" + number)

    async def keep(self, opening: Opening) -> None:
        """Intake's row, committed before the engine hears of it."""
        async with self.database.write() as w:
            await Intake(w).keep(
                number=opening.number,
                caller="enterprise",
                key=opening.number,
                digest="digest",
                created_at=opening.created_at,
                submission=opening.submission,
                rules=opening.rules,
                salt=opening.salt,
            )

    async def submit(self, service: str = "appeal-general", **changes: Any) -> str:
        """A new appeal, running; its number."""
        opening = self.opening(service, **changes)
        await self.keep(opening)
        await self.start(opening)
        return opening.number

    async def start(self, opening: Opening) -> None:
        """Runs what intake kept; as the relay does, until the engine has taken it. People are told then."""
        await again(lambda: self.gateway.start(opening))
        await self.teller.rest()

    def message(self, name: str, action: str, *, key: str = "", digest: str = "digest", **body: Any) -> Act:
        """An action with everything the API would resolve, but for the appeal of a merger, which :meth:`act` adds."""
        codes = [str(body[f]) for f in ("lead_unit", "second_lead", "unit", "body") if f in body]
        places = {c: p for c in codes if (p := self.organisation.place(c))}
        return Act(
            Action(action),
            self.actor(name),
            body,
            key=key or f"key-{next(self._keys)}",
            digest=digest,
            salt="salt",
            places=places,
            people={to: Person(to, to)} if (to := body.get("to")) else {},
        )

    async def act(self, number: str, name: str, action: str, **body: Any) -> Appeal:
        """Does one action; the appeal as the tables have it then."""
        message = self.message(name, action, **body)
        if "into" in body:
            message = replace(message, target=await self._target(body["into"]))
        await self.perform(number, message)
        return await self.look(number)

    async def perform(self, number: str, message: Act) -> int:
        """What the gateway answers; as clients do, by the same key again while that is "perhaps". People are told."""
        seq = await again(lambda: self.gateway.act(number, message))
        await self.teller.rest()
        return seq

    async def _target(self, number: str) -> MergeTarget | None:
        """The appeal to merge into, if there is one."""
        async with self.database.read() as r:
            stored = await Appeals(r).get(number)
        return MergeTarget.of(stored.appeal) if stored else None

    async def look(self, number: str) -> Appeal:
        """The appeal as the tables have it."""
        async with self.database.read() as r:
            stored = await Appeals(r).get(number)
        assert stored is not None
        return stored.appeal

    async def journal(self, number: str) -> list[Entry]:
        """Its journal as the tables have it."""
        async with self.database.read() as r:
            return await JournalReads(r).of(number)

    async def forward(self, number: str, **by: float) -> Appeal:
        """Moves the appeal's own clock on; when that takes too long for one answer, by what is left."""
        left = int(timedelta(**by).total_seconds())
        target = await self._now(number) + timedelta(seconds=left)
        async with asyncio.timeout(2 * PATIENT_SECONDS):
            while True:
                try:
                    await self.gateway.fast_forward(number, left)
                    break
                except GatewayError:
                    left = math.ceil((target - await self._now(number)).total_seconds())
                    if left <= 0 or not (await self.look(number)).is_open:
                        break
        return await self.look(number)

    async def _now(self, number: str) -> datetime:
        """The appeal's own."""
        async with self.database.read() as r:
            stored = await Appeals(r).get(number)
        assert stored is not None
        return datetime.now(UTC) + stored.offset

    async def history(self, number: str) -> WorkflowHistory:
        """The workflow's history as the engine keeps it."""
        return await self.client.get_workflow_handle(contract.workflow_id(number)).fetch_history()

    async def events(self, number: str) -> list[HistoryEvent]:
        """Its events."""
        return list((await self.history(number)).events)


_STAFF = {
    "window": (Role.WINDOW, "branch"),
    "dispatcher": (Role.DISPATCHER, "branch"),
    "handler": (Role.HANDLER, "station-a"),
    "handler2": (Role.HANDLER, "station-a"),
    "handler3": (Role.HANDLER, "station-b"),
    "leader": (Role.LEADER, "branch"),
    "supervisor": (Role.SUPERVISOR, "city"),
    "visitor": (Role.VISITOR, "liaison-a"),
    "duty": (Role.DUTY, "duty-room"),
    "hazmat_handler": (Role.HANDLER, "public-order"),
    "hazmat_handler2": (Role.HANDLER, "public-order"),
    "hazmat_leader": (Role.LEADER, "public-order"),
}


async def again(ask: Callable[[], Awaitable[T]], seconds: float = PATIENT_SECONDS) -> T:
    """What ``ask`` answers; asked once more while the engine has said neither yes nor no, as all clients should."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await ask()
            except GatewayError:
                await asyncio.sleep(0.1)


async def connected(settings: Settings) -> Client:
    """A client, as soon as the engine takes one."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            try:
                return await connect(settings)
            except RuntimeError:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def open_house(settings: Settings, *, worker: bool = True) -> AsyncIterator[House]:
    """A house on a fresh or an existing data directory, with a worker in this process unless told otherwise."""
    migrate.upgrade(settings.database_url)
    sample.install(settings.database_url, settings.data_dir / "sample-keys.json")
    database = Database.create(settings.database_url)
    client = await connected(settings)
    try:
        house = House(settings, client, database)
        if not worker:
            yield house
            return
        async with build(client, database, settings.task_queue, organisation=house.organisation):
            yield house
    finally:
        await database.close()
