"""The appeal's journal: one entry for each accepted action, chained by hashes.

An entry's ``hash`` is SHA-256 over the RFC 8785 form of its ``sealed`` part. What is personal (names, phone numbers,
free text) stands in the sealed part only as a digest keyed with the entry's salt, so that anybody can
recompute the chain, and erasing a person (plain values and salt) leaves it whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.vocabulary import Action, Stage

#: Values of these fields are codes of ours, never personal, and stand in the sealed part as they are.
PLAIN_FIELDS = frozenset(
    {
        "again",
        "approved",
        "body",
        "budget",
        "calendar_version",
        "channel",
        "clock",
        "cooperating",
        "due_at",
        "external_ref",
        "final",
        "generation",
        "grade",
        "granted",
        "into",
        "lead_unit",
        "level",
        "limit",
        "method",
        "missed",
        "officer",
        "outcome",
        "owner_unit",
        "percent",
        "posted",
        "public",
        "reason_code",
        "region",
        "result",
        "review_on",
        "rung",
        "rules",
        "seq",
        "service",
        "step",
        "unit",
        "until",
        "urgent",
        "version",
    },
)
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class EntryActor:
    """Who did it, in which role; ``name`` is personal and not sealed."""

    id: str
    name: str
    unit: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. ``entry_id`` is the update's id, or clock, generation and rung."""

    entry_id: str
    number: str
    seq: int
    at: datetime
    actor: EntryActor
    action: Action
    from_stage: Stage | None
    to_stage: Stage
    round: int
    reason: str | None
    data: dict[str, Any]
    salt: str
    sealed: dict[str, Any] = field(default_factory=dict)
    previous_hash: str = GENESIS
    hash: str = ""


def canonical(value: object) -> str:
    """The RFC 8785 (JCS) form of ``value``. Raises ValueError for a number that JSON cannot carry."""
    return json.dumps(_utf16_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _utf16_sorted(value: object) -> object:
    """RFC 8785 sorts keys by UTF-16 code units, which differs from code points beyond the BMP."""
    if isinstance(value, dict):
        return {k: _utf16_sorted(value[k]) for k in sorted(value, key=lambda k: k.encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_utf16_sorted(item) for item in value]
    return value


def digest(salt: str, value: object) -> str:
    """The digest that stands for a personal value: HMAC-SHA256 keyed with the entry's salt."""
    return "hmac-sha256:" + hmac.new(salt.encode(), canonical(value).encode(), hashlib.sha256).hexdigest()


def moment(at: datetime) -> str:
    """A moment as it is sealed: UTC, microseconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal(entry: Entry, previous_hash: str) -> Entry:
    """The entry with its sealed part and its hash, chained to ``previous_hash``."""
    sealed = {
        "number": entry.number,
        "seq": entry.seq,
        "at": moment(entry.at),
        "actor": {"id": entry.actor.id, "unit": entry.actor.unit, "role": entry.actor.role},
        "action": entry.action.value,
        "from_stage": entry.from_stage.value if entry.from_stage else None,
        "to_stage": entry.to_stage.value,
        "round": entry.round,
        "reason": None if entry.reason is None else digest(entry.salt, entry.reason),
        "data": sealed_data(entry.data, entry.salt),
        "previous_hash": previous_hash,
    }
    return Entry(
        entry_id=entry.entry_id,
        number=entry.number,
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        from_stage=entry.from_stage,
        to_stage=entry.to_stage,
        round=entry.round,
        reason=entry.reason,
        data=entry.data,
        salt=entry.salt,
        sealed=sealed,
        previous_hash=previous_hash,
        hash=hash_of(sealed),
    )


def sealed_data(data: dict[str, Any], salt: str) -> dict[str, Any]:
    """``data`` with everything but our own codes replaced by digests."""
    return {k: v if k in PLAIN_FIELDS and _is_code(v) else digest(salt, v) for k, v in data.items()}


def _is_code(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_code(item) for item in value)
    return value is None or isinstance(value, bool | int | str)


def hash_of(sealed: dict[str, Any]) -> str:
    """SHA-256 over the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(sealed).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a chain does not hold: the entry and what is wrong with it, in Chinese."""

    number: str
    seq: int
    detail: str


def verify(entries: Iterable[Entry]) -> tuple[Flaw, ...]:
    """Every place where a journal, in order from its first entry, contradicts itself."""
    flaws: list[Flaw] = []
    previous, expected = GENESIS, 1
    for entry in entries:
        flaws += [Flaw(entry.number, entry.seq, detail) for detail in _flaws_of(entry, previous, expected)]
        previous, expected = entry.hash, entry.seq + 1
    return tuple(flaws)


def _flaws_of(entry: Entry, previous: str, expected: int) -> list[str]:
    checks = [
        (entry.seq == expected, f"序号应为{expected}"),
        (entry.previous_hash == previous, "与上一条的哈希不衔接"),
        (entry.sealed.get("previous_hash") == entry.previous_hash, "封存部分的上一条哈希与记录不一致"),
        (hash_of(entry.sealed) == entry.hash, "哈希与封存内容不符"),
        (_matches(entry), "明文与封存内容不符"),
    ]
    return [detail for holds, detail in checks if not holds]


def _matches(entry: Entry) -> bool:
    """Whether the plain columns are the ones that were sealed; an erased entry (no salt) proves only its chain."""
    sealed = entry.sealed
    plain = (entry.number, entry.seq, moment(entry.at), entry.action.value, entry.to_stage.value, entry.round)
    if plain != tuple(sealed.get(k) for k in ("number", "seq", "at", "action", "to_stage", "round")):
        return False
    if not entry.salt:
        return True
    reason = None if entry.reason is None else digest(entry.salt, entry.reason)
    return bool(sealed.get("reason") == reason and sealed.get("data") == sealed_data(entry.data, entry.salt))
