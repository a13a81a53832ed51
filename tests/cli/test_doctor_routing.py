"""The doctor says who has what no rule sends anywhere, and what waits for him."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cli import prepare
from cli.checks import Finding, Level
from cli.checks_routing import routing
from domain.people import Person
from domain.routing import By, Routed
from domain.vocabulary import Role, Stage
from runtime.settings import Settings
from storage.accounts import Account, AccountsWriter
from storage.database import Database
from storage.organisation import CATALOGUE
from tests.storage.build import begun, write

NUMBER = "SQ20260901-00000001"


@pytest.fixture
def ready(settings: Settings) -> Settings:
    prepare.database(settings)
    return settings


async def put(settings: Settings, *accounts: Account, lost: bool = False) -> None:
    database = Database.create(settings.database_url)
    async with database.write() as w:
        for account in accounts:
            await AccountsWriter(w).upsert(account)
        if lost:
            routed = Routed(By.CATCH_ALL, catch_all=Person("supervisor", "朱督办"))
            appeal, _ = begun(NUMBER, routed=routed)
            await write(w, replace(appeal, stage=Stage.ASSIGN))
            other, _ = begun("SQ20260901-00000002", routed=Routed(By.TABLE, row="dispatcher-decides"))
            await write(w, replace(other, stage=Stage.ASSIGN))
    await database.close()


def found(settings: Settings) -> list[Finding]:
    return list(routing(settings))


def test_before_the_database_is_made_only_the_tables_are_told(settings: Settings) -> None:
    (one,) = found(settings)
    assert (one.level, one.what) == (Level.OK, "交办规则：示例市公安局交办规则（第1版）")


def test_somebody_has_it_and_nothing_waits(ready: Settings) -> None:
    asyncio.run(put(ready, Account("supervisor", "朱督办", (Role.SUPERVISOR,), "city")))
    assert [(f.level, f.what) for f in found(ready)[1:]] == [
        (Level.OK, "无规则可循的诉求由 supervisor 决定"),
        (Level.OK, "没有无规则可循、尚未交办的诉求"),
    ]


def test_what_waits_for_him_is_counted_and_named(ready: Settings) -> None:
    asyncio.run(put(ready, Account("supervisor", "朱督办", (Role.SUPERVISOR,), "city"), lost=True))
    last = found(ready)[-1]
    assert (last.level, last.what) == (Level.WARN, f"1 件诉求无规则可循，等待兜底人员交办，如 {NUMBER}")


@pytest.mark.parametrize(
    ("accounts", "told"),
    [
        ((), "兜底人员 supervisor 没有在用的账号"),
        ((Account("supervisor", "朱督办", (Role.VISITOR,), "city"),), "兜底人员 supervisor 无权交办"),
    ],
)
def test_a_catch_all_who_cannot_do_it_is_told(ready: Settings, accounts: tuple[Account, ...], told: str) -> None:
    asyncio.run(put(ready, *accounts))
    assert (found(ready)[1].level, found(ready)[1].what) == (Level.WARN, told)


def test_without_anybody_it_says_so_and_without_tables_dispatchers_decide(ready: Settings, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CATALOGUE, tmp_path / "c"))
    units = folder / "organisation" / "sample.yaml"
    units.write_text(units.read_text(encoding="utf-8").replace("catch_all: supervisor\n", ""), encoding="utf-8")
    settings = ready.model_copy(update={"catalogue_dir": folder})
    assert found(settings)[1].what.startswith("没有指定兜底人员")
    shutil.rmtree(folder / "routing")
    assert [f.what for f in found(settings)] == ["没有交办规则：按服务事项的牵头单位交办，其余由交办人员决定"]
