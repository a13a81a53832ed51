"""People in front of real browsers; whatever goes wrong in there is kept and told."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.scenery import OWN, Town
from tests.support.running import Running

DESKTOP: Final[Mapping[str, Any]] = {"viewport": {"width": 1366, "height": 768}}
PHONE: Final[Mapping[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
SIZES: Final = {"desktop": DESKTOP, "phone": PHONE}
_HERE: Final[Mapping[str, Any]] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
_ANSWERED: Final = re.compile(r"the server responded with a status of 4\d\d")
WAIT_SECONDS: Final = 45
"""For whatever is not there yet: a machine that does ten other things is no fault of the page."""


class People:
    """Whoever comes in one test: each has a browser profile of their own, and leaves with the test."""

    def __init__(self, running: Running, browser: Browser, signed_in: dict[str, Any]) -> None:
        self.running = running
        self.trouble: list[str] = []
        """What no page may cause: errors in it or on its console, answers of 5xx, requests to another host."""
        self._browser = browser
        self._signed_in = signed_in
        self._open: list[BrowserContext] = []

    async def stranger(self, size: Mapping[str, Any] = DESKTOP, **options: Any) -> Page:
        """Somebody who has not signed in."""
        context = await self._browser.new_context(base_url=self.running.url, **{**_HERE, **size, **options})
        context.set_default_timeout(WAIT_SECONDS * 1000)
        self._watch(context)
        self._open.append(context)
        return await context.new_page()

    async def person(self, name: str, size: Mapping[str, Any] = DESKTOP, *, anew: bool = False, **options: Any) -> Page:
        """Somebody of the sample, signed in. ``anew``: with a session that nobody else has, which may end."""
        if anew or name not in self._signed_in:
            page = await self.stranger(size, **options)
            await sign_in(page, name, self.running.key(name))
            if not anew:
                self._signed_in[name] = await page.context.storage_state()
            return page
        return await self.stranger(size, storage_state=self._signed_in[name], **options)

    async def leave(self) -> None:
        """Everybody goes. Raises AssertionError for whatever went wrong meanwhile."""
        for context in self._open:
            await context.close()
        assert not self.trouble, "\n".join(self.trouble)

    # What happens behind the pages

    async def appeal(self, how_far: str, title: str, *unit: str, **changes: Any) -> str:
        """An appeal of the sample's enterprise that has come so far by the API (see :class:`Town`): its number."""
        story = getattr(Town(self.running), how_far)
        number: str = await asyncio.to_thread(partial(story, title, *unit, **({"firm": OWN} | changes)))
        return number

    async def ask(self, name: str, path: str) -> Any:
        """What the API answers them."""
        return await asyncio.to_thread(self.running.ask, name, path)

    async def post(self, name: str, path: str, **body: Any) -> Any:
        """What the API answers them, which must be well."""
        answer = await asyncio.to_thread(self.running.post, name, path, str(uuid.uuid4()), body)
        assert answer.is_success, f"{name} {path}: {answer.text}"
        return answer.json()

    async def act(self, name: str, number: str, action: str, /, **body: Any) -> Any:
        """An action by the API: the appeal as it stands then."""
        return await self.post(name, f"/v1/appeals/{number}/actions/{action}", **body)

    async def fast_forward(self, number: str, seconds: float) -> Any:
        """Time passes for one appeal."""
        return await asyncio.to_thread(self.running.fast_forward, number, round(seconds))

    def _watch(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.trouble.append(f"{_where(error.page)}: {error.error}"))
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        # A form that is shown again is answered by 422, and browsers write that to the console.
        own = urlsplit(message.location.get("url", "")).path
        if _ANSWERED.search(message.text) and not own.startswith("/static/"):
            return
        self.trouble.append(f"{_where(message.page)}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.running.url:
            self.trouble.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.trouble.append(f"{response.request.method} {response.url}: {response.status}")


async def sign_in(page: Page, name: str, key: str) -> None:
    """As they do it: name and key, and the button."""
    await page.goto("/sign-in")
    await page.locator("input[name=name]").fill(name)
    await page.locator("input[name=password]").fill(key)
    await page.locator("form[action^='/sign-in'] button[type=submit]").first.click()
    await page.wait_for_url(lambda url: urlsplit(url).path != "/sign-in")


def _where(page: Page | None) -> str:
    return urlsplit(page.url).path if page else "?"
