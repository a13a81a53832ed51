"""Figures on both databases: each counts what the same filter lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from domain.appeal import Appeal, Assignment, Enterprise, ExtensionRequest, Rating, SecondLead, Visit
from domain.clock import ClockName, end
from domain.people import Person
from domain.vocabulary import Action, Outcome, Stage, Tier, VisitResult
from storage.appeals import Appeals
from storage.comparison import Claim, differences
from storage.database import Database
from storage.dossier import Dossiers
from storage.filling import fill_in
from storage.filters import AppealFilter
from storage.heat import Spent
from storage.measures import By, Measure, Scope
from storage.statistics import Statistics
from storage.tables import appeals as table
from storage.tally import EVERYBODY, TALLIED, Kept, tally
from tests.storage.build import NOON, begun, chain, moments_at, put, rules, submission, unit

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
SOMEBODY = Person("visitor", "秦回访")


def number(n: int) -> str:
    return f"SQ20260901-{n:08d}"


def led(n: int, code: str = "station-a", second: str = "", **more: Any) -> Appeal:
    """In the hands of one unit, or two."""
    given = Assignment(lead=unit(code), second=SecondLead(unit(second)) if second else None)
    return replace(begun(number(n))[0], **{"assignment": given, "stage": Stage.HANDLE, **more})


def closed(n: int, at: datetime, outcome: Outcome, *, grade: int = 0, visit: VisitResult | None = None) -> Appeal:
    ratings = (Rating(1, grade, "", at),) if grade else ()
    visits = (Visit(1, visit, "", at, SOMEBODY),) if visit else ()
    return led(n, outcome=outcome, ratings=ratings, visits=visits, stage=Stage.CLOSED, closed_at=at)


def accepted(appeal: Appeal, at: datetime) -> Appeal:
    ended = tuple(end(c, at, "met") if c.name is ClockName.ACCEPT else c for c in appeal.clocks)
    return replace(appeal, clocks=ended)


async def listed(database: Database, now: datetime = NOON, **wanted: Any) -> int:
    async with database.read() as r:
        return len((await Appeals(r).page(AppealFilter(secret=True, **wanted), now, None, 500)).items)


async def test_the_three_rates_count_each_by_its_own_moment(database: Database) -> None:
    await put(database, accepted(led(1), NOON + HOUR))
    await put(database, accepted(led(2, "station-b"), NOON + WEEK))
    await put(database, led(3))
    await put(database, closed(4, NOON + HOUR, Outcome.SOLVED, grade=5, visit=VisitResult.SATISFIED))
    await put(database, closed(5, NOON + HOUR, Outcome.SOLVED, grade=2, visit=VisitResult.UNREACHABLE))
    await put(database, closed(6, NOON + HOUR, Outcome.PARTLY_SOLVED, grade=3, visit=VisitResult.SATISFIED))
    await put(database, closed(7, NOON + HOUR, Outcome.WITHDRAWN))
    await put(database, closed(8, NOON + 5 * WEEK, Outcome.SOLVED, grade=5, visit=VisitResult.SATISFIED))
    end_of = NOON + WEEK + HOUR
    async with database.read() as r:
        found = await Statistics(r, Scope(AppealFilter()), NOON).rates(None, NOON, end_of)
        by_unit = await Statistics(r, Scope(AppealFilter()), NOON).rates(By.UNIT, NOON, end_of)
        months = await Statistics(r, Scope(AppealFilter()), NOON).rates(By.MONTH, NOON, NOON + 8 * WEEK)
    told = {share.measure: (share.part, share.whole) for share in found}
    assert told == {
        Measure.RESPONSE: (1, 2),
        Measure.SOLUTION: (1, 3),
        Measure.SATISFACTION: (2, 3),
        Measure.SUBMITTED: (8, 8),
        Measure.CLOSED: (4, 4),
        Measure.REOPENED: (0, 8),
        Measure.EXTENDED: (0, 8),
    }
    response = {share.key: (share.part, share.whole) for share in by_unit if share.measure is Measure.RESPONSE}
    assert response == {"station-a": (1, 1), "station-b": (0, 1)}
    solution = {share.key: (share.part, share.whole) for share in months if share.measure is Measure.SOLUTION}
    assert solution == {"2026-09": (1, 3), "2026-10": (1, 1)}
    within = {"closed_from": NOON, "closed_before": end_of}
    assert await listed(database, **within, answered=True) == 3
    assert await listed(database, **within, solved=True) == 1
    assert await listed(database, **within, solved=False) == 3
    assert await listed(database, rated_from=NOON, rated_before=end_of, satisfied=True) == 2
    assert await listed(database, clock=ClockName.ACCEPT, kept="judged") == 2
    assert await listed(database, clock=ClockName.ACCEPT, kept="late") == 1


async def test_of_two_leading_units_each_counts_its_own_and_the_whole_counts_once(database: Database) -> None:
    await put(database, led(1, "station-a", "station-b"))
    await put(database, led(2, "station-b"))
    await put(database, begun(number(3))[0])
    async with database.read() as r:
        found = await Statistics(r, Scope(AppealFilter()), NOON).stages(By.UNIT)
    assert {(s.stage, s.key, s.count, s.beside) for s in found} == {
        ("handle", "station-a", 1, False),
        ("handle", "station-b", 1, False),
        ("handle", "station-b", 1, True),
        ("accept", "", 1, False),
    }
    assert [await listed(database, unit=code) for code in ("station-a", "station-b")] == [1, 2]
    assert await listed(database, unassigned=True) == 1
    assert await listed(database, under=("station-b",)) == 2


async def test_a_colour_is_that_of_the_moment_and_of_the_appeals_own_clock(database: Database) -> None:
    await put(database, led(1), moments=moments_at(NOON + HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR))
    await put(database, led(2))
    for hours, colour in ((0, "yellow"), (1, "orange"), (3, "red")):
        now = NOON + hours * HOUR
        async with database.read() as r:
            found = await Statistics(r, Scope(AppealFilter()), now).stages(By.COLOUR)
        assert {s.colour: s.count for s in found} == {colour: 1, "green": 1}
        assert await listed(database, now, colour=colour, open=True) == 1


async def test_secret_matters_count_for_whoever_may_read_them_but_not_for_whom_they_complain_of(
    database: Database,
) -> None:
    await put(database, led(1))
    for n, against in ((2, ()), (3, ("supervisor",)), (4, ("station-c", "city"))):
        appeal, _ = begun(number(n), "complaint-12389", against=against)
        await put(database, appeal)

    async def count(barred: tuple[str, ...] | None) -> int:
        async with database.read() as r:
            found = await Statistics(r, Scope(AppealFilter(), barred), NOON).stages(By.SERVICE)
        return sum(one.count for one in found)

    assert await count(None) == 1
    assert await count(("nobody",)) == 4
    assert await count(("supervisor", "city")) == 2
    many = tuple(f"officer-{n:030d}" for n in range(40))
    assert tally(begun(number(5), "complaint-12389", against=many)[0])["against"] == EVERYBODY


async def test_heat_is_the_sum_of_the_stays_of_each_appeal_and_its_median_is_a_middle_one(database: Database) -> None:
    for n, hours in enumerate((1, 2, 30, 4), start=1):
        moves = [(None, Stage.ACCEPT, 0), (Stage.ACCEPT, Stage.HANDLE, 1), (Stage.HANDLE, Stage.HANDLE, 2)]
        moves += [(Stage.HANDLE, Stage.ACCEPT, 1 + hours), (Stage.ACCEPT, Stage.HANDLE, 2 + hours)]
        entries = [
            replace(entry, from_stage=source, to_stage=to, at=NOON + after * HOUR, action=Action.NOTE)
            for entry, (source, to, after) in zip(chain(number(n), *"abcde"), moves, strict=True)
        ]
        await put(database, replace(led(n, second="station-b" if n == 4 else ""), seq=5), entries)
    async with database.read() as r:
        found = await Statistics(r, Scope(AppealFilter()), NOON).heat(NOON, NOON + HOUR)
    assert sorted(found, key=lambda s: (s.unit, s.stage)) == [
        Spent("station-a", "accept", 4, 2 * HOUR, 2 * HOUR),
        Spent("station-a", "handle", 4, 9.25 * HOUR, 3 * HOUR),
        Spent("station-b", "accept", 1, 2 * HOUR, 2 * HOUR),
        Spent("station-b", "handle", 1, 4 * HOUR, 4 * HOUR),
    ]
    assert await listed(database, left=Stage.HANDLE, unit="station-b") == 1
    assert await listed(database, left=Stage.FEEDBACK) == 0


async def test_clocks_of_a_name_are_as_the_worst_of_them(database: Database) -> None:
    late = accepted(led(1), NOON + WEEK)
    breached = replace(led(2), last_at=NOON + WEEK)
    for appeal, how in ((late, Kept.LATE), (breached, Kept.BREACHED), (accepted(led(3), NOON), Kept.MET)):
        await put(database, appeal)
        assert tally(appeal)[f"clocks_{how.value}"] & 1
    async with database.read() as r:
        found = await Statistics(r, Scope(AppealFilter()), NOON).clocks(By.SERVICE, NOON, NOON + HOUR)
    accept = {one.kept: one.count for one in found if one.clock is ClockName.ACCEPT}
    assert accept == {Kept.LATE: 1, Kept.BREACHED: 1, Kept.MET: 1}
    both = replace(late, clocks=(*late.clocks, *accepted(led(1), NOON).clocks))
    assert not tally(both)["clocks_met"] & 1


async def test_tiers_extensions_rounds_and_returns_are_filters(database: Database) -> None:
    key = Enterprise(None, "乙", (Tier.KEY, Tier.PUBLIC))
    await put(database, begun(number(1), enterprise=key)[0])
    asked = ExtensionRequest(1, "1 working day", "", "", SOMEBODY, NOON, granted=True)
    await put(database, led(2, extensions=(asked,), round=2))
    returned = [replace(entry, action=Action.RETURN_ASSIGNMENT) for entry in chain(number(3), "a")]
    await put(database, replace(led(3), seq=1), returned)
    async with database.read() as r:
        tiers = await Statistics(r, Scope(AppealFilter()), NOON).stages(By.TIER)
        counts = await Statistics(r, Scope(AppealFilter()), NOON).rates(None, NOON, NOON + HOUR)
    assert {one.key: one.count for one in tiers} == {"key public": 1, "": 2}
    told = {one.measure: one.part for one in counts}
    assert [told[m] for m in (Measure.REOPENED, Measure.EXTENDED, Measure.RETURNED)] == [1, 1, 1]
    ways: tuple[tuple[str, Any, Any], ...] = (
        *(("tier", Tier.KEY, "none"), ("extended", True, False), ("reopened", True, False), ("returned", True, False)),
    )
    for name, those, others in ways:
        assert await listed(database, **{name: those}) == 1, name
        assert await listed(database, **{name: others}) == 2, name


async def test_rows_of_an_earlier_release_get_their_figures_and_are_no_difference_until_then(
    database: Database,
) -> None:
    for n in range(1, 4):
        await put(database, accepted(led(n), NOON + HOUR))
    empty = update(table).where(table.c.number != number(3)).values(dict.fromkeys(table.c[n] for n in TALLIED))
    async with database.write() as w:
        await w.run(empty)
        dossier = (await Dossiers(w).of([number(1)]))[number(1)]
    claim = Claim(accepted(led(1), NOON + HOUR), moments_at(), 1)
    assert "row-changed" not in {d.unlike.value for d in differences(dossier, claim, [])}
    assert await listed(database, clock=ClockName.ACCEPT, kept="met") == 1
    assert await fill_in(database) == 2
    assert await fill_in(database) == 0
    assert await listed(database, clock=ClockName.ACCEPT, kept="met") == 3


async def test_a_row_that_cannot_be_read_does_not_keep_the_others_waiting(database: Database) -> None:
    for n in range(1, 4):
        await put(database, led(n))
    async with database.write() as w:
        await w.run(update(table).values(clocks_met=None))
        await w.run(update(table).where(table.c.number == number(1)).values(state={"no": "state"}))
    assert await fill_in(database) == 2


async def test_the_columns_are_told_apart_from_those_that_are_always_there() -> None:
    assert set(tally(led(1))) == TALLIED
    assert tally(replace(led(1), submission=submission()))["against"] is None
    assert rules().service.code
