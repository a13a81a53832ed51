"""On the real engine over HTTP: a permit's time is up, people are called, one takes it, the other is told who."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from domain.vocabulary import EscalationState
from runtime.links import ESCALATION, load_links
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.message_texts import Texts
from storage.messages import MessageReads, Result
from tests.promises.ways import due, until
from tests.support.house import House
from web.site import add_pages
from worker.channels.channel import Answer
from worker.messenger import Messenger

pytestmark = [pytest.mark.engine, pytest.mark.alone]


class Client:
    """Calls the API as somebody of the sample organisation."""

    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str]) -> None:
        self.bare = client
        self._keys = keys

    async def get(self, who: str, path: str) -> httpx2.Response:
        return await self.bare.get(path, headers={"Authorization": f"Bearer {self._keys[who]}"})

    async def act(self, who: str, escalation: str, action: str, /, **body: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._keys[who]}", "Idempotency-Key": f"{who}-{action}"}
        return await self.bare.post(f"/v1/escalations/{escalation}/actions/{action}", headers=headers, json=body)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    app = add_pages(create_app(house.settings, gateway=house.gateway, database=house.database))
    async with app.router.lifespan_context(app) as state:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(serve), base_url="http://appeals.test") as opened:
            yield Client(opened, json.loads((house.settings.data_dir / "sample-keys.json").read_text()))


class Phones:
    """A channel on which everything arrives."""

    name = "sms"
    at_once = 8
    repeatable = True

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def send(self, _key: str, address: str, text: Any) -> Answer:
        self.got.append((address, text.whole))
        return Answer(Result.DELIVERED)

    async def close(self) -> None:
        """Nothing is open."""


async def breached(house: House) -> str:
    """The escalation of a permit whose promise is broken, once its people have been told."""
    number = await house.submit("hazmat-toxic-purchase")
    appeal = await house.look(number)
    appeal = await until(house, number, due(appeal, "handle") + timedelta(seconds=1))
    (escalation,) = appeal.escalations
    await told(house, number, "hazmat_leader")
    return escalation.id


async def told(house: House, number: str, account: str) -> None:
    async with asyncio.timeout(60):
        while account not in await calls(house, number):
            """Until the activity has run."""


async def calls(house: House, number: str) -> dict[str | None, str]:
    async with house.database.read() as r:
        return {m.account: m.status.value for m in await MessageReads(r).of(number) if m.escalation}


async def test_two_press_at_once_and_the_second_is_told_who_was_first(house: House, client: Client) -> None:
    escalation = await breached(house)
    answers = await asyncio.gather(*(client.act(who, escalation, "acknowledge") for who in ("hazmat_leader", "duty")))
    won, lost = sorted(answers, key=lambda a: a.status_code)
    assert (won.status_code, lost.status_code) == (200, 409), (won.text, lost.text)
    assert lost.json()["code"] == "already-acknowledged"
    assert won.json()["acknowledged_by_name"] in lost.json()["detail"]
    assert {"hand_over", "end"} <= set(lost.json()["allowed"])

    refused = await client.act("traffic-leader", escalation, "acknowledge")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-called")
    assert "卫治安" in refused.json()["detail"]
    assert (await client.act("enterprise", escalation, "acknowledge")).status_code == 404

    first = won.json()["acknowledged_by"]
    handed = await client.act(first, escalation, "hand_over", to="hazmat_handler", reason="换班")
    assert handed.json()["state"] == "open"
    await told(house, handed.json()["number"], "hazmat_handler")
    taken = await client.act("hazmat_handler", escalation, "acknowledge")
    assert taken.json()["acknowledged_by"] == "hazmat_handler", taken.text


async def test_taken_by_the_link_in_the_message_nobody_else_is_sent_anything(house: House, client: Client) -> None:
    async with house.database.write() as w:
        for account, phone in (("hazmat_leader", "13900000001"), ("duty", "13900000002")):
            points = [ContactPoint("sms", phone)]
            await ContactPointsWriter(w).replace(account, points, datetime.now(UTC), "r")
    escalation = await breached(house)
    number = (await client.get("duty", f"/v1/escalations/{escalation}")).json()["number"]
    links, phones = load_links(house.settings), Phones()
    assert links is not None
    texts = Texts(
        None,
        house.organisation,
        public_url="https://appeals.example",
        token=lambda of, account, at: links.sign(ESCALATION, of, account, at=at),
    )
    messenger = Messenger(house.database, {"sms": phones}, texts, rehearsal=True)
    await messenger.turn()
    await messenger.idle()
    mine = next(text for phone, text in phones.got if phone == "13900000001" and "/escalations/" in text)
    (link,) = re.findall(r"https://appeals\.example(/escalations/\S+)", mine)
    page = await client.bare.get(link)
    assert (page.status_code, "尚无人认领" in page.text) == (200, True)
    assert (await client.bare.post(link)).status_code == 303
    appeal = await house.look(number)
    assert appeal.escalations[0].state is EscalationState.ACKNOWLEDGED
    assert appeal.escalations[0].acknowledged_by == "hazmat_leader"
    seq = appeal.seq
    assert (await client.bare.post(link)).status_code == 303
    assert (await house.look(number)).seq == seq
    while await messenger.turn():
        pass
    await messenger.idle()
    assert "waiting" not in (await calls(house, number)).values()
