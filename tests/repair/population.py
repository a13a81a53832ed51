"""Appeals of many kinds, made quickly: a permit that came in days ago has its journal and escalations at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.opening import Opening
from tests.support.house import House

TOGETHER = 6


def permit(house: House, days: int) -> Opening:
    """A permit that nobody has touched for days: accepted, assigned and signed by itself, warned about, escalated."""
    opening = house.opening("hazmat-toxic-purchase")
    return replace(opening, created_at=opening.created_at - timedelta(days=days))


async def start(house: House, opening: Opening) -> str:
    """Kept and started."""
    await house.keep(opening)
    await house.start(opening)
    return opening.number


async def permits(house: House, count: int) -> list[str]:
    """So many of them, two to five days old."""
    numbers: list[str] = []
    for first in range(0, count, TOGETHER):
        openings = [permit(house, 2 + n % 4) for n in range(first, min(first + TOGETHER, count))]
        numbers += await asyncio.gather(*(start(house, one) for one in openings))
    return numbers


async def handled(house: House) -> str:
    """A general appeal that people have worked on."""
    number = await start(house, house.opening())
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "note", text="已联系企业")
    return number


async def ended(house: House) -> str:
    """A general appeal that was withdrawn; its workflow has ended."""
    number = await start(house, house.opening())
    await house.act(number, "window", "accept")
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(number).result()
    return number
