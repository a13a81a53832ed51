"""Whether the tables of an appeal say what its workflow says, and where not. Pure: dossiers in, differences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.appeal import Appeal
from domain.colours import Moments, moments
from domain.journal import GENESIS, Entry, canonical, erased, is_sound, verify
from domain.rules import Rules
from storage.codec import dump_appeal, entry_row, load_appeal
from storage.dossier import Dossier, Raw, entry_from, raw
from storage.rows import appeal_row, escalation_row
from storage.tables import appeals, escalations, journal
from storage.tally import TALLIED, UNTALLIED

_NOT_OURS = frozenset({"offset_us"})
_PLACED = frozenset({"position"})
_TIMED = frozenset({"at", "previous_hash"})
_ONE_TASK = timedelta(seconds=10)
"""As long as a workflow task may take; one that is taken up again has a later time."""


class Unlike(StrEnum):
    """How rows differ from what they should be."""

    ROW_MISSING = "row-missing"
    ROW_CHANGED = "row-changed"
    JOURNAL_MISSING = "journal-missing"
    JOURNAL_CHANGED = "journal-changed"
    JOURNAL_EXTRA = "journal-extra"
    ESCALATION_MISSING = "escalation-missing"
    ESCALATION_CHANGED = "escalation-changed"
    ESCALATION_EXTRA = "escalation-extra"
    INTAKE_MISSING = "intake-missing"
    INTAKE_UNMARKED = "intake-unmarked"
    RULES_CHANGED = "rules-changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them; ``where`` names columns, an entry's number or an escalation, never a value."""

    unlike: Unlike
    where: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the tables should say of an appeal: the state that one write left."""

    appeal: Appeal
    moments: Moments
    fence: int


class Gap(Exception):  # noqa: N818 - an answer
    """An entry that nobody has any more: ``seq`` and everything before it cannot be told again."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"#{seq}")
        self.seq = seq


class Unproven(Exception):  # noqa: N818 - an answer
    """The tables contradict themselves; the text says where, in codes."""


def agrees(dossier: Dossier, claim: Claim) -> bool:
    """Whether the tables say exactly what they should. The journal is proved by its chain, which ends in the claim."""
    ids = entry_ids(claim.appeal)
    entries = [e for e in dossier.entries() if e]
    return (
        (dossier.kept and dossier.started)
        and not _row_columns(dossier, claim)
        and not _unlike_escalations(dossier, claim.appeal)
        and len(entries) == len(dossier.journal) == claim.appeal.seq
        and all(e.entry_id == ids.get(e.seq, _own_id(e)) for e in entries)
        and not _flawed(entries)
        and (entries[-1].hash if entries else GENESIS) == claim.appeal.head
    )


def _flawed(entries: Sequence[Entry]) -> bool:
    try:
        return bool(verify(entries))
    except ValueError:  # a number that JSON does not have
        return True


def entry_ids(appeal: Appeal) -> dict[int, str]:
    """By entry number, the id that its request gave it: the hash does not cover it, the keys that were used tell it."""
    return {seen.seq: key for key, seen in appeal.seen.items()}


def _own_id(entry: Entry) -> str:
    return f"{entry.number}:{entry.seq}"


def differences(dossier: Dossier, claim: Claim, entries: Sequence[Entry]) -> tuple[Difference, ...]:
    """Every row that is not as it should be, with ``entries`` the whole journal as it should be."""
    found = [] if dossier.kept else [Difference(Unlike.INTAKE_MISSING)]
    if dossier.kept and not dossier.started:
        found.append(Difference(Unlike.INTAKE_UNMARKED))
    if dossier.row is None:
        found.append(Difference(Unlike.ROW_MISSING))
    elif columns := _row_columns(dossier, claim):
        found.append(Difference(Unlike.ROW_CHANGED, ",".join(columns)))
    return (*found, *_unlike_journal(dossier, entries), *_unlike_escalations(dossier, claim.appeal))


def _row_columns(dossier: Dossier, claim: Claim) -> list[str]:
    """The columns that differ; all of them for a row that is not there."""
    wanted = raw(appeals, appeal_row(claim.appeal, claim.fence, claim.moments))
    found = dossier.row or {}
    # What an earlier release wrote says nothing of the figures yet.
    but = _NOT_OURS | (TALLIED if found.get(UNTALLIED) is None else frozenset())
    return _columns(_as_of_today(found, claim.appeal.rules), wanted, but)


def _as_of_today(row: Raw, rules: Rules) -> Raw:
    """A row of an earlier release as this one would write it: what its state did not know yet is at its default."""
    try:
        state = raw(appeals, {"state": dump_appeal(load_appeal(row["state"], rules))})
    except (KeyError, TypeError, ValueError):
        return row
    return {**row, **state} if _is_part(row["state"], state["state"]) else row


def _is_part(found: Any, whole: Any) -> bool:
    """Whether everything found is there, and the same."""
    if isinstance(found, dict) and isinstance(whole, dict):
        return all(name in whole and _is_part(value, whole[name]) for name, value in found.items())
    if isinstance(found, list) and isinstance(whole, list):
        return len(found) == len(whole) and all(map(_is_part, found, whole))
    return bool(found == whole)


def _columns(found: Raw, wanted: Raw, but: frozenset[str]) -> list[str]:
    missing = object()
    return [name for name, value in wanted.items() if name not in but and not _same(found.get(name, missing), value)]


