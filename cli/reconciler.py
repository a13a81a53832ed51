"""Comparing every appeal's tables with its history, and putting right what can be put right.

A quick look at each; who looks wrong is looked at again, until two looks see the same: a running system is between two
states most of the time. Whatever was mended is looked at once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client, WorkflowHistory

from activities.repair import Repair
from cli.verdicts import Case, Fault, Remedy, Verdict, is_fine, judge, to_carry, wait
from domain.colours import moments
from domain.opening import Opening
from gateway.errors import GatewayError, NotStarted
from gateway.histories import Histories
from gateway.protocol import Gateway
from storage.comparison import Claim
from storage.database import Database
from storage.dossier import Dossiers
from storage.intake import IntakeReads
from storage.rules import rules_by_version, sound_rules
from worker.rederive import Life, Rederiver
from workflows.contract import slim

_PAGE: Final = 200
_AHEAD: Final = 8
_LOOKS: Final = 5
_PASSES: Final = 4
_BETWEEN_LOOKS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """How one run is meant."""

    closed_since: datetime
    dry_run: bool = False
    engine_restored: bool = False
    rehearsal: bool = False
    grace: timedelta = timedelta(seconds=10)
    """What came in later than so long ago is just being started."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of one appeal, and what became of it."""

    number: str
    faults: tuple[tuple[str, str], ...]
    result: str
    reason: str = ""


MENDED: Final = "mended"
FOUND: Final = "found"
WAITING: Final = "waiting"
EXPLAINED: Final = "explained"
NEEDS_ENGINE_RESTORED: Final = "needs-engine-restored"
UNEXPLAINED: Final = "unexplained"


