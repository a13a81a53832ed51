"""A journal entry as a reader sees it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from domain.appeal import Appeal
from domain.journal import Entry
from domain.masking import sight_of
from domain.people import Actor
from domain.wall import stamp


def render_entry(appeal: Appeal, entry: Entry, viewer: Actor) -> dict[str, Any]:
    """A journal entry of API.md: words as the reader may see them, the sealed part and the chain for everybody."""
    shown = sight_of(appeal, viewer).entry(entry, viewer)
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
    }
