"""Who acts on what is no more as it was: refused by the workflow itself, however short the time between."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.act import Act
from domain.errors import Conflict
from domain.loop import CHANGED
from tests.support.house import House

pytestmark = pytest.mark.engine

UNITS = ("station-a", "station-b", "station-a", "station-b")


async def test_of_all_who_press_at_once_one_is_done_and_the_others_are_stopped(house: House) -> None:
    number = await house.submit()
    seen = (await house.act(number, "window", "accept")).seq

    async def press(unit: str) -> str:
        act = replace(house.message("dispatcher", "assign", lead_unit=unit), read=seen)
        try:
            await house.perform(number, act)
        except Conflict as refusal:
            return refusal.code
        return unit

    told = await asyncio.gather(*(press(unit) for unit in UNITS))
    appeal = await house.look(number)
    assert sorted(told)[:-1] == [CHANGED] * (len(UNITS) - 1)
    assert (appeal.lead and appeal.lead.code, appeal.seq) == (max(told), seen + 1)


async def test_what_was_refused_so_may_come_again_by_the_same_key(house: House) -> None:
    number = await house.submit()
    seen = (await house.act(number, "window", "accept")).seq
    late: Act = replace(house.message("dispatcher", "assign", lead_unit="station-a"), read=seen - 1)
    with pytest.raises(Conflict):
        await house.perform(number, late)
    assert await house.perform(number, replace(late, read=seen)) == seen + 1
