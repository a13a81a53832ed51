"""Messages to people, as a deployment's settings have them: while the worker runs, and once for a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from uuid import uuid4

from runtime.links import ESCALATION, RATE, TRACK, Links, load_links
from runtime.settings import Settings
from storage.catalogue import present_policy
from storage.contact_points import ContactPoint
from storage.database import Database
from storage.message_texts import Text, Texts
from storage.organisation import Organisation
from worker.channels.channel import Answer, Channel
from worker.channels.opened import opened
from worker.messenger import Messenger


async def send_test(
    channels: Mapping[str, Channel], points: Sequence[ContactPoint], text: Text
) -> list[tuple[ContactPoint, Answer]]:
    """One message on each of these, at once and outside of everything that is kept."""
    key = f"test:{uuid4().hex}"
    asked = [channels[p.channel].send(f"{key}:{p.channel}", p.address, text) for p in points]
    return list(zip(points, await asyncio.gather(*asked), strict=True))


def _signed(links: Links, purpose: str, what: str, whose: str, at: datetime) -> str:
    return links.sign(purpose, what, whose, at=at)


def _digits(links: Links, number: str, at: datetime) -> str:
    return links.digits(TRACK, number, at=at)


@asynccontextmanager
async def messaging(settings: Settings, database: Database, organisation: Organisation) -> AsyncIterator[Messenger]:
    """Sends while the block runs; without any channel it says of each message that it is in the inbox."""
    quiet, practice = present_policy(settings.catalogue_dir).quiet, settings.rehearsal
    links = load_links(settings)
    texts = Texts(
        settings.catalogue_dir,
        organisation,
        public_url=settings.public_url,
        rehearsal=practice,
        token=partial(_signed, links, ESCALATION) if links else None,
        rating=partial(_signed, links, RATE) if links else None,
        digits=partial(_digits, links) if links else None,
    )
    async with opened(settings) as channels:
        messenger = Messenger(database, channels, texts, quiet=quiet, rehearsal=practice)
        task = asyncio.create_task(messenger.run())
        try:
            yield messenger
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
