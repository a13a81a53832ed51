"""`appeals policy migrate`: the open appeals of a filter brought to other rules, each through its own workflow."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import prepare
from cli.policy_words import tell
from cli.progress import progress
from domain.calendar import ZONE
from domain.moved import told
from domain.people import Actor
from domain.rules import Rules
from domain.schemas import LONG
from domain.vocabulary import Role
from gateway.migration import Item, Migration, Order, Result
from gateway.temporal import TemporalGateway
from runtime.datadir import DataDir
from runtime.errors import OperatorError
from runtime.settings import Settings
from runtime.temporal import connect, target
from storage.accounts import Accounts
from storage.affected import Wanted, affected, in_use, replacements
from storage.audit import add_lines, audit_row
from storage.catalogue import Catalogue
from storage.catalogue_check import holes
from storage.database import Database, Read
from storage.organisation import Organisation
from storage.yaml_file import BadCatalogue


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asked for, in the name of ``account``. ``whole``: service and policy, too."""

    account: str
    reason: str
    wanted: Wanted = field(default_factory=Wanted)
    numbers: tuple[str, ...] = ()
    whole: bool = False
    dry_run: bool = False
    even_if_late: bool = False
    report: Path | None = None
    concurrency: int = 16


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    at: datetime
    seconds: float
    replaced: Mapping[str, Rules]
    items: tuple[Item, ...]

    @property
    def results(self) -> Counter[str]:
        """How many ended how."""
        return Counter(item.result.value for item in self.items)

    @property
    def left(self) -> list[Item]:
        """What still goes by the old rules, or perhaps does."""
        return [item for item in self.items if item.result in {Result.REFUSED, Result.PENDING}]

    def as_json(self, asked: Asked) -> dict[str, Any]:
        """For machines."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "account": asked.account,
            "reason": asked.reason,
            "to": "catalogue" if asked.whole else "calendar",
            "dry_run": asked.dry_run,
            "even_if_late": asked.even_if_late,
            "rules": {old: _named(new) for old, new in self.replaced.items()},
            "results": self.results,
            "appeals": [_item(item) for item in self.items],
        }


def _named(rules: Rules) -> dict[str, str]:
    return {
        "version": rules.version,
        "service": f"{rules.service.code} {rules.service.version}",
        "policy": rules.policy.version,
        "calendar": rules.calendar.version,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "result": item.result.value,
        "reason": item.reason,
        **told(item.moved),
        "colour_before": item.colour_before,
        "colour_after": item.colour_after,
    }


def migrate(settings: Settings, asked: Asked) -> int:
    """Try or do it, and tell; 1 when an appeal was refused or is pending, else 0.

    Raises OperatorError: no database of this version, a faulty catalogue, an account that may not, an engine away.
    """
    prepare.check_version(settings)
    if not asked.reason.strip() or len(asked.reason) > LONG:
        raise OperatorError(
            f"须写明理由，不超过 {LONG} 字：它会写进每件诉求的流水。",
            "A reason is needed: every journal keeps it.",
            "--reason",
        )
    report = asyncio.run(_run(settings, asked))
    if asked.report:
        asked.report.write_text(json.dumps(report.as_json(asked), ensure_ascii=False, indent=1), encoding="utf-8")
    tell(report.items, report.seconds, dry_run=asked.dry_run)
    return 1 if report.left else 0


def load(settings: Settings) -> tuple[Catalogue, Organisation]:
    """The catalogue, without holes: nobody is brought to rules that nobody can work by. Raises OperatorError."""
    try:
        catalogue = Catalogue.load(settings.catalogue_dir)
        organisation = Organisation.load(settings.catalogue_dir)
    except BadCatalogue as error:
        raise _faulty(error.faults) from None
    if faults := holes(catalogue, organisation):
        raise _faulty(faults)
    return catalogue, organisation


def _faulty(faults: list[str]) -> OperatorError:
    return OperatorError(
        "目录有误，什么也没有改动。", "The catalogue has faults; nothing was changed.", "\n".join(faults)
    )


async def _run(settings: Settings, asked: Asked) -> Report:
    at, begun = datetime.now(UTC), time.monotonic()
    catalogue, organisation = load(settings)
    database = Database.create(settings.database_url)
    try:
        async with database.read() as r:
            await _known(r, asked.wanted, catalogue, organisation)
            actor = await _actor(r, organisation, asked.account)
            replaced = await replacements(r, catalogue, at.astimezone(ZONE).date(), whole=asked.whole)
            numbers = asked.numbers or await affected(r, replaced, asked.wanted)
        work = Migration(database, Order(actor, asked.reason.strip(), replaced, asked.even_if_late))
        if asked.dry_run or not numbers:
            items = await _each(numbers, asked.concurrency, work.tried)
        else:
            async with _gateway(settings, database) as gateway:
                items = await _each(numbers, asked.concurrency, lambda number: work.done(number, gateway))
        report = Report(at, time.monotonic() - begun, replaced, tuple(items))
        if not asked.dry_run:
            await _keep(database, asked, report)
        return report
    finally:
        await database.close()


async def _known(r: Read, wanted: Wanted, catalogue: Catalogue, organisation: Organisation) -> None:
    """Raises OperatorError for a service or unit that nobody has; a retired service may have open appeals."""
    units = [entry.unit.code for entry in organisation.units()]
    if wanted.unit is not None and wanted.unit not in units:
        raise OperatorError(
            f"没有代码为“{wanted.unit}”的单位。", "There is no such unit.", f"现有 / there are: {'、'.join(units)}"
        )
    codes = [service.code for service in catalogue.services()]
    if wanted.service is not None and wanted.service not in codes:
        codes = sorted({*codes, *(one.rules.service.code for one in await in_use(r))})
        if wanted.service not in codes:
            raise unknown_service(wanted.service, codes)


def unknown_service(code: str, codes: Iterable[str]) -> OperatorError:
    """What is said of a service that nobody has."""
    return OperatorError(
        f"没有代码为“{code}”的事项。", "There is no such service.", f"现有 / there are: {'、'.join(codes)}"
    )


async def _actor(r: Any, organisation: Organisation, code: str) -> Actor:
    account = await Accounts(r).get(code)
    if account is None:
        raise OperatorError(f"没有账号“{code}”，或已停用。", "There is no such active account.", "--as 督办人员的账号")
    if Role.SUPERVISOR not in account.roles:
        raise OperatorError(
            f"账号“{code}”不是督办人员，不能迁移规则。", "Only a supervisor may migrate appeals.", "--as 督办人员的账号"
        )
    unit = organisation.place(account.unit) if account.unit else None
    return Actor(account.code, account.name, account.roles, unit, account.uscc)


@asynccontextmanager
async def _gateway(settings: Settings, database: Database) -> AsyncIterator[TemporalGateway]:
    """The workflows, if they can work just now. Raises OperatorError before anything was changed."""
    running = DataDir(settings.data_dir).running_engine()
    if running and not settings.engine_address:
        settings = settings.model_copy(update={"engine_address": running})
    where = target(settings)["target_host"]
    mend = "先启动 / start it first: make run, appeals doctor"
    try:
        gateway = TemporalGateway(await connect(settings), database, settings.task_queue)
    except RuntimeError:
        raise OperatorError(f"引擎 {where} 连接不上。", f"The engine at {where} cannot be reached.", mend) from None
    if (await gateway.readiness())["worker"] != "ok":
        raise OperatorError("没有工作进程在办理。", "No worker polls the task queue.", mend)
    yield gateway


async def _each(numbers: Sequence[str], most: int, do: Callable[[str], Awaitable[Item]]) -> list[Item]:
    """Every appeal, at most so many at a time, so that people's own actions are not kept waiting."""
    waiting, items = iter(numbers), []
    with progress("迁移 / migrating", len(numbers)) as advance:

        async def work() -> None:
            for number in waiting:
                items.append(await do(number))
                advance(1)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(most, len(numbers))):
                group.create_task(work())
    return sorted(items, key=lambda item: item.number)


async def _keep(database: Database, asked: Asked, report: Report) -> None:
    """The audit log says that one order was given; each journal says what it did there."""
    detail = {
        "to": "catalogue" if asked.whole else "calendar",
        "even_if_late": asked.even_if_late,
        "rules": {old: new.version for old, new in report.replaced.items()},
        "results": report.results,
    }
    row = audit_row(at=report.at, account=asked.account, kind="policy", number=None, code="migrate", detail=detail)
    await add_lines(database, [row])
