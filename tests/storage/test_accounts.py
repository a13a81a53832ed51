"""Keys open accounts; only digests are kept, and nothing else opens them."""

from __future__ import annotations

import hmac
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.vocabulary import Role, Tier
from storage import accounts as module
from storage.accounts import Account, Accounts, AccountsWriter, new_key, split_key
from storage.database import Database
from storage.tables import api_keys
from tests.storage.build import NOON, USCC

ACCOUNT = Account("handler", "郑承办", (Role.HANDLER, Role.LEADER), unit="station-a")
ENTERPRISE = Account("enterprise", "示例", (Role.ENTERPRISE,), uscc=USCC, tiers=(Tier.KEY, Tier.SCALED))


async def add(database: Database, account: Account, key: str, **options: object) -> None:
    async with database.write() as w:
        await AccountsWriter(w).upsert(account)
        await AccountsWriter(w).add_key(account.code, key, NOON, **options)  # type: ignore[arg-type]


async def open_with(database: Database, key: str, hours: int = 0) -> Account | None:
    async with database.read() as r:
        opened = await Accounts(r).by_key(key, NOON + timedelta(hours=hours))
    return opened.account if opened else None


async def test_a_key_opens_its_account(database: Database) -> None:
    key, other = new_key(), new_key()
    await add(database, ACCOUNT, key)
    await add(database, ENTERPRISE, other)
    assert await open_with(database, key) == ACCOUNT
    assert await open_with(database, other) == ENTERPRISE


async def test_nothing_else_opens_it(database: Database) -> None:
    key = new_key()
    await add(database, ACCOUNT, key)
    prefix, _, secret = key.partition(".")
    for wrong in (
        "",
        ".",
        prefix,
        f"{prefix}.",
        f"{prefix}.{secret[:-1]}",
        f"{prefix}.{secret}x",
        f"other.{secret}",
        "é.é",
    ):
        assert await open_with(database, wrong) is None, wrong


async def test_the_secret_is_not_kept(database: Database) -> None:
    key = new_key()
    await add(database, ACCOUNT, key)
    async with database.read() as r:
        row = await r.row(select(api_keys))
    assert key.partition(".")[2] not in repr(row)


async def test_an_unknown_prefix_is_compared_as_well(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(a: str, b: str) -> bool:
        compared.append((len(a), len(b)))
        return hmac.compare_digest(a, b)

    monkeypatch.setattr(module, "hmac", type("Spy", (), {"compare_digest": staticmethod(compare)}))
    key = new_key()
    await add(database, ACCOUNT, key)
    await open_with(database, key)
    await open_with(database, new_key())
    assert compared == [(64, 64), (64, 64)]


async def test_an_empty_secret_does_not_open_an_unknown_prefix(database: Database) -> None:
    assert await open_with(database, "unknown.") is None


async def test_an_expired_key_opens_nothing(database: Database) -> None:
    key = new_key()
    await add(database, ACCOUNT, key, expires_at=NOON + timedelta(hours=2))
    assert await open_with(database, key, hours=1) == ACCOUNT
    assert await open_with(database, key, hours=2) is None


async def test_an_account_that_is_no_longer_active_is_shut(database: Database) -> None:
    key = new_key()
    await add(database, ACCOUNT, key)
    async with database.write() as w:
        await AccountsWriter(w).upsert(ACCOUNT, active=False)
    assert await open_with(database, key) is None
    async with database.read() as r:
        assert await Accounts(r).get("handler") is None
        assert await Accounts(r).all() == []


async def test_accounts_are_found_by_code_and_by_enterprise(database: Database) -> None:
    async with database.write() as w:
        for account in (ACCOUNT, ENTERPRISE):
            await AccountsWriter(w).upsert(account)
    async with database.read() as r:
        assert await Accounts(r).get("handler") == ACCOUNT
        assert await Accounts(r).get("nobody") is None
        assert await Accounts(r).by_uscc(USCC) == ENTERPRISE
        assert await Accounts(r).by_uscc("x") is None
        assert await Accounts(r).all() == [ENTERPRISE, ACCOUNT]


async def test_using_a_key_can_be_remembered(database: Database) -> None:
    key = new_key()
    await add(database, ACCOUNT, key)
    async with database.write() as w:
        await AccountsWriter(w).touch(split_key(key)[0], NOON)
        assert await w.value(select(api_keys.c.last_used_at)) == NOON
        await w.run(update(api_keys).values(last_used_at=None))


def test_no_two_keys_are_alike() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000
