"""Ways through the loop, and questions to it, that the promises share.

Nothing here knows the day: a deadline is derived from the stored clock, and the appeal's own time is moved there.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.appeal import Appeal
from domain.clock import Clock, Reading, due_at, moment_of, read
from domain.errors import Refusal
from domain.journal import Entry
from domain.notice import Notice
from domain.opening import Opening
from domain.people import Actor
from domain.turns import AUDIENCE
from domain.vocabulary import Action, Role
from storage.appeals import Appeals
from storage.codec import make_rules
from storage.notices import NoticeReads
from tests.support.house import House

#: How far the clock is moved beyond a moment, so that what is due there has happened.
BEYOND = 2
#: How late a rung may be on a busy machine and still count as fired at its moment.
PROMPT = timedelta(seconds=60)


# Ways through the loop


def kept(
    house: House,
    service: str = "appeal-general",
    *,
    age: timedelta = timedelta(),
    policy: dict[str, Any] | None = None,
    **changed: Any,
) -> Opening:
    """What intake kept ``age`` ago; ``changed``, ``policy``: fields of these that a deployment wrote differently."""
    opening = house.opening(service)
    rules = opening.rules
    if changed or policy:
        other = replace(rules.policy, **(policy or {}))
        rules = make_rules(replace(rules.service, **changed), other, rules.calendar, rules.timetables)
    return replace(opening, rules=rules, created_at=opening.created_at - age)


async def begun(house: House, opening: Opening) -> str:
    """The appeal that intake kept, running now."""
    await house.keep(opening)
    await house.start(opening)
    return opening.number


async def accepted(house: House, **submission: Any) -> str:
    """Accepted; a dispatcher's turn."""
    number = await house.submit(**submission)
    await house.act(number, "window", "accept")
    return number


async def assigned(house: House, **submission: Any) -> str:
    """Assigned to station-a; not signed."""
    number = await accepted(house, **submission)
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    return number


async def signed(house: House, **submission: Any) -> str:
    """In the hands of ``handler``, of station-a."""
    number = await assigned(house, **submission)
    await house.act(number, "handler", "sign")
    return number


async def submitted(house: House) -> str:
    """A result that waits for its review."""
    number = await signed(house)
    await house.act(number, "handler", "submit_result", outcome="solved", text="已划设卸货区")
    return number


async def answered(house: House) -> str:
    """The written answer has gone out."""
    number = await submitted(house)
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已划设卸货区", method="phone")
    return number


async def answer(house: House, number: str, handler: str, unit: str = "station-a") -> Appeal:
    """From the assignment to the answer, through another round."""
    await house.act(number, "dispatcher", "assign", lead_unit=unit)
    await house.act(number, handler, "sign")
    await house.act(number, handler, "submit_result", outcome="solved", text="再次办理")
    await house.act(number, "leader", "review", approved=True)
    return await house.act(number, handler, "send_answer", text="再次办理完毕", method="letter")


async def transferred(house: House) -> str:
    """In the hands of the 12345 hotline."""
    number = await house.submit("non-police")
    await house.act(number, "window", "transfer", body="hotline-12345", reason="属于住建部门职责")
    return number


SPECIAL = {"reason": "首次购买,数量较大", "inspector": "勘验民警"}
SEEN = {"inspector": "勘验民警", "inspected_at": "当日", "findings": "双人双锁,符合规定"}
APPROVED = {"valid_until": "2027-01-01", "quantity": "50千克"}
ISSUED = {"document_no": "330205-0001"}
DECIDER = {"decide": "hazmat_leader"}


async def step(house: House, number: str, code: str, outcome: str, record: dict[str, Any] | None = None) -> Appeal:
    """One step of a permit, by whoever does it."""
    who = DECIDER.get(code, "hazmat_handler")
    return await house.act(number, who, "complete_step", step=code, outcome=outcome, record=record or {})


async def until(house: House, number: str, moment: datetime) -> Appeal:
    """Moves the appeal's own clock just past that moment, in one call."""
    ahead = moment - await own_now(house, number)
    return await house.forward(number, seconds=math.ceil(ahead.total_seconds()) + BEYOND)


async def act_as(house: House, number: str, actor: Actor, action: str, **body: Any) -> Appeal:
    """An action of somebody whom the sample organisation does not have."""
    await house.perform(number, replace(house.message("system", action, **body), actor=actor))
    return await house.look(number)


def officer(house: House, name: str, unit: str, *roles: Role) -> Actor:
    """Somebody of that unit, in those roles."""
    return Actor(name, name, roles, house.organisation.place(unit))


# Questions


async def own_now(house: House, number: str) -> datetime:
    """The appeal's own now."""
    async with house.database.read() as r:
        stored = await Appeals(r).get(number)
    assert stored is not None
    return datetime.now(UTC) + stored.offset


async def refused(house: House, number: str, name: str, action: str, **body: Any) -> Refusal:
    """The refusal of what must not be possible; it leaves nothing in the journal."""
    before = [e.hash for e in await house.journal(number)]
    with pytest.raises(Refusal) as caught:
        await house.act(number, name, action, **body)
    assert [e.hash for e in await house.journal(number)] == before
    return caught.value


def clock(appeal: Appeal, name: str) -> Clock:
    """The newest clock of that name."""
    return [c for c in appeal.clocks if c.name == name][-1]


def start(appeal: Appeal, name: str) -> datetime:
    """When that clock started."""
    started = clock(appeal, name).started_at
    assert started is not None
    return started


def due(appeal: Appeal, name: str) -> datetime:
    """The deadline of that clock."""
    moment = due_at(clock(appeal, name), appeal.rules.calendar)
    assert moment is not None
    return moment


def share(appeal: Appeal, name: str, percent: int) -> datetime:
    """When so much of that clock is used up."""
    moment = moment_of(clock(appeal, name), appeal.rules.calendar, percent)
    assert moment is not None
    return moment


def reading(appeal: Appeal, name: str, now: datetime | None = None) -> Reading:
    """That clock at ``now``, by default at the appeal's last entry."""
    at = now or appeal.last_at
    assert at is not None
    return read(clock(appeal, name), appeal.rules.calendar, at)


def running(appeal: Appeal) -> set[str]:
    """The clocks that have not ended."""
    return {c.name.value for c in appeal.clocks if c.ended_at is None}


async def entries(house: House, number: str, *actions: Action) -> list[Entry]:
    """Its journal, or only the entries of these actions."""
    return [e for e in await house.journal(number) if not actions or e.action in actions]


async def fired(house: House, number: str, name: str) -> list[Entry]:
    """What that clock did by itself, in order; each at its own moment."""
    found = await entries(house, number, Action.RUNG, Action.ESCALATE, Action.LAPSE)
    return [e for e in found if e.data["clock"] == name]


def was_prompt(entry: Entry) -> bool:
    """Whether it happened at the moment it was due, not before and not much later."""
    return timedelta() <= entry.at - datetime.fromisoformat(entry.data["due_at"]) < PROMPT


async def told(house: House, number: str) -> list[Notice]:
    """Who was told what, in order; but for the enterprise's news and whose turn it is, which have their own tests."""
    async with house.database.read() as r:
        found = await NoticeReads(r).of(number)
    return [n for n in found if not n.id.endswith(":enterprise") and n.template not in AUDIENCE]


async def told_of(house: House, number: str, name: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Who was told of a clock: the rung, the unit, whom in it."""
    about = [n for n in await told(house, number) if n.data.get("clock") == name]
    return [(n.data["rung"], n.unit, n.audience) for n in about]
