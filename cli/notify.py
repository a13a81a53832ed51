"""`appeals notify`: whether messages reach a person, tried for real."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.words import OUT, in_words

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.contact_points import ContactPoint
    from worker.channels.channel import Answer

DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]

app = typer.Typer(help="通知 / messages to people", no_args_is_help=True)


@app.callback()
def notify() -> None:
    """通知 / messages to people."""


@app.command("test")
def send(
    account: Annotated[str, typer.Argument(help="账号代码 / whose channels")],
    channel: Annotated[
        str | None, typer.Option("--channel", help="只试这一渠道 / this channel only", show_default=False)
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """向一人的各渠道发一条测试消息;有一条不通则退出码为 1 / a test message on each channel of a person."""
    from runtime.settings import Settings

    with in_words():
        tried = asyncio.run(_test(Settings.load(data_dir=data_dir), account, channel))
    table = Table("渠道 channel", "结果 result", "说明 why")
    for point, answer in tried:
        table.add_row(point.channel, answer.result.value, answer.code)
    OUT.print(table)
    if not tried:
        OUT.print("没有可用的渠道:只能在站内消息中看到 / no channel that is set up: the inbox only")
    raise typer.Exit(0 if tried and all(answer.result == "delivered" for _, answer in tried) else 1)


async def _test(settings: Settings, account: str, channel: str | None) -> list[tuple[ContactPoint, Answer]]:
    from storage.contact_points import ContactPoints
    from storage.database import Database
    from storage.message_texts import Texts
    from worker.channels.opened import opened
    from worker.messaging import send_test

    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            points = (await ContactPoints(r).of([account])).get(account, [])
    finally:
        await database.close()
    texts = Texts(settings.catalogue_dir, public_url=settings.public_url, rehearsal=settings.rehearsal)
    async with opened(settings) as channels:
        mine = [p for p in points if p.channel in channels and channel in {None, p.channel}]
        return await send_test(channels, mine, texts.test())
