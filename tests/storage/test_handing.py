"""Who is away, who is told, what is near: on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Dialect, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from domain.appeal import Assignment, Enterprise, SecondLead
from domain.duty_coverage import called
from domain.notice import OUTSIDE, Notice
from domain.people import Person
from domain.vocabulary import Role
from storage.absences import Absence, Absences, AbsencesWriter
from storage.accounts import Account, AccountsWriter
from storage.appeals import Appeals
from storage.audit import AuditReads
from storage.codec import make_rules
from storage.database import Database, Read
from storage.duplicates import Neighbours
from storage.duty_coverage import house_of
from storage.filters import AppealFilter
from storage.notices import Notices
from storage.organisation import Organisation
from storage.recipients import Recipient, Recipients
from storage.tables import appeals
from tests.storage.build import NOON, USCC, begun, organisation, unit, write

_DIALECTS: dict[str, type[Dialect]] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
DAY = timedelta(days=1)
_MANY = 500
NUMBER = "SQ20260901-00000001"
PEOPLE = (
    Account("handler", "郑承办", (Role.HANDLER,), "station-a"),
    Account("handler2", "王协理", (Role.HANDLER,), "station-a"),
    Account("handler3", "冯乙所", (Role.HANDLER,), "station-b"),
    Account("leader", "杨分局", (Role.LEADER,), "branch"),
    Account("duty", "尤值班", (Role.DUTY,), "duty-room"),
    Account("supervisor", "朱督办", (Role.SUPERVISOR,), "city"),
    Account("enterprise", "宁波示例制造有限公司", (Role.ENTERPRISE,), uscc=USCC),
)


@pytest.fixture
async def peopled(database: Database) -> Database:
    async with database.write() as w:
        for account in PEOPLE:
            await AccountsWriter(w).upsert(account)
    return database


async def away(
    database: Database, account: str, *substitutes: str, start: datetime = NOON, end: datetime = NOON + DAY
) -> None:
    async with database.write() as w:
        await AbsencesWriter(w).replace(account, [Absence(account, start, end, substitutes)], "admin", NOON, "r-1")


async def led_by_station_a(database: Database, officer: str | None = "handler") -> None:
    appeal, _ = begun(NUMBER)
    given = Assignment(lead=unit("station-a"), officer=Person(officer, officer) if officer else None)
    async with database.write() as w:
        await write(w, replace(appeal, assignment=given))


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, r: Read) -> None:
        self._r = r
        self.queries = 0

    def __getattr__(self, name: str) -> Any:
        self.queries += name in {"row", "rows", "records", "value"}
        return getattr(self._r, name)


async def told(
    database: Database, *audience: str, at: datetime = NOON, unit: str = "station-a", **data: str
) -> list[str]:
    """Who a notice is for, with whom they stand in for."""
    notice = Notice("n", NUMBER, at, audience, unit, "warning", dict(data))
    async with database.read() as r:
        found = await Recipients(r, organisation()).of(notice)
    return [f"{one.account}<{one.stands_in_for}" if one.stands_in_for else one.account for one in found]


class TestAbsences:
    async def test_they_hold_from_a_moment_until_another(self, peopled: Database) -> None:
        await away(peopled, "handler", "handler2")
        async with peopled.read() as r:
            absences = Absences(r)
            assert await absences.of("handler") == [Absence("handler", NOON, NOON + DAY, ("handler2",))]
            moments = (NOON - timedelta(microseconds=1), NOON, NOON + DAY - timedelta(microseconds=1), NOON + DAY)
            assert [sorted(await absences.at(at)) for at in moments] == [[], ["handler"], ["handler"], []]

    async def test_saying_them_anew_replaces_them_and_the_audit_log_knows_both(self, peopled: Database) -> None:
        await away(peopled, "handler", "handler2")
        async with peopled.write() as w:
            await AbsencesWriter(w).replace("handler", [], "leader", NOON, "r-2")
        async with peopled.read() as r:
            assert await Absences(r).of("handler") == []
            last, first = await AuditReads(r).find(kind="absence")
        assert (first.account, first.detail["before"], first.detail["after"][0]["substitutes"]) == (
            "admin",
            [],
            ["handler2"],
        )
        assert (last.account, last.request_id, last.detail["after"]) == ("leader", "r-2", [])
        assert last.detail["before"] == first.detail["after"]


class TestRecipients:
    async def test_the_officer_of_the_matter_is_its_handler(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "handler") == ["handler"]

    async def test_without_an_officer_it_is_everybody_of_the_unit(self, peopled: Database) -> None:
        await led_by_station_a(peopled, officer=None)
        assert await told(peopled, "handler") == ["handler", "handler2"]

    async def test_of_a_unit_that_is_asked_to_help_its_own_people(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "handler", unit="station-b") == ["handler3"]

    async def test_a_unit_without_a_leader_has_the_one_above(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "leader") == ["leader"]

    async def test_the_duty_room_stands_beside_the_units(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "leader", "duty") == ["leader", "duty"]

    async def test_the_enterprise_is_told_by_its_account(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "enterprise") == ["enterprise"]

    async def test_an_enterprise_without_an_account_is_told_by_nobody_of_ours(self, peopled: Database) -> None:
        appeal, _ = begun(NUMBER, enterprise=Enterprise(None, "未核实"))
        async with peopled.write() as w:
            await write(w, appeal)
        assert await told(peopled, "enterprise") == []

    async def test_a_substitute_is_found_at_the_moment_it_fires(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        await away(peopled, "handler", "handler2")
        assert await told(peopled, "handler") == ["handler2<handler"]
        assert await told(peopled, "handler", at=NOON + DAY) == ["handler"]

    async def test_a_substitute_who_has_left_is_passed_over(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        await away(peopled, "handler", "handler2", "handler3")
        async with peopled.write() as w:
            await AccountsWriter(w).upsert(PEOPLE[1], active=False)
        assert await told(peopled, "handler") == ["handler3<handler"]

    async def test_nobody_complained_of_is_told_and_no_visitor_of_a_secret_matter(self, peopled: Database) -> None:
        appeal, _ = begun(NUMBER, against=("handler2",))
        known = appeal.rules
        # Rules of their own, by their digest: what has a version is known by it in the whole process.
        secret = make_rules(replace(known.service, secret=True), known.policy, known.calendar, known.timetables)
        async with peopled.write() as w:
            await AccountsWriter(w).upsert(Account("supervisor2", "督办二", (Role.SUPERVISOR,), "city"))
            await write(w, replace(appeal, rules=secret))
        assert await told(peopled, "handler") == ["handler"]
        assert await told(peopled, "visitor") == ["supervisor", "supervisor2"]
        both = replace(appeal, submission=replace(appeal.submission, against=("station-a", "supervisor")))
        async with peopled.write() as w:
            await write(w, replace(both, rules=secret, seq=appeal.seq + 1), fence=1)
        # Not even the catch-all: another supervisor hears of it.
        assert await told(peopled, "catch_all") == ["supervisor2"]

    async def test_of_one_track_nobody_is_told_who_works_on_the_other(self, peopled: Database) -> None:
        appeal, _ = begun(NUMBER, "complaint-12389")
        given = replace(appeal, assignment=Assignment(lead=unit("supervision")))
        async with peopled.write() as w:
            await AccountsWriter(w).upsert(Account("legal-officer", "法制员", (Role.HANDLER,), "legal"))
            await write(w, given)
        for about, told_of_it in (("verify_matter", ["legal-officer"]), ("verify_conduct", ["supervisor"])):
            assert await told(peopled, "account:legal-officer", unit="legal", subject=about) == told_of_it
            assert await told(peopled, "account:legal-officer", unit="legal", step=about) == told_of_it

    @pytest.mark.parametrize("at", ["station-a", "branch", "city", "duty-room", "traffic"])
    async def test_looking_ahead_finds_whom_a_step_finds_when_it_fires(self, peopled: Database, at: str) -> None:
        """A hole that is none is told every day until nobody reads of holes any more."""
        await led_by_station_a(peopled, officer=None)
        await away(peopled, "leader", "handler3")
        words = ("handler", "window", "leader", "duty", "on_duty", "supervisor", "catch_all", "account:handler")
        async with peopled.read() as r:
            house = await house_of(r, organisation(), NOON, NOON + DAY)
            for word in words:
                step = Notice("n", NUMBER, NOON, (word,), at, "escalation", {"escalation": "e", "ladder": "l"})
                fires = [one.account for one in await Recipients(r, organisation()).of(step)]
                assert list(called(house, at, (word,), NOON)) == fires, word

    async def test_however_many_are_told_together_the_tables_are_asked_the_same_few_times(
        self, peopled: Database
    ) -> None:
        await led_by_station_a(peopled, officer=None)
        units = ("station-a", "station-b", "branch", "city", "duty-room")
        notices = [Notice(u, NUMBER, NOON, ("duty", "on_duty", "leader"), u, "warning", {}) for u in units]
        asked = []
        for some in (notices[:1], notices):
            async with peopled.read() as r:
                counting = Counting(r)
                assert len(await Recipients(counting, organisation()).of_all(some)) == len(some)  # type: ignore[arg-type]
            asked.append(counting.queries)
        assert asked[0] == asked[1] <= 4

    async def test_what_finds_nobody_goes_to_the_catch_all_or_who_stands_in(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "leader", unit="hotline-12345") == ["supervisor"]
        assert await told(peopled, "catch_all") == ["supervisor"]
        await away(peopled, "supervisor", "leader")
        assert await told(peopled, "catch_all") == ["leader<supervisor"]

    async def test_nobody_is_told_twice_of_one_thing(self, peopled: Database) -> None:
        await led_by_station_a(peopled, officer=None)
        await away(peopled, "handler", "handler2")
        assert await told(peopled, "handler") == ["handler2<handler"]

    async def test_a_unit_that_is_gone_still_has_somebody(self, peopled: Database) -> None:
        await led_by_station_a(peopled)
        assert await told(peopled, "dispatcher", unit="closed-down") == ["supervisor"]

    async def test_they_are_kept_with_the_notice_and_the_first_time_counts(self, peopled: Database) -> None:
        notice = Notice("n-1", NUMBER, NOON, ("handler",), "station-a", "warning", {})
        found: dict[str, Sequence[Recipient]] = {"n-1": (Recipient("handler2", "handler"),)}
        for recipients in (found, {"n-1": (Recipient("handler"),)}):
            async with peopled.write() as w:
                await Notices(w).add([notice, replace(notice, id="n-2", audience=OUTSIDE)], recipients)
        async with peopled.write() as w:
            await Notices(w).add([replace(notice, id="n-3")])
            assert await Notices(w).recipients(NUMBER) == {
                "n-1": (Recipient("handler2", "handler"),),
                "n-2": (),
                "n-3": None,
            }
            assert {n.id for n in await Notices(w).of(NUMBER)} == {"n-1", "n-2", "n-3"}


class TestNeighbours:
    async def put(self, database: Database, n: int, at: datetime = NOON, **changes: Any) -> str:
        appeal, _ = begun(f"SQ20260901-{n:08d}", at=at, **changes)
        async with database.write() as w:
            await write(w, appeal)
        return appeal.number

    async def fill(self, database: Database, many: int) -> None:
        """Copies of one appeal, each of another enterprise, over some days; then the database counts what it has."""
        await self.put(database, 0)
        async with database.write() as w:
            row = await w.row(select(appeals))
            assert row is not None
            changed = [
                {
                    "number": f"SQ20260902-{n:08d}",
                    "enterprise": f"x {n}",
                    "enterprise_name": f"x {n}",
                    "created_at": NOON + n * timedelta(minutes=10),
                }
                for n in range(many)
            ]
            await w.run(insert(appeals), [{**row._mapping, **one} for one in changed])
        async with database.write() as w:
            await w.run(text("ANALYZE appeals"))

    async def near(self, database: Database, uscc: str | None = USCC) -> list[str]:
        async with database.read() as r:
            found = await Neighbours(r).of(uscc, "宁波示例制造有限公司", NOON - DAY, NOON + DAY)
        return [one.number[-1] for one in found]

    async def test_the_appeals_of_the_enterprise_in_the_window_newest_first(self, database: Database) -> None:
        await self.put(database, 1, NOON - DAY)
        await self.put(database, 2, NOON + DAY)
        await self.put(database, 3, NOON - DAY - timedelta(seconds=1))
        await self.put(database, 4, enterprise=Enterprise("91330205MA2AEX0029", "别家"))
        assert await self.near(database) == ["2", "1"]

    async def test_where_a_code_is_not_known_the_name_decides(self, database: Database) -> None:
        await self.put(database, 1)
        await self.put(database, 2, enterprise=Enterprise(None, "宁波示例制造有限公司"))
        await self.put(database, 3, enterprise=Enterprise(None, "别家"))
        assert await self.near(database) == ["1", "2"]
        assert await self.near(database, uscc=None) == ["2", "1"]

    async def test_what_is_compared_is_taken_out_of_the_state(self, database: Database) -> None:
        await self.put(database, 1, title="标题", description="长" * 5000, external_ref="12345-7")
        async with database.read() as r:
            (one,) = await Neighbours(r).of(USCC, "x", NOON, NOON)
        assert (one.matter.title, len(one.matter.description), one.matter.external_ref) == ("标题", 600, "12345-7")

    @pytest.mark.parametrize("column", [appeals.c.enterprise, appeals.c.enterprise_name])
    async def test_it_is_found_by_an_index(self, database: Database, column: Column[str]) -> None:
        """Among many, of many enterprises: of few rows a database knows that any way is as good."""
        await self.fill(database, _MANY)
        query = select(appeals.c.number).where(column == "x 7", appeals.c.created_at.between(NOON, NOON + DAY))
        dialect: Dialect = _DIALECTS[database.dialect]()
        plain = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        async with database.read() as r:
            explain = "EXPLAIN QUERY PLAN" if r.dialect == "sqlite" else "EXPLAIN"
            steps = " ".join(str(row[-1]) for row in await r.rows(text(f"{explain} {plain}")))
        assert f"ix_appeals_{column.name}_created_at" in steps


async def test_both_units_of_a_dual_dispatch_find_it_in_their_lists(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    two = Assignment(lead=unit("station-a"), second=SecondLead(unit("traffic")))
    async with database.write() as w:
        await write(w, replace(appeal, assignment=two))
    async with database.read() as r:
        for code, found in (("station-a", 1), ("traffic", 1), ("station-b", 0)):
            page = await Appeals(r).page(AppealFilter(unit=code), NOON)
            assert len(page.items) == found


def test_the_territory_is_the_station_that_received_it_or_the_first_of_the_region() -> None:
    units = Organisation.load()
    branch, second = units.place("branch"), units.place("station-b")
    assert branch is not None
    assert second is not None
    assert units.territory("330205", second) == second
    assert units.territory("330205", branch) == units.place("station-a")
    assert units.territory("110101", branch) is None
