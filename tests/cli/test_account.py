"""`appeals account`: from an empty database to people who can sign in, without the sample organisation."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from domain.vocabulary import Role
from runtime.settings import Settings
from storage.accounts import Account, Accounts
from storage.audit import AuditLine, AuditReads
from storage.database import Database
from storage.meta import SAMPLE, MetaReads
from storage.migrate import upgrade
from tests.storage.build import USCC


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
                return await Accounts(r).by_key(key, datetime.now(UTC))
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
        (("a1", "--name", "甲", "--role", "handler"), "--unit: 应为其中之一"),
        (("a1", "--name", "甲", "--role", "handler", "--unit", "nowhere"), "--unit: 应为其中之一"),
        (("a1", "--name", "甲", "--role", "handler", "--unit", "city", "--uscc", USCC), "--uscc: 只用于企业"),
        (("a1", "--name", "甲", "--role", "enterprise"), "--uscc: 统一社会信用代码应为18位"),
        (("a1", "--name", "甲", "--role", "enterprise", "--uscc", USCC, "--role", "handler"), "--role"),
        (("a1", "--name", "甲", "--role", "system", "--unit", "city"), "--unit: 企业和系统"),
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
