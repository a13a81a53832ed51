"""What is to be done next on an appeal, and by whom: from its state alone, whatever the moment.

For lists of work. Who is told when work comes is :mod:`domain.turns`; who may do what, :mod:`domain.table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.appeal import Appeal, StepState
from domain.clock import ClockName
from domain.parties import done_by_role, units_of
from domain.people import Actor, Person, Place
from domain.service import ENTERPRISE, SYSTEM, Step
from domain.steps import is_kept_out, is_ready
from domain.vocabulary import Action, Role, Stage, StepStatus, UnitKind, VisitResult

#: People and systems outside the house.
OUTSIDE: Final = frozenset({Role.ENTERPRISE, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to be done: by people of ``role`` in ``unit`` (None: wherever they are), or by the one ``officer``.

    ``step``: the code of the procedure's step that it is.
    """

    action: Action
    role: Role
    unit: Place | None = None
    officer: Person | None = None
    step: str = ""

    @property
    def whose(self) -> str:
        """Whose it is, in one word: an account's code, or ``role:unit``. No account has a colon in its code."""
        return self.officer.id if self.officer else f"{self.role.value}:{self.unit.code if self.unit else ''}"


def open_work(appeal: Appeal) -> tuple[Work, ...]:
    """All of it, what moves the appeal on first; an appeal that is open waits for somebody."""
    return (*_OF_STAGE[appeal.stage](appeal), *_beside(appeal)) if appeal.is_open else ()


def turns_of(appeal: Appeal) -> tuple[str, ...]:
    """Whose turn it is, each once: ours first; somebody outside only where nobody of ours has anything to do."""
    work = open_work(appeal)
    ours = [one for one in work if one.role not in OUTSIDE]
    return tuple(dict.fromkeys(one.whose for one in ours or work[:1]))


def _accept(appeal: Appeal) -> Iterator[Work]:
    if appeal.open_supplement is None:
        yield Work(Action.ACCEPT, Role.WINDOW, appeal.submission.first_unit)


def _assign(appeal: Appeal) -> Iterator[Work]:
    if appeal.lead:
        yield from _signatures(appeal)
    elif appeal.assignment.returns >= appeal.rules.policy.max_returns:
        yield Work(Action.NAME_FINAL_OWNER, Role.SUPERVISOR)
    else:
        yield Work(Action.ASSIGN, Role.DISPATCHER, appeal.assigning_unit)


def _signatures(appeal: Appeal) -> Iterator[Work]:
    given = appeal.assignment
    if given.lead and given.signed_at is None:
        yield Work(Action.SIGN, Role.HANDLER, given.lead, given.officer)
    if given.second and given.second.signed_at is None:
        yield Work(Action.SIGN, Role.HANDLER, given.second.unit, given.second.officer)


def _handle(appeal: Appeal) -> Iterator[Work]:
    if handed := appeal.open_transfer:
        word = Action.TRANSFER_REPLY if handed.receipt_at else Action.TRANSFER_RECEIPT
        yield Work(word, Role.SYSTEM, handed.body)
    if appeal.rules.service.procedure.steps:
        yield from _steps(appeal)
    elif appeal.open_transfer is None and appeal.open_supplement is None:
        yield from _reports(appeal)
    if appeal.open_transfer is None:
        yield from _signatures(appeal)


def _reports(appeal: Appeal) -> Iterator[Work]:
    given = appeal.assignment
    reported = {report.unit.code for report in given.reports}
    if given.lead and given.signed_at and given.lead.code not in reported:
        yield Work(Action.SUBMIT_RESULT, Role.HANDLER, given.lead, given.officer)
    if given.second and given.second.signed_at and given.second.unit.code not in reported:
        yield Work(Action.SUBMIT_RESULT, Role.HANDLER, given.second.unit, given.second.officer)


def _steps(appeal: Appeal) -> Iterator[Work]:
    for state in (s for s in appeal.procedure if s.status is StepStatus.ACTIVE):
        step = appeal.rules.service.step(state.code)
        if step and is_ready(appeal, step):
            yield from _step(appeal, step, state)


