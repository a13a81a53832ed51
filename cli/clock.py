"""`appeals clock START BUDGET`: a deadline and its working, without any appeal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.words import OUT, in_words
from runtime.errors import OperatorError


def clock(
    start: Annotated[str, typer.Argument(help="起算时刻 RFC 3339,如 2026-09-30T16:00:00+08:00")],
    budget: Annotated[str, typer.Argument(help="如 '5 working days'、'24 hours'、'end of day'")],
    pause: Annotated[list[str] | None, typer.Option("--pause", help="暂停 FROM/TO,可多次 / may be repeated")] = None,
    statutory: Annotated[bool, typer.Option("--statutory", help="法定时限 / a limit by law")] = False,
) -> None:
    """算出到期时刻并逐段说明 / the deadline, explained."""
    from domain.budget import BadBudget
    from domain.clock import Clock, ClockName, Pause, explain, read
    from domain.view import stamp
    from storage.catalogue import Catalogue

    with in_words():
        try:
            pauses = tuple(
                Pause("pause", "暂停", "cli", _moment(a), _moment(b))
                for a, _, b in (text.partition("/") for text in pause or [])
            )
            begun = _moment(start)
            one = Clock(ClockName.HANDLE, 1, 1, budget, statutory=statutory, started_at=begun, pauses=pauses)
            calendar = Catalogue.load().calendar
            reading = read(one, calendar, begun)
        except (BadBudget, ValueError) as error:
            raise OperatorError("起算时刻或时长写法有误。", str(error), "appeals clock --help") from None
        mark = "(暂定:当年节假日安排尚未公布)" if reading.provisional else ""
        OUT.print(f"到期 / due: [bold]{stamp(reading.due_at)}[/] {mark}", soft_wrap=True)
        for span in explain(one, calendar, begun):
            sign = "+" if span.counted else " "
            OUT.print(f"  {sign} {stamp(span.started_at)} → {stamp(span.ended_at)}  {span.why}", soft_wrap=True)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: give an offset, such as +08:00")
    return at
