"""协办: the lead unit asks another unit and waits for its reply; the lead stays the lead."""

from __future__ import annotations

import pytest

from domain.budget import parse
from domain.errors import Conflict, Forbidden, Invalid
from domain.measure import add
from domain.vocabulary import Stage
from tests.promises.ways import due, reading, refused, signed, start, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_a_question_to_another_unit_is_answered_by_it_and_moves_nothing(house: House) -> None:
    number = await signed(house)
    asked = await house.act(number, "handler", "ask_cooperation", unit="station-b", question="该车是否登记在贵所辖区")
    assert (asked.stage, reading(asked, "handle").status) == (Stage.HANDLE, "running")
    assert [(c.unit.code, c.answered_at) for c in asked.cooperations] == [("station-b", None)]

    assert isinstance(await refused(house, number, "hazmat_handler", "answer_cooperation", text="我们答"), Forbidden)
    answered = await house.act(number, "handler3", "answer_cooperation", text="已核实,登记在本辖区")

    assert [(c.answer, c.answered_at) for c in answered.cooperations] == [("已核实,登记在本辖区", answered.last_at)]
    assert answered.lead is not None
    assert (answered.stage, answered.lead.code) == (Stage.HANDLE, "station-a")
    again = await refused(house, number, "handler3", "answer_cooperation", text="再答")
    assert isinstance(again, Conflict)
    assert again.code == "no-open-question"


async def test_only_a_unit_that_exists_is_asked(house: House) -> None:
    number = await signed(house)
    unknown = await refused(house, number, "handler", "ask_cooperation", unit="station-z", question="?")
    assert isinstance(unknown, Invalid)
    assert (unknown.code, unknown.faults[0].pointer) == ("unknown-unit", "/unit")


async def test_an_asked_unit_that_stays_silent_is_called_level_by_level_and_may_refuse_with_a_reason(
    house: House,
) -> None:
    number = await signed(house)
    await house.act(number, "handler", "ask_cooperation", unit="station-b", question="该车是否登记在贵所辖区")
    appeal = await house.act(number, "handler", "ask_cooperation", unit="public-order", question="是否为备案单位")
    deadline = due(appeal, "cooperation")
    assert deadline == add(start(appeal, "cooperation"), parse("2 working days"), appeal.rules.calendar)

    late = await until(house, number, deadline)

    calls = [("75", ("handler",)), ("90", ("leader",)), ("100", ("duty",))]
    told = await told_of(house, number, "cooperation")
    for asked in ("station-b", "public-order"):
        assert [(rung, whom) for rung, unit, whom in told if unit == asked] == calls
    assert [(e.owner_unit, e.ended_at) for e in late.escalations] == [("station-b", None), ("public-order", None)]
    refused_help = await house.act(number, "handler3", "refuse_cooperation", reason="不在本所辖区")
    assert [e.ended_at is None for e in refused_help.escalations] == [False, True]
    answered = await house.act(number, "hazmat_handler", "answer_cooperation", text="已备案")
    assert [e.ended_at is None for e in answered.escalations] == [False, False]
    assert [(c.refusal, c.answer) for c in answered.cooperations] == [("不在本所辖区", ""), ("", "已备案")]
