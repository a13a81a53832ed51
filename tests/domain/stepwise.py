"""Procedures for the tests of the interpreter: written short, begun as the catalogue's are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.opening import begin
from domain.rules import EDITIONS, Policy, Procedure, Rules, Service, Step, StepOutcome
from domain.vocabulary import Outcome, Role
from tests.domain.builders import PLACES, Case, World
from tests.domain.walker import shipped

ANYBODY = (Role.HANDLER, Role.LEADER)


def to(code: str, leads: str | tuple[str, ...], **more: Any) -> StepOutcome:
    """An outcome; one that leads to the end finishes it as solved, unless it says something else."""
    ends = {"clocks": "finished", "result": Outcome.SOLVED} if leads == "feedback" else {}
    return StepOutcome(code, f"结论{code}", leads, **(ends | more))


def step(code: str, *outcomes: StepOutcome, **more: Any) -> Step:
    """A step for anybody of the leading unit, unless it says something else."""
    return Step(code, f"步骤{code}", **({"roles": ANYBODY, "outcomes": outcomes} | more))


def service(*steps: Step, **more: Any) -> Service:
    """An automatic service of the public order detachment."""
    again = more.pop("again", "")
    kept: dict[str, Any] = {"lead": "public-order", "automatic": True, "handle": "10 working days"}
    kept["procedure"] = Procedure("办理", steps, again)
    return Service("stepwise", "分步事项", "permit", "1", "2026-01-01", "S1·19", **(kept | more))


def begun(kept: Service, **more: Any) -> Case:
    """Its appeal at the first moment; ``more`` are fields of the submission."""
    world = World()
    said: dict[str, Any] = {"lead": PLACES["public-order"], "parties": tuple(PLACES.values())} | more
    rules = Rules("r1", kept, Policy("p1", edition=EDITIONS[-1]), shipped())
    decision = begin(replace(world.opening("appeal-general", **said), rules=rules))
    return Case(decision.appeal, world.now, list(decision.entries), list(decision.notices))


def take(case: Case, code: str, outcome: str, who: str = "hazmat_handler", unit: str = "", **record: Any) -> Case:
    """One outcome of one step."""
    body: dict[str, Any] = {"step": code, "outcome": outcome} | ({"record": record} if record else {})
    body |= {"unit": unit} if unit else {}
    return case.do(who, "complete_step", **body)


def open_steps(case: Case) -> list[str]:
    """What waits for somebody; a unit's own part with the unit."""
    return [s.code + (f"@{s.unit}" if s.unit else "") for s in case.appeal.procedure if s.status == "active"]
