"""A year's holidays taken into the calendars' file: read, checked, compared, and written whole or not at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from storage.calendar_check import REACH_BACK, faults, missing_days
from storage.calendar_sources import BadSource, Row, Source, read_source
from storage.calendars import FILE, Calendars, Year, calendars_file, read_calendars
from storage.yaml_file import BadCatalogue

_SATURDAY = 5
_PLAIN = re.compile(r"[一-鿿][一-鿿〔〕、；（）0-9]*")
_SERIES = re.compile(r"(.+)-(\d{4})\.(\d+)")


@dataclass(frozen=True, slots=True)
class Change:
    """A day that is another than before: ``was`` and ``becomes`` in words, and whether it was and will be worked."""

    day: date
    was: str
    becomes: str
    worked: bool
    works: bool


@dataclass(frozen=True, slots=True)
class Import:
    """What an import would do. ``left_out``: days of other years in the file."""

    number: int
    year: Year
    before: Calendars
    after: Calendars
    changes: tuple[Change, ...]
    left_out: int


def prepare(directory: Path | None, path: Path, today: date, number: int | None = None, notice: str = "") -> Import:
    """What the file would change. Raises BadSource, with everything that is wrong; BadCatalogue if ours is broken.

    A year with a notice counts as announced. A day that has begun never becomes a working day: that alone could move
    an open deadline into the past.
    """
    before, source = read_calendars(calendars_file(directory)), read_source(path)
    number = number or _only_year(source, path)
    rows = [row for row in source.rows if _belongs(row.day, number)]
    if not any(row.day.year == number for row in rows):
        raise BadSource([*source.faults, f"{path.name}：没有 {number} 年的日期，文件里是 {_years(source)}"])
    others = [row for row in source.rows if row not in rows]
    found = [*source.faults]
    found += [] if source.mixed else [f"{row.place}：{row.day} 不属于 {number} 年" for row in others]
    found += _doubled(rows)
    year = _year({row.day: row for row in reversed(rows)}.values(), notice or source.notice)
    after = replace(before, version=_raised(before.version, number), years={**before.years, number: year})
    changes = tuple(_changes(before.years.get(number), year))
    # What is missing may stand in a row that could not be read.
    unsure = {f"{number} 年：{fault}" for fault in missing_days(number, year)} if found else set()
    found += [fault for fault in _refused(before, after, changes, today) if fault not in unsure]
    if found:
        raise BadSource(list(dict.fromkeys(found)))
    return Import(number, year, before, after, changes, len(others))


def write(planned: Import, directory: Path) -> Path:
    """Write the planned calendars into a catalogue directory, whole or not at all. Raises BadSource.

    Comments and the other years stay as they are written.
    """
    text = _rewritten(calendars_file(directory).read_text(encoding="utf-8"), planned)
    target = directory / FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.stem}-{os.getpid()}.yaml")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if _read_back(draft) != planned.after:
            raise BadSource([f"{target} 的写法不便自动改写，请按预览手工修改，再运行 appeals calendar check"])
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _read_back(draft: Path) -> Calendars | None:
    try:
        return read_calendars(draft)
    except BadCatalogue:
        return None


def _only_year(source: Source, path: Path) -> int:
    if not source.rows:
        raise BadSource([*source.faults] or [f"{path.name}：没有任何日期"])
    # December's days may be the beginning of the next year's notice.
    found = {row.day.year for row in source.rows}
    latest = max(found)
    if all(_belongs(row.day, latest) for row in source.rows):
        return latest
    raise BadSource([*source.faults, f"{path.name}：含有 {_years(source)}，请用 --year 指明要导入的年份"])


def _belongs(day: date, number: int) -> bool:
    return date(number, 1, 1) - REACH_BACK <= day <= date(number, 12, 31)


def _years(source: Source) -> str:
    return "、".join(f"{number} 年" for number in sorted({row.day.year for row in source.rows})) or "空的"


def _doubled(rows: list[Row]) -> Iterator[str]:
    """Days that stand there twice."""
    seen: dict[date, Row] = {}
    for row in rows:
        first = seen.setdefault(row.day, row)
        if first is not row:
            how = "又写了一遍" if first.off == row.off else "既放假又上班"
            yield f"{row.place}：{row.day} {how}（另见{first.place}）"


def _year(rows: Iterable[Row], notice: str) -> Year:
    """The rows as a year, one for each day."""
    holidays = {row.day.isoformat(): row.name for row in sorted(rows, key=lambda row: row.day) if row.off}
    workdays = tuple(sorted(row.day.isoformat() for row in rows if not row.off))
    return Year("announced" if notice else "provisional", notice, holidays, workdays)


def _raised(version: str, number: int) -> str:
    """The version after this one: ``cn-2027.1`` for the first change that 2027 brings, then ``cn-2027.2``."""
    found = _SERIES.fullmatch(version)
    if found is None:
        return f"{version}.1"
    latest = max(int(found[2]), number)
    return f"{found[1]}-{latest}.{int(found[3]) + 1 if latest == int(found[2]) else 1}"


def _changes(before: Year | None, after: Year) -> Iterator[Change]:
    old = before or Year("provisional", "", {}, ())
    for text in sorted({*old.holidays, *old.workdays, *after.holidays, *after.workdays}):
        day = date.fromisoformat(text)
        was, becomes = _said(old, day), _said(after, day)
        if was != becomes:
            yield Change(day, was[0], becomes[0], worked=was[1], works=becomes[1])


def _said(year: Year, day: date) -> tuple[str, bool]:
    """What a day is, in words, and whether it is worked."""
    text = day.isoformat()
    if text in year.workdays:
        return "调休上班", True
    if text in year.holidays:
        return f"放假（{year.holidays[text]}）", False
    return ("周末", False) if day.weekday() >= _SATURDAY else ("工作日", True)


def _refused(before: Calendars, after: Calendars, changes: tuple[Change, ...], today: date) -> list[str]:
    """What the calendars may not become; faults that they had before do not stand in the way."""
    found = [fault for fault in faults(after) if fault not in faults(before)]
    found += [
        f"{change.day} 已经过去或就是今天，不能由{change.was}改为{change.becomes}：进行中的期限会落到过去"
        for change in changes
        if change.day <= today and change.works and not change.worked
    ]
    return found


def _rewritten(text: str, planned: Import) -> str:
    """The file with another version and another block for the year; every other line stays."""
    text = re.sub(r"(?m)^version:.*$", f'version: "{planned.after.version}"', text, count=1)
    lines, heads = text.splitlines(), {}
    for index, line in enumerate(lines):
        if found := re.match(r"  (\d{4}):", line):
            heads[int(found[1])] = index
    later = [index for number, index in sorted(heads.items()) if number > planned.number]
    end = later[0] if later else len(lines)
    start = heads.get(planned.number, end)
    return "\n".join([*lines[:start], *_block(planned.number, planned.year), *lines[end:]]) + "\n"


def _block(number: int, year: Year) -> Iterator[str]:
    yield f"  {number}:"
    yield f"    status: {year.status}"
    yield f"    notice: {_scalar(year.notice)}"
    yield "    holidays:"
    yield from (f'      "{day}": {_scalar(name)}' for day, name in year.holidays.items())
    yield "    workdays:" if year.workdays else "    workdays: []"
    yield from (f'      - "{day}"' for day in year.workdays)


def _scalar(text: str) -> str:
    """Text as YAML: plain where it is plainly a word, else quoted as JSON is, which YAML reads the same."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
