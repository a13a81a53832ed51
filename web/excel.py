"""Lists as Excel files: what was asked for stands on the sheet in words, with the moment; text stays text."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final
from urllib.parse import quote

import xlsxwriter
from anyio import to_thread
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from domain.wall import ZONE

MOST: Final = 20_000
"""Rows of one file: some twenty seconds of a processor, and no proxy waits for an answer much longer than a minute."""
_AT_ONCE: Final = 100  # rows that a thread writes, while others are served
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST: Final = 32_767  # characters of a cell
# What XML cannot carry.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_OPTIONS: Final = {
    "constant_memory": True,  # a row is written and forgotten
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, how wide it is in characters, and what of a row stands in it."""

    name: str
    width: int
    value: Callable[[Any], str | int | float | datetime | None]


async def workbook(
    rows: AsyncIterator[Any], columns: Sequence[Column], title: str, filter_words: Sequence[str], at: datetime
) -> FileResponse:
    """The rows as a file to be taken away, at most ``MOST``; if there are more, the sheet says so. ``at``: as of when.

    A text is written as one, whatever it begins with: nobody's title is ever a formula.
    """
    handle, name = mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        is_whole = await _write(Path(name), rows, columns, title, filter_words, at)
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - what a path does at once, too
        raise
    stamp = f"{at.astimezone(ZONE):%Y%m%d-%H%M}"
    called = "-".join((title, *(() if is_whole else (f"前{MOST}行",)), stamp))
    given = f"attachment; filename=\"{stamp}.xlsx\"; filename*=UTF-8''{quote(called)}.xlsx"
    headers = {"Content-Disposition": given, "Cache-Control": "no-store"}
    return FileResponse(name, media_type=MEDIA_TYPE, headers=headers, background=BackgroundTask(Path(name).unlink))


async def _write(
    path: Path, rows: AsyncIterator[Any], columns: Sequence[Column], title: str, words: Sequence[str], at: datetime
) -> bool:
    """Whether all of them have found room. The work itself is done in threads."""
    sheet = _Sheet(path, columns)
    try:
        sheet.begin(title, words, at)
        some: list[Any] = []
        async for row in rows:
            if sheet.count + len(some) == MOST:
                await to_thread.run_sync(sheet.put, some)
                sheet.say_that_there_are_more()
                return False
            some.append(row)
            if len(some) == _AT_ONCE:
                await to_thread.run_sync(sheet.put, some)
                some = []
        await to_thread.run_sync(sheet.put, some)
        return True
    finally:
        await to_thread.run_sync(sheet.close)


class _Sheet:
    """A file with one sheet, written row by row."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self._sheet = self._book.add_worksheet("列表")
        self._columns = columns
        self._plain = self._book.add_format({"text_wrap": True})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._strong = self._book.add_format({"bold": True, "font_color": "#B42318"})
        self.count = 0

    def begin(self, title: str, words: Sequence[str], at: datetime) -> None:
        """What was asked for, and the heads of the columns."""
        head = self._book.add_format({"bold": True, "font_size": 14})
        names = self._book.add_format({"bold": True, "bg_color": "#E6EEF9", "bottom": 1})
        for nth, column in enumerate(self._columns):
            self._sheet.set_column(nth, nth, column.width)
        self._sheet.write_string(0, 0, title, head)
        self._sheet.write_string(1, 0, f"筛选条件：{_clean('；'.join(words) or '无')}")
        self._sheet.write_string(2, 0, f"数据截至：{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}（北京时间）")
        for nth, column in enumerate(self._columns):
            self._sheet.write_string(_HEAD, nth, column.name, names)
        self._sheet.freeze_panes(_HEAD + 1, 0)

    def put(self, rows: Sequence[Any]) -> None:
        """The next rows."""
        for row in rows:
            self.count += 1
            for nth, column in enumerate(self._columns):
                self._cell(_HEAD + self.count, nth, column.value(row))

    def say_that_there_are_more(self) -> None:
        """Below the last."""
        said = f"只导出前{MOST}行，请缩小范围（如按月、按单位）后再导出其余部分"
        self._sheet.write_string(_HEAD + self.count + 1, 0, said, self._strong)

    def close(self) -> None:
        """Nothing more comes."""
        self._sheet.autofilter(_HEAD, 0, _HEAD + self.count, len(self._columns) - 1)
        self._book.close()

    def _cell(self, line: int, nth: int, value: str | float | datetime | None) -> None:
        if isinstance(value, datetime):
            self._sheet.write_datetime(line, nth, value.astimezone(ZONE).replace(tzinfo=None), self._moment)
        elif isinstance(value, str):
            self._sheet.write_string(line, nth, _clean(value), self._plain)
        elif value is not None:
            self._sheet.write_number(line, nth, value)


_HEAD: Final = 4


def _clean(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)[:_LONGEST]
