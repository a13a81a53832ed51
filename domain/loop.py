"""The loop: the one place where an appeal changes. Time is an argument; nothing here waits, reads or writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from domain import escalation, escalation_acts, helping, outside, step_calls
from domain.act import Act, moment_of_text
from domain.appeal import Appeal, Seen
from domain.changes import end, new_round
from domain.dispatch import assignment_of, left_to
from domain.effects import Why, apply_effects, end_all
from domain.errors import Conflict, Forbidden, IllegalTransition, Refusal
from domain.guards import CORRECTABLE, resumable
from domain.journal import PLAIN_FIELDS, Entry, EntryActor, canonical, seal
from domain.news import to_the_enterprise
from domain.notice import Call, Notice
from domain.parties import barred
from domain.people import Actor
from domain.procedure import find
from domain.relations import Relation
from domain.steps import asks_for, next_by_itself
from domain.table import TABLE, Move, Transition
from domain.turns import accepted, ordered, turns
from domain.vocabulary import Action, Cause, Role, Stage
from domain.who import spoken

CHANGED: Final = "changed-meanwhile"
"""The code of the refusal of an act that was meant for what the appeal no longer is."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of the appeal, the journal entries that say so, and what must be told."""

    appeal: Appeal
    entries: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()

    def then(self, after: Decision) -> Decision:
        """With what was decided on the appeal as this one left it."""
        return Decision(after.appeal, self.entries + after.entries, self.notices + after.notices)

    def telling(self, *calls: Call) -> Decision:
        """With what must be told of its last entry."""
        return replace(self, notices=self.notices + tuple(call.of(self.entries[-1]) for call in calls))


def decide(appeal: Appeal, act: Act, now: datetime) -> Decision:
    """The appeal after ``act``, with exactly one journal entry.

    Raises :class:`~domain.errors.Refusal`: Forbidden before Conflict, and every Conflict names what is allowed instead.
    """
    try:
        role = authorise(appeal, act.action, act.actor, now)
        _check_unchanged(appeal, act)
        _check_room(appeal, act)
        for check in TABLE[act.action].checks:
            check(appeal, act, now)
    except Conflict as refusal:
        refusal.stage = appeal.stage.value
        refusal.allowed = tuple(a.value for a in allowed(appeal, act.actor, now))
        raise
    if act.action is Action.CORRECT:
        return _correct(appeal, act, role, now)
    if act.action is Action.COMPLETE_STEP:
        # Who is officer and leader acts as what the step asks for.
        wanted, _ = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
        role = next(r.value for r in wanted.roles if r in act.actor.roles)
    decision = perform(appeal, act, role, now)
    return sent_on(decision, now) if act.action is Action.ACCEPT else decision


def sent_on(done: Decision, now: datetime) -> Decision:
    """What the routing does after acceptance: assigns at once, leaves it to the dispatcher, or tells a named person."""
    assignment = assignment_of(done.appeal)
    if assignment:
        return done.then(perform(done.appeal, assignment, "system", now))
    if left_to(done.appeal) is None:
        return done.telling(*accepted(done.appeal))
    unit = done.appeal.assigning_unit.code
    return done.telling(Call(unit, ("catch_all",), template="unroutable", mark="unroutable", data={}))


def _check_unchanged(appeal: Appeal, act: Act) -> None:
    """Nobody has acted since the actor looked, where the actor asks for that; what time does by itself is no matter.

    Whatever somebody did has its key, and the entry that it left; what happens by itself has none.
    """
    if act.read is not None and any(done.seq > act.read for done in appeal.seen.values()):
        raise Conflict(CHANGED, "在您查看之后，已有人先办理；请看过现在的情况再定")


def _check_room(appeal: Appeal, act: Act) -> None:
    """An appeal travels whole and payloads are bounded: a full one takes short words only, so that it can end."""
    policy = appeal.rules.policy
    if appeal.weight > policy.most_characters and len(canonical(act.body)) > policy.short_characters:
        raise Conflict("appeal-full", f"本诉求的内容已满，每次只能再写{policy.short_characters}字；材料请以链接提交")


