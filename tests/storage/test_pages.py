"""Lists of appeals: every filter narrows, every page goes on where the last one ended."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.appeal import Assignment, Cooperation, Enterprise
from domain.clock import Colour
from domain.vocabulary import Channel, Stage
from storage.appeals import Appeals
from storage.database import Database
from storage.filters import AppealFilter, Sort
from storage.keyset import BadCursor, Keyset
from storage.writer import AppealWriter
from tests.storage.build import ENTERPRISE, NOON, begun, moments_at, put, unit, write

HOUR = timedelta(hours=1)
SORTS = get_args(Sort)


async def numbers(database: Database, now: Any = NOON, limit: int = 50, **wanted: Any) -> list[str]:
    """The last digits of the numbers on all pages, in order."""
    found: list[str] = []
    cursor = None
    async with database.read() as r:
        while True:
            page = await Appeals(r).page(AppealFilter(**wanted), now, cursor, limit)
            assert len(page.items) <= limit
            found += [item.appeal.number[-2:].lstrip("0") for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found


async def many(database: Database) -> None:
    """Ties in both moments, and appeals without a deadline."""
    async with database.write() as w:
        for n in range(1, 15):
            appeal, _ = begun(f"SQ20260901-{n:08d}", at=NOON + (n // 4) * HOUR)
            due = None if n % 3 == 0 else NOON + (n % 2) * HOUR
            await write(w, appeal, moments=moments_at(due_at=due))


async def test_pages_see_each_row_once_whatever_the_order_ties_and_missing_deadlines(database: Database) -> None:
    await many(database)
    for sort in SORTS:
        whole = await numbers(database, sort=sort)
        assert sorted(whole, key=int) == [str(n) for n in range(1, 15)]
        for limit in (1, 2, 3, 5, 13, 14):
            assert await numbers(database, sort=sort, limit=limit) == whole, (sort, limit)


async def test_orders_are_what_they_say(database: Database) -> None:
    await many(database)
    numbered = [str(n) for n in range(1, 15)]
    assert await numbers(database, sort="number") == numbered
    assert await numbers(database, sort="created_at") == numbered
    assert await numbers(database, sort="-created_at") == numbered[::-1]
    due = await numbers(database, sort="due_at")
    assert due == ["2", "4", "8", "10", "14", "1", "5", "7", "11", "13", "3", "6", "9", "12"]
    late = await numbers(database, sort="-due_at")
    assert late == ["13", "11", "7", "5", "1", "14", "10", "8", "4", "2", "12", "9", "6", "3"]


async def test_rows_that_come_in_between_shift_no_page(database: Database) -> None:
    await many(database)
    async with database.read() as r:
        first = await Appeals(r).page(AppealFilter(), NOON, None, 5)
    await put(database, begun("SQ20260901-00000099", at=NOON + 99 * HOUR)[0])
    async with database.read() as r:
        second = await Appeals(r).page(AppealFilter(), NOON, first.next_cursor, 5)
    assert [int(i.appeal.number[-8:]) for i in first.items + second.items] == list(range(14, 4, -1))


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


BAD_CURSORS = [
    "",
    "?",
    "é",
    "A",
    "QQ",
    "x" * 501,
    "[" * 400,
    cursor_of(),
    cursor_of("due_at", 1, "SQ"),
    cursor_of("-created_at", "1", "SQ"),
    cursor_of("-created_at", *[True], "SQ"),
    cursor_of("-created_at", 1.5, "SQ"),
    cursor_of("-created_at", 1, None),
    cursor_of("-created_at", 10**30, "SQ"),
    cursor_of("-created_at", -(10**18), "SQ"),
    cursor_of("-created_at", 1, "SQ", 1),
    cursor_of("-created_at", 1, "SQ\u0000"),
    base64.urlsafe_b64encode(b"{}").decode(),
    base64.urlsafe_b64encode(b"[" * 300).decode(),
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
async def test_a_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        Keyset.of("-created_at").after(cursor)


def test_a_cursor_of_the_numbers_carries_no_moment() -> None:
    with pytest.raises(BadCursor):
        Keyset.of("number").after(cursor_of("number", 1, "SQ"))


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_no_cursor_breaks_anything(cursor: str) -> None:
    for sort in SORTS:
        try:
            Keyset.of(sort).after(cursor)
        except BadCursor:
            continue


async def test_each_filter_narrows(database: Database) -> None:
    async with database.write() as w:
        one, _ = begun("SQ20260901-00000001")
        two, _ = begun("SQ20260901-00000002", "hazmat-toxic-purchase", at=NOON + HOUR, channel=Channel.WINDOW)
        three, _ = begun("SQ20260901-00000003", enterprise=Enterprise(None, "某企业"), channel=Channel.HOTLINE_12345)
        await write(w, replace(one, assignment=Assignment(lead=unit("station-a"))), moments=moments_at(due_at=NOON))
        await write(w, two, moments=moments_at(due_at=NOON + HOUR))
        await write(w, three)
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["1", "2", "3"]),
        ({"stage": Stage.HANDLE}, ["2"]),
        ({"service": "appeal-general"}, ["1", "3"]),
        ({"unit": "station-a"}, ["1"]),
        ({"unit": "public-order"}, ["2"]),
        ({"enterprise": ENTERPRISE.uscc}, ["1", "2"]),
        ({"channel": Channel.HOTLINE_12345}, ["3"]),
        ({"number": "SQ20260901-00000002"}, ["2"]),
        ({"created_after": NOON}, ["2"]),
        ({"due_before": NOON + HOUR}, ["1"]),
        ({"service": "appeal-general", "stage": Stage.HANDLE}, []),
        ({"q": "某企"}, ["3"]),
        ({"q": "sq20260901-00000002"}, ["2"]),
    ]
    for wanted, found in expected:
        assert await numbers(database, sort="number", **wanted) == found, wanted


async def test_wildcards_that_someone_types_are_meant_as_they_stand(database: Database) -> None:
    titles = ["100% 完成", "100 完成", "a_b", "axb", "c\\d", "c/d", "it's", "/%"]
    async with database.write() as w:
        for n, title in enumerate(titles, 1):
            await write(w, begun(f"SQ20260901-{n:08d}", title=title)[0])
    expected = {"100%": "1", "a_b": "3", "\\": "5", "c/d": "6", "'": "7", "/%": "8", "%": "1 8", "_": "3", "A_B": "3"}
    for q, found in expected.items():
        assert await numbers(database, sort="number", q=q) == found.split(), q


async def test_of_words_with_letters_the_case_of_ascii_does_not_matter_and_of_others_it_does(
    database: Database,
) -> None:
    titles = ["企业ABC园", "企业abc园", "ÄÖ园区", "äö园区", "园区"]
    async with database.write() as w:
        for n, title in enumerate(titles, 1):
            await write(w, begun(f"SQ20260901-{n:08d}", title=title)[0])
    expected = {"Abc": "1 2", "业aBC园": "1 2", "bcd": "", "Ä": "3", "äö": "4", "园区": "3 4 5", "区园": ""}
    for q, found in expected.items():
        assert await numbers(database, sort="number", q=q) == found.split(), q


COLOURED = [
    (moments_at(), "green"),
    (moments_at(NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR), "green"),
    (moments_at(NOON, NOON, NOON + 2 * HOUR, NOON + 3 * HOUR), "yellow"),
    (moments_at(NOON, NOON - HOUR, NOON, NOON + 3 * HOUR), "orange"),
    (moments_at(NOON, NOON - HOUR, NOON - HOUR, NOON), "red"),
    (moments_at(yellow_at=NOON), "yellow"),
    (moments_at(orange_at=NOON), "orange"),
    (moments_at(red_at=NOON), "red"),
]


async def test_the_colour_is_the_worst_whose_moment_has_come(database: Database) -> None:
    async with database.write() as w:
        for n, (moments, _) in enumerate(COLOURED, 1):
            await write(w, begun(f"SQ20260901-{n:08d}")[0], moments=moments)
    for colour in Colour:
        found = [str(n) for n, (_, name) in enumerate(COLOURED, 1) if name == colour.value]
        assert await numbers(database, sort="number", colour=colour) == found
    assert await numbers(database, sort="number", colour=Colour.GREEN, now=NOON + 9 * HOUR) == ["1"]


async def test_in_a_rehearsal_the_colour_goes_by_the_appeals_own_now(database: Database) -> None:
    appeal, _ = begun("SQ20260901-00000001")
    await put(database, appeal, moments=moments_at(red_at=NOON + 48 * HOUR, yellow_at=NOON + 24 * HOUR))
    for ahead, colour in ((0, Colour.GREEN), (24, Colour.YELLOW), (47, Colour.YELLOW), (48, Colour.RED)):
        async with database.write() as w:
            await AppealWriter(w).set_offset(appeal.number, ahead * HOUR)
        assert await numbers(database, colour=colour) == ["1"], ahead


async def test_secret_appeals_are_seen_by_their_track_only(database: Database) -> None:
    async with database.write() as w:
        for n, lead in ((1, "supervision"), (2, "economic-crime"), (3, None)):
            appeal, _ = begun(f"SQ20260901-{n:08d}")
            rules = appeal.rules
            # A version of its own: rules are kept by it.
            secret = replace(rules, version=f"secret {n}", service=replace(rules.service, secret=n != 3))
            await write(w, replace(appeal, rules=secret, assignment=Assignment(lead=unit(lead) if lead else None)))
    assert await numbers(database, sort="number") == ["3"]
    assert await numbers(database, sort="number", reader_unit="supervision") == ["1", "3"]
    assert await numbers(database, sort="number", reader=ENTERPRISE.id) == ["1", "2", "3"]
    assert await numbers(database, sort="number", secret=True) == ["1", "2", "3"]


async def test_a_secret_one_is_found_by_the_unit_that_owes_it_a_word_itself_and_not_by_its_superiors(
    database: Database,
) -> None:
    asked = Cooperation(unit("station-a"), "现场情况", NOON)
    ways = {
        "1": asked,
        "2": replace(asked, answered_at=NOON),
        "3": replace(asked, refused_at=NOON),
        "4": replace(asked, ended_at=NOON),
        "5": replace(asked, unit=unit("station-b")),
    }
    async with database.write() as w:
        for n, question in ways.items():
            appeal, _ = begun(f"SQ20260901-0000000{n}")
            secret = replace(appeal.rules.service, secret=True)
            await write(w, replace(appeal, rules=replace(appeal.rules, service=secret), cooperations=(question,)))
    assert await numbers(database, reader_unit="station-a") == ["1"]
    assert await numbers(database, reader_unit="station-b") == ["5"]
    assert await numbers(database, reader_unit="branch") == []
    assert await numbers(database, reader_unit="station-a' OR '1'='1") == []
