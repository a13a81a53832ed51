"""`appeals doctor`: what is wrong, and how to mend it. Looks only; changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from rich.markup import escape

from cli import (
    checks,
    checks_calendar,
    checks_catalogue,
    checks_engine,
    checks_messages,
    checks_partners,
    checks_routing,
    checks_work,
)
from cli.checks import Finding, Level
from cli.words import OUT
from runtime.errors import OperatorError
from runtime.settings import Settings

MARKS: Final = {Level.OK: "[green]✓ 正常[/]", Level.WARN: "[yellow]! 注意[/]", Level.FAIL: "[red]✗ 异常[/]"}

CHECKS: Final[tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...]] = (
    ("python", checks.python),
    ("binary", checks_engine.binary),
    ("data", checks.data_dir),
    ("disk", checks.disk),
    ("keys", checks.codec_keys),
    ("port", checks.port),
    ("database", checks.database),
    ("calendar", checks_calendar.calendar),
    ("work", checks_work.tables),
    ("catalogue", checks_catalogue.catalogue),
    ("routing", checks_routing.routing),
    ("partners", checks_partners.partners),
    ("messages", checks_messages.messages),
    ("engine", lambda settings: iter(asyncio.run(checks_engine.reachable(settings)))),
)


def doctor(settings: Settings) -> int:
    """Print a line a finding; 1 when something fails, else 0."""
    worst = Level.OK
    for name, check in CHECKS:
        for finding in _findings(name, check, settings):
            worst = max(worst, finding.level)
            OUT.print(f"{MARKS[finding.level]}  {escape(finding.what)}", soft_wrap=True)
            for line in finding.mend.splitlines() if finding.level is not Level.OK else ():
                OUT.print(f"        [cyan]{escape(line)}[/]", soft_wrap=True)
    return 1 if worst is Level.FAIL else 0


def _findings(name: str, check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    """A check's findings; what it raises is a finding too, because the other checks must go on."""
    try:
        yield from check(settings)
    except OperatorError as error:
        yield Finding(Level.FAIL, error.zh, error.mend)
    except Exception as error:  # noqa: BLE001 - a doctor does not die of the patient's illness
        yield Finding(Level.FAIL, f"检查 {name} 没有完成：{type(error).__name__}", str(error).split("\n", 1)[0])
