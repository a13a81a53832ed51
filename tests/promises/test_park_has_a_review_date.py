"""挂账: parked with a leader's approval only, and looked at again on its review date."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from domain.calendar import ZONE
from domain.clock import Status
from domain.errors import Invalid
from domain.vocabulary import Action
from domain.vocabulary import Status as Waits
from tests.promises.ways import clock, entries, own_now, reading, refused, signed, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def in_days(house: House, number: str, days: int) -> str:
    return ((await own_now(house, number)).astimezone(ZONE).date() + timedelta(days=days)).isoformat()


async def test_parked_with_approval_it_stands_still_until_its_review_date_and_runs_again_by_itself(
    house: House,
) -> None:
    number = await signed(house)
    review_on = await in_days(house, number, 60)
    asked = await house.act(number, "handler", "park", reason="等待道路规划批复", review_on=review_on)
    # Asking stops nothing.
    assert (asked.status, reading(asked, "handle").status) == (Waits.OPEN, Status.RUNNING)
    parked = await house.act(number, "leader", "approve_park", granted=True)
    assert (parked.status, reading(parked, "handle").status) == (Waits.PARKED, Status.PAUSED)

    first_moment = datetime.combine(datetime.fromisoformat(review_on).date(), time(), ZONE)
    back = await until(house, number, first_moment)

    assert (back.status, reading(back, "handle").status) == (Waits.OPEN, Status.RUNNING)
    (pause,) = clock(back, "handle").pauses
    assert (pause.reason, pause.actor, pause.ended_at) == ("等待道路规划批复", "leader", first_moment)
    (ended,) = await entries(house, number, Action.PAUSE_ENDED)
    assert (ended.data["cause"], ended.actor.role) == ("park", "system")
    assert await entries(house, number, Action.RUNG, Action.ESCALATE) == []


async def test_not_approved_it_runs_on_and_the_reason_is_kept(house: House) -> None:
    number = await signed(house)
    await house.act(number, "handler", "park", reason="等待批复", review_on=await in_days(house, number, 30))
    silent = await refused(house, number, "leader", "approve_park", granted=False)
    assert isinstance(silent, Invalid)

    denied = await house.act(number, "leader", "approve_park", granted=False, reason="可先设临时卸货区")

    assert (denied.park, reading(denied, "handle").status) == (None, Status.RUNNING)
    assert (await house.journal(number))[-1].reason == "可先设临时卸货区"


async def test_a_handler_does_not_approve_his_own_parking_nor_park_into_the_past(house: House) -> None:
    number = await signed(house)
    past = await refused(
        house, number, "handler", "park", reason="等待批复", review_on=await in_days(house, number, -1)
    )
    assert past.code == "not-in-future"
    await house.act(number, "handler", "park", reason="等待批复", review_on=await in_days(house, number, 30))
    assert (await refused(house, number, "handler", "approve_park", granted=True)).code == "forbidden"
