"""A person's work: what is theirs among the open appeals, and what is to be done next in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api.context import Context
from api.listing import ListQuery, filter_of
from domain.appeal import Appeal
from domain.open_work import OUTSIDE, Work, open_work
from domain.people import Actor
from domain.substitutes import stand_in
from domain.vocabulary import STAFF_ROLES, Role
from storage.absences import Absences
from storage.accounts import Accounts
from storage.database import Read
from storage.desk_counts import Counted, count, count_by_colour
from storage.mine import Mine

#: Done by the nearest unit above, where the unit itself has nobody: by relations ``above`` and ``assigns``.
_FROM_ABOVE: Final = frozenset({Role.LEADER, Role.DISPATCHER})
#: Work of a unit that has nobody for it is seen by supervisors: they can hand it to another.
_NEEDED: Final = (Role.WINDOW, Role.HANDLER, Role.LEADER, Role.DISPATCHER)


async def mine_of(r: Read, ctx: Context, me: Actor) -> Mine:
    """What is theirs: by their name or that of somebody for whom they stand in, by their roles in their unit."""
    absent = await Absences(r).at(ctx.now())
    posts = await Accounts(r).posts()
    officers = {me.id, *(code for code in absent if stand_in(code, absent, lambda _: True) == me.id)}
    return Mine(
        turns=frozenset({*officers, *_turns(ctx, me, posts)}),
        officers=frozenset(officers),
        visits_not_of=(me.unit_code or "") if Role.VISITOR in me.roles else "",
    )


def _turns(ctx: Context, me: Actor, posts: frozenset[tuple[str, Role]]) -> Iterator[str]:
    for role in STAFF_ROLES & set(me.roles):
        yield f"{role.value}:{me.unit_code}"
    if Role.SUPERVISOR in me.roles:
        yield f"{Role.SUPERVISOR.value}:"
    for entry in ctx.organisation.units():
        for role in _NEEDED:
            has_it = _who_has(ctx, entry.unit.code, role, posts)
            if (has_it == me.unit_code and role in me.roles) or (has_it is None and Role.SUPERVISOR in me.roles):
                yield f"{role.value}:{entry.unit.code}"


def _who_has(ctx: Context, unit: str, role: Role, posts: frozenset[tuple[str, Role]]) -> str | None:
    """The unit whose people of that role do what is the unit's."""
    place = ctx.organisation.place(unit)
    chain = [above.code for above in place.chain] if place and role in _FROM_ABOVE else [unit]
    return next((code for code in chain if (code, role) in posts), None)


def next_work(appeal: Appeal, me: Actor, mine: Mine) -> tuple[tuple[Work, bool], ...]:
    """What is to be done, each with whether it is theirs: theirs first, what the house does before others."""
    work = [(one, _is_theirs(appeal, one, me, mine)) for one in open_work(appeal)]
    return tuple(sorted(work, key=lambda pair: (not pair[1], pair[0].role in OUTSIDE)))


def _is_theirs(appeal: Appeal, work: Work, me: Actor, mine: Mine) -> bool:
    if work.role is Role.VISITOR and work.unit is None:
        return mine.visits_not_of not in {"", (appeal.lead or appeal.assigning_unit).code}
    return work.whose in mine.turns and (work.officer is not None or me.id not in appeal.former_officers)


async def how_many(r: Read, ctx: Context, me: Actor, query: ListQuery, mine: Mine | None = None) -> int:
    """How many appeals the list holds, over all its pages."""
    wanted = filter_of(ctx, me, query, mine)
    return 0 if wanted is None else await count(r, wanted, ctx.now(), _barred(me))


async def of_each_colour(r: Read, ctx: Context, me: Actor, query: ListQuery, mine: Mine | None = None) -> Counted:
    """As :func:`how_many`, and of which colours they are."""
    wanted = filter_of(ctx, me, query, mine)
    return Counted(0, 0, 0, 0) if wanted is None else await count_by_colour(r, wanted, ctx.now(), _barred(me))


def _barred(me: Actor) -> tuple[str, ...]:
    """Whoever is complained of, by name or by a unit, is not even told that there is a complaint."""
    return (me.id, *(unit.code for unit in me.unit.chain)) if me.unit else (me.id,)
