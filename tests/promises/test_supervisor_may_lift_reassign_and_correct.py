"""A supervisor may order, post, lift (提级), reassign and correct at any stage before the end; nothing is erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.clock import Colour, Status
from domain.errors import Conflict, Forbidden
from domain.journal import verify
from domain.vocabulary import Action, Stage
from tests.promises.ways import (
    accepted,
    answered,
    due,
    entries,
    fired,
    own_now,
    reading,
    refused,
    running,
    signed,
    start,
    submitted,
    told_of,
    transferred,
)
from tests.support.house import House

pytestmark = pytest.mark.engine

DAY = timedelta(days=1)
ORDER = {"order": "三日内拿出方案", "posted": True, "leader": "分管副局长", "limit": "3 working days"}


async def lead(house: House, number: str) -> str | None:
    place = (await house.look(number)).lead
    return place.code if place else None


async def test_an_order_stands_on_the_file_at_any_stage_and_moves_no_stage(house: House) -> None:
    for number, stage in (
        (await house.submit(), Stage.ACCEPT),
        (await accepted(house), Stage.ASSIGN),
        (await signed(house), Stage.HANDLE),
        (await submitted(house), Stage.FEEDBACK),
        (await answered(house), Stage.EVALUATE),
    ):
        ordered = await house.act(number, "supervisor", "supervise", **ORDER)
        assert ordered.stage is stage
        (kept,) = ordered.supervisions
        assert (kept.order, kept.posted, kept.leader, kept.limit) == tuple(ORDER.values())
        assert isinstance(await refused(house, number, "leader", "supervise", **ORDER), Forbidden)


async def test_the_limit_of_an_order_calls_when_it_is_used_up_and_ends_with_the_answer(house: House) -> None:
    number = await signed(house)
    urged = await house.act(number, "supervisor", "supervise", order="两小时内到场处置", limit="2 hours")
    assert due(urged, "supervision") - start(urged, "supervision") == timedelta(hours=2)
    # Whoever is below may stop the promise, not the order.
    paused = await house.act(
        number,
        "handler",
        "pause",
        reason_code="awaiting_third_party",
        until=(await own_now(house, number) + DAY).isoformat(),
    )
    assert reading(paused, "supervision").status is Status.RUNNING

    late = await house.forward(number, hours=3)

    assert reading(late, "supervision").colour is Colour.RED
    assert [e.data["rung"] for e in await fired(house, number, "supervision")] == ["75", "90", "100"]
    assert (await told_of(house, number, "supervision"))[-1] == ("100", "station-a", ("supervisor", "duty"))
    await house.act(number, "handler", "submit_result", outcome="solved", text="已到场处置")
    await house.act(number, "leader", "review", approved=True)
    done = await house.act(number, "handler", "send_answer", text="已到场处置", method="phone")
    ended = reading(done, "supervision")
    assert (ended.status, ended.late) == (Status.MET, True)
    assert all(e.ended_at for e in done.escalations if e.clock == "supervision")


async def test_lifted_it_goes_to_the_superior_unit_unsigned(house: House) -> None:
    number = await signed(house)

    lifted = await house.act(number, "supervisor", "lift", reason="涉及多个辖区")

    assert (lifted.stage, await lead(house, number), lifted.assignment.signed_at) == (Stage.ASSIGN, "branch", None)
    assert reading(lifted, "sign").status is Status.RUNNING
    higher = await house.act(number, "supervisor", "lift", reason="重大")
    assert (higher.lead and higher.lead.code) == "city"
    top = await refused(house, number, "supervisor", "lift", reason="再提")
    assert isinstance(top, Conflict)
    assert top.code == "no-superior"


async def test_it_may_be_lifted_before_it_is_accepted_and_after_it_is_answered(house: House) -> None:
    early = await house.act(await house.submit(), "supervisor", "lift", reason="重大项目")
    assert (early.stage, early.lead and early.lead.code) == (Stage.ASSIGN, "city")
    assert reading(early, "accept").status is Status.MET
    assert {"handle", "sign"} <= running(early)

    late = await house.act(await answered(house), "supervisor", "lift", reason="企业不认可")
    assert (late.stage, late.round, late.lead and late.lead.code) == (Stage.ASSIGN, 2, "branch")


async def owing(house: House) -> str:
    number = await signed(house)
    await house.act(number, "handler", "request_supplement", items=["现场照片"])
    return number


async def replied(house: House) -> str:
    number = await transferred(house)
    await house.act(number, "system", "transfer_reply", text="已转办")
    return number


@pytest.mark.parametrize("way", [owing, transferred, replied])
async def test_it_may_be_lifted_while_somebody_outside_is_waited_for(
    house: House, way: Callable[[House], Awaitable[str]]
) -> None:
    number = await way(house)

    lifted = await house.act(number, "supervisor", "lift", reason="久拖未决,由上级直接办理")

    assert (lifted.stage, lifted.lead is not None) == (Stage.ASSIGN, True)


async def test_reassigned_another_unit_signs_anew_and_the_time_already_used_stays_used(house: House) -> None:
    number = await signed(house)
    since = start(await house.look(number), "handle")

    reassigned = await house.act(number, "supervisor", "reassign", unit="station-b", reason="场所在乙所辖区")

    assert (reassigned.stage, await lead(house, number)) == (Stage.ASSIGN, "station-b")
    assert (start(reassigned, "handle"), "handle" in running(reassigned)) == (since, True)
    assert (await house.act(number, "handler3", "sign")).stage is Stage.HANDLE
    assert isinstance(await refused(house, number, "handler", "note", text="补记"), Forbidden)


async def test_the_last_move_is_taken_back_by_a_new_entry_and_nothing_is_erased(house: House) -> None:
    number = await accepted(house)
    before = await house.look(number)
    wrong = await house.act(number, "dispatcher", "assign", lead_unit="station-c")

    corrected = await house.act(number, "supervisor", "correct", seq=wrong.seq, reason="交办对象有误")

    assert (corrected.stage, corrected.lead, running(corrected)) == (Stage.ASSIGN, None, running(before))
    journal = await house.journal(number)
    assert [e.action for e in journal] == [Action.SUBMIT, Action.ACCEPT, Action.ASSIGN, Action.CORRECT]
    assert (journal[-1].data["seq"], journal[-1].reason) == (wrong.seq, "交办对象有误")
    assert verify(journal) == ()
    again = await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    assert (again.lead and again.lead.code, reading(again, "sign").status) == ("station-a", Status.RUNNING)


async def test_only_the_last_move_and_only_while_nothing_outside_has_followed_from_it(house: House) -> None:
    number = await signed(house)
    seq = (await house.look(number)).seq
    older = await refused(house, number, "supervisor", "correct", seq=seq - 1, reason="更早的有误")
    assert isinstance(older, Conflict)
    assert older.code == "not-the-last"

    told = await answered(house)
    sent = await refused(house, told, "supervisor", "correct", seq=(await house.look(told)).seq, reason="答复有误")
    assert isinstance(sent, Conflict)
    assert sent.code == "not-correctable"
    assert await entries(house, told, Action.CORRECT) == []
