"""What of people and of their words a reader is shown: one rule for the appeal, its journal and its lines in lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.appeal import Appeal
from domain.clock import Clock, Extension, Pause
from domain.journal import PLAIN_FIELDS, Entry, EntryActor
from domain.parties import hidden_steps
from domain.people import Actor, Place
from domain.relations import is_outside, sees_personal_data
from domain.service import basis_told
from domain.vocabulary import Action, Cause

MASK = "***"
#: What people write to each other inside the house; the enterprise sees that it happened, not the words.
_INTERNAL = frozenset(
    {
        Action.NOTE,
        Action.COMPLETE_STEP,
        Action.TRANSFER_REPLY,
        Action.ASK_COOPERATION,
        Action.ANSWER_COOPERATION,
        Action.REFUSE_COOPERATION,
        Action.REQUEST_EXTENSION,
        Action.PARK,
        Action.APPROVE_PARK,
        Action.REVIEW,
        Action.SUBMIT_RESULT,
        Action.SUPERVISE,
        Action.RETURN_ASSIGNMENT,
        Action.NAME_FINAL_OWNER,
        Action.REASSIGN,
        Action.LIFT,
        Action.CORRECT,
        Action.RUNG,
        Action.ESCALATE,
        Action.ACKNOWLEDGE,
        Action.HAND_OVER,
        Action.RAISE,
        Action.END,
        Action.LEASE_ENDED,
        Action.RECORD_VISIT,
    },
)
#: What whoever is called does, who need not be one that may read the matter.
_OF_DUTY = frozenset({Action.ACKNOWLEDGE, Action.HAND_OVER, Action.RAISE, Action.END})
#: What is said to the sender, also of a secret matter.
_TOLD_ANYWAY = frozenset({Action.REQUEST_SUPPLEMENT, Action.SEND_ANSWER, Action.REJECT})
#: The enterprise is told why its clock stands still: these reasons are written for it, or come from a closed list.
_TOLD_CAUSES = frozenset({Cause.SUPPLEMENT, Cause.TRANSFER, Cause.PAUSE})


def mask_name(name: str) -> str:
    """张三 → 张**."""
    return name[:1] + "**" if name else ""


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; of a shorter number nothing is left to show."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= len("13800001234") else "****"


def masked(said: Any) -> Any:
    """Free text of any shape with nothing left to read: words as ``***``, lists and objects empty."""
    if isinstance(said, str):
        return MASK if said else said
    if isinstance(said, dict):
        return {}
    return None if said is None else []


@dataclass(frozen=True, slots=True)
class Sight:
    """How far a reader sees. ``words``: people and what they wrote; ``inside``: also what the house tells itself.

    ``hidden`` are the steps of a track that the reader may not see, ``hidden_clocks`` the generations of their clocks;
    nothing of their entries is shown but the chain.
    ``secret``: the reader sent in a complaint or a clue, and sees of what others do only what is said to him (S4).
    """

    words: bool
    inside: bool
    hidden: frozenset[str] = frozenset()
    hidden_clocks: frozenset[int] = frozenset()
    secret: bool = False

    def hides(self, said: Mapping[str, Any]) -> bool:
        """Whether what an entry, a notice or a message says is of a track that the reader may not see.

        What was done about a clock names it by its generation only.
        """
        named = {said.get("step"), said.get("subject")}
        return bool(named & self.hidden) or said.get("generation") in self.hidden_clocks

    def show(self, said: Any) -> Any:
        """Free text as the reader gets it; JSON's lists for ours."""
        if not self.words:
            return masked(said)
        return list(said) if isinstance(said, tuple) else said

    def record(self, said: dict[str, Any]) -> dict[str, Any]:
        """What was recorded in a step is for the house, the enterprise gets the document."""
        return said if self.words and self.inside else {}

    def clock(self, clock: Clock, names: Mapping[str, str]) -> Clock:
        """A clock with the reasons that the reader may know, and who paused or lengthened it by :func:`names_of`.

        Else a pause says its cause, and an extension its length; what was noted beside a pause stays inside. On what
        basis an extension was granted is told to whoever reads words at all, for the enterprise is told of it.
        """
        pauses = (self._pause(p) for p in clock.pauses)
        extensions = (self._extension(e) for e in clock.extensions)
        return replace(
            clock,
            pauses=tuple(replace(p, actor=names.get(p.actor, "")) for p in pauses),
            extensions=tuple(replace(e, actor=names.get(e.actor, "")) for e in extensions),
        )

    def _pause(self, pause: Pause) -> Pause:
        knows = self.words and (self.inside or pause.cause in _TOLD_CAUSES)
        kept = pause if knows else replace(pause, reason=pause.cause)
        return kept if self.words and self.inside else replace(kept, note="")

    def _extension(self, granted: Extension) -> Extension:
        kept = granted if self.words and self.inside else replace(granted, reason="")
        return replace(kept, basis=basis_told(kept.basis, inside=self.inside) if self.words else "")

    def entry(self, entry: Entry, viewer: Actor) -> Entry:
        """A journal entry as ``viewer`` reads it. The salt goes with plain values only: it lets them be guessed."""
        if self.hides(entry.data):
            return _chain_only(entry)
        if any(self.hides(moved) for moved in entry.data.get("moved", ())):
            entry = self._without_hidden_clocks(entry)
        if self.secret and entry.actor.id != viewer.id:
            kept = _chain_only(entry)
            if entry.action in _TOLD_ANYWAY:
                return replace(kept, reason=entry.reason, data=entry.data)
            return replace(kept, data=kept.data | self._told(entry))
        hidden = not self.inside and entry.action in _INTERNAL and not entry.data.get("public", False)
        silent = hidden or not self.words or (not self.inside and entry.action is Action.PAUSE)
        data = {k: MASK if hidden or (silent and k not in PLAIN_FIELDS) else v for k, v in entry.data.items()}
        data |= self._told(entry)
        own = entry.actor.id == viewer.id
        named = self.inside or own
        # Why he did it he wrote himself: a duty officer reads his own note on a matter whose words he may not read.
        his_words = own and self.inside and entry.action in _OF_DUTY
        return replace(
            entry,
            actor=entry.actor if named else replace(entry.actor, name=mask_name(entry.actor.name)),
            reason=masked(entry.reason) if silent and not his_words else entry.reason,
            data=data,
            salt="" if silent or not named else entry.salt,
        )

    def _without_hidden_clocks(self, entry: Entry) -> Entry:
        """A change of many deadlines says only those that the reader may know; the sealed part has them all."""
        shown = [moved for moved in entry.data["moved"] if not self.hides(moved)]
        return replace(entry, data=entry.data | {"moved": shown}, salt="", sealed={})

    def _told(self, entry: Entry) -> dict[str, Any]:
        """What an outcome of a step tells the enterprise, who reads it also where nothing else of the step is shown."""
        return {"told": entry.data["told"]} if self.words and "told" in entry.data else {}


