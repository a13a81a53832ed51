"""`appeals reconcile`: every appeal's tables against its workflow's history, and what is apart put right."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from activities.outbox import Outbox
from cli import prepare
from cli.progress import progress
from cli.reconcile_words import left, tell
from cli.reconciler import NEEDS_ENGINE_RESTORED, UNEXPLAINED, Options, Outcome, Reconciler
from cli.untold import Untold
from gateway.temporal import TemporalGateway
from runtime.datadir import DataDir
from runtime.errors import OperatorError
from runtime.settings import Settings
from runtime.temporal import connect, target
from storage.database import Database
from storage.meta import CREATED_FOR, REHEARSAL, Meta, MetaReads
from storage.organisation import Organisation
from storage.partners import partners_of
from worker.search_attributes import register
from workflows import contract

SHARE: Final = 200
"""So many appeals are looked at in one go by one process."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asked for."""

    dry_run: bool = False
    engine_restored: bool = False
    numbers: tuple[str, ...] = ()
    report: Path | None = None
    processes: int = 0
    closed_days: int = 7


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    at: datetime
    seconds: float
    looked_at: int
    outcomes: tuple[Outcome, ...]

    @property
    def left(self) -> list[Outcome]:
        """What is still apart."""
        return left(self.outcomes)

    def as_json(self, asked: Asked) -> dict[str, Any]:
        """For machines."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "dry_run": asked.dry_run,
            "engine_restored": asked.engine_restored,
            "looked_at": self.looked_at,
            "results": Counter(o.result for o in self.outcomes),
            "faults": Counter(kind for o in self.outcomes for kind, _ in o.faults),
            "appeals": [
                {
                    "number": o.number,
                    "result": o.result,
                    "reason": o.reason,
                    "faults": [{"kind": kind, "where": where} for kind, where in o.faults],
                }
                for o in sorted(self.outcomes, key=lambda o: o.number)
            ],
        }


def reconcile(settings: Settings, asked: Asked) -> int:
    """Look, mend, tell; 1 when something is left apart, else 0.

    Raises OperatorError: there is no database of this version, or the engine is away.
    """
    running = DataDir(settings.data_dir).running_engine()
    if running and not settings.engine_address:
        settings = settings.model_copy(update={"engine_address": running})
    prepare.check_version(settings)
    report = asyncio.run(_run(settings, asked))
    if asked.report:
        asked.report.write_text(json.dumps(report.as_json(asked), ensure_ascii=False, indent=1), encoding="utf-8")
    tell(report.outcomes, report.looked_at, report.seconds, dry_run=asked.dry_run)
    return 1 if report.left else 0


async def _run(settings: Settings, asked: Asked) -> Report:
    at, begun = datetime.now(UTC), time.monotonic()
    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            rehearsal = await MetaReads(r).get(CREATED_FOR) == REHEARSAL
        options = Options(at - timedelta(days=asked.closed_days), asked.dry_run, asked.engine_restored, rehearsal)
        reconciler = await _reconciler(settings, database, options)
        numbers = list(asked.numbers) or await reconciler.numbers()
        suspects = await _suspects(settings, options, numbers, asked.processes or os.cpu_count() or 1)
        outcomes = await reconciler.settle(suspects)
        outcomes = _joined(outcomes, await _untold(settings, database, options).settle(set(numbers), _open(outcomes)))
        report = Report(at, time.monotonic() - begun, len(numbers), tuple(outcomes))
        if not asked.dry_run and not asked.numbers:
            await _keep(database, report)
        return report
    finally:
        await database.close()


async def _reconciler(settings: Settings, database: Database, options: Options) -> Reconciler:
    try:
        client = await connect(settings)
    except RuntimeError as error:
        where = target(settings)["target_host"]
        raise OperatorError(
            f"引擎 {where} 连接不上。",
            f"The engine at {where} cannot be reached.",
            "先启动引擎 / start it first: make run, appeals doctor",
        ) from error
    if options.engine_restored and not options.dry_run:
        # What is put back is searched by them, and an older engine may not know them yet.
        await register(client, contract.SEARCH_ATTRIBUTES)
    gateway = TemporalGateway(client, database, settings.task_queue)
    return Reconciler(client, database, gateway, settings.task_queue, options)


def _untold(settings: Settings, database: Database, options: Options) -> Untold:
    organisation = Organisation.load(settings.catalogue_dir)
    partners = partners_of(organisation, settings.partner_urls, rehearsal=options.rehearsal)
    outbox = Outbox(partners, f"urn:appeals:{organisation.code}", rehearsal=options.rehearsal)
    return Untold(database, outbox, partners.keys(), dry_run=options.dry_run)


def _open(outcomes: Sequence[Outcome]) -> set[str]:
    """Whose tables may still be wrong."""
    return {outcome.number for outcome in left(outcomes)}


def _joined(outcomes: Sequence[Outcome], more: Sequence[Outcome]) -> list[Outcome]:
    """An appeal's outcomes as one; the later one is what became of it."""
    found = {outcome.number: outcome for outcome in outcomes}
    for late in more:
        early = found.get(late.number)
        found[late.number] = replace(late, faults=(*early.faults, *late.faults)) if early else late
    return list(found.values())


async def _keep(database: Database, report: Report) -> None:
    """For metrics, and for `doctor`."""
    async with database.write() as w:
        for key, value in (
            ("reconcile.at", report.at.isoformat(timespec="seconds")),
            ("reconcile.apart", str(len(report.outcomes))),
            ("reconcile.unexplained", str(sum(o.result in {UNEXPLAINED, NEEDS_ENGINE_RESTORED} for o in report.left))),
        ):
            await Meta(w).set(key, value)


# ------------------------------------------------------------------------------------------------------- the quick look


async def _suspects(settings: Settings, options: Options, numbers: Sequence[str], processes: int) -> list[str]:
    """Replaying is work for a processor, not for a network: so it is shared among processes."""
    shares = [numbers[at : at + SHARE] for at in range(0, len(numbers), SHARE)]
    found: list[str] = []
    with progress("核对 / compared", len(numbers)) as advance:
        if min(processes, len(shares)) <= 1:
            for share in shares:
                found += await _share(settings, options, share)
                advance(len(share))
            return found
        with ProcessPoolExecutor(min(processes, len(shares)), mp_context=get_context("spawn")) as pool:
            loop = asyncio.get_running_loop()
            tasks = [loop.run_in_executor(pool, look, settings, options, share) for share in shares]
            for share, task in zip(shares, tasks, strict=True):
                found += await task
                advance(len(share))
    return found


def look(settings: Settings, options: Options, share: Sequence[str]) -> list[str]:
    """In a process of its own."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(_share(settings, options, share))


def _loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


async def _share(settings: Settings, options: Options, share: Sequence[str]) -> list[str]:
    database = Database.create(settings.database_url)
    try:
        return await (await _reconciler(settings, database, options)).suspects(share)
    finally:
        await database.close()
