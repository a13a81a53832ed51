"""A service as data: one file of ``catalogue/services``. What a field means stands below it, here and in the schema.

Conditions (``when``, ``balance``) are texts in the small language of :mod:`domain.conditions`. Fields that came after
the first appeals have defaults, and are listed in ``storage.codec``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from domain.vocabulary import Outcome, Role

Schema = dict[str, Any]

_UNCHECKED: Final = re.compile(r"（(?:条次)?待核实）|，待核实(?=）)")

#: Who does a step, besides units by their codes.
LEAD, SECOND, SUPERIOR, FIRST = "lead", "second", "superior", "first"
COOPERATING, ENTERPRISE, SYSTEM = "cooperating", "enterprise", "system"
RELATIONS = frozenset({LEAD, SECOND, SUPERIOR, FIRST, COOPERATING, ENTERPRISE, SYSTEM})
"""``second`` is the other unit of a dual dispatch; ``enterprise`` and ``system`` (an upstream system) are no units."""


@dataclass(frozen=True, slots=True)
class Material:
    """材料: what the enterprise must bring. ``licence``: fetched from electronic licences, never asked for (S1·9)."""

    code: str
    name: str
    deferrable: bool = False
    licence: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount booked when the outcome is taken."""

    account: str
    """The account's code."""
    amount: str
    """The field of the record that holds the amount in yuan, at most two decimals."""


@dataclass(frozen=True, slots=True)
class MoreTime:
    """More time that an outcome gives (选定延长期限); it runs on from the limit there was."""

    of: str
    """``handle``, ``statutory``, or the code of an open step."""
    budget: str
    """In the grammar of budgets: ``30 natural days``, ``1 months``."""
    basis: str = ""
    """Law or rule, as people read it."""


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a document is valid; of several, the first whose condition holds."""

    budget: str
    """``12 months``, ``30 natural days``."""
    when: str = ""
    """The condition; always, when empty."""
    since: str = ""
    """A fact that holds the day from which it counts (``record.emergency_ends``); the day of issue, when empty."""


@dataclass(frozen=True, slots=True)
class Document:
    """证件、文书: what an outcome issues."""

    kind: str
    """The code by which templates know it: ``truck-pass``."""
    name: str
    """货车禁区电子通行证."""
    number: str = ""
    """The field of the record that holds its number; made of ``prefix`` and the appeal's number, when empty."""
    prefix: str = ""
    """What stands before the appeal's number in a number that is made: 甬货通."""
    validity: tuple[Validity, ...] = ()
    """How long it is valid; without end, when empty."""
    valid_until: str = ""
    """The field of the record in which an officer may choose an earlier day than ``validity`` allows."""
    shows: tuple[str, ...] = ()
    """The facts it carries beside the record: ``form.plate``, ``steps.decide.route``."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """结论: one way a step may end: where it leads, which clocks it touches, what must be recorded."""

    code: str
    name: str
    next: str | tuple[str, ...]
    """The step that opens next, several for parallel ones, or ``feedback`` to end; its own code leaves it open."""
    clocks: str = "advance"
    """The row of the transition table for ``complete_step`` (docs/catalogue.md)."""
    record: Schema = field(default_factory=dict)
    """What must be recorded, as JSON Schema."""
    requires: tuple[str, ...] = ()
    """Steps that, where they were opened, must be done first."""
    result: Outcome | None = None
    """The result that it gives the appeal."""
    document: str = ""
    """The field of the record that holds the number of the issued document, for services without ``issues``."""
    when: str = ""
    """The condition on which it is open; always, when empty."""
    refusal: str = ""
    """What people read when the condition does not hold, in Chinese."""
    issues: Document | None = None
    """The document that it issues."""
    revokes: str = ""
    """The kind of document that it takes back."""
    posts: tuple[Posting, ...] = ()
    """The amounts that it books."""
    extends: tuple[MoreTime, ...] = ()
    """The limits that it lengthens."""
    tells: str = ""
    """What the enterprise reads at once when it is taken, in Chinese; facts stand in braces: ``{record.slot}``."""
    transfer: str = ""
    """The outside body that it hands the matter to; with ``clocks: transferred``. ``next`` opens if it comes back."""

    @property
    def nexts(self) -> tuple[str, ...]:
        """Where it leads, as a list."""
        return (self.next,) if isinstance(self.next, str) else self.next


@dataclass(frozen=True, slots=True)
class Limit:
    """A step's own time limit; of several, the first whose condition holds when the step opens."""

    budget: str = ""
    """``10 working days``; empty with ``until``."""
    when: str = ""
    """The condition; always, when empty."""
    until: str = ""
    """Instead of a budget: the fact that holds the day or moment (``steps.book.slot``)."""
    statutory: bool = False
    """法定时限: a limit by law."""
    basis: str = ""
    """The article, with its date of force, as people read it."""
    verified: bool = False
    """Whether somebody has checked the text of the law."""


@dataclass(frozen=True, slots=True)
class Items:
    """分项: a step with one result for each of many persons or things; they arrive in ``record.results``."""

    count: str
    """The fact that says how many there are: a number, or a list that is counted (``form.persons``)."""
    results: dict[str, str] = field(default_factory=dict)
    """The results there may be, by code, as people read them."""
    unit: str = "人"
    """What is counted."""


