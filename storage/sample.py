"""The sample organisation: its accounts and their keys, in the database and in a file beside it.

The file is the truth: a key that stands in it opens its account, whatever happened to the database in between.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, delete

from domain.identity import uscc_check_character
from domain.roster import Roster, Rotation, Span
from domain.vocabulary import Role, Tier, UnitKind
from storage.accounts import Account, KeyKind, account_row, key_row, new_key, upsert_accounts, upsert_keys
from storage.database import sync_url
from storage.locks import Lock, take
from storage.meta import SAMPLE
from storage.migrate import sync_engine
from storage.organisation import Organisation
from storage.rosters import roster_rows
from storage.tables import api_keys, meta, rosters
from storage.upsert import insert_or_ignore, upsert

_KEY = re.compile(r"[0-9a-f]{12}\.[A-Za-z0-9_-]{43}")
_SINCE = date(2026, 1, 5)  # a Monday
_POLICE_UNITS = frozenset({UnitKind.STATION, UnitKind.DETACHMENT})

#: Name, what people read, roles, unit; in the order of API.md's table.
_PEOPLE: tuple[tuple[str, str, tuple[Role, ...], str | None], ...] = (
    ("system", "上游业务系统", (Role.SYSTEM,), None),
    ("window", "周首接", (Role.WINDOW,), "branch"),
    ("dispatcher", "吴分派", (Role.DISPATCHER,), "branch"),
    ("handler", "郑承办", (Role.HANDLER,), "station-a"),
    ("handler2", "王协理", (Role.HANDLER,), "station-a"),
    ("handler3", "冯乙所", (Role.HANDLER,), "station-b"),
    ("hazmat_handler", "陈危化", (Role.HANDLER,), "public-order"),
    ("hazmat_handler2", "褚勘验", (Role.HANDLER,), "public-order"),
    ("hazmat_leader", "卫治安", (Role.LEADER, Role.HANDLER), "public-order"),
    ("drug_handler", "蒋禁毒", (Role.HANDLER,), "anti-drug"),
    ("drug_handler2", "沈查验", (Role.HANDLER,), "anti-drug"),
    ("drug_leader", "韩支队", (Role.LEADER, Role.HANDLER), "anti-drug"),
    ("leader", "杨分局", (Role.LEADER,), "branch"),
    ("supervisor", "朱督办", (Role.SUPERVISOR,), "city"),
    ("visitor", "秦回访", (Role.VISITOR,), "liaison-a"),
    ("duty", "尤值班", (Role.DUTY,), "duty-room"),
    ("inspector", "许督察", (Role.INSPECTOR,), "supervision"),
    ("admin", "何管理", (Role.ADMIN,), "city"),
)


def install(database_url: str, keys_file: Path, catalogue: Path | None = None) -> None:
    """Create what is missing of the sample: accounts, keys, the keys file, rosters. What is there stays as it is.

    Its units are those of ``catalogue``, by default the packaged one. Raises BadCatalogue.
    """
    organisation = Organisation.load(catalogue)
    accounts, duty = sample_accounts(organisation), sample_rosters(organisation)
    engine = sync_engine(sync_url(database_url))
    try:
        with engine.begin() as connection:
            # Two that install at once must not each write a file of their own.
            if (lock := take(connection.dialect.name, Lock.SAMPLE)) is not None:
                connection.execute(lock)
            keys = _keys(keys_file, [account.code for account in accounts])
            _write_file(keys_file, keys)
            _store(connection, accounts, keys)
            _put_on_duty(connection, duty)
    finally:
        engine.dispose()


def sample_accounts(organisation: Organisation) -> list[Account]:
    """Every account of the sample: enterprises, API.md's people, and a leader and two officers for each police unit."""
    enterprises = [
        Account("enterprise", "宁波示例制造有限公司", (Role.ENTERPRISE,), uscc=sample_uscc("91330205MA2AEX001")),
        Account(
            "enterprise2",
            "宁波样本化工有限公司",
            (Role.ENTERPRISE,),
            uscc=sample_uscc("91330205MA2AEX002"),
            tiers=(Tier.SCALED, Tier.KEY),
        ),
    ]
    people = [Account(code, name, roles, unit) for code, name, roles, unit in _PEOPLE]
    units = [e.unit for e in organisation.units() if e.unit.kind in _POLICE_UNITS]
    staff = [
        Account(f"{unit.code}-{post}", f"{unit.name}{title}", roles, unit.code)
        for unit in units
        for post, title, roles in (
            ("leader", "负责人", (Role.LEADER, Role.HANDLER)),
            ("officer", "民警一", (Role.HANDLER,)),
            ("officer2", "民警二", (Role.HANDLER,)),
        )
    ]
    return enterprises + people + staff


