"""The sample organisation: complete, usable at once, and the same after every start."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from domain.identity import uscc_fault
from domain.vocabulary import Role, UnitKind
from storage.accounts import Account, Accounts
from storage.database import Database, sync_url
from storage.meta import SAMPLE, MetaReads
from storage.sample import install, sample_accounts
from tests.storage.build import organisation, unit

API_NAMES = [
    "enterprise",
    "system",
    "window",
    "dispatcher",
    "handler",
    "handler2",
    "handler3",
    "hazmat_handler",
    "hazmat_handler2",
    "hazmat_leader",
    "drug_handler",
    "drug_handler2",
    "drug_leader",
    "leader",
    "supervisor",
    "visitor",
    "duty",
    "inspector",
    "admin",
    "enterprise2",
]
LEAD_UNITS = [
    "traffic",
    "economic-crime",
    "exit-entry",
    "legal",
    "internal-security",
    "criminal",
    "food-drug-environment",
    "ip-crime",
    "cyber",
    "admin-approval",
    "public-order",
    "anti-drug",
    "supervision",
    "duty-room",
    "service-office",
    "station-a",
    "station-b",
    "station-c",
]


def read(path: Path) -> dict[str, str]:
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


async def opened(url: str, keys: dict[str, str]) -> dict[str, Account | None]:
    database = Database.create(url)
    async with database.read() as r:
        found = {name: await Accounts(r).by_key(key, datetime.now(UTC)) for name, key in keys.items()}
    await database.close()
    return {name: one.account if one else None for name, one in found.items()}


async def test_every_name_of_the_contract_has_a_key_that_opens_its_account(url: str, tmp_path: Path) -> None:
    path = tmp_path / "data" / "sample-keys.json"
    install(url, path)
    keys = read(path)
    posts = [f"{unit}-{post}" for unit in LEAD_UNITS for post in ("leader", "officer", "officer2")]
    assert set(keys) >= {*API_NAMES, *posts}
    found = await opened(url, keys)
    assert {account.code for account in found.values() if account} == set(keys)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    database = Database.create(url)
    async with database.read() as r:
        assert await MetaReads(r).get(SAMPLE) == "true"
    await database.close()


async def test_a_second_install_keeps_the_keys(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sample-keys.json"
    install(url, path)
    before, written = path.read_text(), path.stat().st_mtime_ns
    install(url, path)
    assert (path.read_text(), path.stat().st_mtime_ns) == (before, written)


async def test_what_is_missing_is_mended_and_what_is_there_stays(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sample-keys.json"
    install(url, path)
    first = read(path)
    damaged: dict[str, Any] = {**first, "handler": "short.key", "leader": 5}
    del damaged["admin"]
    path.write_text(json.dumps(damaged))
    path.chmod(0o644)
    install(url, path)
    mended = read(path)
    changed = {name for name in first if mended[name] != first[name]}
    assert changed == {"handler", "leader", "admin"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all((await opened(url, mended)).values())
    stale = await opened(url, {name: first[name] for name in changed})
    assert not any(stale.values())


async def test_a_file_that_is_lost_or_unreadable_is_written_anew(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sample-keys.json"
    for content in (None, "", "{", "[]", '"x"', "\udcff"):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content, errors="surrogateescape")
        install(url, path)
        assert all((await opened(url, read(path))).values())


async def test_keys_of_the_file_open_a_database_that_lost_them(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sample-keys.json"
    install(url, path)
    keys = read(path)
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM api_keys"))
    engine.dispose()
    install(url, path)
    assert read(path) == keys
    assert all((await opened(url, keys)).values())


async def test_two_installs_at_once_agree_on_one_file(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sample-keys.json"
    threads = [threading.Thread(target=install, args=(url, path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((await opened(url, read(path))).values())


def test_people_stand_where_the_contract_says() -> None:
    accounts = {account.code: account for account in sample_accounts(organisation())}
    assert len(accounts) == len(sample_accounts(organisation()))
    for account in accounts.values():
        assert account.unit is None or organisation().place(account.unit) is not None
    units = {
        name: accounts[name].unit for name in ("handler", "handler3", "hazmat_leader", "visitor", "duty", "leader")
    }
    assert units == {
        "handler": "station-a",
        "handler3": "station-b",
        "hazmat_leader": "public-order",
        "visitor": "liaison-a",
        "duty": "duty-room",
        "leader": "branch",
    }
    assert accounts["drug_leader"].roles == (Role.LEADER, Role.HANDLER)
    enterprises = [a for a in accounts.values() if a.uscc]
    assert len({a.uscc for a in enterprises}) == 2
    assert [uscc_fault(a.uscc or "") for a in enterprises] == [None, None]


def test_superiors_and_regions_are_the_contracts() -> None:
    for entry in organisation().units():
        chain = [u.code for u in unit(entry.unit.code).chain]
        above = {
            UnitKind.CITY: [],
            UnitKind.BRANCH: ["city"],
            UnitKind.STATION: ["branch", "city"],
            UnitKind.LIAISON: ["branch", "city"],
            UnitKind.DETACHMENT: ["city"],
            UnitKind.OUTSIDE: [],
        }[entry.unit.kind]
        assert chain == [entry.unit.code, *above]
        if "branch" in chain:
            assert entry.region == "330205"
