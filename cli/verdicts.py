"""What is wrong with one appeal and what would put it right: judged from its dossier and its history, without acting.

Who is believed: the workflow, as its history tells it. The tables are believed in two cases only. Nothing in them
contradicts anything else, and they go on from where the workflow stands; or there is no workflow. And a journal that
proves itself is never written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from domain.appeal import Appeal
from domain.colours import moments
from domain.journal import Entry
from domain.notice import Notice
from domain.opening import Opening, begin
from domain.rules import Rules
from storage.comparison import (
    Claim,
    Difference,
    Gap,
    Unlike,
    Unproven,
    agrees,
    contradicts,
    differences,
    goes_on_from,
    only_times_differ,
    proven,
    sound_entries,
    whole_journal,
)
from storage.dossier import Dossier
from worker.rederive import RUNNING, Life

_GHOSTS_ARE_OF_ONE_MOMENT = 1


class Fault(StrEnum):
    """What is wrong, where it is more than a row."""

    INTAKE_WAITING = "intake-waiting"
    INTAKE_LOST = "intake-lost"
    GHOST = "ghost"
    TABLES_AHEAD = "tables-ahead"
    WORKFLOW_MISSING = "workflow-missing"
    WORKFLOW_ENDED = "workflow-ended"
    HISTORY_UNREADABLE = "history-unreadable"
    JOURNAL_LOST = "journal-lost"
    TWO_JOURNALS = "two-journals"
    RETIMED = "retimed"
    TABLES_UNPROVEN = "tables-unproven"
    NOTHING_KNOWN = "nothing-known"
    JUST_CAME_IN = "just-came-in"
    JUST_BEGUN = "just-begun"
    IN_MOTION = "in-motion"


class Remedy(StrEnum):
    """What would put it right."""

    NONE = "none"
    WAIT = "wait"
    MEND = "mend"
    START = "start"
    RESTORE = "restore"
    PUT_BACK = "put-back"
    NOBODY_KNOWS = "unexplained"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one appeal. ``claim`` and ``entries`` are what the tables should say, ``lower`` a fence that cannot be.

    ``notices`` are what was told, or what a new run still has to tell; ``offset`` is how far a rehearsal's clock is on.
    """

    number: str
    remedy: Remedy = Remedy.NONE
    faults: tuple[tuple[str, str], ...] = ()
    claim: Claim | None = None
    entries: tuple[Entry, ...] = ()
    lower: int | None = None
    rules: tuple[Rules, ...] = ()
    notices: tuple[Notice, ...] = ()
    offset: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known of one appeal: the tables, its newest run, entries and rules from wherever they are."""

    dossier: Dossier
    life: Life | None
    rules: Mapping[str, Rules]
    sound_rules: frozenset[str]
    older: Mapping[str, Entry] | None = None
    """Entries of earlier runs; None while nobody has looked."""

    @property
    def number(self) -> str:
        """Whose."""
        return self.dossier.number

    def claim(self) -> Claim | None:
        """What the tables should say by the history. A write that is under way may be committed or not."""
        if self.life is None:
            return None
        written, pending, row = self.life.written, self.life.pending, self.dossier.row
        committed = pending is not None and row is not None and row["fence"] == pending.fence
        return pending if committed else written

    def known(self) -> dict[str, Entry]:
        """Every entry there is, by its hash."""
        told = self.life.entries if self.life else {}
        return {**sound_entries(self.dossier), **(self.older or {}), **told}


def is_fine(case: Case) -> bool:
    """The quick look: whether there is nothing to judge."""
    claim, row = case.claim(), case.dossier.row
    if case.life is None or case.life.fault or claim is None or row is None:
        return False
    ended_early = claim.appeal.is_open and case.life.status != RUNNING
    return not ended_early and claim.appeal.rules.version in case.sound_rules and agrees(case.dossier, claim)


def judge(case: Case) -> Verdict:
    """The long look."""
    if is_fine(case):
        return Verdict(case.number)
    if case.life is None:
        return _without_history(case)
    if case.life.fault:
        return _unexplained(case, Fault.HISTORY_UNREADABLE, case.life.fault)
    latest, claim = _latest(case.life), case.claim()
    if ahead := _ahead(case, case.life, latest):
        return ahead
    return _behind(case, case.life, claim) if claim else _just_begun(case, case.life, latest)


def wait(number: str, fault: Fault) -> Verdict:
    """Nothing can be said of it just now."""
    return Verdict(number, Remedy.WAIT, ((fault, ""),))


def _without_history(case: Case) -> Verdict:
    dossier = case.dossier
    if dossier.row is None:
        if dossier.journal or dossier.escalations or not dossier.kept:
            return _unexplained(case, Fault.NOTHING_KNOWN)
        fault = Fault.INTAKE_LOST if dossier.started else Fault.INTAKE_WAITING
        return Verdict(case.number, Remedy.START, ((fault, ""),))
    try:
        claim = proven(dossier, case.rules)
    except Unproven as reason:
        return _unexplained(case, Fault.TABLES_UNPROVEN, str(reason))
    if claim.appeal.is_open:
        return _put_back(case, claim, Fault.WORKFLOW_MISSING)
    return _mend(case, claim) if not (dossier.kept and dossier.started) else Verdict(case.number)


def _latest(life: Life) -> Appeal:
    """What its last decision left, or what its first one will: an opening is decided in one way only."""
    if claim := life.pending or life.written:
        return claim.appeal
    return begin(_opening(life)).appeal


def _opening(life: Life) -> Opening:
    if life.start is None or life.start.opening is None:
        # A run that carries a state has written it.
        raise AssertionError(life.number)
    return life.start.opening


def _stands_at(dossier: Dossier, appeal: Appeal) -> bool:
    return dossier.row is not None and (dossier.row["seq"], dossier.row["head"]) == (appeal.seq, appeal.head)


def _ahead(case: Case, life: Life, latest: Appeal) -> Verdict | None:
    """The tables know more than the workflow: a ghost of a crash, or an engine restored from an older backup."""
    if goes_on_from(case.dossier, latest) is None or _stands_at(case.dossier, latest):
        return None
    try:
        claim = proven(case.dossier, case.rules)
    except Unproven as reason:
        return _unexplained(case, Fault.TABLES_AHEAD, str(reason))
    if life.status == "completed":
        return _unexplained(case, Fault.TABLES_AHEAD, life.status)
    beyond = {e.at for e in sound_entries(case.dossier).values() if e.seq > latest.seq}
    if len(beyond) == _GHOSTS_ARE_OF_ONE_MOMENT and life.status == RUNNING:
        return replace(_put_back(case, claim, Fault.GHOST), remedy=Remedy.RESTORE)
    return _put_back(case, claim, Fault.TABLES_AHEAD)


def _just_begun(case: Case, life: Life, latest: Appeal) -> Verdict:
    """Its first write is on its way: the tables know nothing yet, or what that write will say."""
    if life.status != RUNNING:
        begun = begin(_opening(life))
        known = {**(case.older or {}), **{e.hash: e for e in begun.entries}}
        claim = Claim(begun.appeal, moments(begun.appeal), 0)
        return _put_back(replace(case, older=known), claim, Fault.WORKFLOW_ENDED)
    nothing = case.dossier.row is None and not case.dossier.journal
    return Verdict(case.number) if nothing or _stands_at(case.dossier, latest) else wait(case.number, Fault.JUST_BEGUN)


def _behind(case: Case, life: Life, claim: Claim) -> Verdict:
    """The workflow is right; what differs in the tables is wrong."""
    try:
        entries = whole_journal(claim.appeal, case.known())
    except Gap as gap:
        return _unexplained(case, Fault.JOURNAL_LOST, str(gap))
    if (seq := contradicts(case.dossier, entries)) is not None:
        return _two_journals(case, life, claim, entries, seq)
    verdict = _mend(case, claim, entries)
    if verdict.faults:
        return verdict
    if life.status != RUNNING and claim.appeal.is_open:
        return _put_back(case, claim, Fault.WORKFLOW_ENDED)
    return Verdict(case.number)


def _two_journals(case: Case, life: Life, claim: Claim, entries: list[Entry], seq: int) -> Verdict:
    """What was sealed and told stays. A workflow that decides its past anew can be put back to it, when told to."""
    where = f"#{seq}"
    try:
        sealed = proven(case.dossier, case.rules)
    except Unproven as reason:
        return _unexplained(case, Fault.TWO_JOURNALS, f"{where} {reason}")
    if life.status == "completed" or sealed.appeal.seq < claim.appeal.seq:
        return _unexplained(case, Fault.TWO_JOURNALS, where)
    fault = Fault.RETIMED if only_times_differ(case.dossier, entries) else Fault.TWO_JOURNALS
    return _put_back(case, sealed, fault, where)


def _mend(case: Case, claim: Claim, entries: list[Entry] | None = None) -> Verdict:
    entries = whole_journal(claim.appeal, case.known()) if entries is None else entries
    row, found = case.dossier.row, differences(case.dossier, claim, entries)
    if claim.appeal.rules.version not in case.sound_rules:
        found = (*found, Difference(Unlike.RULES_CHANGED))
    fence = row["fence"] if row is not None else None
    return Verdict(
        case.number,
        Remedy.MEND if found else Remedy.NONE,
        tuple((d.unlike.value, d.where) for d in found),
        claim,
        tuple(entries),
        lower=fence if isinstance(fence, int) and fence > claim.fence else None,
        rules=tuple(case.rules.values()),
        notices=case.life.told if case.life else (),
    )


def _put_back(case: Case, claim: Claim, fault: Fault, where: str = "") -> Verdict:
    offset = case.dossier.row["offset_us"] if case.dossier.row is not None else 0
    return Verdict(
        case.number,
        Remedy.PUT_BACK,
        ((fault, where),),
        claim,
        tuple(whole_journal(claim.appeal, case.known())),
        rules=tuple(case.rules.values()),
        notices=case.life.untold if case.life else (),
        offset=timedelta(microseconds=offset) if isinstance(offset, int) else timedelta(),
    )


def _unexplained(case: Case, fault: Fault, where: str = "") -> Verdict:
    return Verdict(case.number, Remedy.NOBODY_KNOWS, ((fault, where),))


def to_carry(appeal: Appeal, rules: Rules) -> Appeal:
    """The appeal as a new run carries it: with its full rules, and without the way back of ``correct``.

    The state before the last action is in no table; so it is no longer offered to take it back.
    """
    return replace(appeal, rules=rules, last_action=None, undo=None)
