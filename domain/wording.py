"""The words in which a deadline explains itself, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.calendar import Table, weekday_of
from domain.ledger import Extension, Pause


@dataclass(frozen=True, slots=True)
class Why:
    """Why a stretch counts or does not, in both languages, and who is behind it, if somebody is."""

    chinese: str
    english: str
    actor: str = ""


NATURAL_TIME = Why("自然时间", "natural time")
NATURAL_DAY = Why("自然日", "natural day")
WORKING_TIME = Why("工作时间", "working hours")
WORKING_DAY = Why("工作日", "working day")
MAKE_UP_DAY = Why("调休上班", "make-up working day")
BREAK = Why("午休", "midday break")
AFTER_HOURS = Why("非工作时间", "outside working hours")
START_DAY = Why("起始当日不计入", "day of the start, not counted")
STOOD_STILL = Why("当日截止时暂停，不计入", "standing still when the day closed, not counted")
MOVED_ON = Why("期限末日为休息日，顺延", "limit ends on a day off, moved to the next working day")

_FRIDAY = 5


def off_day(table: Table, day: int) -> Why:
    """What kind of day off it is; a holiday with its name, if the calendar knows it."""
    if day in table.holidays:
        name = table.names.get(day)
        return Why(f"法定节假日（{name}）", f"public holiday ({name})") if name else Why("法定节假日", "public holiday")
    return Why("周末", "weekend") if weekday_of(day) > _FRIDAY else Why("休息日", "day off")


def paused(pauses: Sequence[Pause], *, without_effect: bool) -> Why:
    """Every pause that holds a stretch, with reason and actor. One inside a day that counts all the same says so."""
    reasons = list(dict.fromkeys(pause.reason for pause in pauses))
    actors = dict.fromkeys(pause.actor for pause in pauses)
    chinese, english = f"暂停：{'、'.join(reasons)}", f"paused: {', '.join(reasons)}"
    if without_effect:
        chinese, english = f"{chinese}（未跨当日截止，不影响期限）", f"{english} (covers no close of a day: no effect)"
    return Why(chinese, english, "、".join(actors))


def extended(why: Why, extension: Extension | None) -> Why:
    """The same words for a stretch that an extension added, with its reason and who granted it."""
    if extension is None:
        return why
    reason = extension.reason
    return Why(f"{why.chinese}（延期：{reason}）", f"{why.english} (extension: {reason})", extension.actor)
