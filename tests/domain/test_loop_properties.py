"""Whatever anybody does, in whatever order: no illegal state, no lost clock, nothing closed that still owes."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from domain.act import Act
from domain.admission import admit
from domain.appeal import Appeal
from domain.clock import Status, read
from domain.errors import Conflict, Refusal
from domain.journal import verify
from domain.loop import Decision, allowed, decide
from domain.moments import fire, next_moment, skip
from domain.open_work import OUTSIDE, open_work
from domain.people import SYSTEM, Actor
from domain.rules import Policy
from domain.vocabulary import Action, EscalationState, Outcome, Role, Stage, VisitResult
from tests.domain.builders import ACTORS, PLACES, Case, World
from tests.domain.candidates import PUBLIC, bodies
from tests.domain.ladders import CLIMBING
from tests.domain.test_travel import by_engine, by_json

_JSON = TypeAdapter(Appeal)
_SPANS = [
    timedelta(**span)
    for span in ({"minutes": 1}, {"hours": 3}, {"hours": 7}, {"days": 1}, {"days": 4}, {"days": 9}, {"days": 40})
]
#: What moves nothing on, or ends everything: tried, but not so often that nothing else ever happens.
_IDLE = {
    Action.NOTE,
    Action.SUPERVISE,
    Action.ADD_INFORMATION,
    Action.SET_URGENCY,
    Action.CHANGE_SERVICE,
    Action.MIGRATE_POLICY,
    Action.CORRECT,
    Action.ASK_COOPERATION,
    Action.ANSWER_COOPERATION,
    Action.WITHDRAW,
    Action.REJECT,
    Action.MERGE,
    Action.LIFT,
    Action.REASSIGN,
    Action.RETURN_ASSIGNMENT,
    Action.NAME_FINAL_OWNER,
    Action.TRANSFER,
    Action.RECALL_TRANSFER,
    Action.PAUSE,
    Action.PARK,
    Action.REQUEST_EXTENSION,
    Action.ACKNOWLEDGE,
    Action.HAND_OVER,
    Action.RAISE,
    Action.END,
}
_IDLENESS = 0.06
#: What may always be said or set, and leads nowhere.
_LEADS_NOWHERE = {
    "note", "add_information", "supervise", "set_urgency", "change_service", "migrate_policy", "correct", "withdraw",
    "acknowledge", "hand_over", "raise", "end",
}  # fmt: skip
_OWED_BY_OTHERS = {"supplement", "commitment", "rating", "transfer_receipt", "transfer_reply"}


class Loop(RuleBasedStateMachine):
    """One appeal in the hands of everybody."""

    case: Case

    services: ClassVar[tuple[str, ...]] = ("appeal-general", "with-statute", "secret-clue")
    ways: ClassVar[tuple[str, ...]] = ("", "signed", "answered", "third")
    materials: ClassVar[tuple[dict[str, str], ...]] = ()
    policy: ClassVar[Policy | None] = None

    @initialize(chance=st.randoms(use_true_random=True), urgent=st.booleans())
    def submitted(self, chance: Random, *, urgent: bool) -> None:
        """Newly sent in, or some way through the loop."""
        self.case = World().case(
            chance.choice(self.services), policy=self.policy, materials=self.materials, urgent=urgent
        )
        getattr(self.case, chance.choice(self.ways) or "look")()
        self._move_on(chance, chance.randint(0, 20))

    # ------------------------------------------------------------------------------------------------- what happens

    @rule(chance=st.randoms(use_true_random=True), moves=st.integers(8, 40))
    def people_move_it_on(self, chance: Random, moves: int) -> None:
        self._move_on(chance, moves)

    def _move_on(self, chance: Random, moves: int) -> None:
        """Somebody takes up one of the offers, mostly such as lead on; some hours go by."""
        for _ in range(moves):
            offers = [(who, Action(a)) for who in ACTORS for a in sorted(self.case.may(who))]
            offers = [o for o in offers if o[1] not in _IDLE or chance.random() < _IDLENESS]
            if offers:
                who, action = chance.choice(offers)
                sent = chance.sample(tried := bodies(self.case, action), len(tried))
                self._try(who, action, next((b for b in sent if self._is_accepted(who, action, b)), sent[0]))
                self.case.until(self.case.now + timedelta(minutes=chance.choice([1, 30, 400])))

    @rule(who=st.sampled_from(sorted(ACTORS)), action=st.sampled_from(PUBLIC), data=st.data())
    def somebody_tries_something(self, who: str, action: Action, data: st.DataObject) -> None:
        self._try(who, action, data.draw(st.sampled_from(bodies(self.case, action))))

    @rule(span=st.sampled_from(_SPANS))
    def time_goes_by(self, span: timedelta) -> None:
        self.case.until(self.case.now + span)

    @rule(span=st.sampled_from(_SPANS))
    def everything_is_down_for_a_while(self, span: timedelta) -> None:
        self.case.sleep_until(self.case.now + span)
        before = self.case.appeal
        assert fire(before, self.case.now) == fire(before, self.case.now)
        self.case.look()

    @rule()
    def it_is_carried_to_another_run(self) -> None:
        appeal = self.case.appeal
        carried = by_engine(appeal)
        assert (carried, by_json(appeal)) == (appeal, appeal)
        later = self.case.now + timedelta(days=3)
        assert fire(carried, later) == fire(appeal, later)
        self.case.appeal = carried

    @rule()
    def nobody_is_there_to_hear_what_was_told(self) -> None:
        self.case.take(skip(self.case.appeal, tuple(self.case.notices), self.case.now))

    @precondition(lambda self: self.case.appeal.is_open)
    @rule(who=st.sampled_from(sorted(ACTORS)), actions=st.lists(st.sampled_from(PUBLIC), min_size=3, max_size=6))
    def what_is_offered_can_be_done_and_nothing_else(self, who: str, actions: list[Action]) -> None:
        self.case.look()
        offered = self.case.may(who)
        for action in actions:
            possible = any(self._is_accepted(who, action, body) for body in bodies(self.case, action))
            assert (action.value, possible) == (action.value, action.value in offered)

    # ------------------------------------------------------------------------------------------------ what must hold

    @invariant()
    def it_is_in_a_stage_that_exists_and_says_what_it_waits_for(self) -> None:
        assert self.case.stage in Stage
        assert (self.case.appeal.status == "closed") == (self.case.stage is Stage.CLOSED)

    @invariant()
    def while_it_is_open_some_clock_is(self) -> None:
        if self.case.appeal.is_open:
            calendar, now = self.case.appeal.rules.calendar, self.case.now
            alive = {Status.RUNNING, Status.PAUSED, Status.WAITING, Status.BREACHED}
            assert any(read(c, calendar, now).status in alive for c in self.case.appeal.clocks)

    @invariant()
    def somebody_can_move_it(self) -> None:
        """No dead end: a move for somebody, unless the enterprise or an outside body owes one and its time runs."""
        if not self.case.appeal.is_open:
            return
        moves = {action for who in ACTORS for action in self.case.may(who)} - _LEADS_NOWHERE
        owed = {name for name in _OWED_BY_OTHERS & self.case.running() if self.case.reading(name).status == "running"}
        assert moves or owed

    @invariant()
    def once_it_is_closed_nothing_is_owed(self) -> None:
        appeal = self.case.appeal
        if appeal.is_open:
            assert appeal.closed_at is None
            return
        assert appeal.outcome is not None
        assert appeal.closed_at is not None
        assert self.case.running() == set()
        assert all(p.ended_at for c in appeal.clocks for p in c.pauses)
        assert (appeal.open_transfer, appeal.open_supplement, appeal.park) == (None, None, None)
        assert not appeal.decision_due
        assert all(e.state is EscalationState.ENDED for e in appeal.escalations)
        assert next_moment(appeal) is None
        assert all(self.case.may(who) == set() for who in ACTORS)
        self._closed_in_a_legal_way(appeal)

    @invariant()
    def whoever_has_the_next_work_may_do_it(self) -> None:
        appeal, now = self.case.appeal, self.case.now
        work = open_work(appeal)
        assert bool(work) == appeal.is_open
        for one in (one for one in work if one.role not in OUTSIDE):
            code = one.officer.id if one.officer else "whoever"
            unit = one.unit or PLACES["liaison-a" if one.role is Role.VISITOR else "city"]
            assert one.action in allowed(appeal, Actor(code, "其人", (one.role,), unit), now), one

    @invariant()
    def the_newest_entry_is_the_head_of_the_chain(self) -> None:
        assert self.case.appeal.seq == len(self.case.journal)
        assert self.case.appeal.head == self.case.last.hash

    @invariant()
    def nothing_that_was_due_is_left(self) -> None:
        due = next_moment(self.case.appeal)
        looked = fire(self.case.appeal, self.case.now)
        assert (looked.entries == ()) == (due is None or due > self.case.now)

    @invariant()
    def escalations_stand_on_clocks_that_press(self) -> None:
        open_clocks = {c.generation for c in self.case.appeal.clocks if c.ended_at is None}
        assert all(e.generation in open_clocks for e in self.case.appeal.escalations if e.ended_at is None)

    @invariant()
    def an_escalation_that_somebody_has_is_silent_until_its_lease_ends(self) -> None:
        for e in (e for e in self.case.appeal.escalations if e.ended_at is None):
            had = e.state is EscalationState.ACKNOWLEDGED
            assert had == (e.acknowledged_by is not None) == (e.lease_until is not None) == bool(e.acknowledged_name)
            due = next_moment(self.case.appeal)
            assert e.lease_until is None or (due is not None and due <= e.lease_until)

    @invariant()
    def nobody_is_told_the_same_twice(self) -> None:
        assert len({n.id for n in self.case.notices}) == len(self.case.notices)

    @invariant()
    def nobody_handles_it_in_two_rounds(self) -> None:
        officer = self.case.appeal.assignment.officer
        assert officer is None or officer.id not in self.case.appeal.former_officers

    @invariant()
    def nothing_is_approved_in_silence(self) -> None:
        """A permit is solved only by a leader's word in its round, and a special one only after its inspection."""
        appeal = self.case.appeal
        if not appeal.rules.service.automatic or appeal.result is None or appeal.result.outcome is not Outcome.SOLVED:
            return
        said = {(e.data["step"], e.data["outcome"]): e for e in self.case.entries("complete_step")}
        assert said["decide", "approve"].actor.id == "hazmat_leader"
        assert said["decide", "approve"].round == appeal.round
        if any(s.outcome == "special" for s in appeal.procedure):
            assert said["inspect", "done"].seq < said["decide", "approve"].seq

    def teardown(self) -> None:
        if hasattr(self, "case"):
            assert verify(self.case.journal) == ()

    # ------------------------------------------------------------------------------------------------------ helpers

    def _try(self, who: str, action: Action, body: dict[str, Any]) -> None:
        """Refused without a trace, or done with one entry; the same again gives the same."""
        self.case.look()
        before, act, now = self.case.appeal, self.case.act(who, action, **body), self.case.now
        frozen = _JSON.dump_json(before)
        answer = _answer(before, act, now)
        again = _answer(before, act, now)
        assert _JSON.dump_json(before) == frozen
        if isinstance(answer, Refusal):
            assert isinstance(again, Refusal)
            assert (type(answer), answer.code, answer.detail) == (type(again), again.code, again.detail)
            assert not isinstance(answer, Conflict) or answer.stage == before.stage
            return
        assert answer == again
        self._check_entries(before, act, answer)
        if action is not Action.CORRECT:
            assert answer.appeal.round >= before.round
            _check_ledger(before, answer.appeal)
        assert {c.generation for c in before.clocks} <= {c.generation for c in answer.appeal.clocks}
        self.case.take(answer)

    def _check_entries(self, before: Appeal, act: Act, answer: Decision) -> None:
        entry, *following = answer.entries
        assert (entry.action, entry.actor.id, entry.from_stage) == (act.action, act.actor.id, before.stage)
        assert all(e.actor.id == SYSTEM.id for e in following)
        assert answer.appeal.seq == before.seq + len(answer.entries)

    def _is_accepted(self, who: str, action: Action, body: dict[str, Any]) -> bool:
        act = self.case.act(who, action, **body)
        try:
            admit(self.case.appeal, act, self.case.now)
        except Refusal:
            return False
        return isinstance(_answer(self.case.appeal, act, self.case.now), Decision)

    def _closed_in_a_legal_way(self, appeal: Appeal) -> None:
        last, outcome = self.case.last, appeal.outcome
        by_word = {
            Action.REJECT: Outcome.REJECTED,
            Action.MERGE: Outcome.MERGED,
            Action.WITHDRAW: Outcome.WITHDRAWN,
            Action.CLOSE_UNREACHABLE: Outcome.UNREACHABLE,
            Action.DECIDE_ROUND: Outcome.NOT_SOLVABLE,
        }
        told = appeal.result and appeal.result.answered_at
        if last.action is Action.WITHDRAW and told:
            assert appeal.result is not None
            assert outcome is appeal.result.outcome
        elif last.action in by_word:
            assert outcome is by_word[last.action]
        elif last.reason == "supplement_expired":
            assert (last.action, last.data["clock"], outcome) == (Action.LAPSE, "supplement", Outcome.WITHDRAWN)
        else:
            assert last.action in {Action.RATE, Action.RECORD_VISIT, Action.LAPSE}
            assert any(v.result is VisitResult.SATISFIED for v in appeal.visits_now())
            assert all(r.grade >= 3 for r in appeal.ratings_now())
            assert appeal.result is not None
            assert appeal.result.answered_at is not None
            assert outcome is appeal.result.outcome


