"""What an appeal is measured by: its service, the policy and the calendar, in the versions it began with.

All of it is data from ``catalogue/``; the values marked *default* in DOMAIN.md have their one place in :class:`Policy`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.calendar import Calendar, Timetable, worked_by
from domain.clock import ClockName
from domain.people import Unit
from domain.vocabulary import Outcome, Role

Schema = dict[str, Any]

#: From this edition on the journal says which deadlines a change of urgency or rules moved, a pause after the deadline
#: is refused, and the enterprise is told of an extension. Before it, histories exist that went another way.
OPEN_ABOUT_TIME = 2
EDITIONS = (1, OPEN_ABOUT_TIME)
"""All there are."""


@dataclass(frozen=True, slots=True)
class Material:
    """材料: what the enterprise must bring. ``licence``: fetched from electronic licences, never asked for (S1·9)."""

    code: str
    name: str
    deferrable: bool = False
    licence: bool = False


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One way a step may end: where it leads, which clocks it touches, what must be recorded.

    ``next`` is a step's code or ``feedback``; ``clocks`` names a row of the transition table for ``complete_step``;
    ``requires`` names steps that, once opened, must be done first; ``document`` names the record field that holds the
    number of the issued document.
    """

    code: str
    name: str
    next: str
    clocks: str = "advance"
    record: Schema = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    result: Outcome | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """步骤: one piece of a procedure and who may complete it."""

    code: str
    name: str
    roles: tuple[Role, ...]
    outcomes: tuple[StepOutcome, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """办理流程: the steps inside ``handle``; the first one opens when the unit has signed."""

    name: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Statutory:
    """法定时限: a second clock beside the promise; ``verified`` once someone has checked the text of the law.

    Breaking a promise is a matter of numbers, breaking the law an incident: so it may have a ladder of its own. What is
    left empty (``warn_percents``, ``ladder_hours``, ``breach_to``) is as for the promise.
    """

    budget: str
    article: str
    in_force: str
    verified: bool = False
    warn_percents: tuple[int, ...] = ()
    ladder_hours: int = 0
    breach_to: tuple[str, ...] = ()

    @property
    def basis(self) -> str:
        """The article as people read it, with its mark."""
        mark = "" if self.verified else "(待核实)"
        return f"{self.article}({self.in_force}起施行){mark}"


@dataclass(frozen=True, slots=True)
class Service:
    """服务事项: an entry of the catalogue, in one version. ``calendar`` names its timetable, the default when empty."""

    code: str
    name: str
    kind: str
    version: str
    valid_from: str
    source: str
    lead: str = ""
    automatic: bool = False
    rejectable: bool = True
    anonymous: bool = False
    secret: bool = False
    handle: str = "5 working days"
    handle_urgent: str = "1 working day"
    special: str = ""
    statutory: Statutory | None = None
    ladder_hours: int = 24
    breach_to: tuple[str, ...] = ("duty",)
    form: Schema = field(default_factory=dict)
    materials: tuple[Material, ...] = ()
    procedure: Procedure = field(default_factory=lambda: Procedure("普通办理"))
    cooperating: tuple[str, ...] = ()
    valid_until: str | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The values that no document fixes (*default* in DOMAIN.md), in one version.

    ``edition`` says which of our later decisions hold for the appeals it measures (:data:`OPEN_ABOUT_TIME`, ADR 0017).
    """

    version: str
    accept: str = "1 working day"
    accept_urgent: str = "1 working hour"
    sign: str = "2 working hours"
    sign_urgent: str = "30 minutes"
    review: str = "4 working hours"
    inspection: str = "end of day"
    supplement: str = "5 working days"
    commitment: str = "10 working days"
    rating: str = "7 natural days"
    visit: str = "30 natural days"
    visit_first_try: str = "7 natural days"
    transfer_receipt: str = "1 working day"
    transfer_reply: str = "10 working days"
    max_rounds: int = 3
    max_returns: int = 2
    visit_tries: int = 3
    longest_pause_days: int = 90
    longest_park_days: int = 180
    warn_percents: tuple[int, ...] = (75, 90)
    catch_all_days: int = 30
    most_characters: int = 200_000
    short_characters: int = 2_000
    leader_extension_natural_days: int = 7
    leader_extension_working_days: int = 5
    edition: int = 1

    @property
    def is_open_about_time(self) -> bool:
        """Whether :data:`OPEN_ABOUT_TIME` holds."""
        return self.edition >= OPEN_ABOUT_TIME


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything an appeal is decided by; ``version`` is the digest of the content.

    ``calendar`` is the default one; ``timetables`` are the other hours over the same days (ADR 0016).
    """

    version: str
    service: Service
    policy: Policy
    calendar: Calendar
    timetables: tuple[Timetable, ...] = ()


#: Steps inside the house: they count by the hours of the unit that owes them. What the enterprise is promised counts
#: by the service's, whoever handles it, and a limit by law by the default ones.
_INSIDE = frozenset({ClockName.ACCEPT, ClockName.SIGN, ClockName.REVIEW, ClockName.INSPECTION})


def timetable_for(rules: Rules, name: ClockName, owner: Unit | None) -> str:
    """The code of the timetable by which a clock that starts now is to count; empty for the default.

    It is decided once and kept in the clock: a change of hands moves no deadline.
    """
    if name is ClockName.STATUTORY:
        return ""
    return (name in _INSIDE and owner is not None and owner.calendar) or rules.service.calendar


def calendar_of(rules: Rules, timetable: str) -> Calendar:
    """The calendar in the hours of a timetable; the default one for an empty code, or one that the rules do not know.

    Rules know the timetables of their day: a unit may since have got hours of which an older appeal knows nothing.
    """
    found = next((known for known in rules.timetables if known.code == timetable), None)
    return worked_by(rules.calendar, found) if found else rules.calendar


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a clock calls for people: warnings at shares of its time, whom it calls first, and how often it climbs."""

    percents: tuple[int, ...]
    breach_to: tuple[str, ...]
    hours: int


def ladder_of(rules: Rules, name: ClockName) -> Ladder:
    """The ladder of a clock; the limit by law may have its own."""
    service, law = rules.service, rules.service.statutory
    usual = Ladder(rules.policy.warn_percents, service.breach_to, service.ladder_hours)
    if law is None or name is not ClockName.STATUTORY:
        return usual
    return Ladder(
        law.warn_percents or usual.percents,
        law.breach_to or usual.breach_to,
        law.ladder_hours or usual.hours,
    )


def budget_for(rules: Rules, name: ClockName, *, urgent: bool) -> str:
    """The budget that ``rules`` give the clock ``name``, in the grammar of API.md; empty where the service has none."""
    service, policy = rules.service, rules.policy
    table = {
        ClockName.ACCEPT: policy.accept_urgent if urgent else policy.accept,
        ClockName.SIGN: policy.sign_urgent if urgent else policy.sign,
        ClockName.HANDLE: service.handle_urgent if urgent else service.handle,
        ClockName.REVIEW: policy.review,
        ClockName.INSPECTION: policy.inspection,
        ClockName.SUPPLEMENT: policy.supplement,
        ClockName.COMMITMENT: policy.commitment,
        ClockName.RATING: policy.rating,
        ClockName.VISIT: policy.visit,
        ClockName.TRANSFER_RECEIPT: policy.transfer_receipt,
        ClockName.TRANSFER_REPLY: policy.transfer_reply,
        ClockName.STATUTORY: service.statutory.budget if service.statutory else "",
    }
    return table[name]
