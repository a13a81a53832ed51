"""Sends answers back: CloudEvents, signed by Standard Webhooks, again and again until the system has said yes or no."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx2
from standardwebhooks import Webhook

from examples.partner_hotline.settings import Settings
from examples.partner_hotline.store import Store

_WRONG = Webhook(b"a key that nobody has agreed on")
_LONGEST = 60.0
#: Neither yes nor no: the same event comes again, by the same id.
_AGAIN = frozenset({401, 408, 425, 429})


async def answer_all(settings: Settings, store: Store) -> None:
    """Until it is cancelled: whatever page, command or rule has put there to send."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        while True:
            for answer in store.unsent():
                try:
                    arrived = await _send(client, settings, store, answer)
                except httpx2.HTTPError:
                    arrived = False
                if not arrived:
                    # Those behind it wait: a reply should not come before its receipt.
                    store.later(answer["id"], _pause(answer["attempts"]))
                    break
            await asyncio.sleep(0.2)


async def _send(client: httpx2.AsyncClient, settings: Settings, store: Store, answer: dict[str, Any]) -> bool:
    behaviour = store.behaviour()
    body = json.dumps(_event(answer), ensure_ascii=False)
    reply = await _post(client, settings, answer["id"], body, lies=behaviour.get("lie") == "yes")
    if behaviour.get("twice") == "yes":
        # Once more as it was, and once more as if it were another.
        await _post(client, settings, answer["id"], body)
        await _post(client, settings, f"{answer['id']}-again", body)
    if reply.status_code in _AGAIN or reply.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return False
    store.sent(answer["id"], reply.status_code, reply.text)
    return True


async def _post(
    client: httpx2.AsyncClient, settings: Settings, event_id: str, body: str, *, lies: bool = False
) -> httpx2.Response:
    now = datetime.now(UTC)
    hook = _WRONG if lies else settings.hooks()[0]
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": hook.sign(event_id, now, body),
    }
    return await client.post(settings.callback, content=body.encode(), headers=headers)


def _event(answer: dict[str, Any]) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": answer["id"],
        "source": "urn:example:hotline-12345",
        "type": answer["type"],
        "time": datetime.fromtimestamp(answer["at"], UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": json.loads(answer["data"]),
    }
    return event | ({"subject": answer["transfer"]} if answer["transfer"] else {})


def _pause(attempts: int) -> float:
    return float(min(2**attempts, _LONGEST))
