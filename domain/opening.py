"""How an appeal begins: one pure function, for the workflow and for the page of what still waits for the engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import Appeal, Submission
from domain.effects import Why, apply_effects
from domain.journal import GENESIS
from domain.loop import Decision, perform, sent_on, written
from domain.news import to_the_enterprise
from domain.people import SYSTEM
from domain.rules import Rules, shared
from domain.table import OPENING
from domain.vocabulary import Action, Stage


@dataclass(frozen=True, slots=True)
class Opening:
    """What intake kept: the number, the submission, the rules it is measured by, and the salt that seals it."""

    number: str
    rules: Rules
    submission: Submission
    created_at: datetime
    salt: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", shared(self.rules))


def begin(opening: Opening) -> Decision:
    """The appeal at its first moment. All first clocks start at ``created_at``, whenever the engine gets to it.

    An automatic service (hazardous chemicals, S1·7) is accepted, assigned and signed for by the system at once; an
    instant one (alerts, S1·1) accepted and sent on, and its units sign for it.
    """
    now, submission = opening.created_at, opening.submission
    empty = Appeal(
        number=opening.number,
        rules=opening.rules,
        submission=submission,
        created_at=now,
        stage=Stage.ACCEPT,
        urgent=submission.urgent,
        assigning_unit=submission.first_unit,
        head=GENESIS,
    )
    received = apply_effects(empty, OPENING, Why(now, submission.submitter.id))
    act = Act(Action.SUBMIT, submission.submitter, _body(opening), salt=opening.salt)
    role = submission.submitter.roles[0].value if submission.submitter.roles else "system"
    decision = written(empty, received, act, role, now)
    service = opening.rules.service
    if service.automatic or service.instant:
        decision = decision.then(perform(decision.appeal, Act(Action.ACCEPT, SYSTEM), "system", now))
        decision = sent_on(decision, now)
    else:
        decision = decision.telling(*to_the_enterprise(decision.appeal, decision.entries[-1]))
    if service.automatic and decision.appeal.lead:
        decision = decision.then(perform(decision.appeal, Act(Action.SIGN, SYSTEM), "system", now))
    return decision


def _body(opening: Opening) -> dict[str, Any]:
    submission = opening.submission
    return {
        "service": opening.rules.service.code,
        "rules": opening.rules.version,
        "channel": submission.channel.value,
        "region": submission.region,
        "urgent": submission.urgent,
        "external_ref": submission.external_ref,
        "enterprise": asdict(submission.enterprise),
        "contact": asdict(submission.contact),
        "title": submission.title,
        "description": submission.description,
        "form": submission.form,
        "materials": list(submission.materials),
    }
