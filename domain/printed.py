"""Which papers an appeal has: read from its state, and from its journal what a new round leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from domain.appeal import Appeal
from domain.batch import MOST, merged, numbers
from domain.documents import Family, Paper, is_code_of
from domain.journal import Entry
from domain.service import Step, StepOutcome
from domain.vocabulary import Action


def papers_of(appeal: Appeal, entries: Sequence[Entry]) -> tuple[Paper, ...]:
    """Every document of an appeal, oldest first; ``entries`` is its journal from its beginning."""
    made = (
        _receipt(appeal, entries[0]),
        *_issued(appeal, entries),
        *_numbered(appeal, entries),
        *_results(appeal, entries),
        *_letters(appeal, entries),
    )
    return tuple(sorted(made, key=lambda paper: paper.at))


def by_code(appeal: Appeal, entries: Sequence[Entry], code: str) -> Paper | None:
    """The appeal's document of that code."""
    return next((paper for paper in papers_of(appeal, entries) if is_code_of(code, paper, entries)), None)


def _receipt(appeal: Appeal, first: Entry) -> Paper:
    unit = appeal.submission.first_unit.code
    return Paper(Family.RECEIPT, Family.RECEIPT.value, "受理登记回执", appeal.number, first.at, unit)


def _issued(appeal: Appeal, entries: Sequence[Entry]) -> Iterator[Paper]:
    """Permits, as the procedure keeps them."""
    for one in appeal.documents:
        by = next((e for e in entries if e.at == one.at and e.action is Action.COMPLETE_STEP), None)
        unit = by.actor.unit or _lead_at(appeal, entries, by.seq) if by else ""
        yield Paper(
            Family.PERMIT, one.kind, one.name, one.number, one.at, unit,
            one.shows, one.valid_from, one.valid_until, one.revoked_at,
        )  # fmt: skip


def _lead_at(appeal: Appeal, entries: Sequence[Entry], seq: int) -> str:
    """The unit for which the system issued something: whoever led then, whoever leads now."""
    named = (e.data.get("lead_unit") or e.data.get("unit") for e in reversed(entries) if e.seq <= seq)
    lead = appeal.submission.lead
    return str(next(filter(None, named), lead.code if lead else ""))


def _numbered(appeal: Appeal, entries: Sequence[Entry]) -> Iterator[Paper]:
    """Permits of services that say only which field of a record holds the number."""
    taken_back = {e.data.get("seq"): e.at for e in entries if e.action is Action.CORRECT}
    shows = dict(appeal.submission.form)
    for entry, _, outcome in _steps(appeal, entries):
        record = entry.data.get("record") or {}
        if outcome.result or outcome.document:
            # What was decided says for how long, and for how much; findings and notes are for the house.
            shows = {**shows, **record}
        if outcome.document and outcome.issues is None and outcome.document in record:
            until = shows.get("valid_until")
            yield Paper(
                Family.PERMIT, Family.PERMIT.value, appeal.rules.service.name, str(record[outcome.document]),
                entry.at, entry.actor.unit or "", shows,
                valid_until=None if until is None else str(until), revoked_at=taken_back.get(entry.seq),
            )  # fmt: skip


def _results(appeal: Appeal, entries: Sequence[Entry]) -> Iterator[Paper]:
    """分项: the list of a step's results, one for each person or thing, as it stood whenever the step was done."""
    known: dict[tuple[int, str], dict[str, str]] = {}
    for entry, step, outcome in _steps(appeal, _kept(entries)):
        if step.items is None:
            continue
        at = (entry.round, step.code)
        known[at] = merged(known.get(at, {}), (entry.data.get("record") or {}).get("results", ()), MOST)
        if step.code in outcome.nexts:
            continue
        of_each = {n: step.items.results.get(code, code) for code, have in known[at].items() for n in numbers(have)}
        lines = [{"no": n, "result": of_each[n]} for n in sorted(of_each)]
        yield Paper(
            Family.RESULTS, Family.RESULTS.value, f"{step.name}结果清单", f"{appeal.number}-{entry.seq}",
            entry.at, entry.actor.unit or "", {"unit": step.items.unit, "lines": lines},
        )  # fmt: skip


def _letters(appeal: Appeal, entries: Sequence[Entry]) -> Iterator[Paper]:
    """Answers, each knowing of the next, and why something was rejected."""
    made = list(_written(appeal, entries))
    answers = [letter for letter in made if letter.family is Family.ANSWER]
    later = {letter.number: after.at for letter, after in pairwise(answers)}
    for letter in made:
        yield replace(letter, followed_at=later.get(letter.number))


def _written(appeal: Appeal, entries: Sequence[Entry]) -> Iterator[Paper]:
    """Answers, each with the result it tells, and why something was rejected."""
    result: dict[str, Any] = {}
    by_step = {e.seq: (o, e.data.get("record") or {}) for e, _, o in _steps(appeal, entries) if o.result}
    for entry in _kept(entries):
        if entry.action is Action.SUBMIT_RESULT:
            result = {"outcome": entry.data.get("outcome"), "result": entry.data.get("text")}
        elif entry.seq in by_step:
            outcome, record = by_step[entry.seq]
            result = {"outcome": outcome.result, "result": outcome.name, **record}
        elif entry.action is Action.SEND_ANSWER:
            number = f"{appeal.number}-{entry.seq}"
            name = f"办理情况答复书（第{entry.round}轮）" if entry.round > 1 else "办理情况答复书"
            letter = _letter(Family.ANSWER, name, number, entry, {**result, **entry.data})
            yield replace(letter, round=entry.round)
            result = {}
        elif entry.action is Action.REJECT:
            yield _letter(Family.REJECTION, "不予受理告知书", appeal.number, entry, entry.data)


def _letter(family: Family, name: str, number: str, entry: Entry, said: dict[str, Any]) -> Paper:
    shows = {"reason": entry.reason, **said} if entry.reason else said
    return Paper(family, family.value, name, number, entry.at, entry.actor.unit or "", shows)


def _kept(entries: Iterable[Entry]) -> list[Entry]:
    """The journal without what was taken back."""
    entries = list(entries)
    taken_back = {e.data.get("seq") for e in entries if e.action is Action.CORRECT}
    return [e for e in entries if e.seq not in taken_back]


def _steps(appeal: Appeal, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Step, StepOutcome]]:
    """Every completed step, with what the service says of it; what its present version does not know is left out."""
    ways = {(s.code, o.code): (s, o) for s in appeal.rules.service.procedure.steps for o in s.outcomes}
    for entry in entries:
        if entry.action is Action.COMPLETE_STEP:
            way = ways.get((str(entry.data.get("step")), str(entry.data.get("outcome"))))
            if way:
                yield entry, *way
