"""On both databases: a rating, and another round, belong to the unit whose answer they were about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.appeal import Appeal, Rating
from domain.journal import Entry
from domain.vocabulary import Action, Channel
from storage.appeals import Appeals
from storage.database import Database
from storage.filters import AppealFilter
from storage.measures import By, Measure, Scope
from storage.statistics import Statistics
from tests.storage.build import NOON, begun, chain, put

HOUR = timedelta(hours=1)
#: Of each appeal, round by round: who answered, perhaps after one another, and the grade, if there was one.
TOLD: tuple[tuple[tuple[tuple[str, ...], int], ...], ...] = (
    ((("station-a",), 1), (("station-b",), 5)),
    ((("station-a",), 5),),
    # Another unit took it over before it was rated, and a round after that there is no answer yet.
    ((("station-b", "station-a"), 2),),
    ((("station-b",), 3), (("station-b",), 0)),
)


def number(n: int) -> str:
    return f"SQ20260901-{n:08d}"


def made(n: int) -> tuple[Appeal, list[Entry]]:
    """An appeal that went so, an hour between its entries; led by nobody any more."""
    deeds: list[tuple[str, int, str, dict[str, Any]]] = []
    ratings: list[tuple[int, int]] = []
    for nth, (units, grade) in enumerate(TOLD[n], start=1):
        deeds += [("send_answer", nth, unit, {"text": "已增加巡逻"}) for unit in units]
        if grade:
            deeds.append(("rate", nth, "", {"grade": grade, "comment": "见 grade 5"}))
            ratings.append((nth, grade))
    entries = [
        replace(
            entry,
            action=Action(action),
            round=nth,
            actor=replace(entry.actor, unit=unit or None),
            at=NOON + entry.seq * HOUR,
            data=data,
        )
        for entry, (action, nth, unit, data) in zip(
            chain(number(n), *(str(i) for i in range(len(deeds)))), deeds, strict=True
        )
    ]
    at = {(e.round): e.at for e in entries if e.action is Action.RATE}
    known = tuple(Rating(nth, grade, "", at[nth]) for nth, grade in ratings)
    rounds = 2 if n in {0, 2, 3} else 1
    channel = Channel.WEB if n % 2 else Channel.WINDOW
    appeal = replace(begun(number(n), channel=channel)[0], round=rounds, ratings=known, seq=len(entries))
    return appeal, entries


async def rates(database: Database, by: By, hours: int = 100, **wanted: Any) -> dict[Measure, dict[str | None, Any]]:
    async with database.read() as r:
        scope = Scope(AppealFilter(**wanted))
        found = await Statistics(r, scope, NOON).rates(by, NOON - HOUR, NOON + hours * HOUR)
    told: dict[Measure, dict[str | None, Any]] = {Measure.SATISFACTION: {}, Measure.REOPENED: {}}
    for one in found:
        if one.measure is Measure.SATISFACTION:
            told[one.measure][one.key] = (one.part, one.whole)
        elif one.measure is Measure.REOPENED:
            told[one.measure][one.key] = one.part
    return told


async def listed(database: Database, **wanted: Any) -> list[int]:
    async with database.read() as r:
        page = await Appeals(r).page(AppealFilter(secret=True, sort="number", **wanted), NOON, None, 500)
    return [int(one.appeal.number[-8:]) for one in page.items]


async def test_of_each_unit_the_answers_that_it_gave(database: Database) -> None:
    for n in range(len(TOLD)):
        await put(database, *made(n))
    told = await rates(database, By.UNIT)
    assert told[Measure.SATISFACTION] == {"station-a": (1, 3), "station-b": (2, 2), None: (3, 4)}
    assert told[Measure.REOPENED] == {"station-a": 2, "station-b": 1, None: 3}
    # Until an hour later only the second appeal, whose only answer was rated at once.
    early = await rates(database, By.UNIT, hours=3)
    assert early[Measure.SATISFACTION]["station-a"] == (1, 2)

    for unit, (part, whole) in {"station-a": (1, 3), "station-b": (2, 2)}.items():
        within = {"answered_by": unit, "rated_from": NOON, "rated_before": NOON + 100 * HOUR}
        assert len(await listed(database, **within)) == whole
        assert len(await listed(database, **within, satisfied=True)) == part
        assert len(await listed(database, **within, satisfied=False)) == whole - part
    assert await listed(database, answered_by="station-a", reopened=True) == [0, 2]
    assert await listed(database, answered_by="station-b", reopened=True) == [3]
    assert await listed(database, answered_by="station-b", reopened=False) == [0, 1, 2]
    assert await listed(database, answered_by="station-b") == [0, 2, 3]
    assert await listed(database, answered_by="station-c") == []


async def test_of_some_units_an_appeal_counts_once_by_the_last_rating_for_one_of_them(database: Database) -> None:
    for n in range(len(TOLD)):
        await put(database, *made(n))
    both, one = ("station-a", "station-b"), ("station-a",)
    assert (await rates(database, By.UNIT, under=both))[Measure.SATISFACTION][None] == (3, 4)
    assert (await rates(database, By.UNIT, under=one))[Measure.SATISFACTION] == {"station-a": (1, 3), None: (1, 3)}
    assert (await rates(database, By.UNIT, unit="station-b"))[Measure.REOPENED] == {"station-b": 1, None: 1}
    by_channel = await rates(database, By.CHANNEL, under=one)
    assert by_channel[Measure.SATISFACTION] == {"window": (0, 2), "web": (1, 1)}
    assert by_channel[Measure.REOPENED] == {"window": 2}
    assert (await rates(database, By.MONTH, under=one))[Measure.SATISFACTION] == {"2026-09": (1, 3)}
    assert await listed(database, answered_under=both, rated_from=NOON, satisfied=False) == [2]
    assert await listed(database, answered_by="station-b", answered_under=one) == []
