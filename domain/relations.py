"""Who stands in which relation to an appeal, and who may see what of it.

A relation answers True, False, or None where the appeal does not know yet (no unit leads it so far): then
the stage decides, not the person.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.appeal import Appeal
from domain.parties import barred, done_by_role, has_done_a_step, works
from domain.people import Actor, Place, contact_id
from domain.vocabulary import STAFF_ROLES, Role, Stage, UnitKind

Relation = Callable[[Appeal, Actor], bool | None]


def anyone(_appeal: Appeal, _actor: Actor) -> bool:
    """The role alone is enough."""
    return True


def owner(appeal: Appeal, actor: Actor) -> bool:
    """The enterprise whose appeal it is, or the contact whom it named; who has no code is known by the contact only."""
    if actor.id == contact_id(appeal.number):
        return True
    return actor.uscc is not None and actor.uscc == appeal.submission.enterprise.uscc


def first_contact(appeal: Appeal, actor: Actor) -> bool:
    """Of the unit that received it first and stays answerable for it (S2)."""
    return actor.unit_code == appeal.submission.first_unit.code


def still_answerable(appeal: Appeal, actor: Actor) -> bool | None:
    """Of the unit that received it first, as long as no other unit has signed for it (S2)."""
    return None if first_contact(appeal, actor) and appeal.assignment.is_signed else first_contact(appeal, actor)


def leads(appeal: Appeal, actor: Actor) -> bool | None:
    """Of the unit that leads it, or of one of the two that do (一警双派)."""
    return appeal.assignment.leads(actor.unit_code) if appeal.lead else None


def not_handling(appeal: Appeal, actor: Actor) -> bool:
    """Of any unit but those that handled it, by leading or by a step; of a transfer the first contact was to chase."""
    if has_done_a_step(appeal, actor):
        return False
    if appeal.lead:
        return not appeal.assignment.leads(actor.unit_code)
    return actor.unit_code != appeal.submission.first_unit.code


def visits(appeal: Appeal, actor: Actor) -> bool:
    """As :func:`not_handling`; but visitors know nothing of a secret matter."""
    return not appeal.rules.service.secret and not_handling(appeal, actor)


def visits_instead(appeal: Appeal, actor: Actor) -> bool:
    """Of a unit that does not lead it, where visitors may not: it is secret, or they did a step of it themselves."""
    kept_out = appeal.rules.service.secret or done_by_role(appeal, Role.VISITOR)
    return kept_out and not appeal.assignment.leads(actor.unit_code)


def above(appeal: Appeal, actor: Actor) -> bool | None:
    """Of the unit that answers for it, or of one above."""
    place = appeal.lead or appeal.assigning_unit
    return actor.unit_code is not None and place.is_under(actor.unit_code)


def assigns(appeal: Appeal, actor: Actor) -> bool:
    """Of the unit whose turn it is to assign it, or of one above: a new round goes one level up."""
    return actor.unit_code is not None and appeal.assigning_unit.is_under(actor.unit_code)


def assigns_work(appeal: Appeal, actor: Actor) -> bool | None:
    """As :func:`assigns`, as long as the answer is not out: then it takes a supervisor."""
    return None if appeal.stage is Stage.EVALUATE and assigns(appeal, actor) else assigns(appeal, actor)


def cooperates(appeal: Appeal, actor: Actor) -> bool | None:
    """Of a unit that was asked or assigned to help."""
    codes = {c.unit.code for c in appeal.cooperations} | {p.code for p in appeal.assignment.cooperating}
    return actor.unit_code in codes if codes else None


def assists(appeal: Appeal, actor: Actor) -> bool:
    """Of a unit that was assigned to work on it beside the one that leads."""
    return actor.unit_code in {place.code for place in appeal.assignment.cooperating}


def transferred(appeal: Appeal, actor: Actor) -> bool | None:
    """Of the unit that received it first and handed it on; once a unit of ours leads it again, nobody."""
    if appeal.lead:
        return False
    return first_contact(appeal, actor) if appeal.transfers else None


def handed_on(appeal: Appeal, actor: Actor) -> bool:
    """Of the unit that received it first, while an outside body has it in its hands."""
    return appeal.lead is None and appeal.open_transfer is not None and first_contact(appeal, actor)


def handed_to(appeal: Appeal, actor: Actor) -> bool:
    """The outside body that has, or had, it in its hands."""
    return any(t.body.code == actor.unit_code for t in appeal.transfers)


def may_assign_to(actor: Actor, place: Place) -> bool:
    """A dispatcher reaches units at and below the own one and detachments; a supervisor every police unit."""
    if place.kind is UnitKind.OUTSIDE:
        return False
    if Role.SUPERVISOR in actor.roles:
        return True
    return place.kind is UnitKind.DETACHMENT or (actor.unit_code is not None and place.is_under(actor.unit_code))


def may_read(appeal: Appeal, actor: Actor) -> bool:
    """Staff and systems read every appeal; secret ones only who works on them, or must; enterprises their own.

    An outside body reads what was handed to it; whoever is complained of reads nothing.
    """
    if barred(appeal, actor):
        return False
    if owner(appeal, actor) or appeal.submission.submitter.id == actor.id or handed_to(appeal, actor):
        return True
    if appeal.rules.service.secret:
        return bool(works(appeal, actor)) or _goes_on(appeal, actor)
    return any(role in STAFF_ROLES or role is Role.SYSTEM for role in actor.roles)


def _goes_on(appeal: Appeal, actor: Actor) -> bool:
    """Whether a secret matter waits, or may, for the actor: who cannot read it would leave it standing for ever.

    Supervisors and the leaders above decide; somebody accepts it, somebody assigns it, and who is asked answers.
    """
    if Role.SUPERVISOR in actor.roles:
        return True
    if Role.LEADER in actor.roles and above(appeal, actor):
        return True
    if appeal.stage is Stage.ACCEPT:
        return Role.WINDOW in actor.roles and first_contact(appeal, actor)
    if appeal.lead is None and Role.DISPATCHER in actor.roles and assigns(appeal, actor):
        return True
    return any(asked.is_open and asked.unit.code == actor.unit_code for asked in appeal.cooperations)


def is_outside(actor: Actor) -> bool:
    """An enterprise's account, also one whose code nobody has established."""
    return Role.ENTERPRISE in actor.roles


def sees_personal_data(appeal: Appeal, actor: Actor) -> bool:
    """In full only for the enterprise itself, whoever sent it in, those who handle the appeal and those who decide.

    A unit that was asked something reads the question to it, which says what it needs to know.
    """
    if owner(appeal, actor) or appeal.submission.submitter.id == actor.id:
        return True
    if actor.unit is None:
        return False
    decides = Role.SUPERVISOR in actor.roles or (Role.LEADER in actor.roles and bool(above(appeal, actor)))
    visits = Role.VISITOR in actor.roles and appeal.stage is Stage.EVALUATE
    first = first_contact(appeal, actor) and (not appeal.assignment.is_signed or bool(transferred(appeal, actor)))
    return decides or visits or first or bool(works(appeal, actor)) or assists(appeal, actor)
