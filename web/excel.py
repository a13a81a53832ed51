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
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from domain.wall import ZONE

MOST: Final = 50_000
"""Rows of one file."""
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
        await _write(Path(name), rows, columns, title, filter_words, at)
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - what a path does at once, too
        raise
    stamp = f"{at.astimezone(ZONE):%Y%m%d-%H%M}"
    given = f"attachment; filename=\"{stamp}.xlsx\"; filename*=UTF-8''{quote(f'{title}-{stamp}.xlsx')}"
    headers = {"Content-Disposition": given, "Cache-Control": "no-store"}
    return FileResponse(name, media_type=MEDIA_TYPE, headers=headers, background=BackgroundTask(Path(name).unlink))


async def _write(
    path: Path, rows: AsyncIterator[Any], columns: Sequence[Column], title: str, words: Sequence[str], at: datetime
) -> None:
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    try:
        sheet = book.add_worksheet("列表")
        head, plain = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True})
        names = book.add_format({"bold": True, "bg_color": "#E6EEF9", "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for nth, column in enumerate(columns):
            sheet.set_column(nth, nth, column.width)
        sheet.write_string(0, 0, title, head)
        sheet.write_string(1, 0, f"筛选条件：{_clean('；'.join(words) or '无')}")
        sheet.write_string(2, 0, f"数据截至：{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}（北京时间）")
        for nth, column in enumerate(columns):
            sheet.write_string(_HEAD, nth, column.name, names)
        sheet.freeze_panes(_HEAD + 1, 0)
        line = _HEAD
        async for row in rows:
            line += 1
            if line > MOST + _HEAD:
                sheet.write_string(line, 0, f"只导出前{MOST}行,请缩小范围后再导出其余部分")
                break
            for nth, column in enumerate(columns):
                _cell(sheet, line, nth, column.value(row), plain, moment)
        sheet.autofilter(_HEAD, 0, max(line, _HEAD), len(columns) - 1)
    finally:
        book.close()


_HEAD: Final = 4


def _cell(sheet: Any, line: int, nth: int, value: str | float | datetime | None, plain: Any, moment: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(line, nth, value.astimezone(ZONE).replace(tzinfo=None), moment)
    elif isinstance(value, str):
        sheet.write_string(line, nth, _clean(value), plain)
    elif value is not None:
        sheet.write_number(line, nth, value)


def _clean(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)[:_LONGEST]