def _step(appeal: Appeal, step: Step, state: StepState) -> Iterator[Work]:
    outside = [role for role, word in ((Role.ENTERPRISE, ENTERPRISE), (Role.SYSTEM, SYSTEM)) if word in step.by]
    for role in [Role.SYSTEM] if step.automatic else outside:
        yield Work(Action.COMPLETE_STEP, role, step=step.code)
    places = () if step.automatic else [p for p in units_of(appeal, step) if state.unit in {"", p.code}]
    for place in dict.fromkeys(_recorded_by(appeal, place) for place in places):
        for role in (Role.HANDLER,) if Role.HANDLER in step.roles else step.roles:
            officer = _officer(appeal, place) if role is Role.HANDLER else None
            fit = officer if officer and not is_kept_out(appeal, step, _as_actor(officer, place)) else None
            yield Work(Action.COMPLETE_STEP, role, place, fit, step.code)


def _recorded_by(appeal: Appeal, place: Place) -> Place:
    """What an outside body says, the unit that leads records."""
    return appeal.lead if appeal.lead and place.kind is UnitKind.OUTSIDE else place


def _officer(appeal: Appeal, place: Place) -> Person | None:
    """Whoever handles it for that unit."""
    given = appeal.assignment
    if given.second and given.second.unit.code == place.code:
        return given.second.officer
    return given.officer if given.lead and given.lead.code == place.code else None


def _as_actor(officer: Person, place: Place) -> Actor:
    return Actor(officer.id, officer.name, (Role.HANDLER,), place)


def _feedback(appeal: Appeal) -> Iterator[Work]:
    result = appeal.result
    if result and result.needs_review and result.approved_at is None:
        yield Work(Action.REVIEW, Role.LEADER, appeal.lead or appeal.assigning_unit)
    elif appeal.lead:
        yield Work(Action.SEND_ANSWER, Role.HANDLER, appeal.lead, appeal.assignment.officer)
    else:
        yield Work(Action.SEND_ANSWER, Role.WINDOW, appeal.submission.first_unit)


def _evaluate(appeal: Appeal) -> Iterator[Work]:
    if appeal.decision_due:
        yield Work(Action.DECIDE_ROUND, Role.SUPERVISOR)
        return
    visits = appeal.visits_now()
    if all(visit.result is VisitResult.UNREACHABLE for visit in visits):
        if len(visits) >= appeal.rules.policy.visit_tries:
            yield Work(Action.CLOSE_UNREACHABLE, Role.SUPERVISOR)
        else:
            kept_out = appeal.rules.service.secret or done_by_role(appeal, Role.VISITOR)
            yield Work(Action.RECORD_VISIT, Role.SUPERVISOR if kept_out else Role.VISITOR)
    if not appeal.ratings_now() and appeal.open_clock(ClockName.RATING):
        yield Work(Action.RATE, Role.ENTERPRISE)


def _beside(appeal: Appeal) -> Iterator[Work]:
    """What waits whatever the stage is."""
    if appeal.open_supplement or appeal.open_clock(ClockName.COMMITMENT):
        yield Work(Action.SUPPLEMENT, Role.ENTERPRISE)
    answers_for_it = appeal.lead or appeal.assigning_unit
    if appeal.open_extension and appeal.open_clock(ClockName.HANDLE):
        yield Work(Action.DECIDE_EXTENSION, Role.LEADER, answers_for_it)
    if appeal.park and appeal.stage is Stage.HANDLE:
        yield Work(Action.APPROVE_PARK, Role.LEADER, answers_for_it)
    for question in appeal.cooperations:
        if question.is_open:
            yield Work(Action.ANSWER_COOPERATION, Role.HANDLER, question.unit)


_OF_STAGE: Final[Mapping[Stage, Callable[[Appeal], Iterator[Work]]]] = {
    Stage.ACCEPT: _accept,
    Stage.ASSIGN: _assign,
    Stage.HANDLE: _handle,
    Stage.FEEDBACK: _feedback,
    Stage.EVALUATE: _evaluate,
}
