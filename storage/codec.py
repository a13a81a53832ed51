"""Domain objects as JSON and back. What comes out of a table is checked against the types again."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from domain.appeal import Appeal, Submission
from domain.calendar import Calendar, Timetable
from domain.journal import Entry, EntryActor, canonical
from domain.rules import Policy, Procedure, Rules, Service, Statutory, Step, StepOutcome

_APPEAL = TypeAdapter(Appeal)
_SUBMISSION = TypeAdapter(Submission)
_RULES = TypeAdapter(Rules)

#: Kept elsewhere (rules) or nowhere (what ``correct`` could take back).
_LEFT_OUT = {"rules", "undo"}


def dump_appeal(appeal: Appeal) -> dict[str, Any]:
    """The state of an appeal without its rules and without what could be undone."""
    state: dict[str, Any] = _APPEAL.dump_python(appeal, mode="json", exclude=_LEFT_OUT)
    return state


def load_appeal(state: dict[str, Any], rules: Rules) -> Appeal:
    """The appeal of a kept state under its rules. Raises pydantic's ValidationError for a state that is none."""
    return _APPEAL.validate_python({**state, "rules": rules})


def dump_submission(submission: Submission) -> dict[str, Any]:
    """What came in."""
    body: dict[str, Any] = _SUBMISSION.dump_python(submission, mode="json")
    return body


def load_submission(body: dict[str, Any]) -> Submission:
    """What came in. Raises pydantic's ValidationError."""
    return _SUBMISSION.validate_python(body)


def dump_rules(rules: Rules) -> dict[str, Any]:
    """Rules with their version."""
    body: dict[str, Any] = _RULES.dump_python(rules, mode="json")
    return body


def load_rules(body: dict[str, Any]) -> Rules:
    """Rules with their version. Raises pydantic's ValidationError."""
    return _RULES.validate_python(body)


def make_rules(service: Service, policy: Policy, calendar: Calendar, timetables: tuple[Timetable, ...] = ()) -> Rules:
    """Rules whose version is the digest of their content: the same content always has the same version."""
    unnamed = Rules("", service, policy, calendar, timetables)
    return replace(unnamed, version=rules_digest(unnamed))


def rules_digest(rules: Rules) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON (RFC 8785) of everything but the version.

    What rules could not say when the first appeals began counts from the moment it is said, so that the rules of that
    time keep the version they have in the tables.
    """
    content = dump_rules(rules)
    _leave_out_unsaid(rules, content)
    del content["version"]
    return hashlib.sha256(canonical(content).encode()).hexdigest()


#: Fields that came after the first appeals.
_LATER: dict[type, tuple[str, ...]] = {
    Rules: ("timetables",),
    Service: (
        *("calendar", "instant", "summary", "accept", "ladder", "first", "against", "waits", "tracks", "accounts"),
        *("balance", "internal"),
    ),
    Procedure: ("again",),
    Step: ("by", "each", "chosen", "apart_from", "automatic", "join", "limits", "lapse", "track", "items"),
    StepOutcome: ("when", "refusal", "issues", "revokes", "posts", "extends", "transfer", "tells"),
    Policy: (
        *("edition", "cooperation", "return_within", "duplicate_days", "duplicate_percent", "lease", "quiet"),
        *("ladders", "longest_extension_days"),
    ),
    Statutory: ("warn_percents", "ladder_hours", "breach_to", "ladder"),
    Calendar: ("hours", "all_year"),
}


def _leave_out_unsaid(value: Any, dumped: Any) -> None:
    if type(value) not in _LATER:
        return
    for field in fields(value):
        said = getattr(value, field.name)
        if field.name in _LATER[type(value)] and said == field.default:
            del dumped[field.name]
        elif isinstance(said, tuple):
            for part, kept in zip(said, dumped[field.name], strict=True):
                _leave_out_unsaid(part, kept)
        else:
            _leave_out_unsaid(said, dumped[field.name])


def entry_row(entry: Entry) -> dict[str, Any]:
    """A journal entry as its row, without its position."""
    return {
        "number": entry.number,
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "at": entry.at,
        "actor_id": entry.actor.id,
        "actor_name": entry.actor.name,
        "actor_unit": entry.actor.unit,
        "actor_role": entry.actor.role,
        "action": entry.action.value,
        "from_stage": entry.from_stage.value if entry.from_stage else None,
        "to_stage": entry.to_stage.value,
        "round": entry.round,
        "reason": entry.reason,
        "data": entry.data,
        "salt": entry.salt,
        "sealed": entry.sealed,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


_ENTRY = TypeAdapter(Entry)


def entry_of(row: dict[str, Any]) -> Entry:
    """A journal entry from its row."""
    actor = EntryActor(row["actor_id"], row["actor_name"], row["actor_unit"], row["actor_role"])
    return _ENTRY.validate_python({k: v for k, v in row.items() if not k.startswith("actor_")} | {"actor": actor})
