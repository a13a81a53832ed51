"""A journal entry as a reader sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from domain.appeal import Appeal
from domain.clock_names import name_of
from domain.journal import Entry
from domain.masking import sight_of
from domain.people import Actor
from domain.vocabulary import Action
from domain.wall import stamp


def render_journal(appeal: Appeal, entries: Iterable[Entry], viewer: Actor) -> list[dict[str, Any]]:
    """Entries in order; of the end of a lease also whose it was, which an earlier one says."""
    held: dict[Any, str] = {}
    shown = []
    for entry in entries:
        view, escalation = render_entry(appeal, entry, viewer), entry.data.get("escalation")
        if entry.action is Action.ACKNOWLEDGE:
            held[escalation] = view["actor"]["name"]
        if entry.action is Action.LEASE_ENDED:
            view["held_by"] = held.get(escalation) or None
        shown.append(view)
    return shown


def render_entry(appeal: Appeal, entry: Entry, viewer: Actor) -> dict[str, Any]:
    """A journal entry of API.md: words as the reader may see them, the sealed part and the chain for everybody.

    ``clock_name`` and ``held_by`` are beside what it says itself, for people.
    """
    shown = sight_of(appeal, viewer).entry(entry, viewer)
    named = shown.data.get("generation")
    return {
        "seq": shown.seq,
        "at": stamp(shown.at),
        "actor": asdict(shown.actor),
        "action": shown.action.value,
        "from_stage": shown.from_stage.value if shown.from_stage else None,
        "to_stage": shown.to_stage.value,
        "round": shown.round,
        "reason": shown.reason,
        "data": shown.data,
        "salt": shown.salt or None,
        "sealed": shown.sealed,
        "hash": shown.hash,
        "previous_hash": shown.previous_hash,
        "clock_name": next((name_of(appeal, c) for c in appeal.clocks if c.generation == named), None),
        "held_by": None,
    }
