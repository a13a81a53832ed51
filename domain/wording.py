"""The words in which a deadline explains itself, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.budget import Budget, Unit, parse
from domain.calendar import Table, weekday_of
from domain.ledger import Extension, Pause
from domain.vocabulary import Cause, PauseReason
from domain.wall import ZONE


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

#: Reasons that are codes of ours, as people read them: those of the closed list, and the causes themselves, which stand
#: for a reason that nobody wrote or that the reader may not know.
REASONS: dict[str, Why] = {
    PauseReason.AWAITING_ENTERPRISE: Why("等待企业", "waiting for the enterprise"),
    PauseReason.AWAITING_THIRD_PARTY: Why("等待第三方", "waiting for a third party"),
    PauseReason.FORCE_MAJEURE: Why("不可抗力", "force majeure"),
    PauseReason.JUDICIAL_PROCEEDING: Why("司法程序", "judicial proceedings"),
    Cause.SUPPLEMENT: Why("等待企业补正", "waiting for missing documents"),
    Cause.TRANSFER: Why("流转外单位", "with an outside body"),
    Cause.PAUSE: Why("人工暂停", "paused by hand"),
    Cause.PARK: Why("挂账", "parked"),
    Cause.INSPECTION: Why("现场勘验", "on-site inspection"),
}
HOLIDAYS = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-Sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
}
_UNITS = {
    Unit.SECONDS: "秒",
    Unit.MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.NATURAL_DAYS: "个自然日",
    Unit.WORKING_HOURS: "个工作小时",
    Unit.WORKING_DAYS: "个工作日",
    Unit.MONTHS: "个月",
}
_FRIDAY = 5


def reason(text: str) -> Why:
    """A reason as people read it: codes of ours in words, what somebody wrote as it stands."""
    return REASONS.get(text) or Why(text, text)


def length(budget: Budget) -> Why:
    """A budget in words."""
    if budget.unit is Unit.END_OF_DAY:
        return Why("当日24时前", "by the end of the day")
    return Why(f"{budget.count}{_UNITS[budget.unit]}", str(budget))


def holiday(name: str) -> Why:
    """A holiday's name; one that the English names do not know keeps its own."""
    return Why(name, HOLIDAYS.get(name, name))


def off_day(table: Table, day: int) -> Why:
    """What kind of day off it is; a holiday with its name, if the calendar knows it."""
    if day in table.holidays:
        name = holiday(table.names.get(day, ""))
        if not name.chinese:
            return Why("法定节假日", "public holiday")
        return Why(f"法定节假日（{name.chinese}）", f"public holiday ({name.english})")
    return Why("周末", "weekend") if weekday_of(day) > _FRIDAY else Why("休息日", "day off")


def between_days(worked: int, off: int) -> Why:
    """A long stretch told by its number of days."""
    return Why(f"其间 {worked} 个工作日（{off} 个休息日不计）", f"{worked} working days ({off} days off not counted)")


def between_hours(worked: int, off: int) -> Why:
    """A long stretch of working time told by its number of days."""
    chinese = f"其间 {worked} 个工作日的工作时间（{off} 个休息日不计）"
    return Why(chinese, f"the working hours of {worked} working days ({off} days off not counted)")


def held(pause: Pause) -> Why:
    """Why a clock stands still: by which cause, for what reason, by whom, and until when if that is to come.

    ``pause.actor`` is said as it stands: whoever shows a clock has put the name there, or nothing.
    """
    what = REASONS.get(pause.reason) or REASONS.get(pause.cause) or reason(pause.reason)
    said = "" if pause.reason in REASONS or pause.cause not in REASONS else pause.reason
    chinese = [said, pause.note, pause.actor]
    english = [said, pause.note, pause.actor and f"by {pause.actor}"]
    if pause.until and not pause.ended_at:
        until = local_minute(pause.until)
        chinese.append(f"到{until.chinese}自动恢复")
        english.append(f"until {until.english}")
    more = "，".join(filter(None, chinese))
    return Why(f"{what.chinese}（{more}）" if more else what.chinese, ", ".join(filter(None, (what.english, *english))))


def local_minute(at: datetime) -> Why:
    """A moment in Asia/Shanghai; of a midnight only the day that begins then."""
    there = at.astimezone(ZONE)
    hour = f"{there.hour}:{there.minute:02}" if there.hour or there.minute else ""
    chinese = f"{there.year}年{there.month}月{there.day}日{hour}"
    return Why(chinese, f"{there.day} {there:%B} {there.year}" + (f", {hour}" if hour else ""))


def paused(pauses: Sequence[Pause], *, without_effect: bool) -> Why:
    """Every pause that holds a stretch. One inside a day that counts all the same says so."""
    reasons = dict.fromkeys(held(pause) for pause in pauses)
    actors = dict.fromkeys(pause.actor for pause in pauses)
    chinese = f"暂停：{'、'.join(why.chinese for why in reasons)}"
    english = f"paused: {'; '.join(why.english for why in reasons)}"
    if without_effect:
        chinese, english = f"{chinese}；未跨当日截止，不影响期限", f"{english}; covers no close of a day: no effect"
    return Why(chinese, english, "、".join(actors))


def extended(why: Why, extension: Extension) -> Why:
    """The same words for a stretch that an extension added, with its reason, or else its length, and who granted it."""
    said = Why(extension.reason, extension.reason) if extension.reason else length(parse(extension.budget))
    chinese, english = f"{why.chinese}（延期：{said.chinese}）", f"{why.english} (extension: {said.english})"
    return Why(chinese, english, extension.actor)
