"""Who is away and who stands in: said by an administrator or the unit's leader, kept in the audit log, acted upon."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.bench import NOON, Api, pointers, problem

FROM, UNTIL = "2026-09-01T00:00:00+08:00", "2026-09-15T00:00:00+08:00"


def away(*substitutes: str, start: str = FROM, end: str = UNTIL) -> dict[str, Any]:
    return {"from": start, "until": end, "substitutes": list(substitutes)}


async def put(api: Api, who: str, officer: str, *absences: dict[str, Any]) -> Any:
    return await api.client.put(
        f"/v1/officers/{officer}/absences", headers=api.bearer(who), json={"absences": list(absences)}
    )


async def test_what_was_said_is_read_and_said_anew_replaces_it(api: Api) -> None:
    first = await put(api, "admin", "handler", away("handler2"))
    assert first.status_code == 200, first.text
    later = away("handler2", start="2026-10-01T00:00:00+08:00", end="2026-10-08T00:00:00+08:00")
    again = await put(api, "leader", "handler", later)
    assert again.status_code == 200, again.text
    read = (await api.get("duty", "/v1/officers/handler/absences")).json()
    assert (read["officer"], read["officer_name"], read["unit"]) == ("handler", "郑承办", "station-a")
    assert [(a["from"], a["substitutes"]) for a in read["absences"]] == [
        ("2026-10-01T00:00:00.000+08:00", ["handler2"])
    ]
    line, *_ = await api.audit("absence")
    assert (line.account, line.code, line.detail["officer"]) == ("leader", "absences-set", "handler")
    assert [len(line.detail[when]) for when in ("before", "after")] == [1, 1]
    assert line.detail["before"] != line.detail["after"]
    assert (await put(api, "admin", "handler")).json()["absences"] == []


@pytest.mark.parametrize("who", ["handler", "hazmat_leader", "supervisor", "dispatcher"])
async def test_others_may_not_say_it(api: Api, who: str) -> None:
    problem(await put(api, who, "handler", away("handler2")), 403, "forbidden")
    assert (await api.get("admin", "/v1/officers/handler/absences")).json()["absences"] == []


@pytest.mark.parametrize(("who", "officer"), [("admin", "nobody"), ("admin", "enterprise"), ("enterprise", "handler")])
async def test_only_the_house_and_only_officers(api: Api, who: str, officer: str) -> None:
    problem(await put(api, who, officer, away("handler2")), 404, "unknown-officer")
    problem(await api.get(who, f"/v1/officers/{officer}/absences"), 404, "unknown-officer")


@pytest.mark.parametrize(
    ("absences", "code", "where"),
    [
        ([away("handler2", end=FROM)], "bad-absence", ["/absences/0/until"]),
        ([away("handler2", "nobody")], "bad-substitute", ["/absences/0/substitutes/1"]),
        ([away("enterprise")], "bad-substitute", ["/absences/0/substitutes/0"]),
        ([away("handler")], "bad-substitute", ["/absences/0/substitutes/0"]),
        ([away("visitor")], "bad-substitute", ["/absences/0/substitutes/0"]),
        ([away("handler2"), away("handler3", start="2026-09-14T00:00:00+08:00", end="2026-10-01T00:00:00+08:00")],
         "absences-overlap", ["/absences/1/from"]),
        ([away()], "invalid", ["/absences/0/substitutes"]),
        ([{"from": "tomorrow"}], "invalid", ["/absences/0/from", "/absences/0/substitutes", "/absences/0/until"]),
    ],
)  # fmt: skip
async def test_nonsense_is_refused_where_it_stands(
    api: Api, absences: list[dict[str, Any]], code: str, where: list[str]
) -> None:
    assert sorted(pointers(problem(await put(api, "admin", "handler", *absences), 422, code))) == where


async def assigned(api: Api, officer: str) -> dict[str, Any]:
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    return await api.done("dispatcher", number, "assign", lead_unit="station-a", officer=officer)


async def test_an_assignment_to_an_absent_officer_goes_to_the_substitute_and_the_journal_says_so(api: Api) -> None:
    await put(api, "admin", "handler", away("handler3", "handler2"))
    appeal = await assigned(api, "handler")
    # Of another unit, handler3 could not sign.
    assert (appeal["assignment"]["officer"], appeal["assignment"]["officer_name"]) == ("handler2", "王协理")
    entry = (await api.get("dispatcher", appeal["links"]["journal"])).json()["items"][-1]
    assert (entry["data"]["officer"], entry["data"]["substitute"]) == ("handler", "handler2")
    told = (await api.get("dispatcher", appeal["links"]["routing"])).json()
    assert "handler承办（不在岗，由handler2代）" in told["text"]


async def test_so_does_a_change_of_officer(api: Api) -> None:
    await put(api, "admin", "handler", away("handler2"))
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    appeal = await api.done("dispatcher", number, "reassign", officer="handler", reason="换人")
    assert appeal["assignment"]["officer"] == "handler2"
    entry = (await api.get("dispatcher", appeal["links"]["journal"])).json()["items"][-1]
    assert entry["data"]["substitute"] == "handler2"


async def test_before_and_after_the_absence_it_is_the_officer_himself(api: Api) -> None:
    await put(api, "admin", "handler", away("handler2", end=NOON.isoformat()))
    appeal = await assigned(api, "handler")
    assert appeal["assignment"]["officer"] == "handler"
    entry = (await api.get("dispatcher", appeal["links"]["journal"])).json()["items"][-1]
    assert "substitute" not in entry["data"]


async def test_where_nobody_can_stand_in_it_stays_with_the_officer(api: Api) -> None:
    await put(api, "admin", "handler", away("handler3"))
    assert (await assigned(api, "handler"))["assignment"]["officer"] == "handler"


async def test_two_who_are_away_do_not_stand_in_for_each_other(api: Api) -> None:
    assert (await put(api, "admin", "handler", away("handler2"))).status_code == 200
    meanwhile = away("handler", start="2026-09-10T00:00:00+08:00", end="2026-10-01T00:00:00+08:00")
    body = problem(await put(api, "admin", "handler2", meanwhile), 422, "substitutes-circle")
    assert pointers(body) == ["/absences/0/substitutes"]
    # With somebody who is there it goes on, and so it does after the other has come back.
    assert (await put(api, "admin", "handler2", away("handler", "station-a-officer"))).status_code == 200
    later = away("handler", start=UNTIL, end="2026-10-01T00:00:00+08:00")
    assert (await put(api, "admin", "handler2", later)).status_code == 200
