"""Tables that have come apart from their workflows are found, told and put right; nothing healthy is touched."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from cli.reconcile import Asked, reconcile
from tests.repair.faults import Breaker, Broken
from tests.repair.population import ended, handled, permit, permits
from tests.repair.tables import Rows, Tables, opened
from tests.support.engine import Engine
from tests.support.house import House, open_house

pytestmark = pytest.mark.engine


async def run(house: House, folder: Path, **asked: Any) -> dict[str, Any]:
    """The command, as an operator runs it; its report."""
    path = folder / "report.json"
    code = await asyncio.to_thread(reconcile, house.settings, Asked(**{"report": path, "processes": 1, **asked}))
    report: dict[str, Any] = json.loads(path.read_text())
    apart = [a for a in report["appeals"] if a["result"] not in {"mended", "found", "explained"}]
    assert code == (1 if apart else 0)
    return report


def named(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Number, kind and place of everything that was found."""
    return {(a["number"], f["kind"], f["where"]) for a in report["appeals"] for f in a["faults"]}


def unnamed(broken: list[Broken], report: dict[str, Any]) -> list[Broken]:
    """The faults that a report does not name, each with its place."""
    places: dict[tuple[str, str], list[str]] = {}
    for number, kind, where in named(report):
        places.setdefault((number, kind), []).append(where)
    return [one for one in broken if not any(_is_at(one, where) for where in places.get((one.number, one.kind), []))]


def _is_at(one: Broken, where: str) -> bool:
    place, _, columns = where.rpartition(":")
    wanted, _, column = one.where.rpartition(":")
    return (place == wanted and column in columns.split(",")) or where == one.where or not one.where


def left(report: dict[str, Any]) -> set[str]:
    """Whoever was not put right."""
    return {a["number"] for a in report["appeals"] if a["result"] != "mended"}


async def broken_house(house: House, much: int) -> tuple[list[Broken], Rows, Rows]:
    """``much`` appeals broken much, others in other ways; what was broken, and the tables before and after."""
    numbers = await permits(house, much + 7)
    opened_ones, closed_ones = [await handled(house) for _ in range(2)], [await ended(house) for _ in range(2)]
    kept = [permit(house, 1) for _ in range(12)]
    for opening in kept:
        await house.keep(opening)
    broken = [Broken(opening.number, "intake-waiting") for opening in kept]
    with opened(house.settings.database_url) as tables:
        before, breaker = tables.dump(), Breaker(tables)
        for number in numbers[:much]:
            broken += breaker.break_much(number)
        broken += [
            breaker.no_row(number) for number in (numbers[much], numbers[much + 1], opened_ones[0], closed_ones[0])
        ]
        for number in (numbers[much + 2], closed_ones[1]):
            broken += breaker.nothing_left(number)
        broken += [breaker.extra_row(numbers[-1], f"SQ20261122-9999999{n}") for n in range(2)]
        return broken, before, tables.dump()


async def test_five_hundred_faults_are_found_and_mended_and_nothing_healthy_is_touched(
    own_house: House, tmp_path: Path
) -> None:
    assert await found_and_mended(own_house, tmp_path, 37) >= 500


@pytest.mark.postgres
async def test_on_postgresql_too(own_engine: Engine, postgres: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE DATABASE reconciled")
    url = make_url(postgres).set(database="reconciled").render_as_string(hide_password=False)
    settings = own_engine.settings.model_copy(update={"database_url": url})
    async with open_house(settings) as house:
        assert await found_and_mended(house, tmp_path, 4) >= 70


async def found_and_mended(house: House, tmp_path: Path, much: int) -> int:
    """Breaks tables and has them mended; how many faults there were."""
    url = house.settings.database_url
    broken, before, injected = await broken_house(house, much)
    touched, unproven = {one.number for one in broken}, {one.number for one in broken if one.kind == "tables-unproven"}

    looked = await run(house, tmp_path, dry_run=True)
    with opened(url) as tables:
        assert tables.dump() == injected
    assert unnamed(broken, looked) == []

    report = await run(house, tmp_path)
    assert unnamed(broken, report) == []
    assert {a["number"] for a in report["appeals"]} == touched
    assert left(report) == unproven
    with opened(url) as tables:
        after = tables.dump()
        known = {row[0] for row in before["appeals"]} & touched
        for table in ("appeals", "journal", "escalations"):
            assert _lines(tables, after, table, known) == _lines(tables, before, table, known)
    for table, rows in before.items():
        assert table == "meta" or _without(after[table], touched) == _without(rows, touched)

    assert {a["number"] for a in (await run(house, tmp_path))["appeals"]} == unproven
    return len(broken)


def _lines(tables: Tables, rows: Rows, table: str, numbers: set[str]) -> set[tuple[Any, ...]]:
    """Their rows, but for the positions."""
    names = tables.columns(table)
    of, place = names.index("number"), names.index("position") if "position" in names else -1
    return {tuple(repr(v) for n, v in enumerate(row) if n != place) for row in rows[table] if row[of] in numbers}


def _without(rows: list[tuple[Any, ...]], numbers: set[str]) -> list[tuple[Any, ...]]:
    return [row for row in rows if not numbers & {value for value in row if isinstance(value, str)}]
