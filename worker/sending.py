"""One message to an outside body: signed, sent once, its answer's first line read and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import httpx2

from runtime.webhooks import Secrets, signed
from storage.deliveries import Delivery
from storage.partners import Partner
from worker.guard import resolve
from worker.outbound import FAULTS, client, fault_of

ALTOGETHER: Final = 15.0
"""Seconds for everything from the name's look-up to the answer's first line, however slowly it trickles."""
_TYPE: Final = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the HTTP status, and when to come again if that was said; or ``fault``, when none came."""

    status: int = 0
    retry_after: str = ""
    fault: str = ""


class Sender:
    """Sends. Every attempt is a connection of its own: it belongs to the one name it was made for."""

    def __init__(self, secrets: Secrets, *, seconds: float = ALTOGETHER) -> None:
        """``secrets`` sign; ``seconds`` is all the time that an attempt has."""
        self._secrets = secrets
        self._seconds = seconds
        self._client = client(httpx2.Limits(max_keepalive_connections=0), seconds)

    async def __aenter__(self) -> Self:
        """Ready to send."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets its connections go."""
        await self._client.aclose()

    async def send(self, partner: Partner, delivery: Delivery) -> Answer:
        """One attempt; whatever happens to it is an answer."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(partner, delivery)
        except FAULTS as error:
            return Answer(fault=fault_of(error))

    async def _send(self, partner: Partner, delivery: Delivery) -> Answer:
        body = delivery.body or ""
        headers = signed(self._secrets.of(partner.secret), delivery.key, datetime.now(UTC), body)
        request = await self._request(partner, body, headers)
        answer = await self._client.send(request, stream=True)
        # Nobody reads what it says: a body without an end costs nothing.
        await answer.aclose()
        return Answer(answer.status_code, answer.headers.get("retry-after", ""))

    async def _request(self, partner: Partner, body: str, headers: Mapping[str, str]) -> httpx2.Request:
        """To the address that was judged, in the name that was meant: also for its certificate."""
        url = httpx2.URL(partner.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await resolve(url.host, port, private=partner.private)
        return self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body.encode(),
            headers={**headers, "Host": url.netloc.decode("ascii"), "Content-Type": _TYPE},
            extensions={"sni_hostname": url.host, **_timeouts(self._client)},
        )


def _timeouts(client: httpx2.AsyncClient) -> dict[str, dict[str, float | None]]:
    """An extension of one's own takes the place of all of the client's."""
    return {"timeout": client.timeout.as_dict()}
