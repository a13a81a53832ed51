"""Audit, notices, and what the database says about itself."""

from __future__ import annotations

from dataclasses import replace

from domain.notice import Notice
from storage.audit import AuditReads, add_lines, audit_row
from storage.database import Database
from storage.meta import Meta, MetaReads
from storage.notices import NoticeReads, Notices
from tests.storage.build import NOON

NUMBER = "SQ20260901-00000001"
NOTICE = Notice("id-1", NUMBER, NOON, ("leader", "handler"), "station-a", "rung", {"percent": 75})


async def test_the_audit_log_tells_newest_first(database: Database) -> None:
    lines = [
        audit_row(
            at=NOON,
            account="handler",
            kind=kind,
            number=NUMBER if n else None,
            code=f"code-{n}",
            detail={"action": "sign"},
            request_id="r",
        )
        for n, kind in enumerate(("refusal", "view", "refusal"))
    ]
    await add_lines(database, lines)
    await add_lines(database, [audit_row(at=NOON, account=None, kind="other", number=None, code="bare")])
    async with database.read() as r:
        assert [line.code for line in await AuditReads(r).find()] == ["bare", "code-2", "code-1", "code-0"]
        assert [line.code for line in await AuditReads(r).find(number=NUMBER, kind="refusal")] == ["code-2"]
        line = (await AuditReads(r).find(limit=2))[1]
    assert (line.at, line.account, line.detail, line.request_id) == (NOON, "handler", {"action": "sign"}, "r")


async def test_a_notice_is_kept_once(database: Database) -> None:
    for _ in range(2):
        async with database.write() as w:
            await Notices(w).add([NOTICE, replace(NOTICE, id="id-0")])
            await Notices(w).add([replace(NOTICE, template="changed")])
            await Notices(w).add([])
    async with database.read() as r:
        assert await NoticeReads(r).of(NUMBER) == [replace(NOTICE, id="id-0"), NOTICE]
        assert await NoticeReads(r).of("other") == []


async def test_facts_are_stated_anew_or_for_good(database: Database) -> None:
    async with database.write() as w:
        assert await Meta(w).get("app_version") is None
        await Meta(w).set("app_version", "0.1.0")
        await Meta(w).set("app_version", "0.2.0")
        assert await Meta(w).set_once("created_for", "rehearsal") == "rehearsal"
        assert await Meta(w).set_once("created_for", "production") == "rehearsal"
    async with database.read() as r:
        assert await MetaReads(r).get("app_version") == "0.2.0"
