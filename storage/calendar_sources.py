"""Holiday files as people have them (Excel, ICS, YAML), read into rows; what cannot be read is told by its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from icalendar import Calendar as Ics
from icalendar import Event
from python_calamine import CalamineError, CalamineWorkbook

from domain.calendar import ZONE
from storage.calendars import Year
from storage.yaml_file import BadCatalogue, read_file

LARGEST: Final = 5 * 2**20
LONGEST: Final = 15  # days of one holiday
_HEADER_WITHIN = 10  # rows; above the header may stand a title

_COLUMNS: Final = {
    "start": ("日期", "开始日期", "开始", "起始日期", "date", "day", "start"),
    "end": ("结束日期", "结束", "截止日期", "end"),
    "kind": ("类型", "种类", "安排", "type", "kind"),
    "name": ("名称", "节日", "假日", "节假日", "name", "holiday"),
}
_OFF: Final = frozenset({"休", "放假", "假日", "假期", "节假日", "休息", "休息日", "法定节假日", "holiday", "off"})
_WORK: Final = frozenset({"班", "上班", "补班", "调休上班", "调休班", "工作日", "work", "workday"})
_DATES: Final = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
)
_FESTIVAL = re.compile("元旦|春节|除夕|清明节?|劳动节|端午节?|中秋节?|国庆节?")
_SHORT = {"除夕": "春节", "清明": "清明节", "端午": "端午节", "中秋": "中秋节", "国庆": "国庆节"}


class BadSource(Exception):  # noqa: N818 - an answer to whoever gave the file
    """A file that cannot be used; ``faults`` name the row and what is wrong with it, all of them at once."""

    code = "bad-calendar-file"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    """One day of a file, with the place where it stands."""

    place: str
    day: date
    off: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. ``notice`` only where it names one; ``mixed``: it may hold other years, as a feed does.

    ``faults`` are the places that cannot be read, and why: whoever takes the rows tells them with what else is wrong.
    """

    rows: tuple[Row, ...]
    notice: str = ""
    mixed: bool = False
    faults: tuple[str, ...] = ()


_UNREADABLE: dict[type[OSError], str] = {FileNotFoundError: "没有这个文件", PermissionError: "无权读取"}


def read_source(path: Path) -> Source:
    """The rows of a file, by its ending. Raises BadSource."""
    readers: dict[str, Callable[[Path], Source]] = {
        ".ics": _ics,
        ".yaml": _yaml,
        ".yml": _yaml,
        **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), _excel),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadSource([f"{path.name}：应为 Excel（.xlsx、.xls、.ods）、日历（.ics）或 YAML 文件"])
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadSource([f"{path.name}：{_UNREADABLE.get(type(error), '打不开')}"]) from error
    if size > LARGEST:
        raise BadSource([f"{path.name}：文件太大，不像放假安排"])
    return reader(path)


@dataclass(slots=True)
class _Reading:
    """Rows and faults as they are found, so that every fault is told at once."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, place: str, read: Callable[..., Iterator[Row]], *said: Any) -> None:
        try:
            self.rows += read(place, *said)
        except ValueError as error:
            self.faults.append(f"{place}：{error}")

    def done(self, notice: str = "", *, mixed: bool) -> Source:
        return Source(tuple(self.rows), notice, mixed, tuple(self.faults))


def _days(place: str, first: date, last: date, name: str, *, off: bool) -> Iterator[Row]:
    """A stretch as single days."""
    if last < first:
        raise ValueError(f"结束日期 {last} 早于开始日期 {first}")
    if (last - first).days >= LONGEST:
        raise ValueError(f"{first} 至 {last} 超过 {LONGEST} 天")
    if off and not name:
        raise ValueError(f"{first} 没有节日名称")
    for number in range((last - first).days + 1):
        yield Row(place, first + timedelta(days=number), off, name)


# Excel


def _excel(path: Path) -> Source:
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=False)) for n in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise BadSource([f"{path.name}：不是可读的 Excel 文件（{error}）"]) from error
    for name, cells in sheets:
        for number, row in enumerate(cells[:_HEADER_WITHIN]):
            columns = _columns(row)
            if {"start", "kind"} <= columns.keys():
                return _rows(name, columns, cells, number + 1)
    raise BadSource([f"{path.name}：找不到表头，应有“日期”“类型”“名称”三列（可另有“结束日期”）"])


def _columns(row: Sequence[Any]) -> dict[str, int]:
    words = [str(cell).strip().lower() for cell in row]
    return {
        column: next(number for number, word in enumerate(words) if word in names)
        for column, names in _COLUMNS.items()
        if set(names) & set(words)
    }


def _rows(sheet: str, columns: dict[str, int], cells: Sequence[Sequence[Any]], first: int) -> Source:
    reading = _Reading()
    for number, row in enumerate(cells[first:], first + 1):
        found = {column: row[index] for column, index in columns.items()}
        if any(str(cell).strip() for cell in found.values()):
            reading.add(f"{sheet} 第 {number} 行", _excel_days, found)
    return reading.done(mixed=False)


def _excel_days(place: str, cells: dict[str, Any]) -> Iterator[Row]:
    kind = str(cells["kind"]).strip().lower()
    days, wrong = [], []
    last = cells.get("end", "")
    for cell in (cells["start"], *([last] if str(last).strip() else [])):
        try:
            days.append(date_in_cell(cell))
        except ValueError as error:
            wrong.append(str(error))
    if kind not in _OFF | _WORK:
        wrong.append(f"{f'类型“{kind}”看不懂' if kind else '没有类型'}，应为“放假”或“上班”")
    if wrong:
        raise ValueError("；".join(dict.fromkeys(wrong)))
    return _days(place, days[0], days[-1], str(cells.get("name", "")).strip(), off=kind in _OFF)


def date_in_cell(cell: Any) -> date:
    """A date cell, or text that is one beyond doubt. Raises ValueError."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    # A number that Excel shows as it is, such as 20271001, comes as a float.
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    for form in _DATES:
        if found := form.fullmatch(text):
            year, month, day = map(int, found.groups())
            with suppress(ValueError):
                return date(year, month, day)
            raise ValueError(f"没有 {text} 这一天")
    raise ValueError(f"{f'日期“{text}”看不懂' if text else '没有日期'}，应写作 2027-10-01")


