"""Rosters in both databases: what was kept comes back, of two who change it one is told, every change is on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from domain.calendar import ZONE
from domain.roster import Override, Roster, Rotation, Span, Swap, Temporary, Turn
from domain.vocabulary import Role
from storage.absences import Absence, AbsencesWriter
from storage.accounts import Account, AccountsWriter
from storage.audit import AuditReads
from storage.contact_points import ContactPoints
from storage.database import Database
from storage.duty_coverage import Asked, coverage
from storage.duty_people import DutyPeople
from storage.rosters import Kept, Rosters, RostersWriter, StaleRoster, dump_roster, load_roster
from storage.watches import Watches
from tests.domain.rosters import rosters
from tests.storage.build import NOON, catalogue, organisation, unit

DAY = timedelta(days=1)
SINCE = date(2026, 8, 31)
DAILY = Rotation("r", "值班员", (("ann",), ("bob", "cai")), SINCE)


def moment(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=ZONE)


async def save(database: Database, before: Kept, roster: Roster, by: str = "admin") -> Kept:
    async with database.write() as w:
        return await RostersWriter(w).save(before, roster, "roster-set", by, NOON, "req-1")


async def people(database: Database, *accounts: Account) -> None:
    async with database.write() as w:
        for account in accounts:
            await AccountsWriter(w).upsert(account)


def staff(code: str, *roles: Role, unit: str = "station-a") -> Account:
    return Account(code, f"{code}先生", roles or (Role.HANDLER,), unit)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(rosters())
def test_what_is_kept_comes_back_as_it_was(roster: Roster) -> None:
    assert load_roster("u", dump_roster(roster)) == roster


async def test_a_unit_without_a_roster_has_an_empty_one(database: Database) -> None:
    async with database.read() as r:
        assert await Rosters(r).of("station-a") == Kept(Roster("station-a"))
        assert await Rosters(r).on_duty("station-a", NOON) == ()
        assert await Rosters(r).all() == []


async def test_whoever_asks_sees_overrides_and_temporary_rosters(database: Database) -> None:
    # goalert 1362: a policy that pointed at the rotation knew nothing of them.
    roster = Roster(
        "station-a",
        (DAILY,),
        (Override("o", "值班员", moment(1), moment(1, 12), ("dan",), "bob"),),
        (Temporary("t", "马拉松", "值班员", moment(3), moment(4), (("eve",),)),),
        (Swap("s", "值班员", Turn("r", 6, "ann"), Turn("r", 7, "bob")),),
    )
    kept = await save(database, Kept(Roster("station-a")), roster)
    assert (kept.version, kept.changed_by, kept.changed_at) == (1, "admin", NOON)
    async with database.read() as r:
        found = Rosters(r)
        assert await found.of("station-a") == kept
        assert await found.on_duty("station-a", moment(1, 9)) == ("dan", "cai")
        assert await found.on_duty("station-a", moment(1, 12)) == ("bob", "cai")
        assert await found.on_duty("station-a", moment(3, 9).astimezone(UTC)) == ("eve",)
        assert await found.on_duty("station-a", moment(6, 9)) == ("bob",)
        assert await found.on_duty("station-b", moment(1, 9)) == ()


async def test_every_change_is_on_record_with_before_and_after(database: Database) -> None:
    first = await save(database, Kept(Roster("station-a")), Roster("station-a", (DAILY,)))
    moved = replace(DAILY, hand_over=time(18), unit=Span.WEEKS)
    await save(database, first, Roster("station-a", (moved,)), "leader")
    async with database.read() as r:
        later, earlier = await AuditReads(r).find(kind="roster")
    assert (later.account, later.code, later.request_id) == ("leader", "roster-set", "req-1")
    assert later.detail["unit"] == "station-a"
    assert later.detail["before"] == earlier.detail["after"] == dump_roster(Roster("station-a", (DAILY,)))
    assert later.detail["after"] == dump_roster(Roster("station-a", (moved,)))
    assert [line.detail["version"] for line in (earlier, later)] == [1, 2]


async def test_of_two_who_change_the_same_version_one_is_told_and_nothing_of_his_is_kept(database: Database) -> None:
    none = Kept(Roster("station-a"))
    first = await save(database, none, Roster("station-a", (DAILY,)))
    with pytest.raises(StaleRoster) as told:
        await save(database, none, Roster("station-a"))
    assert told.value.version == 1
    await save(database, first, Roster("station-a"))
    with pytest.raises(StaleRoster):
        await save(database, first, Roster("station-a", (DAILY,)))
    async with database.read() as r:
        assert (await Rosters(r).of("station-a")).roster == Roster("station-a")
        assert len(await AuditReads(r).find(kind="roster")) == 2


async def test_of_many_who_write_at_once_exactly_one_is_first(database: Database) -> None:
    none = Kept(Roster("station-a"))
    tries = [save(database, none, Roster("station-a", (DAILY,)), f"leader{n}") for n in range(5)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, Kept) for one in found) == 1
    assert sum(isinstance(one, StaleRoster) for one in found) == 4


async def test_a_watch_knows_absences_also_in_the_part_of_a_shift_outside_the_page(database: Database) -> None:
    await people(database, *(staff(code) for code in ("ann", "bob", "cai", "dan")))
    await save(database, Kept(Roster("station-a")), Roster("station-a", (DAILY,)))
    away = Absence("bob", moment(1, 6), moment(2, 6), ("dan",))
    async with database.write() as w:
        await AbsencesWriter(w).replace("bob", [away], "admin", NOON, "req")
    async with database.read() as r:
        now = await Watches(r).at("station-a", moment(1, 20))
        early = await Watches(r).at("station-a", moment(2, 7))
        month = await Watches(r).between("station-a", moment(1, 20), moment(3))
    assert [shift.people for shift in now.shifts] == [("dan", "cai")]
    assert [(s.by, s.absent) for s in now.shifts[0].stand_ins] == [("dan", "bob")]
    assert [(shift.people, shift.starts_at) for shift in early.shifts] == [(("bob", "cai"), moment(2, 6))]
    assert month.shifts[0] == now.shifts[0]


def test_on_duty_is_whoever_stands_in_the_line_of_command() -> None:
    accounts = [
        staff("own"),
        staff("above", Role.LEADER, unit="city"),
        staff("below", unit="station-b"),
        staff("aside", unit="traffic"),
        Account("nowhere", "无单位", (Role.HANDLER,)),
        Account("firm", "企业", (Role.ENTERPRISE,), uscc="91330205MA2AEX0017"),
    ]
    station = DutyPeople(unit("station-a"), accounts, organisation())
    assert [station.unfit(code) == "" for code in ("own", "above", "below", "aside")] == [True, True, False, False]
    branch = DutyPeople(unit("branch"), accounts, organisation())
    assert [branch.unfit(code) == "" for code in ("own", "above", "below", "aside")] == [True, True, True, False]
    assert "交警支队" in branch.unfit("aside")
    assert "停用" in branch.unfit("gone")
    assert "停用" in branch.unfit("firm")
    assert "单位" in branch.unfit("nowhere")


def test_a_name_means_one_person_or_says_whom_it_could_mean() -> None:
    accounts = [staff("one"), staff("two"), replace(staff("twin"), name="two先生")]
    station = DutyPeople(unit("station-a"), accounts, organisation())
    assert station.named("one") == ("one", "")
    assert station.named("one先生") == ("one", "")
    assert station.named("two先生")[0] == ""
    assert "two、twin" in station.named("two先生")[1]
    assert "不是" in station.named("路人")[1]


def test_whoever_may_edit_is_the_nearest_leader() -> None:
    accounts = [staff("far", Role.LEADER, unit="city"), staff("near", Role.LEADER, unit="branch")]
    assert [one.code for one in DutyPeople(unit("station-a"), accounts, organisation()).editors()] == ["near"]
    assert DutyPeople(unit("station-a"), [], organisation()).editors() == []


async def test_coverage_tells_holes_empty_steps_and_whom_nothing_reaches(database: Database) -> None:
    await people(
        database,
        staff("ann"),
        staff("supervisor", Role.SUPERVISOR, unit="city"),
        staff("chief", Role.LEADER, unit="branch"),
    )
    until = replace(DAILY, order=(("ann",),), ends_on=date(2026, 9, 11))
    await save(database, Kept(Roster("station-a")), Roster("station-a", (until,)))
    asked = Asked(organisation(), catalogue().policy, tuple(catalogue().services()), NOON)
    async with database.read() as r:
        found = await coverage(r, asked)
        unreachable = await ContactPoints(r).unreachable()
    holes = [(w.kept.roster.unit, h.starts_at, h.ends_at) for w in found.watches for h in w.holes]
    assert holes == [("station-a", moment(11, 8) + timedelta(minutes=30), NOON + 30 * DAY)]
    assert not found.is_complete
    assert {one.account.code for one in found.unreachable} == {"ann", "supervisor", "chief"} <= unreachable.keys()
    # The duty officer's step: nobody has the role anywhere.
    first = next(e for e in found.empty_steps if e.unit == "station-a" and e.targets == ("duty",))
    assert (first.starts_at, first.ends_at) == (NOON, NOON + 30 * DAY)
    assert {step.number for step in first.steps} == {1}
    assert found.clocks == ()


async def test_a_service_whose_ladder_is_not_there_is_told(database: Database) -> None:
    services = tuple(replace(service, ladder="mountain") for service in catalogue().services()[:1])
    async with database.read() as r:
        found = await coverage(r, Asked(organisation(), catalogue().policy, services, NOON))
        bare = await coverage(r, Asked(organisation(), replace(catalogue().policy, ladders=()), services, NOON))
    assert [(service.code, ladder) for service, ladder in found.clocks] == [(services[0].code, "mountain")]
    assert bare.clocks == ()
    assert {step.ladder for e in bare.empty_steps for step in e.steps} == {services[0].code}
