"""The next days of every ladder and every roster: holes, steps that find nobody, people whom no channel reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.audience import House
from domain.duty_coverage import EmptyStep, called, empty_steps
from domain.ladder import Ladder, usual
from domain.rules import Policy
from domain.service import Service
from domain.vocabulary import UnitKind
from storage.absences import Absences
from storage.accounts import Account, Accounts
from storage.contact_points import ContactPoints
from storage.database import Read
from storage.organisation import Organisation
from storage.recipients import chains_of
from storage.rosters import Rosters
from storage.watches import Watch, Watches

DAYS: Final = 30
MOST_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at: the units, the ladders and the services of today, and a stretch of time."""

    organisation: Organisation
    policy: Policy
    services: tuple[Service, ...]
    start: datetime
    days: int = DAYS

    @property
    def end(self) -> datetime:
        """The first moment that is not looked at any more."""
        return self.start + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody who will be called and whom no channel reaches: ``why`` as the contact points say."""

    account: Account
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was found; ``clocks``: services with the name of a ladder that is not there."""

    asked: Asked
    watches: tuple[Watch, ...]
    empty_steps: tuple[EmptyStep, ...]
    unreachable: tuple[Unreachable, ...]
    clocks: tuple[tuple[Service, str], ...]

    @property
    def is_complete(self) -> bool:
        """Whether every step will find somebody, and no duty has a hole. Whom no channel reaches has an inbox."""
        return not (self.empty_steps or self.clocks or any(watch.holes for watch in self.watches))


async def coverage(r: Read, asked: Asked) -> Coverage:
    """Look ahead."""
    watches = Watches(r)
    found = tuple(await watches.all(asked.start, asked.end))
    accounts = await watches.accounts()
    house = await house_of(r, asked.organisation, asked.start, asked.end)
    ladders, units = _ladders(asked), _units(asked.organisation)
    failing = await ContactPoints(r).unreachable()
    people = {person for watch in found for shift in watch.shifts for person in shift.people}
    people |= {code for unit in units for code in _called(house, unit, ladders, asked.start)}
    return Coverage(
        asked,
        found,
        empty_steps(house, ladders, units, asked.start, asked.end),
        tuple(Unreachable(accounts[code], failing[code]) for code in sorted(people & failing.keys() & accounts.keys())),
        tuple(_without_ladder(asked)),
    )


async def house_of(r: Read, organisation: Organisation, start: datetime, end: datetime) -> House:
    """Everybody who may be found in that stretch, with every roster."""
    return House(
        await Accounts(r).all(),
        chains_of(organisation),
        {kept.roster.unit: kept.roster for kept in await Rosters(r).all()},
        await Absences(r).between(start, end),
        organisation.catch_all,
    )


def _ladders(asked: Asked) -> tuple[Ladder, ...]:
    """The policy's; of a policy that has none, what its services say."""
    days = asked.policy.catch_all_days
    said = (replace(usual(s.breach_to, s.ladder_hours, days), name=s.code) for s in asked.services)
    return asked.policy.ladders or tuple(said)


def _without_ladder(asked: Asked) -> Iterator[tuple[Service, str]]:
    """Services that name a ladder which the policy has not: their clocks fall back to the usual one."""
    for service in asked.services if asked.policy.ladders else ():
        law = service.statutory
        for name in dict.fromkeys((service.ladder, law.ladder if law else "")):
            if name and asked.policy.ladder(name) is None:
                yield service, name


def _called(house: House, unit: str, ladders: tuple[Ladder, ...], at: datetime) -> set[str]:
    """Everybody whom a ladder would call now in this unit, or for it."""
    targets = {target for ladder in ladders for step in ladder.steps for target in step.targets}
    return set(called(house, unit, sorted(targets), at))


def _units(organisation: Organisation) -> list[str]:
    """Those whose clocks we climb; outside bodies have their own."""
    return [e.unit.code for e in organisation.units() if e.unit.kind is not UnitKind.OUTSIDE]
