"""How far a long command is: a bar on a terminal, a line for every tenth elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress

from cli.words import OUT

Advance = Callable[[int], None]


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """``title`` in both languages; call what it gives with how many more are done."""
    done = told = 0
    with Progress(console=OUT, transient=True, disable=not OUT.is_terminal) as bar:
        task = bar.add_task(title, total=total)

        def advance(by: int) -> None:
            nonlocal done, told
            done += by
            bar.advance(task, by)
            if not OUT.is_terminal and (done * 10 // max(total, 1) > told or done == total):
                told = done * 10 // max(total, 1)
                OUT.print(f"{title} {done} / {total}")

        yield advance
