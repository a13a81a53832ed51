"""What the domain promises of crime reports and complaints holds on the real engine: moved limits, hidden tracks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clock import Status
from domain.parties import parties
from domain.relations import may_read
from domain.view import render
from domain.vocabulary import Role, Stage
from storage.catalogue_check import example
from tests.promises.taken import told
from tests.promises.test_complaints_have_two_tracks import MENDED, SECRET
from tests.promises.test_crime_reports import CONCLUDED, WHY, filed
from tests.promises.ways import act_as, clock, due, officer, own_now, reading, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def submitted(house: House, service: str) -> str:
    """With the form's examples, and every unit that its steps name."""
    kept = house.catalogue.rules_for(service).service
    named = tuple(place for code in parties(kept) if (place := house.organisation.place(code)))
    return await house.submit(service, form=example(kept.form), parties=named)


async def step(house: House, number: str, who: str, way: str, record: dict[str, str]) -> None:
    """``way`` is ``step.outcome``; ``who`` a unit, whose leader does it, or a supervisor of the bureau."""
    code, _, outcome = way.partition(".")
    roles = (Role.SUPERVISOR,) if who == "city" else (Role.LEADER, Role.HANDLER)
    body = {"step": code, "outcome": outcome, "record": record}
    await act_as(house, number, officer(house, f"{who}-{roles[0]}", who, *roles), "complete_step", **body)


async def test_a_longer_limit_of_filing_moves_its_call_and_the_case_has_months_of_its_own(house: House) -> None:
    number = await submitted(house, "crime-report")
    receipt = {"receipt_no": "受2026-1", "difficulty": "重大疑难"}
    await step(house, number, "economic-crime", "receipt.receipted", receipt)
    first = due(await house.look(number), "step")
    await step(house, number, "economic-crime", "filing.ask_more", WHY)
    await step(house, number, "city", "filing_extension.granted", WHY)

    late = await until(house, number, first + timedelta(days=1))
    limit = next(c for c in late.clocks if c.subject == "filing")
    assert ([e.budget for e in limit.extensions], limit.ended_at) == (["30 natural days"], None)
    assert not [e for e in late.escalations if e.generation == limit.generation]

    await step(house, number, "economic-crime", "filing.file", filed())
    over = await until(house, number, due(await house.look(number), "step"))
    assert (clock(over, "step").subject, reading(over, "step").status) == ("investigate", Status.BREACHED)
    assert [e.clock for e in over.escalations if e.generation == clock(over, "step").generation] == ["step"]
    await step(house, number, "economic-crime", "investigate.solved", CONCLUDED)
    assert (await house.look(number)).stage is Stage.FEEDBACK


async def test_a_complaint_is_found_by_two_units_that_do_not_see_each_other(house: House) -> None:
    number = await submitted(house, "complaint-12389")
    await act_as(house, number, officer(house, "s1", "supervision", Role.HANDLER), "sign")
    await step(house, number, "supervision", "split.both", told())
    await step(house, number, "legal", "verify_matter.founded", told("扣押超期"))
    inspector = officer(house, "inspector", "supervision", Role.INSPECTOR)
    verified = {"step": "verify_conduct", "outcome": "violated", "record": told(SECRET)}
    await act_as(house, number, inspector, "complete_step", **verified)

    appeal, now = await house.look(number), await own_now(house, number)
    legal = officer(house, "l1", "legal", Role.HANDLER)
    assert SECRET not in str(render(appeal, legal, now))
    assert "扣押超期" not in str(render(appeal, inspector, now))
    assert not may_read(appeal, officer(house, "c1", "station-c", Role.LEADER, Role.HANDLER))

    await step(house, number, "supervision", "conclude.rectify", MENDED)
    followed = await until(house, number, due(await house.look(number), "step"))
    assert (followed.stage, reading(followed, "handle").status) == (Stage.HANDLE, Status.MET)
    assert [e.clock for e in followed.escalations if e.generation == clock(followed, "step").generation] == ["step"]
    await step(house, number, "supervision", "rectify.done", told())
    assert (await house.look(number)).stage is Stage.FEEDBACK
