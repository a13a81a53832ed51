"""一警双派 (S1·1): an alert is accepted at once and goes to the station of the place and to the branch; both report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.opening import Opening
from domain.people import Person
from domain.routing import Matter, route
from domain.vocabulary import Action, Channel, Outcome, Role, Stage
from storage.routing import Routing
from tests.promises.ways import act_as, begun, entries, kept, officer, refused
from tests.support.house import House

pytestmark = pytest.mark.engine


def alert(house: House, **form: str) -> Opening:
    """What intake keeps of an alert, routed by the sample's table."""
    opening = kept(house, "police-alert")
    said = replace(opening.submission, channel=Channel.ALERT_110, form=form)
    matter = Matter(
        service=opening.rules.service,
        region=said.region,
        channel=said.channel,
        urgent=said.urgent,
        tiers=(),
        first_unit=said.first_unit,
        territory=house.organisation.territory(said.region, said.first_unit),
        form=said.form,
    )
    tables = Routing.load().on(opening.created_at.date())
    routed = route(tables, matter, house.organisation.place, Person("supervisor", "朱督办"))
    return replace(opening, submission=replace(said, routed=routed, lead=routed.lead))


async def test_accepted_and_sent_to_both_at_once_signed_and_reported_by_both(house: House) -> None:
    number = await begun(house, alert(house, category="交通"))

    begun_at = await house.look(number)
    assert (begun_at.stage, begun_at.last_at) == (Stage.ASSIGN, begun_at.created_at)
    (sent,) = await entries(house, number, Action.ASSIGN)
    assert (sent.data["lead_unit"], sent.data["second_lead"]) == ("station-a", "traffic")
    assert (sent.data["routing"]["row"], sent.data["routing"]["version"]) == ("alert-traffic", "1")
    traffic = officer(house, "traffic-officer", "traffic", Role.HANDLER)

    assert (await act_as(house, number, traffic, "sign")).stage is Stage.HANDLE
    still = await house.look(number)
    assert [c.owner for c in still.clocks if c.name == "sign" and c.ended_at is None] == ["station-a"]
    await house.act(number, "handler", "sign")
    alone = await act_as(house, number, traffic, "submit_result", outcome="solved", text="已疏导")
    assert (alone.stage, alone.result) == (Stage.HANDLE, None)
    both = await house.act(number, "handler", "submit_result", outcome="partly_solved", text="已登记")
    assert both.result is not None
    assert (both.stage, both.result.outcome) == (Stage.FEEDBACK, Outcome.PARTLY_SOLVED)
    assert both.result.text == "交警支队:已疏导\n甲派出所:已登记"


async def test_one_may_return_it_and_the_other_stays_answerable(house: House) -> None:
    number = await begun(house, alert(house))
    returned = await house.act(number, "handler", "return_assignment", reason="不属本所辖区")
    assert returned.lead is not None
    assert (returned.lead.code, returned.assignment.second, returned.assignment.returns) == ("public-order", None, 1)
    assert (await house.act(number, "hazmat_handler", "sign")).stage is Stage.HANDLE
    assert (await refused(house, number, "handler", "submit_result", outcome="solved", text="x")).code == "not-yours"