class Reconciler:
    """One run."""

    def __init__(self, client: Client, database: Database, gateway: Gateway, task_queue: str, options: Options) -> None:
        """``gateway`` starts what intake has kept, as the relay does."""
        self._database = database
        self._gateway = gateway
        self._options = options
        self._histories = Histories(client, task_queue)
        self._rederiver = Rederiver(client)
        self._repair = Repair(database)
        self._sound: frozenset[str] = frozenset()

    async def numbers(self) -> list[str]:
        """Everything that there is to look at, by the tables and by the engine."""
        found = {number async for number in self._histories.numbers(self._options.closed_since)}
        async with self._database.read() as r:
            found.update(await Dossiers(r).unstarted())
        after = ""
        while True:
            async with self._database.read() as r:
                page = await Dossiers(r).numbers(after, 5 * _PAGE, self._options.closed_since)
            if not page:
                return sorted(found)
            found.update(page)
            after = page[-1]

    async def suspects(self, numbers: Sequence[str]) -> list[str]:
        """Those that do not look right at the first look."""
        return [case.number async for case in self._look(numbers) if not is_fine(case)]

    async def settle(self, suspects: Sequence[str]) -> list[Outcome]:
        """What is really wrong with whom, and what became of it."""
        first: dict[str, Verdict] = {}
        last: dict[str, Verdict] = {}
        outcomes: dict[str, Outcome] = {}
        for _ in range(_PASSES):
            # Whoever is to be looked at: nobody has decided about it yet.
            for verdict in await self._stable([n for n in suspects if n not in outcomes]):
                last[verdict.number] = verdict
                if verdict.remedy is Remedy.WAIT:
                    continue
                known = first.setdefault(verdict.number, verdict)
                outcome = await self._act(verdict, known)
                if outcome:
                    outcomes[verdict.number] = outcome
        for number, verdict in last.items():
            outcomes.setdefault(number, _undecided(first.get(number, verdict), verdict))
        return [outcome for outcome in outcomes.values() if outcome.faults]

    async def _act(self, verdict: Verdict, known: Verdict) -> Outcome | None:
        """Does what the verdict asks for; None when it must be looked at again."""
        if settled := self._settled(verdict):
            return Outcome(verdict.number, known.faults, *settled)
        if verdict.remedy is Remedy.START and self._options.engine_restored:
            # No worker may work yet; the relay starts what waits.
            await self._repair.leave_to_the_relay(verdict.number)
            return Outcome(verdict.number, known.faults, MENDED)
        reason = await self._put_right(verdict)
        return Outcome(verdict.number, known.faults, WAITING, reason) if reason else None

    def _settled(self, verdict: Verdict) -> tuple[str, str] | None:
        """Result and reason where nothing is to be done, or must not be."""
        match verdict.remedy:
            case Remedy.NONE:
                return MENDED, ""
            case Remedy.NOBODY_KNOWS:
                return UNEXPLAINED, " ".join(verdict.faults[0]).strip()
            case Remedy.PUT_BACK if not self._options.engine_restored:
                # Where clocks are moved by hand, an entry has another time when its task is replayed.
                harmless = self._options.rehearsal and verdict.faults[0][0] == Fault.RETIMED
                return EXPLAINED if harmless else NEEDS_ENGINE_RESTORED, ""
            case _:
                return (FOUND, "") if self._options.dry_run else None

    async def _put_right(self, verdict: Verdict) -> str:
        """The remedy; why it cannot be had just now, or nothing: then it is looked at again."""
        try:
            match verdict.remedy:
                case Remedy.START:
                    await self._start(verdict.number)
                case Remedy.RESTORE if not self._options.engine_restored:
                    await self._histories.restore(verdict.number)
                case Remedy.MEND:
                    await self._mend(verdict)
                case _:
                    await self._put_back(verdict)
        except NotStarted:
            return ""  # it has ended meanwhile: that is another matter, to be judged anew
        except GatewayError as error:
            return error.code
        return ""

    # ---------------------------------------------------------------------------------------------------- looking

    async def _stable(self, numbers: Sequence[str]) -> list[Verdict]:
        """Verdicts on what does not move while it is looked at."""
        seen: dict[str, Case] = {}
        judged: dict[str, Verdict] = {}
        for _ in range(_LOOKS):
            waiting = [n for n in numbers if n not in judged]
            if not waiting:
                break
            async for case in self._look(waiting):
                before = seen.get(case.number)
                if is_fine(case) or (before and _same(before, case)):
                    judged[case.number] = await self._judge(case)
                seen[case.number] = case
            if len(judged) < len(numbers):
                await asyncio.sleep(_BETWEEN_LOOKS)
        return [judged.get(n) or wait(n, Fault.IN_MOTION) for n in numbers]

    async def _judge(self, case: Case) -> Verdict:
        verdict = judge(case)
        lost = any(fault == Fault.JOURNAL_LOST for fault, _ in verdict.faults)
        return judge(await self._with_older_runs(case)) if lost else await self._unless_young(verdict)

    async def _unless_young(self, verdict: Verdict) -> Verdict:
        """What has just come in is being started by whoever took it in; beside a restored engine nobody works."""
        if verdict.remedy is not Remedy.START or self._options.engine_restored:
            return verdict
        async with self._database.read() as r:
            kept = await IntakeReads(r).get(verdict.number)
        young = kept is not None and kept.created_at > datetime.now(UTC) - self._options.grace
        return wait(verdict.number, Fault.JUST_CAME_IN) if young else verdict

    async def _look(self, numbers: Iterable[str]) -> AsyncIterator[Case]:
        wanted = list(numbers)
        for at in range(0, len(wanted), _PAGE):
            page = wanted[at : at + _PAGE]
            async with self._database.read() as r:
                sound = self._sound = self._sound or await sound_rules(r)
                dossiers = await Dossiers(r).of(page)
                kept = await rules_by_version(r, sound & {d.row["rules_version"] for d in dossiers.values() if d.row})
            lives = await self._lives(page)
            for number in page:
                dossier, life = dossiers[number], lives.get(number)
                own = {v: kept[v] for v in kept if dossier.row and v == dossier.row["rules_version"]}
                yield Case(dossier, life, {**own, **(life.rules if life else {})}, sound)

    async def _lives(self, numbers: Sequence[str]) -> dict[str, Life]:
        async with self._rederiver.lives(self._fetched(numbers)) as lives:
            return {life.number: life async for life in lives}

    async def _fetched(self, numbers: Sequence[str]) -> AsyncIterator[WorkflowHistory]:
        """The newest history of each, some ahead of their turn."""
        turns = asyncio.Semaphore(_AHEAD)

        async def fetch(number: str) -> WorkflowHistory | None:
            async with turns:
                return await self._histories.newest(number)

        tasks = [asyncio.create_task(fetch(number)) for number in numbers]
        try:
            for task in tasks:
                if history := await task:
                    yield history
        finally:
            for task in tasks:
                task.cancel()

    async def _with_older_runs(self, case: Case) -> Case:
        newest = await self._histories.newest(case.number)
        if newest is None:
            return case
        async with self._rederiver.lives(self._histories.older(case.number, newest)) as lives:
            entries = {key: entry async for life in lives for key, entry in life.entries.items()}
        return replace(case, older=entries)

    # ---------------------------------------------------------------------------------------------------- mending

    async def _start(self, number: str) -> None:
        async with self._database.read() as r:
            kept = await IntakeReads(r).get(number)
        if kept is not None:
            await self._gateway.start(Opening(kept.number, kept.rules, kept.submission, kept.created_at, kept.salt))

    async def _mend(self, verdict: Verdict) -> None:
        self._sound = frozenset()  # it may mend rules too
        await self._repair.mend(
            _of(verdict), verdict.entries, rules=verdict.rules, notices=verdict.notices, lower=verdict.lower
        )

    async def _put_back(self, verdict: Verdict) -> None:
        claim = _of(verdict)
        rules = {one.version: one for one in verdict.rules}
        carried = to_carry(claim.appeal, rules[claim.appeal.rules.version])
        # Above whatever the run that ends has commanded: its last write may still come.
        fence = max(claim.fence + 1, round(datetime.now(UTC).timestamp() * 1_000_000))
        await self._histories.put_back(carried, fence, verdict.notices, verdict.offset)
        await self._repair.mend(Claim(slim(carried), moments(carried), fence), verdict.entries)


def _undecided(first: Verdict, last: Verdict) -> Outcome:
    """After the last pass: either nothing could be said at the end, or what was put right did not stay so."""
    if last.remedy is Remedy.WAIT:
        return Outcome(first.number, first.faults, WAITING, last.faults[0][0])
    return Outcome(first.number, first.faults, UNEXPLAINED, "does-not-hold")


def _of(verdict: Verdict) -> Claim:
    if verdict.claim is None:
        raise AssertionError(verdict.number)
    return verdict.claim


def _same(before: Case, now: Case) -> bool:
    """Whether nothing happened between two looks."""
    return before.dossier == now.dossier and _point(before.life) == _point(now.life)


def _point(life: Life | None) -> tuple[int, str] | None:
    return (life.events, life.status) if life else None
