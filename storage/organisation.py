"""The organisation file: units, what they stand below, and which region is whose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from domain.people import Place, Unit
from domain.vocabulary import Channel, UnitKind
from storage.yaml_file import BadCatalogue, read_file

CATALOGUE = Path(__file__).parent.parent / "catalogue"
_SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{1,18}[0-9]")


def part(directory: Path | None, name: str) -> Path:
    """A folder of a catalogue directory; the packaged one, if that directory has none of its own."""
    own = directory / name if directory else CATALOGUE / name
    return own if own.is_dir() else CATALOGUE / name


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an outside body takes events, and what is done with those it sends.

    ``url`` may be left to the settings. ``secret`` names the secret, which stands in no file of the catalogue.
    ``private`` lets it lie in a private network, ``channel`` is the one by which it may bring new matters,
    ``rehearsal``: it also takes what is only an exercise.
    """

    secret: str
    url: str = ""
    private: bool = False
    channel: Channel | None = None
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class _UnitRow:
    code: str
    name: str
    kind: UnitKind
    superior: str | None = None
    region: str | None = None
    calendar: str = ""
    phone: str = ""
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class _File:
    code: str
    name: str
    version: str
    units: tuple[_UnitRow, ...]
    catch_all: str = ""
    regions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit with what it stands below and the region it answers for.

    ``phone`` is the telephone at which somebody of its duty answers, for the house; never a person's own.
    """

    unit: Unit
    superior: str | None
    region: str | None
    endpoint: Endpoint | None = None
    phone: str = ""


class Organisation:
    """The tree of units, as read from one file.

    ``catch_all`` is the officer, by account, who has what no rule sends anywhere; empty where nobody is named.
    ``regions`` are the names of regions by their codes.
    """

    def __init__(
        self,
        code: str,
        name: str,
        version: str,
        units: Mapping[str, UnitEntry],
        catch_all: str = "",
        regions: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.code = code
        self.name = name
        self.version = version
        self.catch_all = catch_all
        self._units = dict(units)
        self._regions = dict(regions)
        self._places = {code: Place(tuple(self._chain(code))) for code in self._units}

    @classmethod
    def load(cls, directory: Path | None = None, name: str = "sample") -> Organisation:
        """The organisation ``name`` of a catalogue directory (the packaged one by default). Raises BadCatalogue."""
        path = part(directory, "organisation") / f"{name}.yaml"
        file = read_file(path, _File)
        if faults := _faults(file.units):
            raise BadCatalogue([f"{path.name}: {fault}" for fault in faults])
        rows = ((Unit(u.code, u.name, u.kind, u.calendar), u) for u in file.units)
        entries = {unit.code: UnitEntry(unit, row.superior, row.region, row.endpoint, row.phone) for unit, row in rows}
        return cls(file.code, file.name, file.version, entries, file.catch_all, file.regions)

    def units(self) -> list[UnitEntry]:
        """Every unit, in the file's order."""
        return list(self._units.values())

    def entry(self, code: str) -> UnitEntry | None:
        """A unit with its superior and region."""
        return self._units.get(code)

    def place(self, code: str) -> Place | None:
        """A unit with its chain of superiors."""
        return self._places.get(code)

    def phone(self, code: str | None) -> str:
        """At which somebody of the unit's duty answers; empty where none is written down."""
        entry = self._units.get(code or "")
        return entry.phone if entry else ""

    def branch_of_region(self, region: str) -> Place | None:
        """The branch bureau that answers for a region, if any."""
        found = (c for c, e in self._units.items() if e.unit.kind is UnitKind.BRANCH and e.region == region)
        code = next(found, None)
        return self._places[code] if code else None

    def territory(self, region: str, first_unit: Place) -> Place | None:
        """The station of the place: the one that received it, else the first of the region; None without one."""
        if first_unit.kind is UnitKind.STATION:
            return first_unit
        found = (c for c, e in self._units.items() if e.unit.kind is UnitKind.STATION and e.region == region)
        code = next(found, None)
        return self._places[code] if code else None

    def regions(self) -> list[str]:
        """The regions that have a branch bureau: those in which an appeal can arise."""
        found = {e.region for e in self._units.values() if e.unit.kind is UnitKind.BRANCH and e.region}
        return sorted(found)

    def region_name(self, region: str) -> str:
        """What people call a region: its name, else its branch bureau's, else the code."""
        branch = self.branch_of_region(region)
        return self._regions.get(region) or (branch.name if branch else region)

    def _chain(self, code: str | None) -> list[Unit]:
        chain = []
        while code is not None:
            entry = self._units[code]
            chain.append(entry.unit)
            code = entry.superior
        return chain


def _faults(units: tuple[_UnitRow, ...]) -> list[str]:
    superior = {u.code: u.superior for u in units}
    counts: dict[str, int] = {}
    for unit in units:
        counts[unit.code] = counts.get(unit.code, 0) + 1
    twice = [f"unit written twice: {code}" for code, count in counts.items() if count > 1]
    unknown = [f"unit {c}: unknown superior {s}" for c, s in superior.items() if s is not None and s not in superior]
    circles = [] if unknown else [f"unit {code} stands below itself" for code in superior if _circles(code, superior)]
    owner: dict[str | None, str] = {}
    branches = [u for u in units if u.kind is UnitKind.BRANCH]
    shared = [
        f"unit {u.code}: region {u.region} already belongs to {owner[u.region]}"
        for u in branches
        if owner.setdefault(u.region, u.code) != u.code
    ]
    phones = [
        f"unit {u.code}: phone: digits, blanks and hyphens" for u in units if not _PHONE.fullmatch(u.phone or "110")
    ]
    return (
        twice
        + unknown
        + circles
        + shared
        + phones
        + [fault for u in units if u.endpoint for fault in _endpoint_faults(u)]
    )


def _endpoint_faults(unit: _UnitRow) -> list[str]:
    faults = []
    if unit.kind is not UnitKind.OUTSIDE:
        faults.append(f"unit {unit.code}: only an outside body has an endpoint")
    if unit.endpoint and not _SECRET_NAME.fullmatch(unit.endpoint.secret):
        faults.append(f"unit {unit.code}: secret: a name of small letters, digits and hyphens")
    return faults


def _circles(code: str, superior: Mapping[str, str | None]) -> bool:
    seen = {code}
    above = superior[code]
    while above is not None and above not in seen:
        seen.add(above)
        above = superior[above]
    return above is not None
