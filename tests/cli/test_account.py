"""`appeals account`: from an empty database to people who can sign in, without the sample organisation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from domain.vocabulary import Role
from runtime.settings import Settings
from storage.accounts import Account, Accounts
from storage.audit import AuditLine, AuditReads
from storage.database import Database, Write
from storage.meta import SAMPLE, MetaReads
from storage.migrate import upgrade
from storage.passwords import Passwords, matches
from storage.sessions import MOST_FAILURES, Failures, Kind, Session, Sessions, SessionsWriter
from tests.storage.build import USCC

T = TypeVar("T")


@pytest.fixture
def installed(settings: Settings) -> Settings:
    """Nothing but the schema."""
    upgrade(settings.database_url)
    return settings


def appeals(settings: Settings, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["account", *words, "--data-dir", str(settings.data_dir)])


def done(settings: Settings, *words: str) -> str:
    """What a command says on standard output; it succeeds."""
    result = appeals(settings, *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def opened_by(settings: Settings, key: str) -> Account | None:
    async def look() -> Account | None:
        database = Database.create(settings.database_url)
        try:
            async with database.read() as r:
                assert await MetaReads(r).get(SAMPLE) is None
                opened = await Accounts(r).by_key(key, datetime.now(UTC))
            return opened.account if opened else None
        finally:
            await database.close()

    return asyncio.run(look())


def audited(settings: Settings) -> list[AuditLine]:
    async def look() -> list[AuditLine]:
        database = Database.create(settings.database_url)
        try:
            async with database.read() as r:
                return await AuditReads(r).find(kind="account")
        finally:
            await database.close()

    return asyncio.run(look())


def kept(settings: Settings) -> bytes:
    """Everything in the data directory, as bytes."""
    return b"".join(path.read_bytes() for path in Path(settings.data_dir).iterdir() if path.is_file())


def test_the_first_account_opens_with_the_key_that_is_shown_once(installed: Settings) -> None:
    key = done(
        installed, "add", "a1001", "--name", "何管理", "--role", "admin", "--role", "supervisor", "--unit", "city"
    )

    assert opened_by(installed, key) == Account("a1001", "何管理", (Role.ADMIN, Role.SUPERVISOR), "city")
    assert key.partition(".")[2].encode() not in kept(installed)
    assert "a1001" in done(installed, "list")
    assert [(line.account, line.code, line.detail) for line in audited(installed)] == [
        (None, "add", {"account": "a1001", "roles": ["admin", "supervisor"], "unit": "city"})
    ]


def test_a_new_key_closes_the_old_one_and_a_closed_account_opens_no_more(installed: Settings) -> None:
    first = done(installed, "add", "e1", "--name", "示例企业", "--role", "enterprise", "--uscc", USCC)
    second = done(installed, "key", "e1")
    assert opened_by(installed, first) is None
    assert opened_by(installed, second) == Account("e1", "示例企业", (Role.ENTERPRISE,), uscc=USCC)

    done(installed, "close", "e1")
    assert opened_by(installed, second) is None
    assert "e1" not in done(installed, "list")
    assert appeals(installed, "key", "e1").exit_code == 1

    third = done(installed, "add", "e1", "--name", "示例企业", "--role", "enterprise", "--uscc", USCC)
    assert opened_by(installed, third)
    assert opened_by(installed, second) is None
    assert [line.code for line in audited(installed)] == ["add", "close", "key", "add"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("A 1", "--name", "甲", "--role", "handler", "--unit", "city"), "代码只含小写字母"),
        (("a1", "--name", " ", "--role", "handler", "--unit", "city"), "--name"),
        (("a1", "--name", "甲\n乙", "--role", "handler", "--unit", "city"), "--name"),
        (("a1", "--name", "甲", "--role", "handler"), "--unit：应为其中之一"),
        (("a1", "--name", "甲", "--role", "handler", "--unit", "nowhere"), "--unit：应为其中之一"),
        (("a1", "--name", "甲", "--role", "handler", "--unit", "city", "--uscc", USCC), "--uscc：只用于企业"),
        (("a1", "--name", "甲", "--role", "enterprise"), "--uscc：统一社会信用代码应为18位"),
        (("a1", "--name", "甲", "--role", "enterprise", "--uscc", USCC, "--role", "handler"), "--role"),
        (("a1", "--name", "甲", "--role", "system", "--unit", "city"), "--unit：企业和系统"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused_in_words(
    installed: Settings, words: tuple[str, ...], fault: str
) -> None:
    refused = appeals(installed, "add", *words)

    assert refused.exit_code == 1
    assert fault in refused.stderr
    assert refused.stdout == ""
    assert audited(installed) == []


def test_an_account_that_is_there_keeps_its_key(installed: Settings) -> None:
    system = ("add", "upstream", "--name", "上游系统", "--role", "system")
    key = done(installed, *system)

    assert "已经有了" in appeals(installed, *system).stderr
    assert opened_by(installed, key)


def password_of(settings: Settings, code: str) -> str | None:
    async def look() -> str | None:
        database = Database.create(settings.database_url)
        try:
            async with database.read() as r:
                return await Passwords(r).of(code)
        finally:
            await database.close()

    return asyncio.run(look())


def opens(settings: Settings, code: str, password: str) -> bool:
    return asyncio.run(matches(password, password_of(settings, code)))


def test_a_password_is_made_up_or_read_and_kept_as_a_hash_only(installed: Settings) -> None:
    done(installed, "add", "h1", "--name", "郑承办", "--role", "handler", "--unit", "city")
    made_up = done(installed, "password", "h1", "--generate")
    assert opens(installed, "h1", made_up)
    assert made_up.encode() not in kept(installed)

    typed = "一句只有自己知道的话"
    result = CliRunner().invoke(
        app, ["account", "password", "h1", "--data-dir", str(installed.data_dir)], input=f"{typed}\n"
    )
    assert result.exit_code == 0, result.stderr
    assert typed not in result.stdout
    assert opens(installed, "h1", typed)
    assert not opens(installed, "h1", made_up)
    assert [line.code for line in audited(installed)] == ["password", "password", "add"]


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaa", "h1", ""])
def test_a_weak_password_is_refused(installed: Settings, weak: str) -> None:
    done(installed, "add", "h1", "--name", "郑承办", "--role", "handler", "--unit", "city")
    result = CliRunner().invoke(
        app, ["account", "password", "h1", "--data-dir", str(installed.data_dir)], input=f"{weak}\n"
    )
    assert result.exit_code == 1
    assert "密码没有设置" in result.stderr
    assert password_of(installed, "h1") is None


def test_nobody_types_a_password_for_an_account_that_is_not_there(installed: Settings) -> None:
    result = appeals(installed, "password", "nobody")
    assert result.exit_code == 1
    assert "没有账号" in result.stderr


def test_a_new_password_unlocks_the_name_and_ends_its_sessions_and_a_closed_account_has_neither(
    installed: Settings,
) -> None:
    done(installed, "add", "h1", "--name", "郑承办", "--role", "handler", "--unit", "city")

    async def look(work: Callable[[Write], Awaitable[T]]) -> T:
        database = Database.create(installed.database_url)
        try:
            async with database.write() as w:
                return await work(w)
        finally:
            await database.close()

    async def sign_in(w: Write) -> None:
        now = datetime.now(UTC)
        session = Session("d", Kind.ACCOUNT, "h1", None, "c", "", now, now, now + timedelta(days=1))
        await SessionsWriter(w).open(session)

    async def lock(w: Write) -> datetime | None:
        tries = [await Failures(w).count("h1", datetime.now(UTC)) for _ in range(MOST_FAILURES + 1)]
        return tries[-1]

    async def once_more(w: Write) -> datetime | None:
        return await Failures(w).count("h1", datetime.now(UTC))

    async def sessions(w: Write) -> int:
        return len(await Sessions(w).of("h1", datetime.now(UTC), timedelta(hours=8)))

    asyncio.run(look(sign_in))
    assert asyncio.run(look(lock)) is not None
    done(installed, "password", "h1", "--generate")
    assert asyncio.run(look(once_more)) is None
    assert asyncio.run(look(sessions)) == 0
    asyncio.run(look(sign_in))
    done(installed, "close", "h1")
    assert asyncio.run(look(sessions)) == 0
    assert password_of(installed, "h1") is None
