"""`appeals partners`: outside bodies that are spoken to by machine, what waits for them, and how to send it again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape
from rich.table import Column, Table

from cli.words import OUT, in_words

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.deliveries import Lane

DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]

app = typer.Typer(help="外单位 / outside bodies that are spoken to by machine", invoke_without_command=True)
_MINUTE: Final = 60


@app.callback()
def show(context: typer.Context, data_dir: DataDirOption = None) -> None:
    """列出外单位、地址、待送达的消息 / each body, where it is, what waits for it."""
    if context.invoked_subcommand is not None:
        return
    from runtime.settings import Settings

    with in_words():
        asyncio.run(_show(Settings.load(data_dir=data_dir)))


@app.command()
def resume(
    unit: Annotated[str, typer.Argument(help="外单位代码 / the body's code")], data_dir: DataDirOption = None
) -> None:
    """立即重发，包括对方曾拒收的 / send again now, also what it refused."""
    from runtime.settings import Settings

    with in_words():
        count = asyncio.run(_resume(Settings.load(data_dir=data_dir), unit))
    OUT.print(f"{count} 条曾被拒收的消息将重发 / {count} refused messages will be sent again")


@app.command()
def secret() -> None:
    """生成一个新密钥 / a fresh secret, to be shared with the body."""
    from runtime.webhooks import new_secret

    typer.echo(new_secret())


async def _show(settings: Settings) -> None:
    from storage.organisation import Organisation
    from storage.partners import partners_of

    partners = partners_of(Organisation.load(settings.catalogue_dir), settings.partner_urls)
    lanes, refused = await waiting(settings)
    table = Table(
        *(Column("外单位 body", no_wrap=True), "地址 address", "待送达 waiting"),
        *("分钟 minutes", "最近 last", "拒收 refused"),
    )
    for code in sorted({*partners, *lanes, *refused}):
        url, lane = partners[code].url if code in partners else "—", lanes.get(code)
        table.add_row(code, escape(url), *_cells(lane), str(refused.get(code, 0)))
    OUT.print(table)


def _cells(lane: Lane | None) -> tuple[str, str, str]:
    if lane is None:
        return "0", "", ""
    minutes = int((datetime.now(UTC) - lane.since).total_seconds() // _MINUTE)
    return str(lane.waiting), str(minutes), f"{lane.error or ''} ({lane.attempts})"


async def waiting(settings: Settings) -> tuple[dict[str, Lane], dict[str, int]]:
    """What waits for each body, and how many messages it refused."""
    from storage.database import Database
    from storage.deliveries import DeliveryReads

    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            outbox = DeliveryReads(r)
            return {lane.partner: lane for lane in await outbox.lanes()}, await outbox.refused()
    finally:
        await database.close()


async def _resume(settings: Settings, unit: str) -> int:
    from storage.database import Database
    from storage.deliveries import Deliveries

    database = Database.create(settings.database_url)
    try:
        async with database.write() as w:
            return await Deliveries(w).resume(unit, datetime.now(UTC))
    finally:
        await database.close()
