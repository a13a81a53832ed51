"""A pause by hand has a reason from a closed list and an end; it ends there by itself, and the leader knows of it."""

from __future__ import annotations

from datetime import timedelta

import jsonschema
import pytest

from domain.clock import Status
from domain.errors import Conflict, Invalid
from domain.schemas import BODIES
from domain.vocabulary import Action
from tests.promises.ways import clock, due, entries, fired, own_now, reading, refused, told
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_it_ends_by_itself_at_the_moment_that_was_named_and_the_limit_moves_by_exactly_so_much(
    house: House,
) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    until = await own_now(house, number) + timedelta(hours=3)
    paused = await house.act(
        number,
        "hazmat_handler",
        "pause",
        reason_code="awaiting_third_party",
        note="等待检测报告",
        until=until.isoformat(),
    )
    assert {reading(paused, "handle").status, reading(paused, "statutory").status} == {Status.PAUSED}

    resumed = await house.forward(number, hours=20)

    (pause,) = clock(resumed, "handle").pauses
    assert (pause.reason, pause.actor, pause.ended_at) == ("awaiting_third_party", "hazmat_handler", until)
    assert due(resumed, "handle") == resumed.created_at + timedelta(hours=24) + (until - pause.started_at)
    (ended,) = await entries(house, number, Action.PAUSE_ENDED)
    assert (ended.actor.role, ended.data["cause"]) == ("system", "pause")
    # Paused for three hours, the first warning is at 21 hours and not at 18.
    assert await fired(house, number, "handle") == []


async def test_the_leader_is_told(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    until = (await own_now(house, number) + timedelta(hours=3)).isoformat()
    body = {"reason_code": "force_majeure", "note": "台风停运", "until": until}

    await house.act(number, "hazmat_handler", "pause", **body)
    await house.forward(number, seconds=5)

    (notice,) = await told(house, number)
    assert (notice.template, notice.unit, notice.audience) == ("pause", "public-order", ("leader",))
    assert (notice.data["reason_code"], notice.data["until"]) == ("force_majeure", until)


async def test_resumed_by_hand_it_runs_again_at_once(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    until = (await own_now(house, number) + timedelta(days=3)).isoformat()
    pause = {"reason_code": "judicial_proceeding", "note": "诉讼中", "until": until}
    await house.act(number, "hazmat_handler", "pause", **pause)
    twice = await refused(house, number, "hazmat_handler", "pause", **pause)
    assert isinstance(twice, Conflict)
    assert twice.code == "already-paused"

    resumed = await house.act(number, "hazmat_handler", "resume")

    assert reading(resumed, "handle").status is Status.RUNNING
    assert (await refused(house, number, "hazmat_handler", "resume")).code == "not-paused"


async def test_without_an_end_that_lies_ahead_or_a_reason_of_the_list_there_is_no_pause(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    past = (await own_now(house, number) - timedelta(minutes=1)).isoformat()
    body = {"reason_code": "awaiting_enterprise", "note": "等待企业", "until": past}

    over = await refused(house, number, "hazmat_handler", "pause", **body)
    assert isinstance(over, Invalid)
    assert (over.code, over.faults[0].pointer) == ("not-in-future", "/until")
    schema = BODIES[Action.PAUSE]
    jsonschema.validate(body, schema)
    for bad in ({**body, "reason_code": "busy"}, {"reason_code": "force_majeure"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)
