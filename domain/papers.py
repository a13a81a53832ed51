"""证件、文书: the documents that steps issue: their numbers, how long they are valid, and what they say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.act import invalid
from domain.appeal import Appeal, Issued
from domain.calendar import ZONE
from domain.clock import Clock, ClockName, due_at
from domain.conditions import holds
from domain.facts import Known
from domain.service import Document, Schema

_A_MOMENT = timedelta(microseconds=1)
_TOLD = re.compile(r"( ?)\{([^{}]*)\}")


def issued(document: Document, known: Known, step: str, now: datetime) -> Issued:
    """The document as it is issued at this moment. ``known`` are the facts with what was just recorded.

    Raises Invalid for an end that lies beyond what the service allows.
    """
    record = known.record or {}
    return Issued(
        kind=document.kind,
        name=document.name,
        number=str(record[document.number]) if document.number else _number(document, known.appeal),
        at=now,
        step=step,
        valid_from=now.astimezone(ZONE).date().isoformat(),
        valid_until=_valid_until(document, known, now),
        shows={name.rpartition(".")[2]: value for name in document.shows if (value := known(name)) is not None}
        | record,
    )


def _number(document: Document, appeal: Appeal) -> str:
    """The appeal's number, which is given once only, behind the document's own words; a further one is counted."""
    before = sum(one.kind == document.kind for one in appeal.documents)
    return f"{document.prefix}{appeal.number.lstrip('SQ')}" + (f"-{before + 1}" if before else "")


def _valid_until(document: Document, known: Known, now: datetime) -> str | None:
    latest = _latest(document, known, now)
    chosen = (known.record or {}).get(document.valid_until) if document.valid_until else None
    if chosen is None:
        return latest
    day, today = day_of(chosen), now.astimezone(ZONE).date().isoformat()
    if day is None or day < today or (latest is not None and day > latest):
        until = f"应为{today}至{latest}之间的日期" if latest else f"应为{today}或者以后的日期"
        raise invalid("bad-validity", f"/record/{document.valid_until}", f"有效期{until}")
    return day


def _latest(document: Document, known: Known, now: datetime) -> str | None:
    rule = next((v for v in document.validity if holds(v.when, known)), None)
    if rule is None:
        return None
    since = day_of(known(rule.since)) if rule.since else None
    start = datetime.combine(date.fromisoformat(since), now.timetz(), ZONE) if since else now
    clock = Clock(ClockName.HANDLE, 1, 1, rule.budget, started_at=start)
    due = due_at(clock, known.appeal.rules.calendar)
    return (due - _A_MOMENT).astimezone(ZONE).date().isoformat() if due else None


def day_of(said: Any) -> str | None:
    """The day that is said, as ISO text; None for what is none."""
    try:
        return date.fromisoformat(str(said)[:10]).isoformat()
    except ValueError:
        return None


def sentence(schema: Schema, record: dict[str, Any]) -> str:
    """A record as people read it: each field by its title, in the order it was written."""
    fields = schema.get("properties", {})
    titles = {name: str(field.get("title", name)) for name, field in fields.items()}
    return ";".join(f"{titles.get(name, name)} {spoken(value)}" for name, value in record.items())


def spoken(value: Any) -> str:
    """A value as people say it: no marks of a programming language."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return " ".join(spoken(item) for item in value.values())
    if isinstance(value, list | tuple):
        return "、".join(spoken(item) for item in value)
    return str(value)


def facts_told(text: str) -> tuple[str, ...]:
    """The facts that stand in braces in what an outcome tells."""
    return tuple(fact for _, fact in _TOLD.findall(text))


def told(text: str, known: Known) -> str:
    """What an outcome tells, with its facts; of one that is missing, nothing is said, nor the space before it."""

    def said(found: re.Match[str]) -> str:
        space, fact = found.groups()
        value = known(fact)
        return "" if value is None else f"{space}{spoken(_minute(value))}"

    return _TOLD.sub(said, text)


def _minute(value: Any) -> Any:
    """A moment as a clock on the wall has it; any other value as it is."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return value
    return value if at is None or at.tzinfo is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def revoked(appeal: Appeal, kind: str, now: datetime) -> Appeal:
    """Every document of that kind that still holds is taken back."""
    documents = tuple(
        replace(d, revoked_at=now) if d.kind == kind and d.revoked_at is None else d for d in appeal.documents
    )
    return replace(appeal, documents=documents)
