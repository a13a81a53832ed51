"""One appeal as its reader may see it: from the tables, or from intake while it still waits for the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from api.context import Context
from api.problems import Problem, not_found
from domain.appeal import Appeal
from domain.entry_view import render_journal
from domain.identity import NUMBER
from domain.journal import Entry, EntryActor
from domain.opening import Opening, begin
from domain.people import Actor
from domain.relations import may_read, owner, sees_personal_data
from domain.rules import Rules
from domain.view import render
from storage.appeals import Appeals, Stored
from storage.database import Read
from storage.intake import IntakeReads, Kept
from storage.journal import JournalReads
from storage.rules import rules_by_version


@dataclass(frozen=True, slots=True)
class Found:
    """An appeal at its own ``now``. ``pending``: intake has kept it, the tables do not know it yet.

    ``acted`` are those who acted on it; they are looked up only where somebody held a clock, or lengthened it.
    """

    appeal: Appeal
    now: datetime
    pending: bool = False
    entries: tuple[Entry, ...] = ()
    acted: Mapping[str, EntryActor] = field(default_factory=dict)


def stored(one: Stored, now: datetime) -> Found:
    """From the tables; in a rehearsal its own clock is ahead."""
    return Found(one.appeal, now + one.offset)


def opening_of(kept: Kept) -> Opening:
    """What the engine is given to start with."""
    return Opening(kept.number, kept.rules, kept.submission, kept.created_at, kept.salt)


def waiting(kept: Kept, now: datetime) -> Found:
    """From intake: the same pure function that the engine will begin with says how it stands."""
    decision = begin(opening_of(kept))
    return Found(decision.appeal, now, pending=True, entries=decision.entries)


async def look_up(r: Read, number: str, now: datetime) -> Found | None:
    """The appeal of this number, whoever asks."""
    if not (number.isascii() and NUMBER.fullmatch(number)):
        return None
    if one := await Appeals(r).get(number):
        moved = any(clock.pauses or clock.extensions for clock in one.appeal.clocks)
        return replace(stored(one, now), acted=await JournalReads(r).actors(number) if moved else {})
    kept = await IntakeReads(r).get(number)
    return waiting(kept, now) if kept else None


async def find(ctx: Context, actor: Actor, number: str, acted: str = "") -> Found:
    """The appeal, if ``actor`` may read it. Raises the same 404 for what is another's and for what does not exist.

    ``acted`` is the actor's own key of an action: whoever has done something by it finds what it was done to.
    """
    async with ctx.database.read() as r:
        found = await look_up(r, number, ctx.now())
    if found is None or not (may_read(found.appeal, actor) or acted in found.appeal.seen):
        raise no_such_appeal()
    structlog.contextvars.bind_contextvars(number=found.appeal.number)
    return found


async def look_again(ctx: Context, actor: Actor, number: str) -> Found | None:
    """The appeal after an action of ``actor``; None if it is out of the actor's reach now."""
    async with ctx.database.read() as r:
        found = await look_up(r, number, ctx.now())
    return found if found and may_read(found.appeal, actor) else None


def no_such_appeal() -> Problem:
    """404 for an appeal."""
    return not_found("没有这个编号的诉求，或您无权查看", "unknown-appeal")


async def entries_of(ctx: Context, found: Found) -> tuple[Entry, ...]:
    """The journal so far."""
    if found.pending:
        return found.entries
    async with ctx.database.read() as r:
        return tuple(await JournalReads(r).of(found.appeal.number))


async def registered_rules(ctx: Context, found: Found, entries: Sequence[Entry]) -> Rules:
    """The rules by which the appeal came in: another service, or newer rules, may have taken their place."""
    kept, version = found.appeal.rules, str(entries[0].data.get("rules", ""))
    if version == kept.version:
        return kept
    async with ctx.database.read() as r:
        return (await rules_by_version(r, {version})).get(version, kept)


def full_view(found: Found, actor: Actor) -> dict[str, Any]:
    """The appeal of API.md; people in full for those whose business it is. Its deadlines go by these versions."""
    view = render(found.appeal, actor, found.now, pending=found.pending, acted=found.acted)
    rules = found.appeal.rules
    versions = {
        "rules_version": rules.version,
        "policy_version": rules.policy.version,
        "calendar_version": rules.calendar.version,
    }
    return {**view, **versions}


def list_view(found: Found, actor: Actor) -> dict[str, Any]:
    """The appeal as a line of a list: no people and no free text but the title, whoever reads it."""
    return render(found.appeal, actor, found.now, pending=found.pending, listed=True)


def journal_view(found: Found, entries: tuple[Entry, ...], actor: Actor) -> dict[str, Any]:
    """The journal of API.md."""
    return {"items": render_journal(found.appeal, entries, actor)}


def is_privileged(found: Found, actor: Actor) -> bool:
    """Whether ``actor`` sees other people's data in full: such a view goes into the audit log."""
    return sees_personal_data(found.appeal, actor) and not owner(found.appeal, actor)
