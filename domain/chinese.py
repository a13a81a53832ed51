"""The sentence of :mod:`domain.summary` in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.budget import SECONDS_PER, Unit, parse
from domain.clock import Status
from domain.ledger import Clock, Pause
from domain.story import FEW, IN_DAYS, Holiday, Story, local, split, spoken
from domain.wording import held, length

_WEEKDAYS = "一二三四五六日"


def clauses(clock: Clock, told: Story, begun: str, done: str, over: str) -> list[str]:
    """The sentence in its clauses, in order; those with nothing to say are empty. ``over``: what was then done."""
    limit = f"{'法定时限' if clock.statutory else '时限'}{_length(told)}"
    limit += f"，依据{clock.basis}" if clock.basis else ""  # which has brackets of its own
    if told.started_at is None:
        return [begun, limit]
    year = local(told.started_at).year
    not_counted = "（当日不计）" if told.budget.unit in IN_DAYS else ""
    return [
        f"{year}年{_at(told.started_at, year, told, begins=True)}{begun}{not_counted}，{limit}",
        *(_extension(e.budget, e.reason, e.basis) for e in clock.extensions),
        _crossed(told, year),
        _pauses(told, year),
        "期限末日遇休息日，顺延" if told.moved_on else "",
        *_end(told, done, over, year),
    ]


def _length(told: Story) -> str:
    """How long it is, or until when it was agreed."""
    if told.ends_at is None or told.started_at is None:
        return length(told.budget).chinese
    return f"至{_at(told.ends_at, local(told.started_at).year, told).replace('24:00', '24时')}"


def _years(years: Sequence[int]) -> str:
    """Each of a few; of many the first and the last."""
    return "、".join(map(str, years)) if len(years) <= FEW else f"{years[0]}至{years[-1]}"


def _extension(budget: str, why: str, basis: str) -> str:
    said = "，".join(filter(None, (why, basis and f"依据{basis}")))
    return f"经批准延期{length(parse(budget)).chinese}" + (f"（{said}）" if said else "")


def _crossed(told: Story, year: int) -> str:
    off = [f"{h.name or '法定节假日'}放假（{_days(h, year)}）" for h in told.holidays[:FEW]]
    on = [f"{_day(d, year)}（周{_WEEKDAYS[d.weekday()]}）" for d in told.make_up_days[:FEW]]
    parts = []
    if off:
        parts.append(f"其间{'、'.join(off)}{_more(told.holidays, '个假期')}，不计入")
    if on:
        parts.append(f"{'、'.join(on)}{_more(told.make_up_days, '天')}调休上班，按工作日计")
    return "，".join(parts)


def _pauses(told: Story, year: int) -> str:
    if not told.pauses:
        return ""
    each = "、".join(_pause(p, year, told) for p in told.pauses[:FEW])
    cost = "和".join(_amount(amount, unit) for amount, unit in told.cost)
    effect = f"共顺延{cost}" if cost else "未影响期限"
    return f"暂停{len(told.pauses)}次：{each}{_more(told.pauses, '次')}，{effect}"


def _pause(pause: Pause, year: int, told: Story) -> str:
    begun, why = _at(pause.started_at, year, told, begins=True), held(pause).chinese
    if pause.ended_at is None:
        return f"{begun}起{why}"
    last = _at(pause.ended_at, year, told, after=pause.started_at)
    return f"{begun}至{last}{why}"


def _end(told: Story, done: str, over: str, year: int) -> list[str]:
    due, status = _at(told.due, year, told) if told.due else "", told.reading.status
    by = f"应于{due}前{done}"
    if told.unannounced:
        by += f"（{_years(told.unannounced)}年节假日安排尚未公布，暂定）"
    if told.unknown:
        by += f"（日历没有{_years(told.unknown)}年的节假日数据，仅按周末推算）"
    ended = _at(told.ended_at, year, told) if told.ended_at else ""
    return {
        Status.PAUSED: ["现正暂停计时", f"若即时恢复，{by}"],
        Status.BREACHED: [f"{by}，现已逾期"],
        Status.MET: [by, f"已于{ended}{over}，{'逾期' if told.reading.late else '未逾期'}"],
        Status.STOPPED: [by, f"已于{ended}终止计时"],
    }.get(status, [by])


def _amount(amount: int, unit: Unit) -> str:
    if unit not in SECONDS_PER:
        return f"{amount}个工作日" if unit is Unit.WORKING_DAYS else f"{amount}日"
    hours, minutes, seconds = split(amount)
    parts = ((hours, "小时"), (minutes, "分钟"), (seconds, "秒"))
    text = "".join(f"{n}{name}" for n, name in parts if n)
    return f"{text}工作时间" if unit is Unit.WORKING_HOURS else text


def _more(row: Sequence[object], unit: str) -> str:
    return f"等{len(row)}{unit}" if len(row) > FEW else ""


def _days(off: Holiday, year: int) -> str:
    if off.first == off.last:
        return _day(off.first, year)
    last = f"{off.last.day}日" if off.first.month == off.last.month else _day(off.last, off.first.year)
    return f"{_day(off.first, year)}至{last}"


def _day(day: date, year: int) -> str:
    return f"{'' if day.year == year else f'{day.year}年'}{day.month}月{day.day}日"


def _at(at: datetime, year: int, told: Story, after: datetime | None = None, *, begins: bool = False) -> str:
    day, hour = spoken(at, told, begins=begins)
    same_day = after is not None and local(after).date() == day
    return hour if same_day else f"{_day(day, year)}{hour}"
