"""好差评: the enterprise rates, never the unit that handled it; what is not rated is not rated, never satisfied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.clock import Status
from domain.errors import Conflict, Forbidden, Refusal
from domain.vocabulary import Action, Outcome, Stage
from tests.promises.ways import act_as, answered, due, entries, reading, refused, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_nobody_of_the_unit_that_handled_it_rates_it(house: House) -> None:
    number = await answered(house)

    for who in ("handler", "handler2"):
        own = await refused(house, number, who, "rate", grade=5)
        assert isinstance(own, Forbidden)
        assert own.code == "self-rating"
    for who in ("leader", "supervisor", "visitor", "window", "system"):
        assert isinstance(await refused(house, number, who, "rate", grade=5), Forbidden)
    stranger = replace(house.actor("enterprise"), id="enterprise2", uscc="91330205MA2AEX0029")
    with pytest.raises(Refusal) as another:
        await act_as(house, number, stranger, "rate", grade=5)
    assert another.value.code == "not-yours"

    assert (await house.look(number)).ratings == ()
    rated = await house.act(number, "enterprise", "rate", grade=5, comment="很快")
    assert [(r.grade, r.round) for r in rated.ratings] == [(5, 1)]
    assert rated.stage is Stage.EVALUATE
    assert (await refused(house, number, "enterprise", "rate", grade=1)).code == "already-rated"


async def test_a_rating_that_never_comes_lapses_is_not_counted_and_escalates_to_nobody(house: House) -> None:
    number = await answered(house)

    lapsed = await until(house, number, due(await house.look(number), "rating"))

    assert [(rung, whom) for rung, _, whom in await told_of(house, number, "rating")] == [
        ("75", ("enterprise",)),
        ("100", ("enterprise",)),
    ]
    assert (lapsed.ratings, reading(lapsed, "rating").status) == ((), Status.STOPPED)
    assert [e.data["clock"] for e in await entries(house, number, Action.LAPSE)] == ["rating"]
    assert await entries(house, number, Action.ESCALATE) == []
    # Nor does the lapse close it: that takes the return visit.
    assert lapsed.stage is Stage.EVALUATE
    late = await refused(house, number, "enterprise", "rate", grade=5)
    assert isinstance(late, Conflict)
    assert late.code == "rating-lapsed"

    closed = await house.act(number, "visitor", "record_visit", result="satisfied")
    assert (closed.stage, closed.outcome, closed.ratings) == (Stage.CLOSED, Outcome.SOLVED, ())


async def test_after_a_satisfied_visit_the_lapse_closes_it_without_a_rating(house: House) -> None:
    number = await answered(house)
    visited = await house.act(number, "visitor", "record_visit", result="satisfied")
    assert visited.stage is Stage.EVALUATE

    closed = await until(house, number, due(visited, "rating"))

    assert (closed.stage, closed.outcome, closed.ratings) == (Stage.CLOSED, Outcome.SOLVED, ())