def sample_rosters(organisation: Organisation) -> list[Roster]:
    """Somebody is on duty at once: in the duty room, at the branch, and of the bureau's leadership."""
    made = (
        Roster("city", (Rotation("sample-leader", "带班领导", (("supervisor",),), _SINCE, unit=Span.WEEKS),)),
        Roster(
            "duty-room",
            (
                Rotation("sample-chief", "值班长", (("duty",),), _SINCE, unit=Span.WEEKS),
                Rotation("sample-desk", "值班员", (("duty-room-officer",), ("duty-room-officer2",)), _SINCE),
            ),
        ),
        Roster(
            "branch",
            (
                Rotation("sample-leader", "带班领导", (("leader",),), _SINCE, unit=Span.WEEKS),
                Rotation("sample-desk", "值班员", (("window",), ("dispatcher",)), _SINCE),
            ),
        ),
    )
    return [roster for roster in made if organisation.place(roster.unit)]


def sample_uscc(body: str) -> str:
    """A credit code of these 17 characters with its check character."""
    return body + uscc_check_character(body)


def _keys(keys_file: Path, codes: list[str]) -> dict[str, str]:
    """The file's keys, and fresh ones for names that it has none for."""
    known = _read_file(keys_file)
    return {code: known[code] if _KEY.fullmatch(known.get(code, "")) else new_key() for code in codes}


def _read_file(keys_file: Path) -> dict[str, str]:
    try:
        content = json.loads(keys_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {k: v for k, v in content.items() if isinstance(v, str)} if isinstance(content, dict) else {}


def _write_file(keys_file: Path, keys: Mapping[str, str]) -> None:
    """Whole or not at all, and readable by its owner only from the first moment on."""
    if _read_file(keys_file) == keys:
        keys_file.chmod(0o600)
        return
    keys_file.parent.mkdir(parents=True, exist_ok=True)
    draft = keys_file.with_name(f".{keys_file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(keys, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(keys_file)
    finally:
        draft.unlink(missing_ok=True)


def _put_on_duty(connection: Connection, duty: list[Roster]) -> None:
    rows = roster_rows(duty, "admin", datetime.now(UTC))
    if rows:
        connection.execute(insert_or_ignore(connection.dialect.name, rosters), rows)


def _store(connection: Connection, accounts: list[Account], keys: Mapping[str, str]) -> None:
    dialect, now = connection.dialect.name, datetime.now(UTC)
    rows = [key_row(code, key, now) for code, key in keys.items()]
    connection.execute(upsert_accounts(dialect), [account_row(account) for account in accounts])
    # A key that is in no file any more opens nothing. Personal tokens are their owners' business.
    stale = delete(api_keys).where(
        api_keys.c.account.in_(keys),
        api_keys.c.kind == KeyKind.KEY,
        api_keys.c.prefix.not_in([r["prefix"] for r in rows]),
    )
    connection.execute(stale)
    connection.execute(upsert_keys(dialect), rows)
    connection.execute(upsert(dialect, meta, "key"), [{"key": SAMPLE, "value": "true"}])
