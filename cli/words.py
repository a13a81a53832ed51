"""How the command line speaks: Chinese first, English beside it, the way out below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console
from rich.markup import escape

from runtime.errors import OperatorError

OUT: Final = Console(highlight=False)
ERR: Final = Console(stderr=True, highlight=False)


def explain(error: OperatorError) -> None:
    """Say what is wrong and how to mend it. Never wrapped: paths and commands stay whole, for eyes and for grep."""
    ERR.print(f"[bold red]✗ {escape(error.zh)}[/]", soft_wrap=True)
    ERR.print(f"  {escape(error.en)}", soft_wrap=True)
    for line in error.mend.splitlines():
        ERR.print(f"  [cyan]{escape(line)}[/]", soft_wrap=True)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the operator must mend into words and exit code 1, without a traceback."""
    try:
        yield
    except OperatorError as error:
        explain(error)
        raise typer.Exit(1) from None
