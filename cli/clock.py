"""`appeals clock START BUDGET`: a deadline and its working, without any appeal; `--table`: what moves which clock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.words import OUT, in_words
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from domain.calendar import Calendar
    from domain.clock import Clock, Pause


class Tongue(StrEnum):
    """The language of the table."""

    ZH = "zh"
    EN = "en"


def clock(
    start: Annotated[str, typer.Argument(help="起算时刻 RFC 3339，如 2026-09-30T16:00:00+08:00")] = "",
    budget: Annotated[str, typer.Argument(help="如 '5 working days'、'24 hours'、'end of day'")] = "",
    pause: Annotated[list[str] | None, typer.Option("--pause", help="暂停 FROM/TO，可多次 / may be repeated")] = None,
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
        _explain(_trial(start, budget, pause or [], statutory=statutory), _moment(start))


def _explain(trial: Clock, begun: datetime) -> None:
    from domain.clock import explain, read
    from domain.deeds import TRIAL
    from domain.summary import summary
    from domain.wall import stamp
    from runtime.settings import Settings
    from storage.catalogue import Catalogue

    calendar = Catalogue.load(Settings.load().catalogue_dir).calendar
    _check_pauses(trial, calendar)
    told = summary(trial, calendar, begun, TRIAL)
    OUT.print(f"到期 / due: [bold]{stamp(read(trial, calendar, begun).due_at)}[/]", soft_wrap=True)
    OUT.print(told.chinese, told.english, sep="\n", soft_wrap=True, markup=False)
    for span in explain(trial, calendar, begun):
        sign = "+" if span.counted else " "
        OUT.print(f"  {sign} {stamp(span.started_at)} → {stamp(span.ended_at)}  {span.why}", soft_wrap=True)


def _check_pauses(trial: Clock, calendar: Calendar) -> None:
    """Raises OperatorError for one that could change nothing: as in an appeal, it is refused, not passed over."""
    from domain.deadline import idle_pause
    from domain.wall import stamp

    if found := idle_pause(trial, calendar):
        pause, due = found
        raise OperatorError(
            f"{stamp(pause.started_at)} 起的暂停晚于到期时刻（{stamp(due)}），已无时限可暂停。",
            "A pause that begins after the deadline is refused: there is nothing left to pause.",
            "去掉这次暂停，或改为在到期之前开始 / leave it out, or let it begin earlier",
        )


def _trial(start: str, budget: str, pauses: list[str], *, statutory: bool) -> Clock:
    """Raises OperatorError for what makes no sense."""
    from domain.budget import GRAMMAR, BadBudget, parse
    from domain.clock import Clock, ClockName

    if not (start and budget):
        raise _wrong("请给出起算时刻和时长。", "Give a start and a budget.")
    begun = _moment(start)
    try:
        parse(budget)
    except BadBudget:
        raise _wrong(f"时长“{budget}”写法有误，应为：{GRAMMAR}。", "The budget makes no sense.") from None
    held = tuple(_pause(text) for text in pauses)
    return Clock(ClockName.HANDLE, 1, 1, budget, statutory=statutory, started_at=begun, pauses=held)


def _pause(text: str) -> Pause:
    from domain.clock import Pause
    from domain.vocabulary import Cause

    first, slash, last = text.partition("/")
    if not slash:
        raise _wrong(f"暂停“{text}”写法有误，应写作 开始/结束。", "A pause is FROM/TO.")
    begun, ended = _moment(first), _moment(last)
    if ended <= begun:
        raise _wrong(f"暂停“{text}”写法有误：结束应晚于开始。", "A pause ends after it begins.")
    return Pause(Cause.PAUSE, Cause.PAUSE, "", begun, ended)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _wrong(f"时刻“{text}”写法有误，应为带时区的日期时间。", "A moment is a date-time with its offset.")
    return at


def _wrong(zh: str, en: str) -> OperatorError:
    return OperatorError(zh, en, "appeals clock 2026-09-30T16:00:00+08:00 '5 working days'；appeals clock --help")
