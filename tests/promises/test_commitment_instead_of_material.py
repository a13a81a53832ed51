"""容缺受理、告知承诺 (S0 S1 S4): what may be deferred is promised in writing, with a clock of its own."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.errors import Conflict
from domain.opening import Opening
from domain.rules import Material
from domain.vocabulary import Action, Stage
from tests.promises.ways import begun, clock, due, entries, kept, reading, refused, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine

PHOTOS = Material("photos", "现场照片", deferrable=True)
LICENCE = Material("licence", "营业执照", licence=True)
STATEMENT = Material("statement", "情况说明")


def with_materials(house: House, *materials: Material) -> Opening:
    # So much time to handle it that only the commitment's own clock has anything to say.
    return kept(house, materials=materials, handle="90 natural days")


async def test_a_deferrable_gap_is_accepted_against_a_written_commitment(house: House) -> None:
    number = await begun(house, with_materials(house, PHOTOS, LICENCE))

    refusal = await refused(house, number, "window", "accept")
    assert isinstance(refusal, Conflict)
    assert refusal.code == "commitment-needed"
    promised = await house.act(number, "window", "accept", commitments=["现场照片"])

    assert (promised.stage, promised.commitments) == (Stage.ASSIGN, ("现场照片",))
    assert (clock(promised, "commitment").budget, reading(promised, "commitment").status) == (
        "10 working days",
        Status.RUNNING,
    )
    # It holds up nothing.
    assert reading(promised, "handle").status is Status.RUNNING
    brought = await house.act(number, "enterprise", "supplement", items=["现场照片"])
    assert (reading(brought, "commitment").status, brought.commitments) == (Status.MET, ())


async def test_a_gap_that_cannot_be_deferred_is_asked_for_first(house: House) -> None:
    number = await begun(house, with_materials(house, STATEMENT))

    refusal = await refused(house, number, "window", "accept", commitments=["情况说明"])
    assert isinstance(refusal, Conflict)
    assert refusal.code == "materials-missing"
    assert "request_supplement" in refusal.allowed

    await house.act(number, "window", "request_supplement", items=["情况说明"])
    await house.act(number, "enterprise", "supplement", items=["情况说明"])
    assert (await house.act(number, "window", "accept")).stage is Stage.ASSIGN


async def test_a_commitment_that_is_not_kept_reminds_and_lapses_and_the_appeal_goes_on(house: House) -> None:
    number = await begun(house, with_materials(house, PHOTOS))
    promised = await house.act(number, "window", "accept", commitments=["现场照片"])

    lapsed = await until(house, number, due(promised, "commitment"))

    assert [rung for rung, _, whom in await told_of(house, number, "commitment") if whom == ("enterprise",)] == [
        "75",
        "100",
    ]
    assert [e.data["clock"] for e in await entries(house, number, Action.LAPSE)] == ["commitment"]
    assert await entries(house, number, Action.ESCALATE) == []
    assert (lapsed.stage, reading(lapsed, "commitment").status) == (Stage.ASSIGN, Status.STOPPED)