def _chain_only(entry: Entry) -> Entry:
    """That there was something, and where it stands in the chain."""
    nobody, data = EntryActor("", "", None, ""), dict.fromkeys(entry.data, MASK)
    return replace(entry, actor=nobody, reason=masked(entry.reason), data=data, salt="", sealed={})


def sight_of(appeal: Appeal, viewer: Actor) -> Sight:
    """How far ``viewer`` sees into ``appeal``."""
    words, inside = sees_personal_data(appeal, viewer), not is_outside(viewer)
    hidden = hidden_steps(appeal, viewer) if inside else frozenset()
    return Sight(
        words=words,
        inside=inside,
        hidden=hidden,
        hidden_clocks=frozenset(clock.generation for clock in appeal.clocks if clock.subject in hidden),
        secret=appeal.rules.service.secret and not inside,
    )


def may_know(appeal: Appeal, viewer: Actor) -> bool:
    """The enterprise is told by the answer, not by looking over the handler's shoulder."""
    told = appeal.result is not None and appeal.result.answered_at is not None
    return told or not is_outside(viewer)


def is_kept_secret(appeal: Appeal, viewer: Actor) -> bool:
    """Of a complaint or a clue, whoever sent it in sees receipt and result only (S4)."""
    return appeal.rules.service.secret and is_outside(viewer)


def names_of(appeal: Appeal, viewer: Actor, acted: Mapping[str, EntryActor]) -> dict[str, str]:
    """Those who acted, by their ids: unit and name as ``viewer`` may read them.

    Of a secret matter whoever sent it in, and of one track who works on the other, reads nobody's but his own.
    """
    sight = sight_of(appeal, viewer)
    if sight.secret or sight.hidden:
        acted = {code: actor for code, actor in acted.items() if code == viewer.id}
    units = {unit.code: unit.name for place in _places(appeal) for unit in place.chain}
    return {
        code: units.get(actor.unit or "", "")
        + (actor.name if sight.inside or code == viewer.id else mask_name(actor.name))
        for code, actor in acted.items()
    }


def _places(appeal: Appeal) -> Iterator[Place]:
    """The units by which people of an appeal are known; each has the bureau at its end."""
    yield from (appeal.assigning_unit, appeal.submission.first_unit, *appeal.assignment.cooperating)
    yield from (place for place in (appeal.submission.lead, appeal.lead) if place)
    if appeal.assignment.second:
        yield appeal.assignment.second.unit
    yield from appeal.submission.parties
