"""Handing a matter out as its routing says: what the system does after acceptance, and how the journal says why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import Appeal
from domain.people import SYSTEM, Person
from domain.vocabulary import Action


def assignment_of(appeal: Appeal) -> Act | None:
    """The assignment by which the system follows the routing; None where a person must decide."""
    lead, routed = appeal.submission.lead, appeal.submission.routed
    if lead is None:
        return None
    second, helpers = (routed.second, routed.cooperating) if routed else (None, ())
    body: dict[str, Any] = {"lead_unit": lead.code}
    if second:
        body["second_lead"] = second.code
    if helpers:
        body["cooperating"] = [place.code for place in helpers]
    places = {place.code: place for place in (lead, second, *helpers) if place}
    return Act(Action.ASSIGN, SYSTEM, body, places=places)


def left_to(appeal: Appeal) -> Person | None:
    """The named person who decides where it goes, because no rule does; None where a rule, or nobody, was found."""
    routed = appeal.submission.routed
    return routed.catch_all if routed else None


def of_acceptance(_before: Appeal, after: Appeal, _act: Act, _now: datetime) -> dict[str, Any]:
    """For the journal: why nobody was named; where somebody is, the assignment says it."""
    routed = after.submission.routed
    return {"routing": routed.as_data()} if routed and routed.lead is None else {}


def of_assignment(before: Appeal, after: Appeal, act: Act, _now: datetime) -> dict[str, Any]:
    """For the journal: why it was sent there, where the routing sent it; and who stands in for an absent officer."""
    routed = before.submission.routed
    said = {"routing": routed.as_data()} if routed and not act.actor.roles else {}
    officer = after.assignment.officer
    stands_in = officer and "officer" in act.body and officer.id != act.body["officer"]
    return said | ({"substitute": officer.id} if officer and stands_in else {})
