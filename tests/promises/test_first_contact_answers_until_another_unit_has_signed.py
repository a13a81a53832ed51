"""首接负责制 (S2): whoever receives it first stays answerable for it until another unit has signed for it."""

from __future__ import annotations

import pytest

from domain.errors import Conflict
from tests.promises.ways import begun, kept, refused, share, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def assigned_with_little_time(house: House) -> str:
    """So little time to handle it that its first warning comes before any of the signature's."""
    number = await begun(house, kept(house, handle="20 minutes"))
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    return number


async def test_until_it_is_assigned_the_first_contact_is_called(house: House) -> None:
    number = await begun(house, kept(house, handle="20 minutes"))
    accepted = await house.act(number, "window", "accept")

    await until(house, number, share(accepted, "handle", 75))

    assert await told_of(house, number, "handle") == [("75", "branch", ("handler",))]


async def test_while_the_unit_it_was_assigned_to_has_not_signed_the_first_contact_is_called(house: House) -> None:
    number = await assigned_with_little_time(house)

    await until(house, number, share(await house.look(number), "handle", 75))

    assert await told_of(house, number, "handle") == [("75", "branch", ("handler",))]


async def test_once_signed_it_is_the_units_own(house: House) -> None:
    number = await assigned_with_little_time(house)
    signed = await house.act(number, "handler", "sign")

    await until(house, number, share(signed, "handle", 75))

    assert await told_of(house, number, "handle") == [("75", "station-a", ("handler",))]
    refusal = await refused(house, number, "window", "accept")
    assert isinstance(refusal, Conflict)
    assert refusal.allowed == ("add_information",)
