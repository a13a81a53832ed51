"""A table of shifts as Excel has it: a column of days, and a column for each duty with names or accounts in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from domain.duty_table import Row, overlaps
from storage.calendar_sources import date_in_cell
from storage.duty_people import DutyPeople

LARGEST: Final = 2 * 2**20
_UNPACKED: Final = 20 * 2**20
_MOST_ROWS, _MOST_COLUMNS, _LONGEST = 2000, 60, timedelta(days=31)
_HEADER_WITHIN = 10  # rows; above the header may stand a title
_START: Final = ("日期", "值班日期", "开始日期", "起始日期", "date", "start")
_END: Final = ("结束日期", "截止日期", "end")
_IGNORED: Final = re.compile(
    r"星期|周次|周几|序号|编号|备注|说明|.*电话.*|.*手机.*|weekday|note|phone|no\.?|", re.IGNORECASE
)
_CELL: Final = re.compile(rb'\br="([A-Z]{0,3})([0-9]+)"')


class BadTable(Exception):  # noqa: N818 - an answer to whoever gave the file
    """A file that cannot be used; ``faults`` name the line and what is wrong with it, all of them at once."""

    code = "bad-roster-file"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


@dataclass(slots=True)
class _Reading:
    """Rows and faults as they are found, so that every fault is told at once."""

    people: DutyPeople
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_table(content: bytes, people: DutyPeople) -> tuple[Row, ...]:
    """The lines of an Excel file (.xlsx). Raises BadTable."""
    cells, sheet, head = _header(_sheets(content))
    columns = {n: str(word).strip() for n, word in enumerate(cells[head])}
    start = next(n for n, word in columns.items() if word.lower() in _START)
    end = next((n for n, word in columns.items() if word.lower() in _END), None)
    duties = {n: word for n, word in columns.items() if n not in {start, end} and not _IGNORED.fullmatch(word)}
    if not duties:
        raise BadTable([f"{sheet}：除日期外没有岗位列，如“值班员”“带班领导”"])
    reading = _Reading(people)
    for number, line in enumerate(cells[head + 1 :], head + 2):
        if any(str(line[n]).strip() for n in (start, *duties)):
            _read(reading, f"{sheet} 第 {number} 行", line[start], line[end] if end is not None else "", duties, line)
    for row, other in overlaps(reading.rows):
        reading.faults.append(f"{row.place}：{row.first} 与{other.place}重复")
    if not reading.rows and not reading.faults:
        reading.faults.append(f"{sheet}：表头下没有任何一行")
    if reading.faults:
        raise BadTable(reading.faults)
    return tuple(reading.rows)


def _sheets(content: bytes) -> list[tuple[str, list[list[Any]]]]:
    _refuse_traps(content)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            return [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=False)) for n in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise BadTable([f"不是可读的 Excel 文件（{error}）"]) from error


def _refuse_traps(content: bytes) -> None:
    """A small file can unpack to a huge one, or put one cell so far out that the sheet fills all memory."""
    if len(content) > LARGEST:
        raise BadTable(["文件太大，不像值班表"])
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED:
                raise BadTable(["文件太大，不像值班表"])
            for part in packed.infolist():
                if part.filename.startswith("xl/worksheets/") and _reaches_too_far(packed.read(part)):
                    raise BadTable([f"表格太大，最多 {_MOST_ROWS} 行、{_MOST_COLUMNS} 列"])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise BadTable(["不是可读的 Excel 文件，应为 .xlsx"]) from error


def _reaches_too_far(sheet: bytes) -> bool:
    for column, row in _CELL.findall(sheet):
        if len(row) > len(str(_MOST_ROWS)) or int(row) > _MOST_ROWS or _column(column) > _MOST_COLUMNS:
            return True
    return False


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _header(sheets: Sequence[tuple[str, list[list[Any]]]]) -> tuple[list[list[Any]], str, int]:
    for name, cells in sheets:
        for number, line in enumerate(cells[:_HEADER_WITHIN]):
            if any(str(cell).strip().lower() in _START for cell in line):
                return cells, name, number
    raise BadTable(["找不到表头，应有“日期”一列，其余各列为岗位（如“值班员”“带班领导”）"])


def _read(reading: _Reading, place: str, start: Any, end: Any, duties: dict[int, str], line: Sequence[Any]) -> None:
    try:
        first, last = _days(start, end)
    except ValueError as error:
        reading.faults.append(f"{place}：{error}")
        return
    teams = []
    for n, duty in duties.items():
        team, faults = reading.people.team(str(line[n]))
        reading.faults += [f"{place}“{duty}”：{fault}" for fault in faults]
        teams += [(duty, team)] if team else []
    if teams:
        reading.rows.append(Row(place, first, last, tuple(teams)))


def _days(start: Any, end: Any) -> tuple[date, date]:
    first = date_in_cell(start)
    last = date_in_cell(end) if str(end).strip() else first
    if last < first:
        raise ValueError(f"结束日期 {last} 早于开始日期 {first}")
    if last - first >= _LONGEST:
        raise ValueError(f"{first} 至 {last} 超过 {_LONGEST.days} 天")
    return first, last
