"""一警双派 (S1·1): two units lead, each signs for its own, each reports; a unit that leads alone is the plain case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.act import Act, invalid
from domain.appeal import Appeal, Assignment, Report, Result
from domain.budget import parse
from domain.errors import IllegalTransition
from domain.guards import refuse
from domain.measure import add
from domain.people import Actor, Person
from domain.procedure import begin
from domain.vocabulary import Outcome, Stage

# Which move


def by_leads(appeal: Appeal, _act: Act) -> str:
    """One of two, or the one that leads alone."""
    return "one" if appeal.assignment.second else ""


def by_reports(appeal: Appeal, act: Act) -> str:
    """The first of two reports, or what makes the result."""
    second = appeal.assignment.second
    others = {r.unit.code for r in appeal.assignment.reports} - {act.actor.unit_code}
    return "" if second is None or others else "one"


# Conditions


def not_signed_by_you(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """Once it is in handling, only one of two may still have to sign."""
    if appeal.stage is Stage.HANDLE and (appeal.assignment.second is None or _has_signed(appeal, actor)):
        raise IllegalTransition("当前环节不能办理：本单位已签收，或不需签收")


def signed_by_you(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """Of two, a unit reports that has signed."""
    refuse(appeal.assignment.second and not _has_signed(appeal, actor), "sign-first", "本单位尚未签收")


def in_time_to_return(appeal: Appeal, _actor: Actor, now: datetime) -> None:
    """A unit that keeps it for longer has taken it; by rules of before there is no such limit."""
    limit, assigned = appeal.rules.policy.return_within, appeal.assignment.assigned_at
    until = add(assigned, parse(limit), appeal.rules.calendar) if limit and assigned else None
    refuse(until is not None and until <= now, "return-too-late", "已过可退回的时限，确不属本单位的，请由交办人员改派")


def two_units(_appeal: Appeal, act: Act, _now: datetime) -> None:
    """A second lead is another unit, and named with the first."""
    if "second_lead" not in act.body:
        return
    first = act.body.get("lead_unit", act.body.get("unit"))
    if first is None:
        raise invalid("unit-needed", "/unit", "指定第二牵头单位时须同时指定第一牵头单位")
    if act.place("second_lead").code == first:
        raise invalid("same-unit", "/second_lead", "两个牵头单位不能是同一单位")


def _has_signed(appeal: Appeal, actor: Actor) -> bool:
    given = appeal.assignment
    if given.second and given.second.unit.code == actor.unit_code:
        return given.second.signed_at is not None
    return given.signed_at is not None


# What they do


def sign(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The unit answers for it from here on; with the first signature its procedure begins."""
    officer = act.actor.person if act.actor.roles else None
    second = appeal.assignment.second
    if second and second.unit.code == act.actor.unit_code:
        taken = replace(second, officer=officer, signed_at=now)
        signed = replace(appeal, assignment=replace(appeal.assignment, second=taken))
        signed = replace(signed, round_officers=signed.officers_now())
    else:
        signed = taken_by(replace(appeal, assignment=replace(appeal.assignment, signed_at=now)), officer)
    return replace(signed, procedure=begin(signed, now))


def taken_by(appeal: Appeal, officer: Person | None) -> Appeal:
    """Handled by that officer from here on; whoever handles a signed one, is remembered for the rounds to come."""
    taken = replace(appeal, assignment=replace(appeal.assignment, officer=officer))
    return replace(taken, round_officers=taken.officers_now()) if taken.assignment.signed_at else taken


def return_assignment(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Back to the dispatcher, counted. One of two leaves it to the other, and to the dispatcher to name another."""
    given = appeal.assignment
    returns = given.returns + 1
    if given.second is None:
        return replace(appeal, assignment=Assignment(returns=returns))
    left = replace(given, returns=returns, second=None)
    if given.second.unit.code != act.actor.unit_code:
        other = given.second
        left = replace(left, lead=other.unit, officer=other.officer, signed_at=other.signed_at)
    return replace(appeal, assignment=left)


def submit_result(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The handler's claim; of two units the second makes the result, of both reports."""
    body, unit = act.body, act.actor.unit
    outcome, text, evidence = Outcome(body["outcome"]), body["text"], tuple(body.get("evidence", ()))
    if appeal.assignment.second is None or unit is None:
        return replace(appeal, result=Result(outcome, text, now, evidence), park=None)
    earlier = tuple(r for r in appeal.assignment.reports if r.unit.code != unit.code)
    reports = (*earlier, Report(unit, outcome, text, evidence, act.actor.person, now))
    reported = replace(appeal, assignment=replace(appeal.assignment, reports=reports))
    return replace(reported, result=_together(reports, now), park=None) if earlier else reported


def _together(reports: tuple[Report, ...], now: datetime) -> Result:
    """Where they differ, it is solved in part."""
    outcomes = {report.outcome for report in reports}
    return Result(
        outcomes.pop() if len(outcomes) == 1 else Outcome.PARTLY_SOLVED,
        "\n".join(f"{report.unit.name}:{report.text}" for report in reports),
        now,
        tuple(item for report in reports for item in report.evidence),
    )
