"""What an appeal is measured by: its service, the policy and the calendar, in the versions it began with.

All of it is data from ``catalogue/``; the values marked *default* in DOMAIN.md have their one place in :class:`Policy`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.calendar import Calendar
from domain.clock import ClockName
from domain.vocabulary import Outcome, Role

Schema = dict[str, Any]


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
    """法定时限: a second clock beside the promise; ``verified`` once someone has checked the text of the law."""

    budget: str
    article: str
    in_force: str
    verified: bool = False

    @property
    def basis(self) -> str:
        """The article as people read it, with its mark."""
        mark = "" if self.verified else "(待核实)"
        return f"{self.article}({self.in_force}起施行){mark}"


@dataclass(frozen=True, slots=True)
class Service:
    """服务事项: an entry of the catalogue, in one version."""

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


@dataclass(frozen=True, slots=True)
class Policy:
    """The values that no document fixes (*default* in DOMAIN.md), in one version."""

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


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything an appeal is decided by; ``version`` is the digest of the content."""

    version: str
    service: Service
    policy: Policy
    calendar: Calendar


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