def _answer(appeal: Appeal, act: Act, now: datetime) -> Decision | Refusal:
    try:
        return decide(appeal, act, now)
    except Refusal as refusal:
        return refusal


def _check_ledger(before: Appeal, after: Appeal) -> None:
    """A clock goes on from its start; what its ledger holds is never taken out, and an ended clock is history."""
    now = {c.generation: c for c in after.clocks}
    for old in before.clocks:
        new = now[old.generation]
        assert (new.name, new.round, new.started_at) == (old.name, old.round, old.started_at)
        assert [p.started_at for p in new.pauses[: len(old.pauses)]] == [p.started_at for p in old.pauses]
        assert new.extensions[: len(old.extensions)] == old.extensions
        assert old.ended_at is None or new == old


class Permit(Loop):
    """Accepted, assigned and signed for by the system: the procedure."""

    services = ("hazmat-toxic-purchase",)
    ways = ("",)


class Handed(Loop):
    """Matters that an outside body may have to answer."""

    services = ("non-police", "crime-report")
    ways = ("", "assigned", "transferred")


class Gaps(Loop):
    """Something is missing that may be deferred."""

    services = ("with-materials",)
    ways = ("",)
    materials = ({"code": "statement", "reference": "f-1"},)


class Climbing(Loop):
    """Clocks that nobody minds climb the ladders of the policy."""

    services = ("with-statute", "hazmat-toxic-purchase")
    ways = ("",)
    policy = CLIMBING


TestLoop, TestPermit, TestHanded, TestGaps = Loop.TestCase, Permit.TestCase, Handed.TestCase, Gaps.TestCase
TestClimbing = Climbing.TestCase
TestLoop.settings = settings(max_examples=12, stateful_step_count=6)
TestPermit.settings = TestHanded.settings = TestGaps.settings = TestClimbing.settings = settings(
    max_examples=8, stateful_step_count=6
)
