"""`appeals catalogue`: the services as data, checked before anybody relies on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.words import OUT, in_words

app = typer.Typer(help="服务事项目录 / the catalogue of services", no_args_is_help=True)


@app.command()
def check(
    directory: Annotated[Path | None, typer.Option("--directory", help="目录 / another catalogue directory")] = None,
) -> None:
    """找出目录里的每个漏洞;有则退出码为 1 / find every hole; exit code 1 when there is one."""
    from runtime.settings import Settings
    from storage.catalogue_check import check as holes_in

    with in_words():
        holes = holes_in(directory or Settings.load().catalogue_dir)
    for hole in holes:
        OUT.print(f"[red]✗[/] {escape(hole)}", soft_wrap=True)
    if not holes:
        OUT.print("目录没有漏洞 / the catalogue has no holes")
    raise typer.Exit(1 if holes else 0)
