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
    """向一人的各渠道发一条测试消息；有一条不通则退出码为 1 / a test message on each channel of a person."""
    from runtime.settings import Settings

    with in_words():
        tried, idle = asyncio.run(_test(Settings.load(data_dir=data_dir), account, channel))
    table = Table("渠道 channel", "结果 result", "说明 why")
    for point, answer in tried:
        table.add_row(point.channel, answer.result.value, answer.code)
    if tried:
        OUT.print(table)
    for name in idle:
        OUT.print(f"已登记 {name}，但本系统尚未配置该渠道 / {name} is registered, but not set up here")
    if not tried and not idle:
        OUT.print("没有登记渠道：只能在站内消息中看到 / no channel registered: the inbox only")
    raise typer.Exit(0 if tried and all(answer.result == "delivered" for _, answer in tried) else 1)


async def _test(
    settings: Settings, account: str, channel: str | None
) -> tuple[list[tuple[ContactPoint, Answer]], list[str]]:
    """What came of each attempt; and the person's channels that are not set up."""
    from runtime.datadir import DataDir
    from runtime.errors import OperatorError
    from storage.accounts import Accounts
    from storage.contact_points import KINDS, ContactPoints
    from storage.database import Database
    from storage.message_texts import Texts
    from worker.channels.opened import opened
    from worker.messaging import send_test

    if channel not in {None, *KINDS}:
        raise OperatorError(
            f"没有 {channel} 这种渠道。", f"There is no channel {channel}.", f"可用 / one of: {', '.join(KINDS)}"
        )
    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            if await Accounts(r).get(account) is None:
                raise OperatorError(f"没有账号 {account}。", f"There is no account {account}.", "appeals account list")
            points = (await ContactPoints(r).of([account])).get(account, [])
    finally:
        await database.close()
    stamp = DataDir(settings.data_dir).read_stamp()
    texts = Texts(settings.catalogue_dir, rehearsal=settings.rehearsal or bool(stamp and stamp.rehearsal))
    wanted = [p for p in points if channel in {None, p.channel}]
    async with opened(settings) as channels:
        mine = [p for p in wanted if p.channel in channels]
        idle = [p.channel for p in wanted if p.channel not in channels]
        return await send_test(channels, mine, texts.test()), idle
