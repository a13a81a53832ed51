"""Duty rosters on the API: only whom it concerns may change them, and whoever asks is told who is really there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from runtime.codec import ensure_key_file
from storage.accounts import Account, AccountsWriter
from tests.api.bench import Api, open_api, pointers, problem

DUTY = "值班员"
ROOM, STATION = "/v1/duty/duty-room", "/v1/duty/station-a"


def rotation(*order: Any, **more: Any) -> dict[str, Any]:
    return {"duty": DUTY, "order": list(order), "starts_on": "2026-08-31", **more}


def at(day: int, hour: int = 8, minute: int = 30, month: int = 9) -> str:
    return f"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:00+08:00"


async def put(
    api: Api, who: str, *rotations: dict[str, Any], unit: str = "station-a", match: str = "", **more: Any
) -> Any:
    headers = api.bearer(who) | ({"If-Match": match} if match else {})
    body = {"rotations": list(rotations), **more}
    return await api.client.put(f"/v1/duty/{unit}/roster", headers=headers, json=body)


async def post(api: Api, who: str, part: str, body: dict[str, Any], unit: str = "station-a", match: str = "") -> Any:
    headers = api.bearer(who) | ({"If-Match": match} if match else {})
    return await api.client.post(f"/v1/duty/{unit}/{part}", headers=headers, json=body)


async def delete(api: Api, who: str, part: str, id_: str, unit: str = "station-a") -> Any:
    return await api.client.delete(f"/v1/duty/{unit}/{part}/{id_}", headers=api.bearer(who))


async def on_duty(api: Api, when: str, unit: str = "station-a") -> list[str]:
    answer = (await api.get("visitor", f"/v1/duty/{unit}/now", params={"at": when})).json()
    return [one["account"] for one in answer["on_duty"]]


@pytest.fixture
async def station(api: Api) -> Api:
    """Two take turns day by day."""
    answer = await put(api, "leader", rotation("handler", "handler2"))
    assert answer.status_code == 200, answer.text
    return api


async def test_the_sample_has_people_on_duty_at_once(api: Api) -> None:
    now = (await api.get("handler", f"{ROOM}/now")).json()
    assert (now["unit_name"], now["holes"]) == ("情指中心值班室", [])
    assert {one["account"] for one in now["on_duty"]} >= {"duty"}
    for unit in ("branch", "city"):
        assert (await api.get("handler", f"/v1/duty/{unit}/now")).json()["on_duty"]


async def test_a_roster_is_read_changed_and_sent_back_as_it_is(station: Api) -> None:
    read = await station.get("handler", f"{STATION}/roster")
    assert read.headers["etag"] == '"1"'
    roster = read.json()
    assert (roster["version"], roster["changed_by"]["account"], roster["may_edit"]) == (1, "leader", False)
    assert roster["rotations"][0]["order"] == [["handler"], ["handler2"]]
    assert [one["name"] for one in roster["people"]] == ["郑承办", "王协理"]
    roster["rotations"][0]["hand_over"] = "18:00"
    headers = station.bearer("admin") | {"If-Match": read.headers["etag"]}
    sent = await station.client.put(f"{STATION}/roster", headers=headers, json=roster)
    assert sent.status_code == 200, sent.text
    assert (sent.json()["rotations"], sent.headers["etag"]) == (roster["rotations"], '"2"')


async def test_whoever_was_second_is_told_who_was_first(station: Api) -> None:
    tag = (await station.get("leader", f"{STATION}/roster")).headers["etag"]
    assert (await put(station, "admin", rotation("handler"), match=tag)).status_code == 200
    shift = {"duty": DUTY, "from": at(1), "until": at(2), "people": ["handler2"]}
    for answer in (
        await put(station, "leader", rotation("handler2"), match=tag),
        await post(station, "leader", "overrides", shift, match=tag),
    ):
        body = problem(answer, 412, "stale-roster")
        assert "何管理" in body["detail"]
        assert (body["version"], answer.headers["etag"]) == (2, '"2"')
    assert await on_duty(station, at(2, 12)) == ["handler"]
    assert (await put(station, "leader", rotation("handler2"), match='"2"')).status_code == 200
    assert (await put(station, "leader", rotation("handler2"))).status_code == 200


@pytest.mark.parametrize("who", ["handler", "hazmat_leader", "supervisor", "dispatcher", "duty"])
async def test_nobody_else_may_change_it_and_is_told_who_may(station: Api, who: str) -> None:
    # goalert 4544: anybody could edit the roster.
    body = problem(await put(station, who, rotation("handler3")), 403, "forbidden")
    assert "station-a-leader" in {one["account"] for one in body["may_edit"]}
    assert "甲派出所" in body["detail"]
    shift = {"duty": DUTY, "from": at(1), "until": at(2), "people": ["handler"]}
    problem(await post(station, who, "overrides", shift), 403, "forbidden")
    problem(await delete(station, who, "overrides", "x"), 403, "forbidden")
    assert (await station.get("handler", f"{STATION}/roster")).json()["version"] == 1


@pytest.mark.parametrize("who", ["station-a-leader", "leader", "admin"])
async def test_its_leader_one_above_and_an_administrator_may(api: Api, who: str) -> None:
    assert (await put(api, who, rotation("handler"))).status_code == 200
    assert (await api.get(who, f"{STATION}/roster")).json()["may_edit"]
    line, *_ = await api.audit("roster")
    assert (line.account, line.code, line.detail["unit"], line.detail["version"]) == (who, "roster-set", "station-a", 1)
    assert (line.detail["before"]["rotations"], line.detail["after"]["rotations"][0]["order"]) == ([], [["handler"]])


async def test_rosters_are_for_the_house(api: Api) -> None:
    for who in ("enterprise", "system"):
        for path in ("roster", "now", "shifts", "calendar.ics"):
            problem(await api.get(who, f"{ROOM}/{path}"), 403, "forbidden")
        problem(await api.get(who, "/v1/duty/coverage"), 403, "forbidden")
        problem(await api.get(who, "/v1/duty/people/duty/calendar.ics"), 403, "forbidden")
    problem(await api.get("admin", "/v1/duty/moon/roster"), 404, "unknown-unit")
    problem(await put(api, "admin", unit="moon"), 404, "unknown-unit")
    problem(await api.get("admin", "/v1/duty/moon/calendar.ics"), 404, "unknown-unit")
    problem(await api.get(None, f"{ROOM}/now"), 401, "unauthorized")


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({}, "invalid", ["/rotations"]),
        ({"rotations": [rotation("handler", extra=1)]}, "invalid", ["/rotations/0/extra"]),
        ({"rotations": [rotation("handler", hand_over="25:00")]}, "invalid", ["/rotations/0/hand_over"]),
        ({"rotations": [rotation("handler", every=0)]}, "invalid", ["/rotations/0/every"]),
        ({"rotations": [rotation()]}, "rotation-of-nobody", ["/rotations/0/order"]),
        ({"rotations": [rotation([])]}, "rotation-of-nobody", ["/rotations/0/order/0"]),
        (
            {"rotations": [rotation("nobody", ["handler", "handler3"], "enterprise")]},
            "unfit-person",
            ["/rotations/0/order/0/0", "/rotations/0/order/1/1", "/rotations/0/order/2/0"],
        ),
        ({"rotations": [rotation("handler", ends_on="2026-08-31")]}, "ends-before-it-begins", ["/rotations/0/ends_on"]),
        (
            {
                "rotations": [rotation("handler")],
                "overrides": [
                    {"duty": DUTY, "from": at(1), "until": at(3), "people": ["handler2"]},
                    {"duty": DUTY, "from": at(2), "until": at(4), "people": ["handler2"]},
                ],
            },
            "overrides-overlap",
            ["/overrides/0/from", "/overrides/1/from"],
        ),
    ],
)
async def test_nonsense_is_refused_where_it_stands(api: Api, body: dict[str, Any], code: str, where: list[str]) -> None:
    answer = await api.client.put(f"{STATION}/roster", headers=api.bearer("admin"), json=body)
    assert sorted(pointers(problem(answer, 422, code))) == where
    assert (await api.get("admin", f"{STATION}/roster")).json()["version"] == 0


async def test_somebody_comes_instead_of_somebody_once_however_often_it_is_said(station: Api) -> None:
    said = {"duty": DUTY, "from": at(1), "until": at(2), "people": ["station-a-officer"], "instead_of": "handler2"}
    first = await post(station, "leader", "overrides", said)
    assert first.status_code == 201, first.text
    again = await post(station, "leader", "overrides", said)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await on_duty(station, at(1, 12)) == ["station-a-officer"]
    assert await on_duty(station, at(1, 8, 29)) == ["handler"]
    gone = await delete(station, "leader", "overrides", first.json()["id"])
    assert (gone.status_code, gone.content) == (204, b"")
    problem(await delete(station, "leader", "overrides", first.json()["id"]), 404, "unknown-override")
    assert await on_duty(station, at(1, 12)) == ["handler2"]
    assert [line.code for line in await station.audit("roster")] == ["override-removed", "override-added", "roster-set"]


async def test_a_new_override_is_pointed_at_from_within(station: Api) -> None:
    said = {"duty": DUTY, "from": at(1), "until": at(1), "people": ["handler3", "handler"]}
    body = problem(await post(station, "leader", "overrides", said), 422, "unfit-person")
    assert pointers(body) == ["/people/0", "/until"]
    vain = {"duty": DUTY, "from": at(1), "until": at(2), "people": ["handler2"], "instead_of": "handler"}
    assert pointers(problem(await post(station, "leader", "overrides", vain), 422, "override-in-vain")) == [
        "/instead_of"
    ]


async def test_an_account_closed_since_keeps_nobody_from_helping_out(station: Api) -> None:
    async with station.database.write() as w:
        await AccountsWriter(w).upsert(Account("handler", "郑承办", (), "station-a"), active=False)
    assert await on_duty(station, at(2, 12)) == []
    said = {"duty": DUTY, "from": at(2), "until": at(3), "people": ["handler2"], "instead_of": "handler"}
    assert (await post(station, "leader", "overrides", said)).status_code == 201
    assert await on_duty(station, at(2, 12)) == ["handler2"]
    people = (await station.get("leader", f"{STATION}/roster")).json()["people"]
    assert [(one["name"], one["active"]) for one in people] == [("郑承办", False), ("王协理", True)]


async def test_an_event_has_its_own_roster(station: Api) -> None:
    said = {
        "name": "马拉松安保",
        "duty": DUTY,
        "from": at(1, 6),
        "until": at(1, 18),
        "order": [["handler", "handler2"]],
    }
    made = await post(station, "leader", "temporary", said)
    assert made.status_code == 201, made.text
    assert await on_duty(station, at(1, 12)) == ["handler", "handler2"]
    items = (await station.get("leader", f"{STATION}/shifts?from=2026-09-01&until=2026-09-02")).json()["items"]
    assert [(one["source"], one["id"]) for one in items] == [
        ("rotation", None),
        ("temporary", made.json()["id"]),
        ("rotation", None),
    ]
    assert (await delete(station, "leader", "temporary", made.json()["id"])).status_code == 204


async def test_two_people_exchange_two_shifts_and_the_swap_moves_with_them(station: Api) -> None:
    # oncall 4182: a swap stayed where it was when its shift was moved by an hour.
    said = {
        "duty": DUTY,
        "first": {"at": at(1, 12), "person": "handler2"},
        "second": {"at": at(4, 12), "person": "handler"},
    }
    made = await post(station, "leader", "swaps", said)
    assert made.status_code == 201, made.text
    assert (made.json()["first"]["from"], made.json()["second"]["number"]) == ("2026-09-01T08:30:00.000+08:00", 4)
    assert (await post(station, "leader", "swaps", said)).json() == made.json()
    assert [await on_duty(station, at(day, 12)) for day in (1, 2, 3, 4)] == [
        ["handler"], ["handler"], ["handler2"], ["handler2"],
    ]  # fmt: skip
    roster = (await station.get("leader", f"{STATION}/roster")).json()
    roster["rotations"][0]["hand_over"] = "07:00"
    moved = await station.client.put(f"{STATION}/roster", headers=station.bearer("leader"), json=roster)
    assert moved.json()["swaps"][0]["first"]["from"] == "2026-09-01T07:00:00.000+08:00"
    assert await on_duty(station, at(1, 7, 15)) == ["handler"]
    assert await on_duty(station, at(2, 6, 59)) == ["handler"]
    shift = (await station.get("leader", f"{STATION}/shifts?from=2026-09-01&until=2026-09-02")).json()["items"][1]
    assert ([p["account"] for p in shift["people"]], [p["account"] for p in shift["planned"]]) == (
        ["handler"],
        ["handler2"],
    )


async def test_shifts_that_are_not_there_are_not_exchanged(station: Api) -> None:
    def swap(first: str, who: str, second: str, other: str) -> dict[str, Any]:
        return {"duty": DUTY, "first": {"at": first, "person": who}, "second": {"at": second, "person": other}}

    before = swap(at(1, month=8), "handler", at(2), "handler")
    assert pointers(problem(await post(station, "leader", "swaps", before), 422, "unknown-shift")) == ["/first/at"]
    wrong = swap(at(1), "handler", at(2), "handler2")
    body = problem(await post(station, "leader", "swaps", wrong), 422, "not-their-shift")
    assert pointers(body) == ["/first/person", "/second/person"]
    same = swap(at(1), "handler2", at(3), "handler2")
    assert pointers(problem(await post(station, "leader", "swaps", same), 422, "swap-in-vain")) == ["/second"]


async def test_a_swap_on_which_another_rests_is_taken_back_last(station: Api) -> None:
    ids = []
    for first, who, second, other in ((1, "handler2", 2, "handler"), (1, "handler", 3, "handler2")):
        said = {"duty": DUTY, "first": {"at": at(first), "person": who}, "second": {"at": at(second), "person": other}}
        ids.append((await post(station, "leader", "swaps", said)).json()["id"])
    problem(await delete(station, "leader", "swaps", ids[0]), 409, "swap-in-use")
    assert (await delete(station, "leader", "swaps", ids[1])).status_code == 204
    assert (await delete(station, "leader", "swaps", ids[0])).status_code == 204


async def test_who_is_away_is_replaced_and_a_hole_says_why(station: Api) -> None:
    away = {"from": at(1, 12, 0), "until": at(1, 18, 0), "substitutes": ["station-a-officer"]}
    await station.client.put(
        "/v1/officers/handler2/absences", headers=station.bearer("leader"), json={"absences": [away]}
    )
    assert [await on_duty(station, at(1, hour)) for hour in (11, 12, 18)] == [
        ["handler2"], ["station-a-officer"], ["handler2"],
    ]  # fmt: skip
    other = {**away, "substitutes": ["station-a-officer2"]}
    await station.client.put(
        "/v1/officers/station-a-officer/absences", headers=station.bearer("leader"), json={"absences": [other]}
    )
    assert await on_duty(station, at(1, 13)) == ["station-a-officer2"]
    async with station.database.write() as w:
        await AccountsWriter(w).upsert(Account("station-a-officer2", "民警二", (), "station-a"), active=False)
    now = (await station.get("leader", f"{STATION}/now", params={"at": at(1, 13)})).json()
    assert now["on_duty"] == []
    assert now["holes"][0]["text"] == "值班员：王协理不在岗，且无人代理"
    month = (await station.get("leader", f"{STATION}/shifts?from=2026-09-01&until=2026-09-03")).json()
    assert [(hole["from"], hole["until"]) for hole in month["holes"]] == [
        ("2026-09-01T12:00:00.000+08:00", "2026-09-01T18:00:00.000+08:00")
    ]


async def test_a_month_has_its_shifts_whole_and_its_holes(api: Api) -> None:
    await put(api, "leader", rotation("handler", unit="weeks", starts_on="2026-09-07", ends_on="2026-09-21"))
    month = (await api.get("handler", f"{STATION}/shifts?from=2026-09-01&until=2026-10-01")).json()
    assert [(one["from"], one["until"]) for one in month["items"]] == [
        ("2026-09-07T08:30:00.000+08:00", "2026-09-14T08:30:00.000+08:00"),
        ("2026-09-14T08:30:00.000+08:00", "2026-09-21T08:30:00.000+08:00"),
    ]
    assert [(one["from"], one["until"], one["text"]) for one in month["holes"]] == [
        ("2026-09-01T00:00:00.000+08:00", "2026-09-07T08:30:00.000+08:00", "值班员：没有排班"),
        ("2026-09-21T08:30:00.000+08:00", "2026-10-01T00:00:00.000+08:00", "值班员：没有排班"),
    ]
    assert month["duties"] == [DUTY]
    for wrong in ("from=2026-09-02&until=2026-09-01", "from=2026-01-01&until=2028-01-01"):
        problem(await api.get("handler", f"{STATION}/shifts?{wrong}"), 422, "bad-parameter")
    usual = (await api.get("handler", f"{STATION}/shifts")).json()
    assert (usual["from"], usual["until"]) == ("2026-09-01T00:00:00.000+08:00", "2026-10-02T00:00:00.000+08:00")
    until = (await api.get("handler", f"{STATION}/shifts?until=2026-08-01")).json()
    assert until["from"] == "2026-07-31T00:00:00.000+08:00"


async def test_a_person_sees_every_shift_of_his_wherever_it_is(station: Api) -> None:
    said = {"duty": DUTY, "from": at(3), "until": at(4), "people": ["handler"]}
    assert (await post(station, "leader", "overrides", said, unit="branch")).status_code == 201
    own = (await station.get("handler", "/v1/duty/people/handler/shifts?from=2026-09-01&until=2026-09-05")).json()
    assert [(one["unit"], one["from"][:10]) for one in own["items"]] == [
        ("branch", "2026-09-03"), ("station-a", "2026-08-31"), ("station-a", "2026-09-02"), ("station-a", "2026-09-04"),
    ]  # fmt: skip
    problem(await station.get("handler", "/v1/duty/people/nobody/shifts"), 404, "unknown-officer")
    problem(await station.get("handler", "/v1/duty/people/nobody/calendar.ics"), 404, "unknown-officer")


async def test_who_stands_in_sees_those_shifts_as_his(station: Api) -> None:
    away = {"from": at(1, 12, 0), "until": at(1, 18, 0), "substitutes": ["station-a-officer"]}
    await station.client.put(
        "/v1/officers/handler2/absences", headers=station.bearer("leader"), json={"absences": [away]}
    )
    path = "/v1/duty/people/station-a-officer/shifts?from=2026-09-01&until=2026-09-05"
    own = (await station.get("handler", path)).json()
    assert [(one["from"], one["stand_ins"][0]["absent"]["account"]) for one in own["items"]] == [
        ("2026-09-01T12:00:00.000+08:00", "handler2")
    ]


@pytest.fixture
async def linked(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    """An API with keys, as every one that has an engine."""
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys, public_url="https://appeals.example") as opened:
        yield opened


async def link_of(api: Api, who: str, path: str) -> str:
    link = (await api.get(who, path)).json()["links"]["calendar"]
    assert link.startswith("https://appeals.example/v1/duty/")
    return str(link.removeprefix("https://appeals.example"))


async def test_a_calendar_program_reads_duty_by_a_link(linked: Api) -> None:
    read = await linked.get(None, await link_of(linked, "handler", f"{ROOM}/roster"))
    assert (read.status_code, read.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(read.text)
    events = calendar.events
    assert str(calendar["X-WR-CALNAME"]) == "情指中心值班室值班"
    assert {str(event["SUMMARY"]) for event in events} >= {"情指中心值班室 值班长:尤值班"}
    assert len({str(event["UID"]) for event in events}) == len(events)
    again = Calendar.from_ical((await linked.get("duty", f"{ROOM}/calendar.ics")).text)
    assert [str(event["UID"]) for event in again.events] == [str(event["UID"]) for event in events]


async def test_a_persons_calendar_has_his_own_shifts_and_what_has_changed(linked: Api) -> None:
    said = {"duty": DUTY, "from": at(3), "until": at(4), "people": ["duty"]}
    assert (await post(linked, "admin", "overrides", said, unit="duty-room")).status_code == 201
    link = await link_of(linked, "duty", "/v1/duty/people/duty/shifts")
    events = Calendar.from_ical((await linked.get(None, link)).text).events
    assert {str(event["SUMMARY"]).split(":")[0] for event in events} == {
        "情指中心值班室 值班长",
        "情指中心值班室 值班员",
    }
    changed = next(event for event in events if "DESCRIPTION" in event)
    assert str(changed["DESCRIPTION"]).startswith("原排班：情指中心值班室民警")
    # Nobody is given another's link.
    assert (await linked.get("handler", "/v1/duty/people/duty/shifts")).json()["links"]["calendar"] is None


async def test_a_link_opens_its_own_calendar_while_whoever_took_it_has_an_account(linked: Api) -> None:
    link = await link_of(linked, "handler", f"{ROOM}/roster")
    token = link.partition("?")[2]
    for other in (f"{STATION}/calendar.ics", "/v1/duty/people/duty-room/calendar.ics"):
        problem(await linked.get(None, f"{other}?{token}"), 401, "unauthorized")
    for wrong in ("token=x", "token=", f"{token}x"):
        problem(await linked.get(None, f"{ROOM}/calendar.ics?{wrong}"), 401, "unauthorized")
    async with linked.database.write() as w:
        await AccountsWriter(w).upsert(Account("handler", "郑承办", (), "station-a"), active=False)
    problem(await linked.get(None, link), 401, "unauthorized")


async def test_without_keys_there_are_no_links_and_none_is_taken(api: Api) -> None:
    assert (await api.get("handler", f"{ROOM}/roster")).json()["links"]["calendar"] is None
    problem(await api.get(None, f"{ROOM}/calendar.ics?token=x"), 401, "unauthorized")
    assert (await api.get("handler", f"{ROOM}/calendar.ics")).status_code == 200


async def test_coverage_is_told_before_it_hurts(station: Api) -> None:
    whole = (await station.get("duty", "/v1/duty/coverage")).json()
    assert (whole["complete"], whole["holes"], whole["empty_steps"], whole["days"]) == (True, [], [], 30)
    assert "handler" in {one["account"] for one in whole["unreachable"]}
    await put(station, "leader", rotation("handler", ends_on="2026-09-05"))
    await put(station, "admin", unit="city")
    found = (await station.get("duty", "/v1/duty/coverage?days=10")).json()
    assert [(one["unit"], one["from"][:10], one["until"][:10]) for one in found["holes"]] == [
        ("station-a", "2026-09-05", "2026-09-11")
    ]
    # At the bureau nobody leads, and by its roster nobody is on duty any more.
    assert [(one["unit"], one["targets"]) for one in found["empty_steps"]] == [("city", ["leader", "on_duty"])]
    assert "无人可找" in found["empty_steps"][0]["text"]
    assert not found["complete"]
    problem(await station.get("duty", "/v1/duty/coverage?days=400"), 422, "bad-parameter")