@dataclass(frozen=True, slots=True)
class Step:
    """步骤: one piece of a procedure, who does it, and by when."""

    code: str
    """A word of small letters, digits and underscores, for conditions speak of it (``steps.review.reason``)."""
    name: str
    roles: tuple[Role, ...] = (Role.HANDLER, Role.LEADER)
    """What the person must be; empty for an automatic step."""
    outcomes: tuple[StepOutcome, ...] = ()
    """The ways it may end; of an automatic step, in the order in which they are tried."""
    by: tuple[str, ...] = (LEAD,)
    """Who does it: ``lead``, ``second``, ``superior`` (of the lead), ``first`` (contact), ``cooperating`` units, units
    by their codes, ``enterprise``, ``system`` (an outside event)."""
    each: bool = False
    """Every one of these units does it, at the same time; without it, any one of them."""
    chosen: str = ""
    """The fact that holds the codes of those among ``by`` who are to do it (``steps.respond.units``)."""
    apart_from: tuple[str, ...] = ()
    """Steps whose officer may not do this one: nobody judges himself."""
    automatic: bool = False
    """The system takes the first outcome whose condition holds, at once."""
    join: bool = False
    """It opens only when no open step can still lead to it."""
    limits: tuple[Limit, ...] = ()
    """Its own time limit: a clock ``step`` that runs while it is open."""
    lapse: str = ""
    """The outcome that the system takes when the limit is over; without it, the clock escalates."""
    track: str = ""
    """The track it belongs to."""
    items: Items | None = None
    """Its sub-items."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """办理流程: the steps inside ``handle``; the first one opens when the unit has signed."""

    name: str
    steps: tuple[Step, ...] = ()
    again: str = ""
    """The step with which a later round begins; the first one, when empty."""


@dataclass(frozen=True, slots=True)
class Statutory:
    """法定时限: a second clock beside the promise; ``verified`` once someone has checked the text of the law.

    Breaking a promise is a matter of numbers, breaking the law an incident: so it may have warnings and a ladder of
    its own; without, it warns as the promise does and climbs the policy's ladder ``statutory``. ``ladder_hours`` and
    ``breach_to`` are for a policy without ladders.
    """

    budget: str
    article: str
    in_force: str
    verified: bool = False
    warn_percents: tuple[int, ...] = ()
    ladder_hours: int = 0
    breach_to: tuple[str, ...] = ()
    ladder: str = ""

    @property
    def basis(self) -> str:
        """The article as people read it, with its mark."""
        return marked(f"{self.article}({self.in_force}起施行)", verified=self.verified)


def marked(basis: str, *, verified: bool) -> str:
    """A legal basis with the mark of what nobody has checked yet."""
    return basis if verified else f"{basis}(待核实)"


def basis_told(basis: str, *, inside: bool) -> str:
    """A legal basis in Chinese print. That nobody has checked it yet, the house alone is told (``inside``)."""
    printed = basis.replace("(", "（").replace(")", "）").replace("）（待核实）", "，待核实）")
    return printed if inside else _UNCHECKED.sub("", printed)


@dataclass(frozen=True, slots=True)
class Named:
    """A code and what people read for it: a track (分线), an account (科目)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Waits:
    """The promise starts to run only when a step is done: an outside event (户口迁移)."""

    step: str
    """The step that starts it, by an outcome with ``clocks: begun``."""
    when: str = ""
    """The condition on which it waits; always, when empty."""


@dataclass(frozen=True, slots=True)
class Service:
    """服务事项: an entry of the catalogue, in one version."""

    code: str
    name: str
    kind: str
    """``permit``, ``certificate``, ``appeal``, ``alert``, ``dispute``, ``complaint``, ``case``, ``consult``…"""
    version: str
    valid_from: str
    """The first day, ISO."""
    source: str
    """Document and measure, a colon, and the sentence: S1·7：…."""
    lead: str = ""
    """The unit that leads; empty when the dispatcher or the routing decides."""
    automatic: bool = False
    """Accepted, assigned and signed for by the system: it begins in ``handle``."""
    rejectable: bool = True
    anonymous: bool = False
    """The enterprise's code may be missing on every channel."""
    secret: bool = False
    """Seen by the units that work on it alone; the enterprise sees receipt and result."""
    handle: str = "5 working days"
    """承诺时限, the promise."""
    handle_urgent: str = "1 working day"
    special: str = ""
    """The promise under special circumstances."""
    statutory: Statutory | None = None
    ladder_hours: int = 24
    breach_to: tuple[str, ...] = ("duty",)
    """Whom the first escalation goes to; like the hours, for a policy without ladders."""
    form: Schema = field(default_factory=dict)
    """The form as JSON Schema; every field with a title and an example."""
    materials: tuple[Material, ...] = ()
    procedure: Procedure = field(default_factory=lambda: Procedure("普通办理"))
    cooperating: tuple[str, ...] = ()
    """Units that help."""
    valid_until: str | None = None
    """The last day, ISO."""
    calendar: str = ""
    """The timetable by which its promise counts, the default one when empty."""
    summary: str = ""
    """One or two sentences for enterprises, in Chinese: what it is, for whom, what it costs."""
    instant: bool = False
    """Accepted by the system at once (alerts, S1·1); a unit still signs for it."""
    accept: str = ""
    """The limit for accepting it; the policy's, when empty."""
    ladder: str = ""
    """The policy's ladder for its promises; the usual one, when empty."""
    first: str = ""
    """The unit that receives it first; the region's branch or the window, when empty."""
    against: tuple[str, ...] = ()
    """Fields of the form that name the unit or officer complained of: they neither see nor handle it."""
    waits: Waits | None = None
    """When the promise starts only with an outside event."""
    tracks: tuple[Named, ...] = ()
    """Tracks that may not see each other (一案双查)."""
    accounts: tuple[Named, ...] = ()
    """Accounts, counted exactly."""
    balance: str = ""
    """What must hold of the accounts before the procedure ends: ``accounts.paid == accounts.recovered + …``."""
    internal: bool = False
    """The house and its systems send it to themselves (warnings): no enterprise is offered it."""

    def step(self, code: str) -> Step | None:
        """The step of that code."""
        return next((s for s in self.procedure.steps if s.code == code), None)
