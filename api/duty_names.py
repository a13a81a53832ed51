"""Orders of a roster as people type them: one shift a line, in it the names or accounts of those who share it."""

from __future__ import annotations

from collections.abc import Iterable

from api.context import Context
from api.problems import unprocessable
from domain.errors import Fault
from domain.people import Place
from storage.accounts import Accounts
from storage.duty_people import DutyPeople


async def people_of(ctx: Context, unit: Place) -> DutyPeople:
    """Who can be on duty there."""
    async with ctx.database.read() as r:
        return DutyPeople(unit, await Accounts(r).all(), ctx.organisation)


async def order_of(ctx: Context, unit: Place, text: str, at: str = "/order") -> list[list[str]]:
    """The teams of such lines, by accounts; empty lines are none. Raises a 422 problem that names the lines.

    ``at`` is what its faults point at.
    """
    people = await people_of(ctx, unit)
    order: list[list[str]] = []
    faults: list[Fault] = []
    for n, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        team, wrong = people.team(line)
        order.append(list(team))
        faults += [Fault(at, f"第{n}班：{fault}") for fault in wrong]
    if faults:
        raise unprocessable("unfit-person", "；".join(fault.detail for fault in faults[:5]), *faults[:100])
    return order


def written(people: DutyPeople, order: Iterable[Iterable[str]]) -> str:
    """The same the other way round."""
    return "\n".join(people.written(team) for team in order)
