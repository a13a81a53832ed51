"""Channels that the Apprise library speaks: WeCom, DingTalk, Feishu, e-mail, and whatever else it knows by a URL.

The URL is the operator's and stands in a file, because it holds a secret; ``{address}`` in it is the person's. Apprise
works in threads, tells nothing but whether it worked, and cannot say the same thing twice as one: an attempt that was
cut off is not repeated. The library is imported when the first message is sent: it is large.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from storage.message_texts import Text
from storage.messages import Result
from worker.channels.channel import ALTOGETHER, Answer
from worker.guard import Forbidden, Unresolved, resolve

_AT_ONCE: Final = 16
ADDRESS: Final = "{address}"


class ByApprise:
    """A channel by the Apprise URL of a file."""

    repeatable = False
    at_once = _AT_ONCE

    def __init__(self, name: str, file: Path, *, private: bool = False, seconds: float = ALTOGETHER) -> None:
        """The file is read for each message: a new secret holds at once. ``private`` lets the server lie beside us."""
        self.name = name
        self._file = file
        self._private = private
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"channel-{name}")

    async def send(self, key: str, address: str, text: Text) -> Answer:  # noqa: ARG002 - Apprise has no use for it
        """One attempt in a thread. One that takes too long may still arrive."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(address, text)
        except TimeoutError:
            return Answer(Result.UNKNOWN, "timeout")
        except Forbidden:
            return Answer(Result.FAILED, "address-forbidden")
        except Unresolved:
            return Answer(Result.FAILED, "address-unknown")
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises, its words may quote what was sent
            return Answer(Result.FAILED, type(error).__name__)

    async def close(self) -> None:
        """Waits for no thread: each ends by its own time limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(self, address: str, text: Text) -> Answer:
        loop = asyncio.get_running_loop()
        plugin = await loop.run_in_executor(self._threads, self._plugin, address)
        if plugin is None:
            return Answer(Result.FAILED, "bad-url")
        if host := _host(plugin):
            # What the operator wrote; the library looks it up once more by itself.
            await resolve(host, int(plugin.port or 0), private=self._private)
        arrived = await loop.run_in_executor(self._threads, _notify, plugin, text)
        return Answer(Result.DELIVERED) if arrived else Answer(Result.FAILED, "not-taken")

    def _plugin(self, address: str) -> Any:
        import apprise  # noqa: PLC0415

        # It logs what it sends, and to whom.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        try:
            url = self._file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None
        asset = apprise.AppriseAsset(http_redirects=False, async_mode=False)
        return apprise.Apprise.instantiate(
            url.replace(ADDRESS, quote(address, safe="")), asset=asset, suppress_exceptions=True
        )


def _host(plugin: Any) -> str:
    """Where it goes, if that is the operator's choice and not the service's own address."""
    if not any("{host}" in template for template in plugin.templates):
        return ""
    return str(getattr(plugin, "smtp_host", None) or plugin.host or "")


def _notify(plugin: Any, text: Text) -> bool:
    return bool(plugin.notify(body=text.whole, title=text.title, body_format="text"))
