"""What the domain promises of procedures holds on the real engine: a clock that waits, and a step that lapses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.appeal import Appeal
from domain.clock import Status
from domain.vocabulary import Action, Role, Stage
from storage.catalogue_check import example
from tests.promises.walk import REFUSAL
from tests.promises.ways import act_as, clock, due, entries, officer, reading, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def step(house: House, number: str, who: str, way: str, record: dict[str, Any]) -> Appeal:
    """``way`` is ``step.outcome``; ``who`` a unit, whose leader does it, or ``system``."""
    code, _, outcome = way.partition(".")
    person = (
        house.actor("system") if who == "system" else officer(house, f"{who}-leader", who, Role.LEADER, Role.HANDLER)
    )
    return await act_as(house, number, person, "complete_step", step=code, outcome=outcome, record=record)


async def submitted(house: House, service: str) -> str:
    return await house.submit(service, form=example(house.catalogue.rules_for(service).service.form))


async def test_the_promise_of_a_household_transfer_starts_with_the_move_out_notice(house: House) -> None:
    number = await submitted(house, "household-transfer")
    waiting = await house.forward(number, days=12)
    assert reading(waiting, "handle").status is Status.WAITING

    begun = await step(house, number, "system", "notice.arrived", {"notice_no": "迁出2026-1"})
    assert clock(begun, "handle").started_at == begun.last_at
    late = await until(house, number, due(begun, "handle") + timedelta(seconds=1))
    assert reading(late, "handle").status is Status.BREACHED
    assert [e.clock for e in late.escalations] == ["handle"]

    registered = {"registration_no": "落户2026-1", "registered_on": "2026-12-10"}
    done = await step(house, number, "public-order", "register.registered", registered)
    assert (done.stage, [d.number for d in done.documents]) == (Stage.FEEDBACK, ["落户2026-1"])


async def test_a_promise_to_mend_a_vehicle_lapses_by_itself_and_the_mark_is_taken_back(house: House) -> None:
    number = await submitted(house, "vehicle-inspection-deferred")
    tested = {
        "safety": "合格",
        "emission": "合格",
        "overall": "不合格",
        "faults": ["反光标识"],
        "inspector": "检验民警",
    }
    small = {**tested, "touches_safety": False, "commitment": "承诺书第1号"}
    promised = await step(house, number, "traffic", "inspect.deferred", small)
    assert reading(promised, "handle").status is Status.MET

    lapsed = await until(house, number, due(promised, "step"))
    (entry,) = [e for e in await entries(house, number, Action.COMPLETE_STEP) if e.actor.id == "system"]
    assert (entry.data["step"], entry.data["outcome"]) == ("rectify", "missed")
    assert timedelta() <= entry.at - due(promised, "step") < timedelta(seconds=60)

    revoked = await step(house, number, "traffic", "revoke.revoked", dict(REFUSAL))
    assert lapsed.documents[0].revoked_at is None
    assert [d.revoked_at for d in revoked.documents] == [revoked.last_at]
