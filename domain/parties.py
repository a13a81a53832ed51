"""Who does a step: the units that it names, less those complained of; and what one track may not see of the other."""

from __future__ import annotations

from collections.abc import Iterator

from domain.appeal import Appeal, StepState, Submission
from domain.facts import Known
from domain.people import Actor, Place, Unit
from domain.service import COOPERATING, ENTERPRISE, FIRST, LEAD, RELATIONS, SECOND, SUPERIOR, SYSTEM, Service, Step
from domain.vocabulary import Role, UnitKind


def barred(appeal: Appeal, actor: Actor) -> bool:
    """Whether the actor, or a unit that the actor stands at or below, is complained of: nobody judges himself."""
    named = _complained_of(appeal)
    return actor.id in named or (actor.unit is not None and actor.unit.is_under(*named))


def is_complained_of(appeal: Appeal, place: Place) -> bool:
    """Whether the unit, or one above it, is complained of."""
    return place.is_under(*_complained_of(appeal))


def complained_of(said: Submission, service: Service) -> frozenset[str]:
    """The codes of units and people complained of: as intake found them, and as the form names them."""
    named = (said.form.get(name) for name in service.against)
    return frozenset(name for name in (*said.against, *named) if isinstance(name, str) and name)


def _complained_of(appeal: Appeal) -> frozenset[str]:
    return complained_of(appeal.submission, appeal.rules.service)


def units_of(appeal: Appeal, step: Step) -> tuple[Place, ...]:
    """The units that do the step, in order; the lead where all of them are missing, so that it never stands still."""
    found = {place.code: place for name in step.by for place in _named(appeal, name)}
    chosen = Known(appeal)(step.chosen) if step.chosen else [*found]
    named = chosen if isinstance(chosen, list) else [chosen]
    able = {code: found[code] for code in found if code in named and not is_complained_of(appeal, found[code])}
    lead = (appeal.lead,) if appeal.lead else ()
    return tuple(able.values()) or (() if {ENTERPRISE, SYSTEM} & set(step.by) else lead)


def _named(appeal: Appeal, name: str) -> Iterator[Place]:
    given, said = appeal.assignment, appeal.submission
    if name == LEAD and given.lead:
        yield given.lead
    elif name == SECOND and given.second:
        yield given.second.unit
    elif name == SUPERIOR and given.lead:
        yield given.lead.superior() or given.lead
    elif name == FIRST:
        yield said.first_unit
    elif name == COOPERATING:
        yield from given.cooperating
    elif name not in RELATIONS:
        yield party(appeal, name)


def place_of(appeal: Appeal, code: str) -> Place | None:
    """A unit that the appeal knows, with its chain of superiors."""
    given, said = appeal.assignment, appeal.submission
    asked = (question.unit for question in appeal.cooperations)
    known = (given.lead, *given.cooperating, *asked, *said.parties, said.first_unit, appeal.assigning_unit)
    above = given.lead.superior() if given.lead else None
    second = given.second.unit if given.second else None
    return next((place for place in (*known, above, second) if place and place.code == code), None)


def party(appeal: Appeal, code: str) -> Place:
    """A unit that a step names; by its bare code where an older submission did not bring it."""
    return place_of(appeal, code) or Place((Unit(code, code, UnitKind.DETACHMENT),))


def parties(service: Service) -> tuple[str, ...]:
    """The codes of all units that the service's steps name: they come with the submission, with their superiors."""
    steps = service.procedure.steps
    named = [name for step in steps for name in step.by if name not in RELATIONS]
    named += [outcome.transfer for step in steps for outcome in step.outcomes if outcome.transfer]
    return tuple(dict.fromkeys(named))


def works(appeal: Appeal, actor: Actor) -> bool | None:
    """Of the unit that leads it, or of one that does a step of it; None while nobody leads it."""
    if appeal.lead is None:
        return None
    return appeal.assignment.leads(actor.unit_code) or actor.unit_code in _working(appeal)


def _working(appeal: Appeal) -> frozenset[str | None]:
    return frozenset(place.code for step in appeal.rules.service.procedure.steps for place in units_of(appeal, step))


def has_done_a_step(appeal: Appeal, actor: Actor) -> bool:
    """Whether the actor, or the actor's unit, did a step in this round."""
    done = [state for state in appeal.procedure if state.by]
    return any(actor.id in state.hands or actor.unit_code in _did(appeal, state) for state in done)


def _did(appeal: Appeal, state: StepState) -> frozenset[str]:
    """The units whose step it was."""
    step = appeal.rules.service.step(state.code)
    return frozenset({state.unit} if state.unit or step is None else {p.code for p in units_of(appeal, step)})


def done_by_role(appeal: Appeal, role: Role) -> bool:
    """Whether a step that people of this role do was done in this round."""
    done = {state.code for state in appeal.procedure if state.by}
    return any(step.code in done and role in step.roles for step in appeal.rules.service.procedure.steps)


def hidden_steps(appeal: Appeal, actor: Actor) -> frozenset[str]:
    """The codes of the steps that the actor may not see, because they are of another track (一案双查)."""
    if not appeal.rules.service.tracks:
        return frozenset()
    hidden = _hidden_tracks(appeal, actor)
    return frozenset(step.code for step in appeal.rules.service.procedure.steps if step.track in hidden)


def _hidden_tracks(appeal: Appeal, actor: Actor) -> frozenset[str]:
    """Whoever did a step of a track sees no other; a unit sees those it works on, and the lead's leader all of them."""
    tracks = {track.code: _on_track(appeal, track.code) for track in appeal.rules.service.tracks}
    everything = frozenset(tracks)
    if taken := tracks_of(appeal, actor):
        return everything - taken
    if Role.SUPERVISOR in actor.roles or (Role.LEADER in actor.roles and appeal.assignment.leads(actor.unit_code)):
        return frozenset()
    return frozenset(track for track, units in tracks.items() if actor.unit_code not in units)


def is_of_another_track(appeal: Appeal, actor: Actor, code: str) -> bool:
    """Whether the actor may not even be called for the step: he, or his unit, works on what must not know of it."""
    if code not in hidden_steps(appeal, actor):
        return False
    works_on_one = any(actor.unit_code in _on_track(appeal, track.code) for track in appeal.rules.service.tracks)
    return works_on_one or bool(tracks_of(appeal, actor))


def _on_track(appeal: Appeal, track: str) -> frozenset[str]:
    steps = (step for step in appeal.rules.service.procedure.steps if step.track == track)
    return frozenset(place.code for step in steps for place in units_of(appeal, step))


def tracks_of(appeal: Appeal, actor: Actor) -> frozenset[str]:
    """The tracks on which the actor has done a step, in whichever round."""
    done = steps_of(appeal, actor)
    return frozenset(s.track for s in appeal.rules.service.procedure.steps if s.track and s.code in done)


def steps_of(appeal: Appeal, actor: Actor) -> frozenset[str]:
    """The codes of the steps that the actor has ever done."""
    return frozenset(code for code, officers in hands_of(appeal).items() if actor.id in officers)


def hands_of(appeal: Appeal) -> dict[str, tuple[str, ...]]:
    """Every officer who did a step, in all rounds, by its code."""
    hands = dict(appeal.hands)
    for state in (s for s in appeal.procedure if s.by):
        hands[state.code] = tuple(dict.fromkeys((*hands.get(state.code, ()), *state.hands, state.by)))
    return hands