def authorise(appeal: Appeal, action: Action, actor: Actor, now: datetime) -> str:
    """The role in which ``actor`` may do ``action`` just now. Raises :class:`Refusal` when there is none."""
    if action not in TABLE:
        raise Forbidden("forbidden", "此操作由系统自动办理")
    transition = TABLE[action]
    able = transition.who
    if action is Action.COMPLETE_STEP:
        able = tuple((role, relation) for role, relation in able if asks_for(appeal, role))
    roles = [(role, relation) for role, relation in able if role in actor.roles]
    if not roles:
        raise _role_refused(appeal, action, actor, able)
    if barred(appeal, actor):
        raise Forbidden("complained-of", "被投诉的单位和个人不得办理本诉求")
    standing = [(role, relation(appeal, actor)) for role, relation in roles]
    if all(holds is False for _, holds in standing):
        raise Forbidden("not-yours", f"“{transition.title}”不由您或您的单位办理，应由{spoken(able)}办理")
    if appeal.stage not in transition.sources:
        raise IllegalTransition(f"当前环节不能“{transition.title}”")
    for guard in transition.guards:
        guard(appeal, actor, now)
    granted = next((role for role, holds in standing if holds), None)
    if granted is None:
        raise IllegalTransition(f"当前环节不能“{transition.title}”")
    return granted.value


def _role_refused(appeal: Appeal, action: Action, actor: Actor, able: tuple[tuple[Role, Relation], ...]) -> Forbidden:
    if action is Action.RATE and appeal.assignment.leads(actor.unit_code):
        return Forbidden("self-rating", "承办单位不得为自己评价")
    whose = f"，应由{spoken(able)}办理" if able else ""
    return Forbidden("forbidden", f"您的身份不能“{TABLE[action].title}”{whose}")


def allowed(appeal: Appeal, actor: Actor, now: datetime) -> tuple[Action, ...]:
    """The actions open to ``actor`` just now."""
    return tuple(action for action in TABLE if _is_allowed(appeal, action, actor, now))


def _is_allowed(appeal: Appeal, action: Action, actor: Actor, now: datetime) -> bool:
    try:
        authorise(appeal, action, actor, now)
        for guard in TABLE[action].offers:
            guard(appeal, actor, now)
    except Refusal:
        return False
    return True


def perform(appeal: Appeal, act: Act, role: str, now: datetime) -> Decision:
    """Carries a move out that has been authorised, or one of the system's own; what follows by itself comes with it."""
    transition = TABLE[act.action]
    variant = transition.choose(appeal, act)
    decision = carry_out(appeal, act, role, now, transition, transition.moves[variant])
    following = next_by_itself(decision.appeal) if act.action in _OPENS_STEPS else None
    return decision.then(perform(decision.appeal, following, "system", now)) if following else decision


_OPENS_STEPS = frozenset({Action.SIGN, Action.COMPLETE_STEP})


def carry_out(appeal: Appeal, act: Act, role: str, now: datetime, transition: Transition, move: Move) -> Decision:
    """One move: change, round, clocks, stage, closing, escalations, journal, notice; in that order."""
    moved = transition.change(appeal, act, now)
    why = _why(appeal, act, transition, move, now)
    moved = new_round(moved) if move.again else moved
    moved = apply_effects(moved, move.clocks, why)
    moved = replace(moved, stage=move.to or moved.stage, decision_due=moved.decision_due or move.decision)
    if moved.stage is Stage.CLOSED:
        moved = end(end_all(moved, now), now)
    moved = escalation.settle(moved, stage_before=appeal.stage, now=now)
    undo = replace(appeal, undo=None) if act.action in CORRECTABLE and act.actor.roles else None
    facts = transition.facts(appeal, moved, act, now)
    decision = written(appeal, replace(moved, undo=undo), act, role, now, facts)
    audience = (*transition.tells, *(move.tells if appeal.rules.policy.is_open_about_time else ()))
    return decision.telling(
        *_calls(decision, audience),
        *(to_the_enterprise(decision.appeal, decision.entries[-1]) if transition.informs or move.informs else ()),
        *turns(decision.appeal, move.turn or transition.turn),
        *ordered(decision.appeal, act),
        *helping.calls(appeal, decision.appeal, act),
        *outside.calls(appeal, decision.appeal),
        *step_calls.calls(appeal, decision.appeal),
        *step_calls.words(decision.appeal, decision.entries[-1]),
        *escalation_acts.calls(decision.appeal, act),
    )


