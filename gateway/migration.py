"""Open appeals brought to other rules, each by an action of its own workflow: tried first, and told one by one.

Asking twice does it once: the key is made of the appeal and the version, so a run that was broken off goes on where it
was, and two runs at a time do no harm.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count

from domain.act import Act
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.clock import Colour
from domain.colours import colour
from domain.errors import Refusal
from domain.journal import canonical
from domain.moved import Moved
from domain.people import Actor
from domain.rules import Rules
from domain.trial import Trial, trial
from domain.vocabulary import Action
from gateway.errors import EngineAway, GatewayError, NotStarted
from gateway.protocol import Gateway
from storage.appeals import Appeals, Stored
from storage.database import Database
from storage.intake import IntakeReads

_TRIES = 3
"""So often one is asked whose answer did not come: with the same key, so it is done once."""


class Result(StrEnum):
    """What became of one appeal. ``unchanged``: it goes by the new rules, or did already, and no deadline moved."""

    MOVED = "moved"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Item:
    """One appeal: what became of it, or would. ``late``: the change itself puts a deadline behind us."""

    number: str
    result: Result
    reason: str = ""
    moved: tuple[Moved, ...] = ()
    colour_before: Colour | None = None
    colour_after: Colour | None = None

    @property
    def late(self) -> bool:
        """Whether a deadline would be over, or is, by the change alone."""
        return any(one.breached_by_change for one in self.moved)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: in whose name, why, and what replaces which version.

    ``even_if_late``: also where it puts a deadline into the past.
    """

    actor: Actor
    reason: str
    replaced: Mapping[str, Rules]
    even_if_late: bool = False


class Migration:
    """Carries an order out, appeal by appeal."""

    def __init__(self, database: Database, order: Order) -> None:
        self._database = database
        self._order = order
        self._away = False

    async def tried(self, number: str) -> Item:
        """What would become of it by what the tables say; nothing is changed, and no engine is needed."""
        return (await self._look(number))[0]

    async def done(self, number: str, gateway: Gateway) -> Item:
        """What became of it."""
        item, act = await self._look(number)
        if act is None:
            return item
        if self._away:
            return replace(item, result=Result.PENDING, reason="引擎中断，没有办理", moved=())
        try:
            await self._ask(number, act, gateway)
        except Refusal as refusal:
            return replace(item, result=Result.REFUSED, reason=refusal.detail, moved=())
        except GatewayError as error:
            standing = await gateway.readiness()
            self._away = any(state != "ok" for state in standing.values())
            return replace(item, result=Result.PENDING, reason=error.detail, moved=())
        return item

    async def _look(self, number: str) -> tuple[Item, Act | None]:
        """How it would end, and what to ask of the workflow; None for nothing."""
        async with self._database.read() as r:
            stored = await Appeals(r).get(number)
            waits = stored is None and await IntakeReads(r).get(number) is not None
        if stored is None:
            unknown = Item(number, Result.REFUSED, "没有这个编号的诉求")
            return (Item(number, Result.PENDING, NotStarted.detail) if waits else unknown), None
        rules = self._order.replaced.get(stored.appeal.rules.version)
        if rules is None or not stored.appeal.is_open:
            why = "已按现行规则" if stored.appeal.is_open else "已办结，不再变动"
            return Item(number, Result.UNCHANGED, why), None
        return self._plan(stored, rules)

    def _plan(self, stored: Stored, rules: Rules) -> tuple[Item, Act | None]:
        number, now = stored.appeal.number, datetime.now(UTC) + stored.offset
        act = self._act(stored.appeal, rules)
        try:
            found = trial(stored.appeal, act, now)
        except Refusal as refusal:
            return Item(number, Result.REFUSED, refusal.detail), None
        item = Item(
            number,
            Result.MOVED if found.moved else Result.UNCHANGED,
            moved=found.moved,
            colour_before=colour(stored.appeal, now),
            colour_after=colour(found.appeal, now),
        )
        if item.late and not self._order.even_if_late:
            return replace(item, result=Result.REFUSED, reason="期限会落到过去，没有办理"), None
        return item, replace(act, body={**act.body, "reason": self._words(found)})

    def _words(self, found: Trial) -> str:
        """The reason; by rules that keep silent about what moved (ADR 0017), with what moved."""
        if found.appeal.rules.policy.is_open_about_time or not found.moved:
            return self._order.reason
        told = "、".join(f"{one.clock.value} {_text(one.due_before)} → {_text(one.due_after)}" for one in found.moved)
        return f"{self._order.reason}（到期：{told}）"

    def _act(self, appeal: Appeal, rules: Rules) -> Act:
        """Digest and key are of what is done: another's reason for the same thing does not make it another thing."""
        body = {"version": rules.version, "reason": self._order.reason}
        return Act(
            action=Action.MIGRATE_POLICY,
            actor=self._order.actor,
            body=body,
            key=_key(appeal, rules.version),
            digest=_sha256([Action.MIGRATE_POLICY.value, rules.version]),
            salt=secrets.token_hex(16),
            rules=rules,
        )

    @staticmethod
    async def _ask(number: str, act: Act, gateway: Gateway) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await gateway.act(number, act)
            except NotStarted:
                raise
            except GatewayError as error:
                if not left or (isinstance(error, EngineAway) and await _is_away(gateway)):
                    raise
            else:
                return


async def _is_away(gateway: Gateway) -> bool:
    return (await gateway.readiness())["engine"] != "ok"


def _key(appeal: Appeal, version: str) -> str:
    """The next key of this change: one that was brought to the version and away again may be brought to it anew."""
    keys = (_sha256(["migrate", appeal.number, version, turn]) for turn in count())
    return next(key for key in keys if key not in appeal.seen)


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _text(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" if at else "无"
