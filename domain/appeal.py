"""The state of one appeal: frozen data, changed only by :mod:`domain.loop`.

All moments are aware; what can be derived (status, deadlines, colours) is not kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.calendar import Calendar
from domain.clock import Clock, ClockName
from domain.people import Actor, Person, Place
from domain.routing import Routed
from domain.rules import Rules, calendar_of
from domain.vocabulary import (
    Action,
    Channel,
    EscalationState,
    Outcome,
    Stage,
    Status,
    StepStatus,
    Tier,
    VisitResult,
)


@dataclass(frozen=True, slots=True)
class Enterprise:
    """企业. ``uscc`` is None only where an alert or a call came in before anyone had established it."""

    uscc: str | None
    name: str
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call; personal data."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in, unchanged for life. ``first_unit`` stays answerable until another unit has signed (S2).

    ``lead`` is the unit that the routing names; it follows a change of service. ``routed`` says why, and which others
    (:mod:`domain.routing`); an appeal that began before there were tables has none. ``parties`` are the units that the
    service's steps name. ``against`` are the codes of the units and people complained of, whatever the service becomes.
    """

    channel: Channel
    enterprise: Enterprise
    contact: Contact
    region: str
    title: str
    description: str
    submitter: Actor
    first_unit: Place
    lead: Place | None = None
    urgent: bool = False
    form: dict[str, Any] = field(default_factory=dict)
    materials: tuple[dict[str, str], ...] = ()
    external_ref: str | None = None
    routed: Routed | None = None
    parties: tuple[Place, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondLead:
    """一警双派: the unit that leads beside the first (S1·1); it signs for its own, and reports for its own."""

    unit: Place
    officer: Person | None = None
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one of two leading units has to say: with both there, it is the result."""

    unit: Place
    outcome: Outcome
    text: str
    evidence: tuple[Any, ...]
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """交办: the unit that leads, who signed, and how often it came back; ``second`` where two units lead."""

    lead: Place | None = None
    officer: Person | None = None
    cooperating: tuple[Place, ...] = ()
    assigned_at: datetime | None = None
    signed_at: datetime | None = None
    returns: int = 0
    final: bool = False
    second: SecondLead | None = None
    reports: tuple[Report, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether a leading unit has signed for it."""
        return self.signed_at is not None or (self.second is not None and self.second.signed_at is not None)

    def leads(self, unit: str | None) -> bool:
        """Whether the unit of that code leads it, alone or with another."""
        return unit in {self.lead.code if self.lead else "", self.second.unit.code if self.second else ""}


@dataclass(frozen=True, slots=True)
class StepState:
    """Where one step of the procedure stands, with the record of its last pass; earlier ones are in the journal.

    ``unit`` does its own part of a step that each of several does. ``called``: something led to it, and it waits for
    the other ways. ``hands`` are all officers who ever did it, ``items`` the results of its sub-items. ``kept``: the
    step was opened again without that unit, and what it said stands.
    """

    code: str
    status: StepStatus = StepStatus.WAITING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    by: str = ""
    unit: str = ""
    called: bool = False
    passes: int = 0
    hands: tuple[str, ...] = ()
    items: dict[str, str] = field(default_factory=dict)
    kept: bool = False


@dataclass(frozen=True, slots=True)
class SupplementRequest:
    """一次性告知: everything that is missing, told once in a stage of a round."""

    stage: Stage
    round: int
    items: tuple[Any, ...]
    reason: str
    at: datetime
    supplied: tuple[Any, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """流转: a matter in the hands of an outside body; open until it refuses or replies, or we take it back (追回)."""

    body: Place
    reason: str
    by: Person
    at: datetime
    receipt_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: str = ""
    replied_at: datetime | None = None
    reply: str = ""
    ended_at: datetime | None = None
    recalled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the outside body still owes an answer; ``ended_at``: closed without one, or taken back."""
        return self.refused_at is None and self.replied_at is None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class Cooperation:
    """协办: a question to another unit and its answer, or its refusal with the reason."""

    unit: Place
    question: str
    at: datetime
    answered_at: datetime | None = None
    answer: str = ""
    refused_at: datetime | None = None
    refusal: str = ""
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the unit still owes a word; ``ended_at``: nobody waits for it any more."""
        return self.answered_at is None and self.refused_at is None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """延期申请: asked before the deadline, once a round; ``granted`` is None until decided."""

    round: int
    budget: str
    reason: str
    legal_basis: str
    by: Person
    at: datetime
    granted: bool | None = None


@dataclass(frozen=True, slots=True)
class ParkRequest:
    """挂账申请: asked by the handler, granted by a leader, looked at again on ``review_on``.

    The day is ISO text: the engine's JSON knows moments, but no dates.
    """

    reason: str
    review_on: str
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """证件、文书: a document that was issued; days are ISO, ``shows`` what it says besides."""

    kind: str
    name: str
    number: str
    at: datetime
    step: str
    valid_from: str
    valid_until: str | None = None
    shows: dict[str, Any] = field(default_factory=dict)
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """办理结果 of the present round."""

    outcome: Outcome
    text: str
    at: datetime
    evidence: tuple[Any, ...] = ()
    document: dict[str, Any] | None = None
    needs_review: bool = True
    approved_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""
    method: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """好差评: 5 is the best, 1 and 2 open the next round."""

    round: int
    grade: int
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """回访 by someone outside the unit that handled it."""

    round: int
    result: VisitResult
    text: str
    at: datetime
    by: Person


@dataclass(frozen=True, slots=True)
class Supervision:
    """督办: a supervisor's order; ``posted`` is 挂牌督办."""

    order: str
    by: Person
    at: datetime
    posted: bool = False
    leader: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """升级督办: opened when a clock is used up, raised a level at each further rung.

    ``owner`` are the words of those it calls in ``owner_unit``. ``lease_until``: acknowledged, and silent until then.
    ``sooner`` are the seconds by which calls came early, because a step found nobody or somebody jumped one: the rest
    of the ladder comes as much earlier.
    """

    id: str
    clock: ClockName
    generation: int
    level: int
    owner_unit: str
    owner: str
    opened_at: datetime
    state: EscalationState = EscalationState.OPEN
    acknowledged_by: str | None = None
    acknowledged_name: str = ""
    lease_until: datetime | None = None
    ended_at: datetime | None = None
    sooner: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """An idempotency key that has been acted on: what it was used for, and the entry it left."""

    digest: str
    seq: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """诉求: one matter of one enterprise, from submission to archive.

    ``earlier`` are the steps of rounds before that lie before the present one's beginning, ``hands`` whoever did
    a step in those rounds.
    """

    number: str
    rules: Rules
    submission: Submission
    created_at: datetime
    stage: Stage
    urgent: bool
    assigning_unit: Place
    round: int = 1
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    assignment: Assignment = field(default_factory=Assignment)
    former_officers: tuple[str, ...] = ()
    round_officers: tuple[str, ...] = ()
    procedure: tuple[StepState, ...] = ()
    earlier: tuple[StepState, ...] = ()
    hands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    documents: tuple[Issued, ...] = ()
    accounts: dict[str, int] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    supplements: tuple[SupplementRequest, ...] = ()
    commitments: tuple[Any, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    cooperations: tuple[Cooperation, ...] = ()
    extensions: tuple[ExtensionRequest, ...] = ()
    park: ParkRequest | None = None
    supervisions: tuple[Supervision, ...] = ()
    result: Result | None = None
    ratings: tuple[Rating, ...] = ()
    visits: tuple[Visit, ...] = ()
    decision_due: bool = False
    weight: int = 0
    seq: int = 0
    head: str = ""
    last_action: Action | None = None
    last_at: datetime | None = None
    seen: dict[str, Seen] = field(default_factory=dict)
    undo: Appeal | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen to it."""
        return self.stage is not Stage.CLOSED

    @property
    def lead(self) -> Place | None:
        """The unit that leads just now."""
        return self.assignment.lead

    def calendar_of(self, clock: Clock) -> Calendar:
        """The calendar in the hours by which the clock counts."""
        return calendar_of(self.rules, clock.timetable)

    def open_clock(self, name: ClockName) -> Clock | None:
        """The clock of that name that has not ended, if any."""
        return next((c for c in reversed(self.clocks) if c.name is name and c.ended_at is None), None)

    def clock_of(self, generation: int) -> Clock:
        """The clock that an escalation is about; no clock is ever taken out of the list."""
        return next(c for c in self.clocks if c.generation == generation)

    @property
    def open_transfer(self) -> Transfer | None:
        """The transfer that an outside body still has to answer."""
        return next((t for t in self.transfers if t.is_open), None)

    @property
    def open_supplement(self) -> SupplementRequest | None:
        """What the enterprise was asked for and has not brought yet."""
        return next((s for s in self.supplements if s.ended_at is None), None)

    @property
    def open_extension(self) -> ExtensionRequest | None:
        """The extension of this round that nobody has decided yet."""
        return next((e for e in self.extensions if e.granted is None and e.round == self.round), None)

    @property
    def status(self) -> Status:
        """What it waits for, worst reason first."""
        if not self.is_open:
            return Status.CLOSED
        if self.open_transfer:
            return Status.WAITING_OUTSIDE
        if self.open_supplement:
            return Status.WAITING_ENTERPRISE
        handle = self.open_clock(ClockName.HANDLE)
        parked = handle and any(p.cause == "park" and p.ended_at is None for p in handle.pauses)
        return Status.PARKED if parked else Status.OPEN

    def officers_now(self) -> tuple[str, ...]:
        """Every officer who has handled it in the present round, in order: whoever signed, and whoever took over."""
        given = self.assignment
        officers = (given.officer, given.second.officer if given.second else None)
        return tuple(dict.fromkeys((*self.round_officers, *(officer.id for officer in officers if officer))))

    def ratings_now(self) -> tuple[Rating, ...]:
        """Ratings of the present round."""
        return tuple(r for r in self.ratings if r.round == self.round)

    def visits_now(self) -> tuple[Visit, ...]:
        """Return visits of the present round."""
        return tuple(v for v in self.visits if v.round == self.round)


def status_of_step(appeal: Appeal, code: str) -> StepStatus:
    """Where the step ``code`` stands: ``active`` as long as anybody does his part; ``waiting`` when never opened."""
    found = {s.status for s in appeal.procedure if s.code == code}
    return next((status for status in (StepStatus.ACTIVE, StepStatus.DONE) if status in found), StepStatus.WAITING)


__all__ = [
    "Appeal",
    "Assignment",
    "Contact",
    "Cooperation",
    "Enterprise",
    "Escalation",
    "ExtensionRequest",
    "Issued",
    "ParkRequest",
    "Rating",
    "Report",
    "Result",
    "SecondLead",
    "Seen",
    "StepState",
    "Submission",
    "Supervision",
    "SupplementRequest",
    "Transfer",
    "Visit",
    "status_of_step",
]