def _calls(decision: Decision, audience: tuple[str, ...]) -> tuple[Call, ...]:
    """Whoever always hears of such a move, by its entry's codes."""
    appeal, entry = decision.appeal, decision.entries[-1]
    said = {k: v for k, v in entry.data.items() if k in PLAIN_FIELDS}
    unit, word = (appeal.lead or appeal.assigning_unit).code, entry.action.value
    return (Call(unit, audience, template=word, mark=word, data=said),) if audience else ()


def written(
    before: Appeal, after: Appeal, act: Act, role: str, now: datetime, facts: Mapping[str, Any] = MappingProxyType({})
) -> Decision:
    """The move with its one entry in the journal, chained to the last; ``facts`` are what it says beyond the body."""
    entry = seal(
        Entry(
            entry_id=act.key or f"{before.number}:{before.seq + 1}",
            number=before.number,
            seq=before.seq + 1,
            at=now,
            actor=EntryActor(act.actor.id, act.actor.name, act.actor.unit_code, role),
            action=act.action,
            from_stage=before.stage if before.seq else None,
            to_stage=after.stage,
            round=after.round,
            reason=act.body.get("reason"),
            data={**{k: v for k, v in act.body.items() if k != "reason"}, **facts},
            salt=act.salt,
        ),
        before.head,
    )
    seen = {**before.seen, act.key: Seen(act.digest, entry.seq)} if act.key else before.seen
    last = act.action if act.actor.roles else None
    weight = before.weight + len(canonical(entry.data))
    after = replace(after, seq=entry.seq, head=entry.hash, last_action=last, last_at=now, seen=seen, weight=weight)
    return Decision(after, (entry,))


def _why(appeal: Appeal, act: Act, transition: Transition, move: Move, now: datetime) -> Why:
    causes = move.causes or transition.causes
    # Where nobody wrote a reason, the cause is one.
    reason = act.body.get("reason_code") or act.reason or next(iter(causes), "")
    why = Why(now, act.actor.id, reason, causes)
    if act.action is Action.PAUSE_ENDED:
        # The clock ran again from the end that was named, however late anybody looked.
        return replace(why, now=moment_of_text(act.body["until"]), causes=(Cause(act.body["cause"]),))
    if act.action is Action.RESUME:
        return replace(why, causes=resumable(act.actor))
    if act.action is Action.PAUSE:
        return replace(why, until=moment_of_text(act.body["until"]), note=act.body.get("note", ""))
    if act.action is Action.APPROVE_PARK and appeal.park:
        return replace(why, reason=appeal.park.reason, until=moment_of_text(appeal.park.review_on))
    if act.action is Action.DECIDE_EXTENSION and appeal.open_extension:
        request = appeal.open_extension
        return replace(why, reason=request.reason, extension=request.budget, basis=request.legal_basis)
    return why


def _correct(appeal: Appeal, act: Act, role: str, now: datetime) -> Decision:
    """Takes the last action back: the state before it, with a new entry; nothing is erased.

    Clocks that the action started stay in the ledger, stopped, so that no generation is given twice. Escalations that
    it ended are open again: their clocks press as before, perhaps with nobody left to call.
    """
    if appeal.undo is None:
        # Whatever is correctable has left the state before it; the tables alone do not keep it.
        raise AssertionError(appeal.number)
    restored = appeal.undo
    # By rules without ladders histories exist in which they stayed as they were; nothing else was ever done to them.
    escalations = restored.escalations if appeal.rules.policy.ladders else appeal.escalations
    started = replace(appeal, clocks=appeal.clocks[len(restored.clocks) :])
    restored = replace(
        restored,
        clocks=restored.clocks + end_all(started, now).clocks,
        escalations=escalations,
        seen=appeal.seen,
    )
    decision = written(appeal, restored, act, role, now)
    return decision.telling(*outside.calls(appeal, decision.appeal))