# ICS


def _ics(path: Path) -> Source:
    try:
        events = Ics.from_ical(path.read_bytes()).events
    except (ValueError, OSError) as error:
        raise BadSource([f"{path.name}：不是可读的日历文件（{error}）"]) from error
    reading = _Reading()
    for number, event in enumerate(events, 1):
        reading.add(f"第 {number} 个事件“{event.get('SUMMARY', '')}”", _event, event)
    return reading.done(mixed=True)


def _event(place: str, event: Event) -> Iterator[Row]:
    if "RRULE" in event or "RDATE" in event:
        raise ValueError("是重复事件，放假安排应逐日写明")
    try:
        # The end is the first moment that no longer belongs to it.
        first, end = event.start, event.end
    except ValueError:
        raise ValueError("起止日期看不懂，应写作 DTSTART;VALUE=DATE:20271001") from None
    last = end - (timedelta(seconds=1) if isinstance(end, datetime) else timedelta(days=1))
    summary = str(event.get("SUMMARY", "")).strip()
    off = _is_off(str(event.get("X-APPLE-SPECIAL-DAY", "")), summary)
    return _days(place, _ics_day(first), max(_ics_day(first), _ics_day(last)), _festival(summary), off=off)


def _ics_day(moment: date | datetime) -> date:
    if not isinstance(moment, datetime):
        return moment
    return (moment.astimezone(ZONE) if moment.tzinfo else moment).date()


def _is_off(special: str, summary: str) -> bool:
    """By the property that some calendars have, else by the word in the summary. Raises ValueError."""
    if special in {"WORK-HOLIDAY", "ALTERNATE-WORKDAY"}:
        return special == "WORK-HOLIDAY"
    if re.search("班|work", summary, re.IGNORECASE):
        return False
    if re.search("休|假|holiday", summary, re.IGNORECASE):
        return True
    raise ValueError("看不出是放假还是上班，名称应含“休”“假”或“班”")


def _festival(summary: str) -> str:
    found = _FESTIVAL.search(summary)
    plain = "".join(takewhile(lambda c: c not in "（(【[ ", summary))
    return _SHORT.get(found[0], found[0]) if found else plain


# YAML


@dataclass(frozen=True, slots=True)
class _Years:
    """The part of a calendars' file that says days; the rest of such a file is not looked at."""

    years: dict[int, Year]
    version: str = ""
    carried_from: int = 0
    timetables: tuple[dict[str, Any], ...] = ()


_AS_YAML = "看不懂，应写作 years: {2027: {status: announced, notice: …, holidays: {2027-10-01: 国庆节}, workdays: […]}}"


def _yaml(path: Path) -> Source:
    try:
        years = read_file(path, _Years).years
    except BadCatalogue as error:
        raise BadSource([f"{path.name}：{_AS_YAML}", *error.faults]) from error
    reading, notices = _Reading(), {year.notice for year in years.values()}
    for number, year in years.items():
        for text, name in year.holidays.items():
            reading.add(f"{number} 年", _yaml_day, text, name)
        for text in year.workdays:
            reading.add(f"{number} 年", _yaml_day, text, None)
    return reading.done(notices.pop() if len(notices) == 1 else "", mixed=True)


def _yaml_day(place: str, text: str, name: str | None) -> Iterator[Row]:
    day = date_in_cell(text)
    return _days(place, day, day, name or "", off=name is not None)
