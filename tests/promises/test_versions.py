"""An appeal keeps its policy and calendar; a new holiday moves open deadlines when a supervisor says so, never else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.policy_migrate import Asked, migrate
from domain.budget import parse
from domain.calendar import ZONE, is_working_day
from domain.journal import verify
from domain.measure import add
from domain.summary import summary
from domain.vocabulary import Action, Role
from runtime.settings import Settings
from storage import calendar_import
from storage.accounts import Account, AccountsWriter
from storage.affected import Wanted
from storage.calendars import load_calendars
from storage.catalogue import Catalogue
from storage.codec import make_rules
from tests.promises.ways import accepted, begun, clock, due, entries, kept, start
from tests.support.house import House

pytestmark = [pytest.mark.engine, pytest.mark.alone]

NOTICE = "国办发明电〔2026〕99号"


@pytest.fixture
async def supervised(house: House) -> House:
    async with house.database.write() as w:
        await AccountsWriter(w).upsert(Account("supervisor", "督办员", (Role.SUPERVISOR,), unit="city"))
    return house


@pytest.fixture
def announced(tmp_path: Path) -> tuple[Path, date]:
    """A catalogue into which one more holiday was imported: the second working day from now."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    before, today = load_calendars(), datetime.now(ZONE).date()
    days = (today + timedelta(days=n) for n in range(1, 40))
    off = [day for day in days if is_working_day(before.calendar(), day)][1]
    year = asdict(before.years[off.year])
    year = {**year, "notice": NOTICE, "status": "announced", "workdays": list(year["workdays"])}
    year["holidays"][off.isoformat()] = "新设节日"
    source = tmp_path / "notice.yaml"
    source.write_text(yaml.safe_dump({"years": {off.year: year}}, allow_unicode=True), encoding="utf-8")
    calendar_import.write(calendar_import.prepare(folder, source, today, off.year, NOTICE), folder)
    return folder, off


async def run(house: House, folder: Path, report: Path, **asked: Any) -> tuple[int, dict[str, Any]]:
    """The command itself, in a thread of its own as it has a loop of its own."""
    settings: Settings = house.settings.model_copy(update={"catalogue_dir": folder})
    wanted = Asked("supervisor", NOTICE, report=report, **asked)

    def both() -> tuple[int, dict[str, Any]]:
        return migrate(settings, wanted), json.loads(report.read_text(encoding="utf-8"))

    return await asyncio.to_thread(both)


async def by_edition(house: House, edition: int) -> str:
    """Accepted, by a policy of that edition."""
    number = await begun(house, kept(house, policy={"edition": edition}))
    await house.act(number, "window", "accept")
    return number


async def test_an_announced_holiday_moves_open_deadlines_and_the_journal_says_why(
    supervised: House, announced: tuple[Path, date], tmp_path: Path
) -> None:
    house, (folder, off), report = supervised, announced, tmp_path / "report.json"
    numbers = (await by_edition(house, 2), await by_edition(house, 1))
    before = {number: await house.look(number) for number in numbers}
    code, told = await run(house, folder, report, numbers=numbers, dry_run=True)
    assert (code, told["results"], told["dry_run"]) == (0, {"moved": 2}, True)
    assert {number: await house.look(number) for number in numbers} == before, "a dry run changes nothing"

    code, told = await run(house, folder, report, numbers=numbers)
    assert (code, told["results"], told["dry_run"]) == (0, {"moved": 2}, False)
    now = Catalogue.load(folder)
    for number in numbers:
        appeal = await house.look(number)
        assert appeal.rules == now.by_todays_calendar(before[number].rules)
        assert start(appeal, "handle") == start(before[number], "handle")
        assert due(appeal, "handle") == add(start(appeal, "handle"), parse("5 working days"), now.calendar)
        assert due(appeal, "handle") > due(before[number], "handle")
        (entry,) = await entries(house, number, Action.MIGRATE_POLICY)
        assert entry.actor.id == "supervisor"
        assert (entry.reason or "").startswith(NOTICE)
        assert verify(await house.journal(number)) == ()
        sentence = summary(clock(appeal, "handle"), appeal.rules.calendar, datetime.now(UTC)).chinese
        assert f"新设节日放假（{off.month}月{off.day}日）" in sentence


