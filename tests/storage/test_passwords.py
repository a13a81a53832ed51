"""Passwords are kept as argon2id hashes, one for each account."""

from __future__ import annotations

import pytest
from pwdlib import PasswordHash

from storage.accounts import Account, AccountsWriter
from storage.database import Database
from storage.passwords import LONGEST, SHORTEST, Passwords, PasswordsWriter, fault_of, hashed, matches
from tests.storage.build import NOON

GOOD = "一句只有自己知道的话"


def test_the_products_own_hash_is_argon2id_as_recommended(own_hash: PasswordHash) -> None:
    assert own_hash.hash(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_the_right_password_matches_and_nothing_else(database: Database) -> None:
    async with database.write() as w:
        await AccountsWriter(w).upsert(Account("handler", "郑承办", ()))
        await PasswordsWriter(w).set("handler", await hashed("before"), NOON)
        await PasswordsWriter(w).set("handler", await hashed(GOOD), NOON)
        kept = await Passwords(w).of("handler")
    assert kept is not None
    assert GOOD not in kept
    assert await matches(GOOD, kept)
    for wrong in ("before", "", GOOD + "!", GOOD[:-1]):
        assert not await matches(wrong, kept)
    assert await hashed(GOOD) != kept
    async with database.write() as w:
        await PasswordsWriter(w).drop("handler")
        assert await Passwords(w).of("handler") is None


@pytest.mark.parametrize("password", ["", GOOD])
async def test_no_password_opens_an_account_that_has_none(password: str) -> None:
    assert not await matches(password, None)


async def test_no_password_is_work_without_end() -> None:
    assert not await matches("x" * 10_000_000, await hashed(GOOD))


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "x" * (SHORTEST - 1),
        "abcde" * LONGEST,
        "aaaaaaaaaaaa",
        "ababababababab",
        "Handler-0001",
        "某某市公安局某某分局",
    ],
)
def test_what_is_short_endless_monotonous_or_ones_own_name_is_no_password(weak: str) -> None:
    assert fault_of(weak, "handler-0001", "某某市公安局某某分局")


@pytest.mark.parametrize("good", [GOOD, "correct horse battery staple", "9f3c-k2m8-xxqz-77wd"])
def test_a_sentence_or_something_random_is_a_password(good: str) -> None:
    assert fault_of(good, "handler", "郑承办") == ""