def _same(found: Any, wanted: Any) -> bool:
    # SQLite has no truth values, and any type in any column.
    return bool(found == wanted) and isinstance(found, str) == isinstance(wanted, str)


def _unlike_journal(dossier: Dossier, entries: Sequence[Entry]) -> list[Difference]:
    lines = {line["seq"]: line for line in dossier.journal}
    found = [Difference(Unlike.JOURNAL_EXTRA, f"#{seq}") for seq in lines if seq not in {e.seq for e in entries}]
    for entry in entries:
        line = lines.get(entry.seq)
        if line is None:
            found.append(Difference(Unlike.JOURNAL_MISSING, f"#{entry.seq}"))
        elif not is_line_of(line, entry):
            columns = _columns(line, raw(journal, entry_row(entry)), _PLACED)
            found.append(Difference(Unlike.JOURNAL_CHANGED, f"#{entry.seq}:{','.join(columns)}"))
    return found


def is_line_of(line: Raw, entry: Entry) -> bool:
    """Whether a journal line is this entry, in full or with the person erased: that must not be undone."""
    return any(not _columns(line, raw(journal, entry_row(form)), _PLACED) for form in (entry, erased(entry)))


def _unlike_escalations(dossier: Dossier, appeal: Appeal) -> list[Difference]:
    wanted = {e.id: raw(escalations, escalation_row(appeal.number, e)) for e in appeal.escalations}
    rows = {row["id"]: row for row in dossier.escalations}
    found = [Difference(Unlike.ESCALATION_EXTRA, i) for i in rows if i not in wanted]
    found += [Difference(Unlike.ESCALATION_MISSING, i) for i in wanted if i not in rows]
    changed = {i: _columns(rows[i], row, frozenset()) for i, row in wanted.items() if i in rows}
    return found + [Difference(Unlike.ESCALATION_CHANGED, f"{i}:{','.join(c)}") for i, c in changed.items() if c]


def sound_entries(dossier: Dossier) -> dict[str, Entry]:
    """Journal lines that prove themselves, by their hash."""
    found = [e for line in dossier.journal if (e := entry_from(line)) and _is_sound(e)]
    return {e.hash: e for e in found}


def _is_sound(entry: Entry) -> bool:
    try:
        return is_sound(entry)
    except ValueError:
        return False


def whole_journal(appeal: Appeal, known: Mapping[str, Entry]) -> list[Entry]:
    """Every entry of the appeal, found backwards from its last by the hashes. Raises Gap."""
    ids, entries, head = entry_ids(appeal), list[Entry](), appeal.head
    for seq in range(appeal.seq, 0, -1):
        entry = known.get(head)
        if entry is None or entry.seq != seq:
            raise Gap(seq)
        entries.append(replace(entry, entry_id=ids.get(seq, _own_id(entry))))
        head = entry.previous_hash
    return entries[::-1]


def proven(dossier: Dossier, rules: Mapping[str, Rules]) -> Claim:
    """What the tables say when nothing in them contradicts anything else, with the appeal's full rules.

    Raises Unproven.
    """
    row = dossier.row
    if row is None:
        raise Unproven(Unlike.ROW_MISSING)
    kept = rules.get(row["rules_version"])
    if kept is None:
        raise Unproven("rules")
    try:
        appeal = load_appeal(row["state"], kept)
    except (ValueError, TypeError):
        raise Unproven("state") from None
    claim = Claim(appeal, moments(appeal), row["fence"])
    if columns := _row_columns(dossier, claim):
        raise Unproven(",".join(columns))
    try:
        entries = whole_journal(appeal, sound_entries(dossier))
    except Gap as gap:
        raise Unproven(str(gap)) from None
    if found := (*_unlike_journal(dossier, entries), *_unlike_escalations(dossier, appeal)):
        raise Unproven(f"{found[0].unlike} {found[0].where}")
    return claim


def contradicts(dossier: Dossier, entries: Sequence[Entry]) -> int | None:
    """The last journal line that should be there, when it proves itself and yet is another one; None when none is.

    Somebody has written another history, or a release decides anew what was decided long ago: no fault of a row.
    """
    wanted, sound = {e.seq: e.hash for e in entries}, {e.seq: e.hash for e in sound_entries(dossier).values()}
    last = max((line["seq"] for line in dossier.journal if line["seq"] in wanted), default=None)
    return last if last in sound and sound[last] != wanted[last] else None


def only_times_differ(dossier: Dossier, entries: Sequence[Entry]) -> bool:
    """Whether the tables' journal tells the same as ``entries``, entry by entry, a few seconds earlier or later."""
    found = [e for e in dossier.entries() if e]
    return len(found) == len(dossier.journal) == len(entries) and all(
        _told(a) == _told(b) and abs(a.at - b.at) <= _ONE_TASK for a, b in zip(found, entries, strict=True)
    )


def _told(entry: Entry) -> str:
    """What was sealed of it, but for its time: it is there also when the person was erased."""
    return canonical({name: value for name, value in entry.sealed.items() if name not in _TIMED})


def goes_on_from(dossier: Dossier, appeal: Appeal) -> Entry | None:
    """The journal line that follows the appeal's last entry and is chained to it, if the tables have one."""
    following = (e for e in sound_entries(dossier).values() if e.seq == appeal.seq + 1)
    return next((e for e in following if e.previous_hash == appeal.head), None)
