"""`appeals audit`: whether the journals still say what they said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.words import OUT, in_words

app = typer.Typer(help="核验流水 / check the journals", no_args_is_help=True)


@app.command()
def verify(
    number: Annotated[str | None, typer.Argument(help="诉求编号，默认全部 / one appeal, or all")] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory")] = None,
) -> None:
    """逐条重算哈希链；有不符则退出码为 1 / recompute every hash chain; exit code 1 when one does not hold."""
    from runtime.errors import OperatorError
    from runtime.settings import Settings
    from storage import migrate

    with in_words():
        settings = Settings.load(data_dir=data_dir)
        if migrate.current(settings.database_url) is None:
            raise OperatorError(
                f"{settings.data_dir} 里没有本系统的数据库。",
                "There is no database of this system.",
                "以 --data-dir 指明数据目录 / give --data-dir",
            )
        flawed = count_flawed(settings.database_url, number)
    raise typer.Exit(1 if flawed else 0)


def count_flawed(url: str, number: str | None = None) -> int:
    """How many journals do not hold; each flaw is printed."""
    return asyncio.run(_verify(url, number))


async def _verify(url: str, number: str | None) -> int:
    from domain.journal import verify as check
    from storage.appeals import Appeals
    from storage.database import Database
    from storage.journal import JournalReads

    database = Database.create(url)
    flawed = checked = 0
    try:
        async with database.read() as r:
            numbers = [number] if number else await JournalReads(r).all_numbers()
        for one in numbers:
            async with database.read() as r:
                entries, stored = await JournalReads(r).of(one), await Appeals(r).get(one)
            flaws = [f"#{flaw.seq} {flaw.detail}" for flaw in check(entries)]
            head = entries[-1].hash if entries else ""
            if stored is None or stored.appeal.head != head:
                # A journal cut short is whole in itself; the appeal remembers its last entry.
                flaws.append("末条与诉求记录的末条不一致")
            checked += len(entries)
            flawed += bool(flaws)
            for flaw in flaws:
                OUT.print(f"[red]✗[/] {one} {flaw}", soft_wrap=True)
    finally:
        await database.close()
    OUT.print(f"核验 {len(numbers)} 件 {checked} 条，{flawed} 件不符 / {len(numbers)} appeals, {flawed} flawed")
    return flawed