async def test_the_journal_says_the_old_deadline_and_the_new_one(
    supervised: House, announced: tuple[Path, date], tmp_path: Path
) -> None:
    """By rules that are open about time the entry does; by older ones, whose entries never did, its reason."""
    house, (folder, _) = supervised, announced
    of_time, older = await by_edition(house, 2), await by_edition(house, 1)
    was = due(await house.look(of_time), "handle")
    await run(house, folder, tmp_path / "report", numbers=(of_time, older))
    (entry,) = await entries(house, of_time, Action.MIGRATE_POLICY)
    (moved,) = [one for one in entry.data["moved"] if one["clock"] == "handle"]
    assert datetime.fromisoformat(moved["due_before"]) == was
    assert datetime.fromisoformat(moved["due_after"]) == due(await house.look(of_time), "handle")
    assert entry.reason == NOTICE
    (entry,) = await entries(house, older, Action.MIGRATE_POLICY)
    becomes = due(await house.look(older), "handle").astimezone(ZONE)
    assert f"→ {becomes:%Y-%m-%d %H:%M}" in (entry.reason or "")
    assert "moved" not in entry.data


async def test_what_is_closed_or_not_asked_for_stays_and_nothing_is_done_twice(
    supervised: House, announced: tuple[Path, date], tmp_path: Path
) -> None:
    house, (folder, _), report = supervised, announced, tmp_path / "report"
    number, closed, other = await accepted(house), await house.submit(), await house.submit("non-police")
    await house.act(closed, "enterprise", "withdraw", reason="已解决")
    before = {one: await house.look(one) for one in (closed, other)}
    _, told = await run(house, folder, report, numbers=(number, closed))
    assert told["results"] == {"moved": 1, "unchanged": 1}
    assert {one: await house.look(one) for one in before} == before
    journal = await house.journal(number)
    code, told = await run(house, folder, report, numbers=(number, closed))
    assert (code, told["results"]) == (0, {"unchanged": 2})
    assert await house.journal(number) == journal


async def test_a_filter_takes_every_open_appeal_of_it_and_no_other(
    supervised: House, announced: tuple[Path, date], tmp_path: Path
) -> None:
    house, (folder, _), report = supervised, announced, tmp_path / "report.json"
    mine = [await house.submit("hazmat-toxic-transport") for _ in range(3)]
    other = await house.submit("non-police")
    code, told = await run(house, folder, report, wanted=Wanted(service="hazmat-toxic-transport"), concurrency=2)
    assert code == 0
    assert [item["number"] for item in told["appeals"]] == sorted(mine)
    versions = {(await house.look(n)).rules.calendar.version for n in mine}
    assert versions == {Catalogue.load(folder).calendar.version}
    assert (await house.look(other)).rules.calendar.version == house.catalogue.calendar.version


async def test_a_change_that_would_put_a_deadline_behind_us_is_made_only_if_it_is_said_so(
    supervised: House, tmp_path: Path
) -> None:
    """A holiday is taken back: the deadline that it had moved on lies in the past."""
    house, report = supervised, tmp_path / "report.json"
    opening = kept(house, policy={"edition": 2}, age=timedelta(days=60))
    days = [(opening.created_at.astimezone(ZONE) + timedelta(days=n)).date().isoformat() for n in range(1, 75)]
    holidays = tuple(sorted({*opening.rules.calendar.holidays, *days}))
    generous = replace(opening.rules.calendar, version="generous", holidays=holidays, workdays=(), names=())
    rules = make_rules(opening.rules.service, opening.rules.policy, generous, opening.rules.timetables)
    number = await begun(house, replace(opening, rules=rules))
    before = await house.look(number)
    packaged = tmp_path / "packaged"
    packaged.mkdir()

    code, told = await run(house, packaged, report, numbers=(number,))
    (item,) = told["appeals"]
    assert (code, item["result"], item["breached_by_change"]) == (1, "refused", True)
    assert await house.look(number) == before

    code, told = await run(house, packaged, report, numbers=(number,), even_if_late=True)
    assert (code, told["results"]) == (0, {"moved": 1})
    (entry,) = await entries(house, number, Action.MIGRATE_POLICY)
    assert entry.data["breached_by_change"] is True
    assert due(await house.look(number), "accept") < datetime.now(UTC)


async def test_two_runs_at_a_time_do_it_once_and_what_was_brought_back_is_brought_anew(
    supervised: House, announced: tuple[Path, date], tmp_path: Path
) -> None:
    house, (folder, _) = supervised, announced
    number, back = await accepted(house), tmp_path / "packaged"
    back.mkdir()
    both = await asyncio.gather(*(run(house, folder, tmp_path / f"{n}", numbers=(number,)) for n in range(2)))
    assert [code for code, _ in both] == [0, 0]
    assert len(await entries(house, number, Action.MIGRATE_POLICY)) == 1
    for again in (back, folder, back):
        code, _ = await run(house, again, tmp_path / "again", numbers=(number,))
        assert code == 0
        assert (await house.look(number)).rules.calendar.version == Catalogue.load(again).calendar.version
    assert len(await entries(house, number, Action.MIGRATE_POLICY)) == 4
