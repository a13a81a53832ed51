"""The channels that a deployment has set up, from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from runtime.settings import Settings
from runtime.webhooks import Secrets
from storage.contact_points import KINDS, SMS
from worker.channels.by_apprise import ByApprise
from worker.channels.channel import Channel
from worker.channels.gateway import Gateway


def channels_of(settings: Settings) -> dict[str, Channel]:
    """By name: text messages where there is a gateway, every other kind where a file has its URL."""
    folder, private = settings.channel_secrets, settings.private_channels
    found: dict[str, Channel] = {}
    if settings.sms_gateway_url:
        secrets = Secrets(folder, variables="APPEALS_CHANNEL_SECRET")
        found[SMS] = Gateway(SMS, settings.sms_gateway_url, secrets, private=SMS in private)
    for name in KINDS:
        if name != SMS and (folder / name).is_file():
            found[name] = ByApprise(name, folder / name, private=name in private)
    return found


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Mapping[str, Channel]]:
    """Those channels, closed at the end."""
    channels = channels_of(settings)
    try:
        yield channels
    finally:
        for channel in channels.values():
            await channel.close()
