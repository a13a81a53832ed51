"""What an appeal is measured by: its service, the policy and the calendar, in the versions it began with.

All of it is data from ``catalogue/``; the values marked *default* in DOMAIN.md have their one place in :class:`Policy`.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.calendar import Calendar, Timetable, worked_by
from domain.clock import ClockName
from domain.ladder import Ladder, usual
from domain.people import Unit
from domain.service import Material, Procedure, Schema, Service, Statutory, Step, StepOutcome
from domain.vocabulary import Role

__all__ = [
    "EDITIONS",
    "OPEN_ABOUT_TIME",
    "ORDERS_HAVE_CLOCKS",
    "Ladder",
    "Material",
    "Policy",
    "Procedure",
    "Rules",
    "Schema",
    "Service",
    "Statutory",
    "Step",
    "StepOutcome",
    "budget_for",
    "calendar_of",
    "ladder_of",
    "shared",
    "timetable_for",
    "warnings_of",
]

#: From this edition on the journal says which deadlines a change of urgency or rules moved, a pause after the deadline
#: is refused, and the enterprise is told of an extension. Before it, histories exist that went another way.
OPEN_ABOUT_TIME = 2
#: From this edition on the limit of a supervisor's order has a clock of its own.
ORDERS_HAVE_CLOCKS = 3
#: From this edition on the enterprise is told of each step that concerns it.
TELLS_THE_ENTERPRISE = 4
#: From this edition on whoever works on it hears of a supervisor's order, and whoever assigns of what was accepted.
TELLS_THE_UNITS = 5
EDITIONS = (1, OPEN_ABOUT_TIME, ORDERS_HAVE_CLOCKS, TELLS_THE_ENTERPRISE, TELLS_THE_UNITS)
"""All there are."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The values that no document fixes (*default* in DOMAIN.md), in one version.

    ``edition`` says which of our later decisions hold for the appeals it measures (:data:`EDITIONS`, ADR 0017).
    ``cooperation`` and ``return_within`` came later: empty, a question has no clock, and a return is never too late.
    ``lease`` is how long an acknowledgement silences a ladder, ``quiet`` the hours (``22:00-07:00``) in which messages
    are held that may wait. ``ladders`` are whom clocks call: the first is the usual one; without any, every clock
    climbs as its service says. ``longest_extension_days`` came later too: 0 is no bound.
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
    cooperation: str = ""
    return_within: str = ""
    duplicate_days: int = 90
    duplicate_percent: int = 60
    lease: str = "30 minutes"
    quiet: str = ""
    ladders: tuple[Ladder, ...] = ()
    longest_extension_days: int = 0

    def ladder(self, name: str) -> Ladder | None:
        """The ladder of that name, if there is one."""
        return next((ladder for ladder in self.ladders if ladder.name == name), None)

    @property
    def is_open_about_time(self) -> bool:
        """Whether :data:`OPEN_ABOUT_TIME` holds."""
        return self.edition >= OPEN_ABOUT_TIME

    @property
    def gives_orders_clocks(self) -> bool:
        """Whether :data:`ORDERS_HAVE_CLOCKS` holds."""
        return self.edition >= ORDERS_HAVE_CLOCKS

    @property
    def tells_the_enterprise(self) -> bool:
        """Whether :data:`TELLS_THE_ENTERPRISE` holds."""
        return self.edition >= TELLS_THE_ENTERPRISE

    @property
    def tells_the_units(self) -> bool:
        """Whether :data:`TELLS_THE_UNITS` holds."""
        return self.edition >= TELLS_THE_UNITS


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


_MOST_SHARED = 256
_SHARED: dict[str, Rules] = {}


def shared(rules: Rules) -> Rules:
    """The same rules, as the one object that a process keeps of them: thousands of appeals are measured by them."""
    known = _SHARED.get(rules.version)
    if known is rules:
        return rules
    if known != rules:
        if len(_SHARED) >= _MOST_SHARED:
            _SHARED.clear()
        _SHARED[rules.version] = known = rules
    return known


#: Steps inside the house: they count by the hours of the unit that owes them. What the enterprise is promised counts
#: by the service's, whoever handles it, and a limit by law by the default ones.
_INSIDE = frozenset(
    {
        *(ClockName.ACCEPT, ClockName.SIGN, ClockName.REVIEW),
        *(ClockName.INSPECTION, ClockName.SUPERVISION, ClockName.COOPERATION),
    }
)


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


#: The ladders with a purpose of their own; a policy that lacks one uses the service's.
LISTED, BY_ORDER, BY_LAW = "listed", "order", "statutory"


def warnings_of(rules: Rules, name: ClockName) -> tuple[int, ...]:
    """The shares of a clock's time, in per cent, at which it warns; the limit by law may have its own."""
    law = rules.service.statutory if name is ClockName.STATUTORY else None
    return (law and law.warn_percents) or rules.policy.warn_percents


def ladder_of(rules: Rules, name: ClockName, *, listed: bool = False) -> Ladder:
    """The ladder of a clock that is used up; ``listed``: the case is supervised in public (挂牌督办)."""
    policy = rules.policy
    if not policy.ladders:
        return _as_the_service_says(rules, name)
    law = rules.service.statutory
    own = {ClockName.SUPERVISION: BY_ORDER, ClockName.STATUTORY: (law and law.ladder) or BY_LAW}.get(name, "")
    wanted = (LISTED if listed else own, own, rules.service.ladder)
    return next((found for one in wanted if (found := policy.ladder(one))), policy.ladders[0])


def _as_the_service_says(rules: Rules, name: ClockName) -> Ladder:
    """Before there were ladders; the limit by law may have its own, an order calls whoever gives orders first."""
    service, law = rules.service, rules.service.statutory if name is ClockName.STATUTORY else None
    breach_to = (law and law.breach_to) or service.breach_to
    if name is ClockName.SUPERVISION:
        breach_to = tuple(dict.fromkeys((Role.SUPERVISOR.value, *breach_to)))
    return usual(breach_to, (law and law.ladder_hours) or service.ladder_hours, rules.policy.catch_all_days)


_HURRIED = frozenset({ClockName.ACCEPT, ClockName.SIGN})
BRING_THEIR_OWN = frozenset({ClockName.SUPERVISION, ClockName.STEP})
"""Clocks whose limit is an order's or a step's, not the policy's."""


def budget_for(rules: Rules, name: ClockName, *, urgent: bool) -> str:
    """The budget that ``rules`` give the clock ``name``, in the grammar of API.md.

    Empty where the service has none, and for orders and steps, which bring their own. The policy's are named as their
    clocks.
    """
    service = rules.service
    if name is ClockName.HANDLE:
        return service.handle_urgent if urgent else service.handle
    if name is ClockName.STATUTORY:
        return service.statutory.budget if service.statutory else ""
    if name in BRING_THEIR_OWN:
        return ""
    if name is ClockName.ACCEPT and service.accept:
        return service.accept
    budget: str = getattr(rules.policy, f"{name}_urgent" if urgent and name in _HURRIED else name)
    return budget
