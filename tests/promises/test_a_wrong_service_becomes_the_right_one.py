"""A matter that came in as the wrong service becomes the right one: over HTTP, by the workflow, on the real engine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from domain.journal import verify
from domain.vocabulary import Action, Stage
from storage import sample
from tests.promises.ways import accepted, clock, due, entries, start
from tests.support.house import House

pytestmark = pytest.mark.engine

WRONG = {"service": "non-police", "reason": "登记有误"}


class Door:
    """The API in front of a house, for the sample organisation's people."""

    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str]) -> None:
        self._client = client
        self._keys = keys

    async def act(self, who: str, number: str, key: str, **body: Any) -> httpx2.Response:
        """A change of service."""
        headers = {"Authorization": f"Bearer {self._keys[who]}", "Idempotency-Key": key}
        path = f"/v1/appeals/{number}/actions/change_service"
        return await self._client.post(path, json=body, headers=headers)


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    sample.install(house.settings.database_url, house.settings.sample_keys_file)
    keys = json.loads(house.settings.sample_keys_file.read_text(encoding="utf-8"))
    app = create_app(house.settings, gateway=house.gateway, database=house.database)
    async with app.router.lifespan_context(app) as state:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        transport = httpx2.ASGITransport(app=serve)
        async with httpx2.AsyncClient(transport=transport, base_url="http://appeals.test") as client:
            yield Door(client, keys)


async def test_it_is_tried_without_a_trace_then_done_once_and_goes_on_as_the_right_one(
    house: House, door: Door
) -> None:
    number = await accepted(house)
    while not await house.gateway.confirm(number):
        """Until the enterprise has been told that it was accepted."""
    before = await house.look(number)
    events = len(await house.events(number))

    tried = await door.act("window", number, "try", **WRONG, dry_run=True)

    assert (tried.status_code, tried.json()["dry_run"], tried.json()["service"]) == (200, True, "non-police")
    assert (await house.look(number), len(await house.events(number))) == (before, events)

    made = [await door.act("window", number, "do", **WRONG) for _ in range(2)]
    assert [one.status_code for one in made] == [200, 200], [one.text for one in made]
    changed = await house.look(number)
    assert (changed.rules.service.code, changed.stage) == ("non-police", Stage.ASSIGN)
    assert (changed.rules.policy, changed.rules.calendar) == (before.rules.policy, before.rules.calendar)
    assert start(changed, "handle") == start(before, "handle")
    (entry,) = await entries(house, number, Action.CHANGE_SERVICE)
    # Both services promise five working days: nothing moves, and it says so.
    assert due(changed, "handle") == due(before, "handle")
    assert (entry.data["moved"], entry.data["breached_by_change"]) == (tried.json()["moved"], False) == ([], False)
    assert verify(await house.journal(number)) == ()

    # What was chosen lives on in the workflow: the next step is measured and recorded as the right service.
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    signed = await house.act(number, "handler", "sign")
    assert (signed.stage, signed.rules.service.code) == (Stage.HANDLE, "non-police")
    assert clock(signed, "handle").ended_at is None


async def test_what_is_refused_leaves_nothing_and_names_what_is_allowed(house: House, door: Door) -> None:
    number = await accepted(house)
    before = await house.journal(number)
    for service, code in (("no-such", "unknown-service"), ("hazmat-toxic-purchase", "apply-instead")):
        answer = await door.act("window", number, service, service=service, reason="错")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await house.journal(number) == before
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    answer = await door.act("supervisor", number, "late", **WRONG)
    assert (answer.status_code, answer.json()["stage"]) == (409, "handle")
    assert "reassign" in answer.json()["allowed"]
