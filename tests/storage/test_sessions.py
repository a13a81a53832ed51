"""Sessions and failures on both databases: only digests are kept, an end is an end, and a crowd gets five tries."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from domain.people import contact_id
from domain.vocabulary import Role
from storage.accounts import Account, AccountsWriter
from storage.database import Database
from storage.sessions import (
    LOCKED,
    MOST_FAILURES,
    WINDOW,
    Failures,
    Kind,
    Opened,
    Session,
    Sessions,
    SessionsWriter,
    digest_of,
    new_secret,
)
from storage.tables import sessions, sign_in_failures
from tests.storage.build import NOON, begun, put

IDLE = timedelta(hours=8)
ACCOUNT = Account("handler", "郑承办", (Role.HANDLER,), unit="station-a")


async def begin(
    database: Database, account: str | None = "handler", number: str | None = None, at: datetime = NOON
) -> tuple[str, Session]:
    token = new_secret()
    kind = Kind.ACCOUNT if account else Kind.TRACK
    ends = at + timedelta(days=7)
    session = Session(digest_of(token), kind, account, number, new_secret(), "电脑", at, at, ends)
    async with database.write() as w:
        if account:
            await AccountsWriter(w).upsert(ACCOUNT)
        await SessionsWriter(w).open(session)
    return token, session


async def find(database: Database, token: str, at: datetime = NOON) -> Opened | None:
    async with database.read() as r:
        return await Sessions(r).find(token, at, IDLE)


async def test_a_cookie_opens_its_session_and_only_its_digest_is_kept(database: Database) -> None:
    token, session = await begin(database)
    assert await find(database, token) == Opened(session, ACCOUNT)
    assert await find(database, new_secret()) is None
    assert await find(database, session.digest) is None
    async with database.read() as r:
        assert token not in repr(await r.row(select(sessions)))


async def test_a_session_ends_when_it_is_idle_and_when_its_time_is_over(database: Database) -> None:
    token, session = await begin(database)
    assert await find(database, token, NOON + IDLE - timedelta(seconds=1))
    assert await find(database, token, NOON + IDLE) is None
    async with database.write() as w:
        await SessionsWriter(w).seen(session.digest, NOON + timedelta(days=7) - timedelta(hours=1))
    assert await find(database, token, NOON + timedelta(days=7) - timedelta(seconds=1))
    assert await find(database, token, NOON + timedelta(days=7)) is None


async def test_a_closed_account_has_no_session_any_more(database: Database) -> None:
    token, _ = await begin(database)
    async with database.write() as w:
        await AccountsWriter(w).upsert(ACCOUNT, active=False)
    assert await find(database, token) is None


async def test_one_session_ends_or_all_but_one(database: Database) -> None:
    (first, one), (second, _), (third, kept) = [await begin(database) for _ in range(3)]
    async with database.write() as w:
        await SessionsWriter(w).end(one.digest)
    assert await find(database, first) is None
    async with database.write() as w:
        assert await SessionsWriter(w).end_all("handler", kept.digest) == 1
        assert await Sessions(w).of("handler", NOON, IDLE) == [kept]
    assert await find(database, second) is None
    assert await find(database, third)


async def test_those_that_are_over_go_when_the_next_one_begins(database: Database) -> None:
    await begin(database)
    await begin(database, at=NOON + timedelta(days=7))
    async with database.read() as r:
        assert await r.value(select(func.count()).select_from(sessions)) == 1


async def test_whoever_follows_an_appeal_is_its_contact_by_the_name_of_the_enterprise(database: Database) -> None:
    number = "SQ20260901-00000001"
    appeal = begun(number)[0]
    await put(database, appeal)
    found = await find(database, (await begin(database, None, number))[0])
    assert found is not None
    name = f"{appeal.submission.enterprise.name}（联系人，凭验证码）"
    assert found.account == Account(contact_id(number), name, (Role.ENTERPRISE,))
    # What intake still keeps has no row among the appeals.
    early = await find(database, (await begin(database, None, "SQ20260901-00000002"))[0])
    assert early is not None
    assert early.account.code == contact_id("SQ20260901-00000002")


async def tries(database: Database, count: int, at: datetime, name: str = "handler") -> list[datetime | None]:
    found = []
    for _ in range(count):
        async with database.write() as w:
            found.append(await Failures(w).count(name, at))
    return found


async def test_five_tries_then_the_name_is_locked_and_further_tries_do_not_lengthen_it(database: Database) -> None:
    assert await tries(database, MOST_FAILURES, NOON) == [None] * MOST_FAILURES
    assert await tries(database, 2, NOON + timedelta(minutes=14)) == [NOON + LOCKED] * 2
    assert await tries(database, MOST_FAILURES + 1, NOON + LOCKED) == [None] * MOST_FAILURES + [NOON + LOCKED * 2]
    assert await tries(database, 1, NOON, "another") == [None]


async def test_tries_that_lie_apart_do_not_add_up_and_a_success_forgets_them(database: Database) -> None:
    await tries(database, MOST_FAILURES - 1, NOON)
    later = NOON + WINDOW
    assert await tries(database, MOST_FAILURES - 1, later) == [None] * (MOST_FAILURES - 1)
    async with database.write() as w:
        await Failures(w).forget("handler")
    assert await tries(database, MOST_FAILURES, later) == [None] * MOST_FAILURES


async def test_a_crowd_gets_no_more_tries(database: Database) -> None:
    async def one() -> datetime | None:
        async with database.write() as w:
            return await Failures(w).count("handler", NOON)

    found = await asyncio.gather(*(one() for _ in range(3 * MOST_FAILURES)))
    assert found.count(None) == MOST_FAILURES


@pytest.mark.parametrize("name", ["handler", "我的密码"])
async def test_what_was_typed_as_a_name_is_not_kept_and_forgotten_after_a_day(database: Database, name: str) -> None:
    await tries(database, 1, NOON, name)
    async with database.read() as r:
        assert name not in repr(await r.rows(select(sign_in_failures)))
    await tries(database, 1, NOON + timedelta(days=1), "another")
    async with database.read() as r:
        assert len(await r.rows(select(sign_in_failures))) == 1
