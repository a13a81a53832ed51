"""A service that uses every construct of a procedure (``tests/catalogue/everything.yaml``), on the real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.appeal import Appeal
from domain.opening import Opening
from domain.parties import parties
from domain.vocabulary import Role
from storage.catalogue import service_of
from storage.codec import make_rules
from tests.promises.ways import act_as, begun, officer
from tests.support.house import House

FILE = Path(__file__).parent.parent / "catalogue" / "everything.yaml"
_ROLES = {"supervisor": Role.SUPERVISOR}


def opening(house: House, **form: Any) -> Opening:
    """What intake would keep of it."""
    kept = house.opening("hazmat-toxic-purchase", form={"place": "市外", "persons": 50, "plate": "浙B12345"} | form)
    service = service_of(FILE)
    rules = make_rules(service, kept.rules.policy, kept.rules.calendar, kept.rules.timetables)
    places = tuple(place for code in parties(service) if (place := house.organisation.place(code)))
    helpers = tuple(place for code in service.cooperating if (place := house.organisation.place(code)))
    said = replace(kept.submission, parties=(*places, *helpers))
    return replace(kept, rules=rules, submission=said)


async def step(house: House, number: str, unit: str, way: str, **record: Any) -> Appeal:
    """``way`` is ``step.outcome``; whoever of the unit may does it, or ``system``, or ``enterprise``."""
    code, _, outcome = way.partition(".")
    body: dict[str, Any] = {"step": code, "outcome": outcome, "record": record}
    if unit in {"system", "enterprise"}:
        return await house.act(number, unit, "complete_step", **body)
    role = Role.SUPERVISOR if unit == "city" else Role.HANDLER
    return await act_as(house, number, officer(house, f"{unit}-officer", unit, role), "complete_step", **body)


async def to_the_work(house: House, **form: Any) -> str:
    """From outside: the notice came, both tracks were checked, the units met, those named have reported."""
    number = await begun(house, opening(house, **form))
    await step(house, number, "system", "notice.came")
    await step(house, number, "traffic", "matter.ok")
    await step(house, number, "legal", "conduct.ok")
    await step(house, number, "public-order", "meet.named", units=["traffic"])
    return number


async def walked(house: House) -> str:
    """All the way to the end of its procedure."""
    number = await to_the_work(house)
    await step(house, number, "public-order", "report.here")
    await step(house, number, "public-order", "work.longer")
    await step(house, number, "city", "extend.granted")
    await step(house, number, "public-order", "work.granted", amount="100.10")
    await step(house, number, "public-order", "work.paid", amount="100.10")
    await step(house, number, "public-order", "work.done", results=[{"items": "1-50", "result": "issued"}])
    await house.forward(number, days=31)
    await step(house, number, "public-order", "recover.some", amount="100.10")
    await step(house, number, "public-order", "recover.over")
    return number
