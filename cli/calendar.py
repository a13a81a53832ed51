"""`appeals calendar`: the holidays by which deadlines are counted, looked at, checked and brought up to date."""

from __future__ import annotations

import shlex
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.words import OUT, in_words
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from storage.calendar_import import Import
    from storage.calendars import Calendars

app = typer.Typer(help="工作日历：节假日与调休 / the working calendar", no_args_is_help=True)

DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--directory",
        help="目录，默认 APPEALS_CATALOGUE_DIR / another catalogue directory",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]


@app.command()
def show(
    year: Annotated[int | None, typer.Argument(help="年份，默认今年 / year", show_default=False)] = None,
    directory: DirectoryOption = None,
) -> None:
    """列出一年的放假、调休与各办公时间表 / a year's days off, and the timetables."""
    from api.calendar_words import STATUS, stretches

    with in_words():
        calendars, number = _load(directory), year or _today().year
        if number not in calendars.years:
            known = "、".join(map(str, sorted(calendars.years)))
            raise OperatorError(
                f"日历里没有 {number} 年。", f"The calendar has no {number}.", f"已有 / there are: {known}"
            )
        found = calendars.years[number]
        notice = f"，{found.notice}" if found.notice else ""
        OUT.print(escape(f"{number} 年：{STATUS[found.status]}{notice}（日历版本 {calendars.version}）"))
        table = _table("节日 / holiday", "放假 / off", "天 / days")
        for name, first, last, days in stretches(found):
            table.add_row(escape(name), str(first) if first == last else f"{first} 至 {last}", str(days))
        OUT.print(table)
        OUT.print("调休上班 / make-up days:", "、".join(found.workdays) or "无 / none", soft_wrap=True)
        _timetables(calendars)


def _table(*heads: str) -> Table:
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")  # Chinese has no blanks to break at, and must not be cut off
    return table


def _timetables(calendars: Calendars) -> None:
    from api.calendar_words import days_said, hours_said

    table = _table("时间表 / timetable", "名称 / name", "工作日 / days", "时间 / hours")
    for known in calendars.timetables:
        table.add_row(escape(known.code), escape(known.name), days_said(known), hours_said(known))
    OUT.print(table)


@app.command()
def check(directory: DirectoryOption = None) -> None:
    """找出日历的漏洞；有则退出码为 1 / find every hole; exit code 1 when there is one."""
    from storage.calendar_check import faults, warnings

    with in_words():
        calendars = _load(directory)
    found = faults(calendars)
    for fault in found:
        OUT.print(f"[red]✗[/] {escape(fault)}", soft_wrap=True)
    for warning in warnings(calendars, _today()):
        OUT.print(f"[yellow]![/] {escape(warning)} / not announced: appeals calendar import", soft_wrap=True)
    if not found:
        OUT.print("日历没有漏洞 / the calendar has no holes")
    raise typer.Exit(1 if found else 0)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Excel、ICS 或 YAML 文件")],
    year: Annotated[int | None, typer.Option("--year", help="年份 / year", min=2000, max=2999)] = None,
    notice: Annotated[str, typer.Option("--notice", help="通知文号，如 国办发明电〔2026〕…号 / the notice")] = "",
    write: Annotated[bool, typer.Option("--write/--dry-run", help="写入目录，默认只预览 / write it")] = False,
    directory: DirectoryOption = None,
) -> None:
    """导入一年的放假安排：先列出变化，加 --write 才写入 / a year's holidays; shows first, writes with --write."""
    from storage import calendar_import
    from storage.calendar_sources import BadSource
    from storage.yaml_file import BadCatalogue

    with in_words():
        own = _own(directory)
        try:
            planned = calendar_import.prepare(own, file, _today(), year, notice)
            _changes(planned)
            if not write:
                OUT.print("仅预览，未作任何改动 / nothing was changed: --write")
                return
            written = calendar_import.write(planned, _writable(planned, own))
        except BadSource as error:
            mend = "\n".join(error.faults)
            raise OperatorError("没有导入，什么也没有改动。", "Nothing was imported or changed.", mend) from None
        except BadCatalogue as error:
            raise _broken(error.faults) from None
        OUT.print(f"已写入 {escape(str(written))}，版本 {planned.after.version} / written", soft_wrap=True)
        _what_next(planned, directory)


def _what_next(planned: Import, directory: Path | None) -> None:
    """New appeals go by it as soon as the API has taken it; those that are open, when a supervisor says so."""
    where = f" --directory {shlex.quote(str(directory))}" if directory else ""
    command = f"appeals policy migrate{where} --as 督办账号 --reason {shlex.quote(planned.year.notice)} --dry-run"
    OUT.print("接口一秒内采用，不必重启，新诉求按此计算 / the API takes it within a second: new appeals go by it")
    OUT.print("在办诉求的期限不会自行变动，先试算再迁移 / open deadlines move only by this, tried first:")
    OUT.print(f"  {escape(command)}", soft_wrap=True)


def _changes(planned: Import) -> None:
    """What the import would change, as a table."""
    from storage.calendar_check import WEEKDAYS

    if planned.left_out:
        OUT.print(f"文件中其他年份的 {planned.left_out} 天没有采用 / days of other years were left out")
    table = _table("日期 / day", "星期", "原为 / was", "改为 / becomes")
    for change in planned.changes:
        weekday = f"周{WEEKDAYS[change.day.weekday()]}"
        table.add_row(str(change.day), weekday, escape(change.was), escape(change.becomes))
    OUT.print(table if planned.changes else f"{planned.number} 年的日期没有变化 / no day changes")
    worked = sum(change.works - change.worked for change in planned.changes)
    OUT.print(f"共 {len(planned.changes)} 天变化，工作日增减 {worked:+d} 天", soft_wrap=True)


def _writable(planned: Import, own: Path | None) -> Path:
    """Where to write. Raises OperatorError: nobody's notice, or nowhere."""
    if planned.year.status != "announced":
        raise OperatorError(
            "没有通知文号，不能写入。",
            "Without its notice a year is not announced, and not written.",
            "--notice 国办发明电〔…〕…号",
        )
    if own is None:
        raise OperatorError(
            "没有自己的目录可写：随程序安装的目录不应改动。",
            "There is no catalogue directory to write to; the installed one is not to be changed.",
            "设置 APPEALS_CATALOGUE_DIR，或用 --directory 指明 / set it, or give --directory",
        )
    return own


def _own(directory: Path | None) -> Path | None:
    from runtime.settings import Settings

    return directory or Settings.load().catalogue_dir


def _load(directory: Path | None) -> Calendars:
    """The calendars in force. Raises OperatorError."""
    from storage.calendars import load_calendars
    from storage.yaml_file import BadCatalogue

    try:
        return load_calendars(_own(directory))
    except BadCatalogue as error:
        raise _broken(error.faults) from None


def _broken(faults: list[str]) -> OperatorError:
    return OperatorError("日历读不出来。", "The calendar cannot be read.", "\n".join(faults))


def _today() -> date:
    from domain.calendar import ZONE

    return datetime.now(ZONE).date()
