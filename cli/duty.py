"""`appeals duty`: who is on duty, a unit's month, tables from Excel, and what would go wrong in the next days."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from cli.database import reading, writing
from cli.words import OUT, in_words
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from domain.duty_table import Plan, Row
    from domain.people import Place
    from runtime.settings import Settings
    from storage.accounts import Account
    from storage.database import Read, Write
    from storage.organisation import Organisation
    from storage.watches import Watch

T = TypeVar("T")

app = typer.Typer(help="值班 / who is on duty", no_args_is_help=True)

UnitArgument = Annotated[str, typer.Argument(help="单位代码 / the unit's code")]
DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]
_MONTHS: Final = 12


@app.command()
def now(unit: UnitArgument, data_dir: DataDirOption = None) -> None:
    """此刻谁在值班，不在岗与代理已计入 / who is on duty just now, substitutes and all."""
    with in_words():
        settings = _settings(data_dir)
        place, _ = _place(settings, unit)
        asyncio.run(reading(settings, lambda r: _now(r, place)))


@app.command()
def show(
    unit: UnitArgument,
    month: Annotated[str | None, typer.Option("--month", help="月份，如 2026-12；默认今起 31 天 / month")] = None,
    data_dir: DataDirOption = None,
) -> None:
    """列出班次与空岗 / the shifts of a month, and the holes in it."""
    with in_words():
        settings = _settings(data_dir)
        place, _ = _place(settings, unit)
        start, end = _stretch(month)
        asyncio.run(reading(settings, lambda r: _show(r, place, start, end)))


@app.command("import")
def import_(
    unit: UnitArgument,
    file: Annotated[Path, typer.Argument(help="Excel（.xlsx）值班安排表", exists=True, dir_okay=False)],
    hand_over: Annotated[
        str | None, typer.Option("--hand-over", help="交接班时间，如 08:30；默认沿用现有的 / when it is handed over")
    ] = None,
    write: Annotated[bool, typer.Option("--write/--dry-run", help="写入，默认只预览 / write it")] = False,
    account: Annotated[
        str | None, typer.Option("--as", help="以谁的名义写入：管理员，或该单位及上级的领导 / in whose name")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """导入值班安排表：先列出变化，加 --write 才写入 / take in a table; shows first, writes with --write."""
    with in_words():
        settings = _settings(data_dir)
        place, organisation = _place(settings, unit)
        handed = _time(hand_over)
        content = file.read_bytes()
        rows = asyncio.run(reading(settings, lambda r: _rows(r, place, organisation, content)))
        if write and account is None:
            raise OperatorError("没有说明以谁的名义写入。", "Say in whose name: --as ACCOUNT.", "--as 账号")
        asyncio.run(writing(settings, lambda w: _import(w, place, rows, handed, account if write else None)))


@app.command()
def check(
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="天数 / how many days")] = 30,
    data_dir: DataDirOption = None,
) -> None:
    """预检今后的值班与升级：有空岗或无人可找的步骤则退出码为 1 / find every hole; exit code 1 when there is one."""
    with in_words():
        settings = _settings(data_dir)
        complete = asyncio.run(reading(settings, lambda r: _check(r, settings, days)))
    raise typer.Exit(0 if complete else 1)


def _settings(data_dir: Path | None) -> Settings:
    """Raises OperatorError: there is no database of this version."""
    from cli import prepare
    from runtime.settings import Settings

    settings = Settings.load(data_dir=data_dir)
    prepare.check_version(settings)
    return settings


def _place(settings: Settings, unit: str) -> tuple[Place, Organisation]:
    from storage.organisation import Organisation

    organisation = Organisation.load(settings.catalogue_dir)
    place = organisation.place(unit)
    if place is None:
        known = "、".join(entry.unit.code for entry in organisation.units())
        raise OperatorError(f"没有单位 {unit}。", f"There is no unit {unit}.", f"已有 / there are: {known}")
    return place, organisation


async def _now(r: Read, place: Place) -> None:
    from storage.watches import Watches

    at = datetime.now(UTC)
    watches = Watches(r)
    watch, names = await watches.at(place.code, at), await watches.names()
    OUT.print(escape(f"{place.name} {_local(at)}"))
    _shifts(watch, names)
    _holes(watch, names)


async def _show(r: Read, place: Place, start: datetime, end: datetime) -> None:
    from storage.watches import Watches

    watches = Watches(r)
    watch, names = await watches.between(place.code, start, end), await watches.names()
    OUT.print(escape(f"{place.name} {_local(start)} 至 {_local(end)}（值班表第 {watch.kept.version} 版）"))
    _shifts(watch, names)
    _holes(watch, names)


def _shifts(watch: Watch, names: dict[str, str]) -> None:
    from storage.duty_words import SOURCES, stand_ins

    table = _table("岗位 / duty", "自 / from", "至 / until", "人员 / people", "")
    for shift in sorted(watch.shifts, key=lambda shift: (shift.starts_at, shift.duty)):
        why = "；".join(part for part in (SOURCES[shift.source], stand_ins(shift, names)) if part)
        people = "、".join(names.get(person, person) for person in shift.people) or "（空岗）"
        row = (shift.duty, _local(shift.starts_at), _local(shift.ends_at), people, why)
        table.add_row(*map(escape, row))
    OUT.print(table if watch.shifts else "没有排班 / nobody has a shift")


def _holes(watch: Watch, names: dict[str, str]) -> None:
    from storage.duty_words import hole_text

    for hole in watch.holes:
        when = f"{_local(hole.starts_at)} 至 {_local(hole.ends_at)}"
        OUT.print(f"[red]✗[/] {escape(f'空岗 {when} {hole_text(hole, names)}')} / a hole", soft_wrap=True)


async def _rows(r: Read, place: Place, organisation: Organisation, content: bytes) -> tuple[Row, ...]:
    from storage.accounts import Accounts
    from storage.duty_people import DutyPeople
    from storage.duty_table import BadTable, read_table

    try:
        return read_table(content, DutyPeople(place, await Accounts(r).all(), organisation))
    except BadTable as error:
        raise OperatorError("没有导入，什么也没有改动。", "Nothing was imported.", "\n".join(error.faults)) from None


async def _import(w: Write, place: Place, rows: tuple[Row, ...], hand_over: time | None, account: str | None) -> None:
    from domain.duty_table import plan
    from storage.rosters import RostersWriter
    from storage.watches import Watches

    rosters, watches = RostersWriter(w), Watches(w)
    before, names = await rosters.of(place.code), await watches.names()
    planned = plan(before.roster, rows, hand_over, lambda: secrets.token_hex(6))
    _changes(planned, names)
    for hole in await watches.holes_of(planned.roster, planned.start, planned.end):
        when = f"{_local(hole.starts_at)} 至 {_local(hole.ends_at)}"
        OUT.print(f"[yellow]![/] {escape(f'空岗 {when} {hole.duty}')} / a hole", soft_wrap=True)
    if account is None:
        OUT.print("仅预览，未作任何改动 / nothing was changed: --write --as")
        return
    by = await _editor(w, place, account)
    kept = await rosters.save(before, planned.roster, "roster-imported", by.code, datetime.now(UTC), "")
    OUT.print(f"已写入，第 {kept.version} 版 / written", soft_wrap=True)


async def _editor(w: Write, place: Place, code: str) -> Account:
    from domain.vocabulary import Role
    from storage.accounts import Accounts

    account = await Accounts(w).get(code)
    leads = account and Role.LEADER in account.roles and account.unit and place.is_under(account.unit)
    if account is None or not (leads or Role.ADMIN in account.roles):
        zh = f"只有管理员，以及{place.name}或其上级单位的领导可以编排其值班表。"
        raise OperatorError(zh, "Only an administrator or a leader of the unit, or of one above, may.", "--as 账号")
    return account


def _changes(planned: Plan, names: dict[str, str]) -> None:
    table = _table("岗位 / duty", "自 / from", "至 / until", "原为 / was", "改为 / becomes")
    for change in planned.changes:
        was, becomes = ("、".join(names.get(p, p) for p in team) or "—" for team in (change.was, change.becomes))
        table.add_row(*map(escape, (change.duty, _local(change.starts_at), _local(change.ends_at), was, becomes)))
    OUT.print(table if planned.changes else "没有变化 / nothing changes")
    if planned.lost:
        OUT.print(f"[yellow]![/] {len(planned.lost)} 次换班随原班次失效 / swaps end with their shifts")


async def _check(r: Read, settings: Settings, days: int) -> bool:
    """Holes and empty steps are faults; whom no channel reaches still has an inbox."""
    from storage.accounts import Accounts
    from storage.catalogue import Catalogue
    from storage.duty_coverage import Asked, coverage
    from storage.duty_words import coverage_lines
    from storage.organisation import Organisation

    catalogue, organisation = Catalogue.load(settings.catalogue_dir), Organisation.load(settings.catalogue_dir)
    asked = Asked(organisation, catalogue.policy, tuple(catalogue.services()), datetime.now(UTC), days)
    found = await coverage(r, asked)
    faults, warnings = coverage_lines(found, organisation, await Accounts(r).names())
    for mark, lines in (("[red]✗[/]", faults), ("[yellow]![/]", warnings)):
        for line in lines:
            OUT.print(f"{mark} {escape(line)}", soft_wrap=True)
    if found.is_complete:
        OUT.print(f"今后 {days} 天没有空岗，每一步都找得到人 / no holes in the next {days} days")
    return found.is_complete


def _table(*heads: str) -> Table:
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")  # Chinese has no blanks to break at, and must not be cut off
    return table


def _local(at: datetime) -> str:
    from domain.wall import ZONE

    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _stretch(month: str | None) -> tuple[datetime, datetime]:
    from domain.wall import ZONE

    if month is None:
        start = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        return start, start + timedelta(days=31)
    try:
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZONE)
        return start, start.replace(year=start.year + start.month // _MONTHS, month=start.month % _MONTHS + 1)
    except ValueError:
        raise OperatorError(f"月份“{month}”看不懂。", "A month is written 2026-12.", "--month 2026-12") from None


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise OperatorError(f"时间“{text}”看不懂。", "A time is written 08:30.", "--hand-over 08:30") from None
