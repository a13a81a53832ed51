"""A plain HTTP gateway, as providers of text messages have them: one POST a message, signed, by an idempotency key.

The gateway sees to it that one key is one message (docs/messages.md): so an attempt that was cut off is repeated.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Final

import httpx2

from runtime.webhooks import Secrets, signed
from storage.message_texts import Text
from storage.messages import Result
from worker.channels.channel import ALTOGETHER, Answer
from worker.guard import resolve
from worker.outbound import FAULTS, client, fault_of
from worker.retrying import asked_for

_AT_ONCE: Final = 64
_JUDGED_SECONDS: Final = 30.0
"""So long an address that was looked up and judged is called as it is."""

#: Said of this message or this address, so sending it again would change nothing.
_REFUSALS: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class Gateway:
    """The gateway at one address."""

    repeatable = True
    at_once = _AT_ONCE

    def __init__(
        self, name: str, url: str, secrets: Secrets, *, private: bool = False, seconds: float = ALTOGETHER
    ) -> None:
        """``name`` is the channel's, and its secret's. ``private`` lets it lie in a private network."""
        self.name = name
        self._url = httpx2.URL(url)
        self._secrets = secrets
        self._private = private
        self._seconds = seconds
        self._judged: tuple[str, float] | None = None
        self._client = client(httpx2.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE), seconds)

    async def send(self, key: str, address: str, text: Text) -> Answer:
        """Posts the message; only the first line of the answer is read."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(key, address, text)
        except FAULTS as error:
            return Answer(Result.FAILED, fault_of(error))

    async def close(self) -> None:
        """Lets its connections go."""
        await self._client.aclose()

    async def _send(self, key: str, address: str, text: Text) -> Answer:
        now = datetime.now(UTC)
        body = json.dumps({"to": address, "text": text.whole}, ensure_ascii=False)
        headers = signed(self._secrets.of(self.name), key, now, body)
        headers |= {
            "Idempotency-Key": key,
            "Host": self._url.netloc.decode("ascii"),
            "Content-Type": "application/json; charset=utf-8",
        }
        request = self._client.build_request(
            "POST",
            # To the address that was judged, in the name that was meant: also for its certificate.
            self._url.copy_with(host=await self._address()),
            content=body.encode(),
            headers=headers,
            # An extension of one's own takes the place of all of the client's.
            extensions={"sni_hostname": self._url.host, "timeout": self._client.timeout.as_dict()},
        )
        answer = await self._client.send(request, stream=True)
        # Nobody reads what it says: a body without an end costs nothing, a short one leaves the connection open.
        await _finish(answer)
        return _judge(answer.status_code, answer.headers.get("retry-after", ""), now)

    async def _address(self) -> str:
        if self._judged is None or monotonic() - self._judged[1] > _JUDGED_SECONDS:
            port = self._url.port or (443 if self._url.scheme == "https" else 80)
            self._judged = (await resolve(self._url.host, port, private=self._private), monotonic())
        return self._judged[0]


_SHORT: Final = 1024


async def _finish(answer: httpx2.Response) -> None:
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length) <= _SHORT:
        await answer.aread()
    await answer.aclose()


def _judge(status: int, retry_after: str, now: datetime) -> Answer:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(Result.DELIVERED)
    if status in _REFUSALS:
        return Answer(Result.REFUSED, f"http-{status}")
    later = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return Answer(Result.FAILED, f"http-{status}", asked_for(retry_after, now) if later else timedelta())
