"""Whom a new policy or calendar concerns: the rules that open appeals go by, and the appeals that go by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from domain.rules import Rules
from domain.vocabulary import Stage
from storage.catalogue import Catalogue, UnknownService
from storage.database import Read
from storage.outdated import outdated
from storage.rules import rules_by_version
from storage.tables import appeals, intake


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every field that is not None narrows it; ``unit`` is the one that leads."""

    service: str | None = None
    stage: Stage | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class InUse:
    """Rules, and how many open appeals go by them; submissions that wait for the engine are appeals, too."""

    rules: Rules
    appeals: int


async def in_use(r: Read) -> list[InUse]:
    """The rules of open appeals, by service and version."""
    counted: dict[str, int] = {}
    for table, is_open in ((appeals, appeals.c.closed_at.is_(None)), (intake, _waits())):
        version = table.c.rules_version
        for row in await r.rows(select(version, func.count().label("number")).where(is_open).group_by(version)):
            counted[row.rules_version] = counted.get(row.rules_version, 0) + row.number
    known = await rules_by_version(r, counted)
    found = [InUse(known[version], number) for version, number in counted.items()]
    return sorted(found, key=lambda one: (one.rules.service.code, one.rules.version))


def _waits() -> ColumnElement[bool]:
    known = select(appeals.c.number).where(appeals.c.number == intake.c.number).exists()
    return intake.c.started_at.is_(None) & ~known


async def replacements(r: Read, catalogue: Catalogue, today: date, *, whole: bool = False) -> dict[str, Rules]:
    """What replaces the rules of open appeals, by the version that they go by now; those up to date are left out.

    Only the calendar becomes today's. ``whole``: service and policy, too, as an appeal that begins today would have it.
    """
    if not whole:
        return await outdated(r, catalogue)
    found = {}
    for one in await in_use(r):
        try:
            again = catalogue.rules_for(one.rules.service.code, today)
        except UnknownService:
            continue  # nobody can begin such an appeal any more: those that are open end as they began
        if again.version != one.rules.version:
            found[one.rules.version] = again
    return found


async def affected(r: Read, replaced: Mapping[str, Rules], wanted: Wanted) -> list[str]:
    """The numbers of the open appeals that go by rules which are replaced, in order."""
    versions = [v for v, rules in replaced.items() if wanted.service in {None, rules.service.code}]
    of_appeals: list[ColumnElement[bool]] = [appeals.c.closed_at.is_(None), appeals.c.rules_version.in_(versions)]
    if wanted.stage is not None:
        of_appeals.append(appeals.c.stage == wanted.stage.value)
    if wanted.unit is not None:
        of_appeals.append(appeals.c.lead_unit == wanted.unit)
    found = [row.number for row in await r.rows(select(appeals.c.number).where(*of_appeals))]
    if wanted.stage is None and wanted.unit is None:
        found += await _waiting(r, versions)
    return sorted(found)


async def _waiting(r: Read, versions: Collection[str]) -> list[str]:
    query = select(intake.c.number).where(_waits(), intake.c.rules_version.in_(versions))
    return [row.number for row in await r.rows(query)]
