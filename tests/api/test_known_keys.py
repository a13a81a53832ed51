"""Keys are remembered for a moment, and those that come together with one ask the tables once."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from api.known_keys import KnownKeys
from storage.accounts import Accounts, Opened
from tests.api.bench import Api


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the tables were asked for."""
    found, by_key = [], Accounts.by_key

    async def asking(accounts: Accounts, key: str, now: datetime) -> Opened | None:
        found.append(key)
        return await by_key(accounts, key, now)

    monkeypatch.setattr(Accounts, "by_key", asking)
    return found


async def test_those_that_come_together_with_one_key_ask_the_tables_once(api: Api, asked: list[str]) -> None:
    known = KnownKeys(api.database, api.clock)
    window, handler = api.keys["window"], api.keys["handler"]
    told = await asyncio.gather(*(known.account(key) for key in [window, handler] * 30))
    assert {account.code for account in told if account} == {"window", "handler"}
    assert None not in told
    assert sorted(asked) == sorted([window, handler])


async def test_a_key_that_opens_nothing_is_asked_for_again(api: Api, asked: list[str]) -> None:
    known = KnownKeys(api.database, api.clock)
    assert await asyncio.gather(*(known.account("no.key") for _ in range(2))) == [None, None]
    assert await known.account("no.key") is None
    assert asked == ["no.key"] * 2


async def test_whoever_goes_away_while_asking_leaves_the_others_their_answer(api: Api, asked: list[str]) -> None:
    known, key = KnownKeys(api.database, api.clock), api.keys["window"]
    first, other = (asyncio.create_task(known.account(key)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    account = await other
    assert account is not None
    assert account.code == "window"
    assert asked == [key]


async def test_tables_that_could_not_be_read_are_asked_again(
    api: Api, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known, key = KnownKeys(api.database, api.clock), api.keys["window"]

    def away() -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(api.database, "read", away)
        told = await asyncio.gather(known.account(key), known.account(key), return_exceptions=True)
    assert [type(one) for one in told] == [ConnectionError] * 2
    assert await known.account(key) is not None
    assert asked == [key]
