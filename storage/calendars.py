"""The calendars' file as ``domain`` objects: the State Council's years, and the timetables in which they are worked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from domain.calendar import BadCalendar, Calendar, Spans, Timetable
from storage.organisation import part
from storage.yaml_file import BadCatalogue, read_file

FILE = Path("calendars") / "cn.yaml"

Status = Literal["announced", "provisional"]


@dataclass(frozen=True, slots=True)
class Year:
    """One year's holidays by name and make-up days, and the notice that they come from."""

    status: Status
    notice: str
    holidays: dict[str, str]
    workdays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Timetable:
    code: str
    name: str
    weekdays: tuple[int, ...]
    spans: Spans
    hours: dict[int, Spans] = field(default_factory=dict)
    all_year: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    version: str
    timetables: tuple[_Timetable, ...]
    years: dict[int, Year]
    carried_from: int = 0


@dataclass(frozen=True, slots=True)
class Calendars:
    """Everything the file says. The first timetable is the default; ``carried_from`` the first year appeals carry."""

    version: str
    timetables: tuple[Timetable, ...]
    years: Mapping[int, Year]
    carried_from: int = 0

    @property
    def others(self) -> tuple[Timetable, ...]:
        """The timetables beside the default."""
        return self.timetables[1:]

    def calendar(self, since: int = 0) -> Calendar:
        """The years from ``since`` on in the default hours: the file goes by years, the domain's calendar is flat.

        Raises BadCalendar.
        """
        usual = self.timetables[0]
        years = [(number, year) for number, year in sorted(self.years.items()) if number >= since]
        names = sorted((day, name) for _, year in years for day, name in year.holidays.items())
        return Calendar(
            version=self.version,
            weekdays=usual.weekdays,
            spans=usual.spans,
            holidays=tuple(day for day, _ in names),
            workdays=tuple(sorted(day for _, year in years for day in year.workdays)),
            announced=tuple(number for number, year in years if year.status == "announced"),
            names=tuple(names),
            hours=usual.hours,
            all_year=usual.all_year,
        )


def calendars_file(directory: Path | None = None) -> Path:
    """Where the calendars of a catalogue directory are (the packaged ones by default)."""
    return part(directory, FILE.parent.name) / FILE.name


def load_calendars(directory: Path | None = None) -> Calendars:
    """The calendars of a catalogue directory. Raises BadCatalogue."""
    return read_calendars(calendars_file(directory))


def read_calendars(path: Path) -> Calendars:
    """The calendars of a file. Raises BadCatalogue for what cannot be worked by."""
    file = read_file(path, _File)
    if not file.timetables:
        raise BadCatalogue([f"{path.name}: timetables: there is none"])
    try:
        timetables = tuple(
            Timetable(t.code, t.name, t.weekdays, t.spans, tuple(sorted(t.hours.items())), t.all_year)
            for t in file.timetables
        )
        calendars = Calendars(file.version, timetables, file.years, file.carried_from)
        calendars.calendar()
    except BadCalendar as error:
        raise BadCatalogue([f"{path.name}: {error}"]) from error
    return calendars
