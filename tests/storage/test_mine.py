"""Somebody's work is found by whose turn it is, by either database; and counted by colour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from domain.appeal import Assignment, Cooperation
from domain.clock import Colour
from domain.people import Person
from domain.vocabulary import Stage
from storage.appeals import Appeals
from storage.database import Database
from storage.desk_counts import Counted, count, count_by_colour
from storage.filters import AppealFilter
from storage.mine import Mine, has_mine
from tests.storage.build import NOON, begun, moments_at, put, unit, write

WINDOW, HANDLER, LEADER = "window:branch", "handler:station-a", "leader:station-a"


async def _there(database: Database) -> None:
    """1 is to be accepted, 2 signed, 3 is handled while two stations are asked, 4 is to be visited, 5 is closed."""
    lead, zheng = unit("station-a"), Person("zheng", "郑承办")
    for n, stage, given in (
        (1, Stage.ACCEPT, Assignment()),
        (2, Stage.ASSIGN, Assignment(lead=lead, assigned_at=NOON)),
        (3, Stage.HANDLE, Assignment(lead=lead, officer=zheng, assigned_at=NOON, signed_at=NOON)),
        (4, Stage.EVALUATE, Assignment(lead=lead, officer=zheng, assigned_at=NOON, signed_at=NOON)),
        (5, Stage.CLOSED, Assignment(lead=lead, officer=zheng, assigned_at=NOON, signed_at=NOON)),
    ):
        appeal, _ = begun(f"SQ20260901-{n:08d}")
        questions = tuple(Cooperation(unit(code), "请提供监控", NOON) for code in ("station-b", "station-c"))
        closed = NOON if stage is Stage.CLOSED else None
        appeal = replace(appeal, stage=stage, assignment=given, closed_at=closed)
        await put(database, replace(appeal, cooperations=questions) if n == 3 else appeal)


async def _numbers(database: Database, mine: Mine, **more: str) -> str:
    async with database.read() as r:
        page = await Appeals(r).page(AppealFilter(mine=mine, secret=True, sort="number", **more), NOON)  # type: ignore[arg-type]
    assert all(has_mine(mine, one.appeal) for one in page.items)
    return "".join(one.appeal.number[-1] for one in page.items)


def _mine(*turns: str, officer: str = "", visits_not_of: str = "") -> Mine:
    return Mine(frozenset(turns), frozenset({officer} if officer else ()), visits_not_of)


async def test_it_is_found_by_whose_turn_it_is_and_by_who_handles_it(database: Database) -> None:
    await _there(database)
    assert await _numbers(database, _mine(WINDOW)) == "1"
    assert await _numbers(database, _mine(HANDLER)) == "2"
    assert await _numbers(database, _mine(HANDLER, "zheng", officer="zheng")) == "234"
    assert await _numbers(database, _mine("handler:station-b")) == "3"
    assert await _numbers(database, _mine("handler:station-c", WINDOW)) == "13"
    assert await _numbers(database, _mine(LEADER, 'a"b', "a%")) == ""
    assert await _numbers(database, Mine()) == ""


async def test_visitors_have_all_visits_but_those_of_their_own_unit(database: Database) -> None:
    await _there(database)
    assert await _numbers(database, _mine(visits_not_of="liaison-a")) == "4"
    assert await _numbers(database, _mine(visits_not_of="station-a")) == ""


async def test_a_page_of_it_goes_on_where_the_last_one_ended(database: Database) -> None:
    async with database.write() as w:
        for n in range(1, 8):
            await write(w, begun(f"SQ20260901-{n:08d}")[0], moments=moments_at(due_at=NOON + timedelta(hours=n % 3)))
    found, cursor = [], None
    async with database.read() as r:
        for _ in range(3):
            page = await Appeals(r).page(AppealFilter(mine=_mine(WINDOW), secret=True, sort="due_at"), NOON, cursor, 3)
            found += [int(one.appeal.number[-1]) for one in page.items]
            cursor = page.next_cursor
    assert (found, cursor) == ([3, 6, 1, 4, 7, 2, 5], None)


async def test_words_are_looked_for_among_the_open_ones(database: Database) -> None:
    await _there(database)
    async with database.read() as r:
        for among_open, found in ((True, 4), (None, 5), (False, 1)):
            page = await Appeals(r).page(AppealFilter(q="20260901-0", open=among_open, secret=True), NOON)
            assert len(page.items) == found, among_open


async def test_they_are_counted_by_colour_at_their_own_now(database: Database) -> None:
    hour = timedelta(hours=1)
    async with database.write() as w:
        for n, due in enumerate((-1, 1, 3, 100), start=1):
            at = NOON + due * hour
            ahead = moments_at(due_at=at, red_at=at, orange_at=at - 2 * hour, yellow_at=at - 4 * hour)
            await write(w, begun(f"SQ20260901-{n:08d}")[0], moments=ahead)
    async with database.read() as r:
        assert await count_by_colour(r, AppealFilter(open=True, secret=True), NOON) == Counted(4, 1, 1, 1)
        for colour in (None, *Colour):
            asked = AppealFilter(open=True, secret=True, colour=colour)
            assert Counted(4, 1, 1, 1).of(colour) == await count(r, asked, NOON), colour
        mine = AppealFilter(mine=_mine(WINDOW), secret=True)
        assert (await count_by_colour(r, mine, NOON + 100 * hour)).red == 4
        assert await count(r, AppealFilter(mine=_mine(HANDLER), secret=True), NOON) == 0
        assert (await count_by_colour(r, AppealFilter(reader_unit="station-a"), NOON)).green == 1


async def test_words_that_no_number_has_are_not_looked_for_in_numbers_and_others_are(database: Database) -> None:
    await _there(database)
    async with database.read() as r:
        for words, found in (("sq2026", 5), ("0901-00000003", 1), ("厂区", 5), ("厂区3", 0), ("宁波", 5)):
            page = await Appeals(r).page(AppealFilter(q=words, secret=True), NOON)
            assert len(page.items) == found, words


_READER = {"reader": "zheng", "reader_unit": "station-a", "reader_below": ("station-a",)}


@pytest.mark.parametrize(
    "wanted",
    [
        AppealFilter(mine=Mine(frozenset({WINDOW, "zheng"}), frozenset({"zheng"}), "x"), sort="due_at", **_READER),  # type: ignore[arg-type]
        AppealFilter(open=True, under=("station-a", "branch"), sort="due_at", secret=True),
        AppealFilter(open=True, q="违停", sort="due_at", **_READER),  # type: ignore[arg-type]
        AppealFilter(open=True, colour=Colour.RED, sort="due_at", **_READER),  # type: ignore[arg-type]
    ],
)
async def test_lists_of_work_are_found_and_counted_in_an_index_that_says_it_all(
    database: Database, wanted: AppealFilter
) -> None:
    """Of thousands that are open, no row is looked at but those that are shown."""
    await _there(database)
    asked: list[tuple[str, Any]] = []

    def keep(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        del connection, cursor
        asked.append((statement, parameters))

    event.listen(database._reader.sync_engine, "before_cursor_execute", keep)
    async with database.read() as r:
        await Appeals(r).page(wanted, NOON)
        await count_by_colour(r, wanted, NOON, ("zheng", "station-a"))
        event.remove(database._reader.sync_engine, "before_cursor_execute", keep)
        if r.dialect == "postgresql":
            # Of so few rows it would otherwise read them all.
            await r._connection.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if r.dialect == "sqlite" else "EXPLAIN"
        found = "COVERING INDEX" if r.dialect == "sqlite" else "Index Only Scan using"
        lists = [(s, p) for s, p in asked if "closed_at IS NULL" in s]
        assert len(lists) == 2
        for statement, parameters in lists:
            plan = await r._connection.exec_driver_sql(f"{explain} {statement}", parameters)
            assert f"{found} ix_appeals_standing" in " ".join(str(row[-1]) for row in plan), statement
