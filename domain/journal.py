"""The appeal's journal: one entry for each accepted action, chained by hashes.

An entry's ``hash`` is SHA-256 over the RFC 8785 form of its ``sealed`` part. What is personal (names, phone numbers,
free text) stands in the sealed part only as a digest keyed with the entry's salt, so that anybody can
recompute the chain, and erasing a person (plain values and salt) leaves it whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.vocabulary import Action, Stage

#: Values of these fields are codes of ours, never personal, and stand in the sealed part as they are, for every reader.
#: ``outcome`` is none of them: nobody outside may read a result before it has been answered.
PLAIN_FIELDS = frozenset(
    {
        "again",
        "approved",
        "body",
        "breached_by_change",
        "budget",
        "cause",
        "channel",
        "clock",
        "cooperating",
        "due_at",
        "empty",
        "escalation",
        "external_ref",
        "generation",
        "grade",
        "granted",
        "into",
        "lead_unit",
        "lease_until",
        "level",
        "limit",
        "method",
        "missed",
        "moved",
        "officer",
        "owner_unit",
        "posted",
        "public",
        "reason_code",
        "region",
        "result",
        "review_on",
        "rung",
        "rules",
        "second_lead",
        "seq",
        "service",
        "step",
        "substitute",
        "subject",
        "to",
        "transfer",
        "unit",
        "until",
        "urgent",
        "version",
    },
)
GENESIS = "0" * 64
_LONGEST, _SMALLEST = 21, -6  # where ECMAScript begins to write exponents
_DIGEST = "hmac-sha256:"
_ERASED: frozenset[object] = frozenset({None, ""})


@dataclass(frozen=True, slots=True)
class EntryActor:
    """Who did it, in which role; ``name`` is personal."""

    id: str
    name: str
    unit: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. ``entry_id`` is the update's id; of the system's own entries, number and seq."""

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
    if isinstance(value, dict):
        # By UTF-16 code units, which differ from code points beyond the BMP.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """A number as ECMAScript writes it: the shortest digits that mean it, without a needless point or exponent."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no {value}")
    if value == 0:
        return "0"  # also for -0
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if 0 < point <= _LONGEST:
        text = text.ljust(point, "0")
        text = text[:point] + ("." + text[point:] if text[point:] else "")
    elif _SMALLEST < point <= 0:
        text = "0." + "0" * -point + text
    else:
        text = text[0] + ("." + text[1:] if text[1:] else "") + f"e{point - 1:+d}"
    return "-" + text if sign else text


def digest(salt: str, value: object) -> str:
    """The digest that stands for a personal value: HMAC-SHA256 keyed with the entry's salt."""
    return _DIGEST + hmac.new(salt.encode(), canonical(value).encode(), hashlib.sha256).hexdigest()


def moment(at: datetime) -> str:
    """A moment as it is sealed: UTC, microseconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal(entry: Entry, previous_hash: str) -> Entry:
    """The entry with its sealed part and its hash, chained to ``previous_hash``."""
    sealed = {**_facts(entry), **_words(entry), "previous_hash": previous_hash}
    return replace(entry, sealed=sealed, previous_hash=previous_hash, hash=hash_of(sealed))


def _facts(entry: Entry) -> dict[str, Any]:
    """What is sealed as it stands."""
    return {
        "number": entry.number,
        "seq": entry.seq,
        "at": moment(entry.at),
        "actor": {"id": entry.actor.id, "unit": entry.actor.unit, "role": entry.actor.role},
        "action": entry.action.value,
        "from_stage": entry.from_stage.value if entry.from_stage else None,
        "to_stage": entry.to_stage.value,
        "round": entry.round,
    }


def _words(entry: Entry) -> dict[str, Any]:
    """What may be personal, and is sealed by digests."""
    return {
        "actor_name": digest(entry.salt, entry.actor.name),
        "reason": None if entry.reason is None else digest(entry.salt, entry.reason),
        "data": sealed_data(entry.data, entry.salt),
    }


def sealed_data(data: dict[str, Any], salt: str) -> dict[str, Any]:
    """``data`` with everything but our own codes replaced by digests."""
    return {k: v if _is_plain(k, v) else digest(salt, v) for k, v in data.items()}


def _is_plain(name: str, value: object) -> bool:
    """A code of ours; ``moved`` is written by the loop alone, whatever its shape."""
    return name == "moved" or (name in PLAIN_FIELDS and _is_code(value))


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


def is_sound(entry: Entry) -> bool:
    """Whether an entry by itself says what was sealed; what stood before it is another matter."""
    chained = entry.sealed.get("previous_hash") == entry.previous_hash
    return chained and hash_of(entry.sealed) == entry.hash and _matches(entry)


def _matches(entry: Entry) -> bool:
    """Whether the plain columns are the ones that were sealed; what has been erased proves only its chain."""
    sealed, words = entry.sealed, _words(entry)
    if any(sealed.get(name) != value for name, value in _facts(entry).items()):
        return False
    if entry.salt:
        return all(sealed.get(name) == value for name, value in words.items())
    plain = {"actor_name": entry.actor.name, "reason": entry.reason}
    told = all(plain[name] in _ERASED or sealed.get(name) == words[name] for name in plain)
    return told and _data_still_says(entry, sealed.get("data"))


def _data_still_says(entry: Entry, sealed: object) -> bool:
    """Without a salt: codes of ours must stand as they were sealed, anything else is gone (or never had a salt)."""
    if not isinstance(sealed, dict) or not set(entry.data) <= set(sealed):
        return False
    said = {name: entry.data.get(name) for name in sealed}
    now = sealed_data(said, "")
    return all(now[name] == kept or (said[name] is None and _is_digest(kept)) for name, kept in sealed.items())


def _is_digest(sealed: object) -> bool:
    return isinstance(sealed, str) and sealed.startswith(_DIGEST)


def erased(entry: Entry) -> Entry:
    """The entry without anything personal: names, words and the salt are gone, the sealed part and the chain stay."""
    data = {k: None if _is_digest(entry.sealed["data"][k]) else v for k, v in entry.data.items()}
    actor = replace(entry.actor, name="")
    return replace(entry, actor=actor, reason=None, data=data, salt="")
