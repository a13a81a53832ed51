"""`appeals policy`: by which rules open appeals go, bringing them to others, and trying others on the record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.words import OUT, in_words
from domain.vocabulary import Stage

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.affected import InUse
    from storage.catalogue import Catalogue

app = typer.Typer(help="规则：政策与日历的新版本 / new versions of policy and calendar", no_args_is_help=True)

DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]
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
ServiceOption = Annotated[
    str | None, typer.Option("--service", help="只限此事项 / this service only", show_default=False)
]


@app.command()
def show(data_dir: DataDirOption = None, directory: DirectoryOption = None) -> None:
    """现行政策，及在办诉求按哪些规则办理 / today's policy, and the rules that open appeals go by."""
    import asyncio

    from cli import prepare
    from cli.policy_migrate import load

    with in_words():
        settings = _settings(data_dir, directory)
        prepare.check_version(settings)
        catalogue, _ = load(settings)
        _policy(catalogue)
        _used(*asyncio.run(_in_use(settings, catalogue)))


def _settings(data_dir: Path | None, directory: Path | None) -> Settings:
    from runtime.logging import configure_logging
    from runtime.settings import Settings

    settings = Settings.load(data_dir=data_dir, catalogue_dir=directory)
    configure_logging(settings.model_copy(update={"log_level": "error"}), service="policy")
    return settings


def _policy(catalogue: Catalogue) -> None:
    from api.policy_table import rows
    from cli.policy_words import grid

    policy = catalogue.policy
    table = grid("政策 / policy", "字段 / field", "值 / value")
    for name, title, value in rows(policy):
        table.add_row(title, name, escape(value))
    OUT.print(table)


async def _in_use(settings: Settings, catalogue: Catalogue) -> tuple[list[InUse], set[str], set[str]]:
    """The rules in use; the versions whose calendar is outdated; those of which anything is."""
    from storage.affected import in_use, replacements
    from storage.database import Database

    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            by_calendar = await replacements(r, catalogue, _today())
            whole = await replacements(r, catalogue, _today(), whole=True)
            return await in_use(r), set(by_calendar), set(whole)
    finally:
        await database.close()


_HOW = "--as 督办账号 --reason 理由 --dry-run"


def _used(found: list[InUse], by_calendar: set[str], whole: set[str]) -> None:
    from cli.policy_words import grid

    table = grid("规则 / rules", "事项 / service", "政策", "日历", "在办 / open", "")
    for one in found:
        rules = one.rules
        hint = "日历已有新版 / calendar" if rules.version in by_calendar else ""
        hint = hint or ("政策或事项已有新版 / policy or service" if rules.version in whole else "")
        table.add_row(
            rules.version[:12],
            f"{rules.service.code} {rules.service.version}",
            rules.policy.version,
            rules.calendar.version,
            str(one.appeals),
            hint,
        )
    OUT.print(table if found else "没有在办诉求 / no appeal is open")
    if by_calendar:
        OUT.print(f"迁移到现行日历 / to today's calendar: appeals policy migrate {_HOW}", soft_wrap=True)
    if whole - by_calendar:
        OUT.print(f"连同政策与事项 / with policy and service: appeals policy migrate --whole {_HOW}", soft_wrap=True)


@app.command()
def migrate(  # noqa: PLR0913, PLR0917 - the options of a command, which typer reads from here
    account: Annotated[str, typer.Option("--as", help="督办人员的账号，流水以其名义 / in this supervisor's name")],
    reason: Annotated[str, typer.Option("--reason", help="理由，写入每件流水 / why; every journal keeps it")],
    service: ServiceOption = None,
    stage: Annotated[Stage | None, typer.Option("--stage", help="只限此环节 / this stage only")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="只限此承办单位 / led by this unit")] = None,
    number: Annotated[list[str] | None, typer.Option("--number", help="只限这些诉求 / these appeals")] = None,
    whole: Annotated[
        bool, typer.Option("--whole/--calendar-only", help="连同政策与事项，默认只换日历 / policy and service, too")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只试算 / try only, change nothing")] = False,
    even_if_late: Annotated[
        bool, typer.Option("--even-if-late", help="即使期限因此已过 / even where a deadline is then over")
    ] = False,
    report: Annotated[Path | None, typer.Option("--report", help="写出 JSON 报告 / write a report")] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=200, help="同时办理 / at a time")] = 16,
    data_dir: DataDirOption = None,
    directory: DirectoryOption = None,
) -> None:
    """把在办诉求迁移到新规则，期限随之重算 / bring open appeals to new rules; deadlines are measured again."""
    from cli.policy_migrate import Asked
    from cli.policy_migrate import migrate as run
    from storage.affected import Wanted

    with in_words():
        asked = Asked(
            account=account,
            reason=reason,
            wanted=Wanted(service, stage, unit),
            numbers=tuple(dict.fromkeys(number or ())),
            whole=whole,
            dry_run=dry_run,
            even_if_late=even_if_late,
            report=report,
            concurrency=concurrency,
        )
        raise typer.Exit(run(_settings(data_dir, directory), asked))


@app.command()
def simulate(  # noqa: PLR0913, PLR0917 - as above
    policy: Annotated[
        Path | None, typer.Option("--policy", help="另一政策 / another policy's YAML", dir_okay=False, exists=True)
    ] = None,
    calendar: Annotated[
        Path | None, typer.Option("--calendar", help="另一日历 / another cn.yaml", dir_okay=False, exists=True)
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", help="提交日起，默认 30 天前 / came in from", formats=["%Y-%m-%d"])
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", help="提交日止，默认今天 / … until", formats=["%Y-%m-%d"])
    ] = None,
    service: ServiceOption = None,
    html: Annotated[Path | None, typer.Option("--html", help="写出网页 / write a page with charts")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="写出 JSON / write JSON")] = None,
    data_dir: DataDirOption = None,
    directory: DirectoryOption = None,
) -> None:
    """用另一政策或日历重放已有诉求：会有哪些预警、超时 / what the record would have called for under other rules."""
    from cli.policy_simulate import Asked
    from cli.policy_simulate import simulate as run

    with in_words():
        until = last.date() if last else _today()
        since = first.date() if first else until - timedelta(days=30)
        run(_settings(data_dir, directory), Asked(policy, calendar, since, until, service, html, json))


def _today() -> date:
    from domain.calendar import ZONE

    return datetime.now(ZONE).date()
