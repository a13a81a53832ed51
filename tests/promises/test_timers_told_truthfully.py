"""The stories of test_time_told_truthfully.py that are about timers, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.clock import Colour, Status
from domain.colours import colour
from domain.moments import next_moment
from domain.rules import OPEN_ABOUT_TIME, Rules, Statutory
from domain.vocabulary import Action, EscalationState, Stage
from storage.codec import make_rules
from tests.promises.ways import begun, clock, due, entries, fired, kept, own_now, reading, refused, told, told_of, until
from tests.support.house import House
from workflows import contract

pytestmark = pytest.mark.engine

NEW = {"edition": OPEN_ABOUT_TIME}


async def in_hand(house: House, **changed: Any) -> str:
    """Of these limits, and in the hands of ``handler``."""
    number = await begun(house, kept(house, policy=NEW, **changed))
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    return number


async def test_osticket_5955_a_case_that_is_opened_again_is_not_overdue_and_nobody_is_mailed(house: House) -> None:
    number = await in_hand(house, handle="3 hours")
    late = await house.forward(number, hours=5)
    assert reading(late, "handle").status is Status.BREACHED
    await house.act(number, "handler", "submit_result", outcome="solved", text="已办")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已办", method="phone")
    mails, rungs = len(await told(house, number)), len(await fired(house, number, "handle"))

    again = await house.act(number, "enterprise", "rate", grade=1)
    later = await house.forward(number, hours=2)

    assert (again.stage, again.round, reading(again, "handle").status) == (Stage.ASSIGN, 2, Status.RUNNING)
    assert due(again, "handle") == clock(again, "handle").started_at + timedelta(hours=3)  # type: ignore[operator]
    assert colour(later, await own_now(house, number)) is Colour.GREEN
    assert (len(await told(house, number)), len(await fired(house, number, "handle"))) == (mails, rungs)
    assert [e.state for e in later.escalations] == [EscalationState.ENDED]


async def test_zammad_904_what_was_merged_has_no_timer_left(house: House) -> None:
    into = await house.submit()
    number = await house.submit()
    await until(house, number, due(await house.look(number), "accept") - timedelta(minutes=1))
    before = len(await told(house, number))

    merged = await house.act(number, "window", "merge", into=into)

    assert (merged.stage, next_moment(merged)) == (Stage.CLOSED, None)
    # The workflow itself has ended: no timer of it is left to fire.
    await house.client.get_workflow_handle(contract.workflow_id(number)).result()
    assert (await house.journal(number))[-1].action is Action.MERGE
    assert len(await told(house, number)) == before


async def test_glpi_5319_a_rung_that_was_missed_does_not_block_the_next(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=23), handle="24 hours"))
    missed = await fired(house, number, "handle")
    assert [(e.data["rung"], e.data["missed"]) for e in missed] == [("75", True), ("90", False)]

    await until(house, number, due(await house.look(number), "handle") + timedelta(hours=4))

    later = await fired(house, number, "handle")
    assert [(e.data["rung"], e.data["missed"]) for e in later[2:]] == [("100", False), ("+1", False)]
    assert [rung for rung, _, _ in await told_of(house, number, "handle")] == ["90", "100", "+1"]


async def test_glpi_6902_a_limit_that_is_swapped_keeps_its_pause_and_its_timer_follows(house: House) -> None:
    number = await in_hand(house, handle="24 hours", handle_urgent="6 hours")
    await house.act(number, "handler", "request_supplement", items=["证明"])
    await house.forward(number, hours=5)
    await house.act(number, "enterprise", "supplement", items=["证明"])

    urgent = await house.act(number, "leader", "set_urgency", urgent=True, reason="停产")

    (pause,) = clock(urgent, "handle").pauses
    assert pause.ended_at is not None
    waited = pause.ended_at - pause.started_at
    assert due(urgent, "handle") == clock(urgent, "handle").started_at + timedelta(hours=6) + waited  # type: ignore[operator]
    assert (await house.journal(number))[-1].data["breached_by_change"] is False
    assert await fired(house, number, "handle") == []
    await until(house, number, due(urgent, "handle"))
    assert [e.data["rung"] for e in await fired(house, number, "handle")] == ["75", "90", "100"]


def retyped(rules: Rules) -> Rules:
    """The right service, in the appeal's own policy and calendar."""
    law = Statutory("2 hours", "《规定》第七条", "2020-09-01")
    service = replace(rules.service, code="non-police", name="非警务诉求", handle="1 hour", statutory=law)
    return make_rules(service, rules.policy, rules.calendar, rules.timetables)


async def test_a_change_of_service_that_breaks_a_limit_says_so_and_calls_at_once(house: House) -> None:
    number = await begun(house, kept(house, policy=NEW, handle="24 hours"))
    await house.act(number, "window", "accept")
    waiting = await house.forward(number, minutes=90)
    message = house.message("dispatcher", "change_service", service="non-police", reason="登记有误")

    await house.perform(number, replace(message, rules=retyped(waiting.rules)))
    changed = await house.forward(number, seconds=2)

    assert changed.rules.service.code == "non-police"
    (entry,) = await entries(house, number, Action.CHANGE_SERVICE)
    assert {m["clock"]: m["breached_by_change"] for m in entry.data["moved"]} == {"handle": True, "statutory": False}
    assert entry.data["breached_by_change"] is True
    assert clock(changed, "statutory").started_at == clock(changed, "handle").started_at
    assert [e.data["rung"] for e in await fired(house, number, "handle")] == ["75", "90", "100"]
    # 75 % of two hours is behind as well, and fires at once for the limit that is new.
    assert [e.data["rung"] for e in await fired(house, number, "statutory")] == ["75"]
    assert [(e.clock, e.state) for e in changed.escalations] == [("handle", EscalationState.OPEN)]


async def test_the_enterprise_is_told_of_an_extension_and_a_pause_after_the_deadline_is_refused(house: House) -> None:
    number = await in_hand(house, handle="3 hours")
    await house.act(number, "handler", "request_extension", budget="2 hours", reason="外调", legal_basis="规程第五条")
    granted = await house.act(number, "leader", "decide_extension", granted=True)
    await house.forward(number, seconds=2)
    (notice,) = [n for n in await told(house, number) if n.template == "decide_extension"]
    assert (notice.audience, notice.data["budget"]) == (("enterprise",), "2 hours")

    over = due(granted, "handle")
    await until(house, number, over)
    later = (over + timedelta(days=1)).isoformat()
    refusal = await refused(house, number, "handler", "pause", reason_code="force_majeure", until=later)
    assert refusal.code == "deadline-passed"
