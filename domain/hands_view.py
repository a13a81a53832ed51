"""How hand-overs inside the house are shown: the units that lead, and the questions to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.appeal import Assignment, Cooperation, Report
from domain.masking import MASK, Sight
from domain.people import Person, Place

Stamp = Callable[[datetime | None], str | None]
"""How a moment is written."""


def leads(given: Assignment, sight: Sight, stamp: Stamp) -> list[dict[str, Any]]:
    """Each leading unit with its signature and its report; two of them under a dual dispatch."""
    if given.lead is None:
        return []
    units = [(given.lead, given.officer, given.signed_at)]
    if given.second:
        units.append((given.second.unit, given.second.officer, given.second.signed_at))
    reports = {r.unit.code: _report(r, sight, stamp) for r in given.reports if sight.inside}
    return [
        {**_who(unit, officer), "signed_at": stamp(signed_at), "report": reports.get(unit.code)}
        for unit, officer, signed_at in units
    ]


def _who(unit: Place, officer: Person | None) -> dict[str, Any]:
    return {
        "unit": unit.code,
        "unit_name": unit.name,
        "officer": officer.id if officer else None,
        "officer_name": officer.name if officer else None,
    }


def _report(report: Report, sight: Sight, stamp: Stamp) -> dict[str, Any]:
    return {
        "outcome": report.outcome.value,
        "text": sight.show(report.text),
        "evidence": sight.show(report.evidence),
        "by": report.by.id,
        "at": stamp(report.at),
    }


def cooperation(number: int, asked: Cooperation, sight: Sight, stamp: Stamp) -> dict[str, Any]:
    """A question to another unit; its words are for the house."""

    def words(said: str) -> str | None:
        return (said if sight.words and sight.inside else MASK) if said else None

    return {
        "question_no": number,
        "unit": asked.unit.code,
        "unit_name": asked.unit.name,
        "status": _status(asked),
        "question": words(asked.question),
        "asked_at": stamp(asked.at),
        "answer": words(asked.answer),
        "answered_at": stamp(asked.answered_at),
        "refusal": words(asked.refusal),
        "refused_at": stamp(asked.refused_at),
        "ended_at": stamp(asked.ended_at),
    }


def _status(asked: Cooperation) -> str:
    if asked.answered_at:
        return "answered"
    if asked.refused_at:
        return "refused"
    return "ended" if asked.ended_at else "open"
