"""`appeals clock START BUDGET`: a deadline and its working, without any appeal; `--table`: what moves which clock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.words import OUT, in_words
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from domain.clock import Clock, Pause


class Tongue(StrEnum):
    """The language of the table."""

    ZH = "zh"
    EN = "en"


def clock(
    start: Annotated[str, typer.Argument(help="起算时刻 RFC 3339,如 2026-09-30T16:00:00+08:00")] = "",
    budget: Annotated[str, typer.Argument(help="如 '5 working days'、'24 hours'、'end of day'")] = "",
    pause: Annotated[list[str] | None, typer.Option("--pause", help="暂停 FROM/TO,可多次 / may be repeated")] = None,
    statutory: Annotated[bool, typer.Option("--statutory", help="法定时限 / a limit by law")] = False,
    table: Annotated[
        Tongue | None, typer.Option("--table", help="各事件对各时限的影响 / what each event does to each clock")
    ] = None,
) -> None:
    """算出到期时刻并逐段说明 / the deadline, explained."""
    with in_words():
        if table:
            from domain.matrix import markdown

            typer.echo(markdown(chinese=table is Tongue.ZH))
            return
        try:
            _explain(_trial(start, budget, pause or [], statutory=statutory), _moment(start))
        except ValueError as error:
            raise OperatorError("起算时刻、时长或暂停写法有误。", str(error), "appeals clock --help") from None


def _explain(trial: Clock, begun: datetime) -> None:
    from domain.clock import explain, read
    from domain.summary import TRIAL, summary
    from domain.view import stamp
    from runtime.settings import Settings
    from storage.catalogue import Catalogue

    calendar = Catalogue.load(Settings.load().catalogue_dir).calendar
    told = summary(trial, calendar, begun, TRIAL)
    OUT.print(f"到期 / due: [bold]{stamp(read(trial, calendar, begun).due_at)}[/]", soft_wrap=True)
    OUT.print(told.chinese, told.english, sep="\n", soft_wrap=True, markup=False)
    for span in explain(trial, calendar, begun):
        sign = "+" if span.counted else " "
        OUT.print(f"  {sign} {stamp(span.started_at)} → {stamp(span.ended_at)}  {span.why}", soft_wrap=True)


def _trial(start: str, budget: str, pauses: list[str], *, statutory: bool) -> Clock:
    """Raises ValueError for what makes no sense."""
    from domain.budget import parse
    from domain.clock import Clock, ClockName

    begun = _moment(start)
    parse(budget)
    held = tuple(_pause(text) for text in pauses)
    return Clock(ClockName.HANDLE, 1, 1, budget, statutory=statutory, started_at=begun, pauses=held)


def _pause(text: str) -> Pause:
    from domain.clock import Pause
    from domain.vocabulary import Cause

    first, _, last = text.partition("/")
    begun, ended = _moment(first), _moment(last)
    if ended <= begun:
        raise ValueError(f"{text}: 暂停的结束应晚于开始 / a pause ends after it begins")
    return Pause(Cause.PAUSE, Cause.PAUSE, "cli", begun, ended)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: give an offset, such as +08:00")
    return at
