"""`appeals policy simulate`: a month of recorded appeals under another policy or calendar. It only reads."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from rich.markup import escape

from cli import prepare
from cli.policy_chart import page
from cli.policy_comparison import Comparison, Kind, Others
from cli.policy_migrate import load, unknown_service
from cli.policy_words import CLOCKS, SHOWN, grid
from cli.words import OUT
from domain.calendar import ZONE
from domain.rules import Policy
from runtime.errors import OperatorError
from runtime.settings import Settings
from storage.calendars import Calendars, read_calendars
from storage.catalogue import Catalogue
from storage.catalogue_check import holes
from storage.database import Database
from storage.organisation import Organisation
from storage.recorded import recorded
from storage.yaml_file import BadCatalogue, read_file

LEFT_OUT = (
    "未计入：紧急程度改变之前的时限、认领期限与提前上报、回访的首次尝试"
    " / left out: limits before a change of urgency, leases and early calls, first tries"
)
"""What the record of a clock does not tell, so that no other rules can be tried on it."""
KINDS = {Kind.WARNED: "预警", Kind.BREACHED: "超时", Kind.ESCALATED: "逐级上报", Kind.LAPSED: "逾期终止"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: other rules from files, and the days on which the appeals came in, both included."""

    policy: Path | None
    calendar: Path | None
    first: date
    last: date
    service: str | None = None
    html: Path | None = None
    json: Path | None = None


def simulate(settings: Settings, asked: Asked) -> None:
    """Read, judge, tell. Raises OperatorError: files with faults, days in the wrong order, no database."""
    if asked.policy is None and asked.calendar is None:
        raise OperatorError(
            "请给出另一政策或日历。", "Give another policy or calendar.", "--policy FILE, --calendar FILE"
        )
    if asked.last < asked.first:
        raise OperatorError("--to 早于 --from。", "--to is before --from.", "--from 2026-10-01 --to 2026-10-31")
    prepare.check_version(settings)
    catalogue, organisation = load(settings)
    policy, calendars = _files(asked, catalogue, organisation)
    found = Comparison(Others(policy, calendars))
    reading, judging = asyncio.run(_run(settings, asked, found))
    _check_service(asked, found, catalogue)
    _tell(found, reading, judging)
    told = _as_json(found, asked, policy, calendars)
    if asked.json:
        asked.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    if asked.html:
        asked.html.write_text(page(found, KINDS, _title(asked), _rules(policy, calendars), LEFT_OUT), encoding="utf-8")


def _check_service(asked: Asked, found: Comparison, catalogue: Catalogue) -> None:
    """Raises OperatorError for a service that neither the catalogue knows nor any appeal; a retired one has appeals."""
    codes = [service.code for service in catalogue.services()]
    if asked.service and not found.appeals and asked.service not in codes:
        raise unknown_service(asked.service, codes)


def _files(asked: Asked, catalogue: Catalogue, organisation: Organisation) -> tuple[Policy | None, Calendars | None]:
    try:
        policy = read_file(asked.policy, Policy) if asked.policy else None
        calendars = read_calendars(asked.calendar) if asked.calendar else None
    except BadCatalogue as error:
        raise _faulty(error.faults) from None
    tried = Catalogue((), policy or catalogue.policy, calendars or catalogue.calendars)
    if faults := holes(tried, organisation) + _nonsense(policy):
        raise _faulty(faults)
    return policy, calendars


def _faulty(faults: list[str]) -> OperatorError:
    return OperatorError("文件有误，没有试算。", "The file has faults; nothing was tried.", "\n".join(faults))


def _nonsense(policy: Policy | None) -> list[str]:
    """Numbers that nobody can mean."""
    if policy is None:
        return []
    numbers = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
    return [f"{name}: {n} is below 0" for name, n in numbers.items() if isinstance(n, int) and n < 0]


async def _run(settings: Settings, asked: Asked, found: Comparison) -> tuple[float, float]:
    """Seconds of reading, and of judging."""
    since, before = (datetime.combine(d, clock_time.min, ZONE) for d in (asked.first, asked.last + timedelta(days=1)))
    begun, judging = time.perf_counter(), 0.0
    database = Database.create(settings.database_url)
    try:
        async for some in recorded(database, since, before, datetime.now(UTC), asked.service):
            at = time.perf_counter()
            found.add(some)
            judging += time.perf_counter() - at
    finally:
        await database.close()
    return time.perf_counter() - begun - judging, judging


def _title(asked: Asked) -> str:
    service = f"，事项 {asked.service}" if asked.service else ""
    return f"{asked.first} 至 {asked.last} 的诉求{service}"


def _rules(policy: Policy | None, calendars: Calendars | None) -> str:
    """Which rules were tried."""
    named = [f"政策 {policy.version}"] if policy else []
    return "、".join([*named, *([f"日历 {calendars.version}"] if calendars else [])])


def _tell(found: Comparison, reading: float, judging: float) -> None:
    table = grid("时限 / clock", *(f"{title} 实际→试算" for title in KINDS.values()))
    for clock, title in CLOCKS.items():
        cells = [(found.was[clock, kind], found.would[clock, kind]) for kind in Kind]
        if any(map(any, cells)):
            table.add_row(title, *(_cell(was, would) for was, would in cells))
    OUT.print(table)
    for one in found.differences[:SHOWN]:
        was, would = (KINDS[kind] if kind else "无" for kind in (one.was, one.would))
        OUT.print(f"  {one.number} {CLOCKS[one.clock]}：{was} → {would}", soft_wrap=True)
    more = len(found.differences) - SHOWN
    if more > 0:
        OUT.print(f"另有 {more} 项，见 --json、--html / {more} more")
    OUT.print(f"{found.appeals} 件 {found.clocks} 个时限，{len(found.differences)} 个结果不同 / differ", soft_wrap=True)
    OUT.print(
        f"按各自原规则重放，{found.apart} 个与流水不符（途中改过时限等）/ apart when replayed by their own rules",
        soft_wrap=True,
    )
    OUT.print(escape(LEFT_OUT), soft_wrap=True)
    OUT.print(f"读取 {reading:.1f} 秒，试算 {judging:.1f} 秒 / reading {reading:.1f} s, judging {judging:.1f} s")


def _cell(was: int, would: int) -> str:
    return str(was) if was == would else f"{was} → [bold]{would}[/]"


def _as_json(found: Comparison, asked: Asked, policy: Policy | None, calendars: Calendars | None) -> dict[str, Any]:
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "service": asked.service,
        "policy": policy.version if policy else None,
        "calendar": calendars.version if calendars else None,
        "appeals": found.appeals,
        "clocks": found.clocks,
        "apart_by_own_rules": found.apart,
        "left_out": LEFT_OUT,
        "counts": {
            clock.value: {
                kind.value: {"was": found.was[clock, kind], "would": found.would[clock, kind]} for kind in Kind
            }
            for clock in CLOCKS
        },
        "differences": [
            {
                "number": one.number,
                "service": one.service,
                "clock": one.clock.value,
                "generation": one.generation,
                "was": one.was,
                "would": one.would,
            }
            for one in found.differences
        ],
    }
