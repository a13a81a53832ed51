"""The shipped ladders, and appeals that climb them with people who are there or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml

from domain.calendar import ZONE
from domain.ladder import CallStep, Ladder
from domain.loop import Decision, decide
from domain.moments import skip
from domain.notice import CALLS, Notice
from domain.rules import EDITIONS, Policy
from tests.domain.builders import MONDAY, Case, World

_FILE = Path(__file__).parents[2] / "catalogue" / "policies" / "default.yaml"


@cache
def shipped_policy() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def _ladder(said: dict[str, Any]) -> Ladder:
    steps = (CallStep(**(step | {"targets": tuple(step["targets"])})) for step in said["steps"])
    return Ladder(**(said | {"steps": tuple(steps)}))


#: The ladders of the file, read without the catalogue's own code.
LADDERS = {said["name"]: _ladder(said) for said in shipped_policy()["ladders"]}
CLIMBING = Policy(
    "p4",
    edition=EDITIONS[-1],
    lease=shipped_policy()["lease"],
    quiet=shipped_policy()["quiet"],
    ladders=tuple(LADDERS.values()),
)


def somebody(_notice: Notice) -> tuple[str, ...]:
    """There is always somebody."""
    return ("somebody",)


@dataclass
class Climb(Case):
    """An appeal whose calls find people by ``finds``; where one finds nobody, the workflow goes on up the ladder."""

    finds: Callable[[Notice], tuple[str, ...]] = somebody
    heard: list[tuple[Notice, tuple[str, ...]]] = field(default_factory=list)

    def take(self, decision: Decision) -> Self:
        super().take(decision)
        found = [(n, self.finds(n)) for n in decision.notices if n.template in CALLS]
        self.heard += found
        empty = tuple(n for n, who in found if not who)
        return self.take(skip(self.appeal, empty, self.now)) if empty else self

    @property
    def calls(self) -> list[tuple[str, str]]:
        """When whom was called: the words of the audience in their unit."""
        return [(when(n), f"{n.unit}: {' + '.join(n.audience)}") for n in self.notices if n.template in CALLS]

    def moved(self, handle: str, policy: Policy = CLIMBING) -> Self:
        """Measured by other rules: another limit, perhaps other ladders."""
        self.look()
        kept = self.appeal.rules
        newer = replace(kept, version="r9", service=replace(kept.service, handle=handle), policy=policy)
        act = replace(self.act("supervisor", "migrate_policy", version="r9"), rules=newer)
        return self.take(decide(self.appeal, act, self.now))

    def on(self, who: str, action: str, /, **body: Any) -> Self:
        """An action on the newest escalation."""
        return self.do(who, action, escalation=self.escalations[-1].id, **body)


def when(notice: Notice) -> str:
    return f"{notice.at.astimezone(ZONE):%m-%d %H:%M}"


def climbing(
    service: str = "appeal-general",
    *,
    start: str = MONDAY,
    finds: Callable[[Notice], tuple[str, ...]] = somebody,
    policy: Policy = CLIMBING,
    **more: Any,
) -> Climb:
    """A new appeal under the shipped ladders; ``more`` are fields of its submission."""
    case = World(start).case(service, policy=policy, **more)
    return Climb(case.appeal, case.now, case.journal, case.notices, finds=finds)
