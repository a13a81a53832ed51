"""Figures: each is the length of the list behind it, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.api.bench import USCC2, Api, problem, submission

LATER = timedelta(minutes=11)
"""By then nothing is remembered any more."""


async def populated(api: Api) -> dict[str, str]:
    """Appeals in every stage, early and late, of two units, rated, visited, returned, extended, secret; by a word."""
    made: dict[str, str] = {}
    for stage in ("assign", "handle", "feedback", "evaluate", "closed"):
        made[stage] = (await api.submit())["number"]
        await api.walk(made[stage], stage)
    made["accept"] = (await api.submit("system", service="non-police", channel="hotline_12345"))["number"]
    made["key"] = (
        await api.submit("enterprise2", enterprise={"uscc": USCC2, "name": "样本化工", "tiers": ["key", "scaled"]})
    )["number"]
    complaint = {"kind": "其他", "complained_unit": "station-c"}
    made["secret"] = (await api.submit(service="complaint-12389", form=complaint))["number"]
    return made


async def _length(api: Api, name: str, path: str) -> int:
    """How many are on all pages of a list."""
    count, url = 0, f"{path}&limit=500"
    while url:
        answer = await api.get(name, url)
        assert answer.status_code == 200, (url, answer.text)
        count += len(answer.json()["items"])
        url = answer.links.get("next", {}).get("url", "")
    return count


def _figures(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"count", "appeals"} <= set(value):
            yield value
        for part in value.values():
            yield from _figures(part)
    elif isinstance(value, list):
        for part in value:
            yield from _figures(part)


async def _agree(api: Api, name: str, path: str) -> int:
    """Every figure of an answer is as long as its list; how many are not zero."""
    answer = await api.get(name, path)
    assert answer.status_code == 200, answer.text
    known: dict[str, int] = {}
    for figure in _figures(answer.json()):
        url = figure["appeals"]
        if url not in known:
            known[url] = await _length(api, name, url)
        assert figure["count"] == known[url], (path, url)
    return sum(1 for count in known.values() if count)


async def test_every_figure_is_as_long_as_the_list_behind_it(api: Api) -> None:
    await populated(api)
    compared = 0
    for path in (
        *(f"stages?by={by}" for by in ("unit", "tier", "colour")),
        *(f"rates?by={by}" for by in ("channel", "tier", "month")),
        *("clocks?by=unit", "heat", "stages?under=branch&tier=key", "rates?by=unit&from=2026-08-01&to=2026-09-02"),
    ):
        compared += await _agree(api, "supervisor", f"/v1/statistics/{path}")
    assert compared > 100


@pytest.mark.parametrize("name", ["supervisor", "leader", "admin"])
async def test_so_it_is_when_limits_have_passed_for_whoever_sees_figures(api: Api, name: str) -> None:
    made = await populated(api)
    api.clock.now += timedelta(days=40)
    for stage in ("handle", "feedback"):
        await api.done("handler", made[stage], "note", text="已催办", public=False)
    for path in ("stages?by=unit", "rates?by=service&from=2026-08-01", "clocks?by=region&from=2026-08-01"):
        assert await _agree(api, name, f"/v1/statistics/{path}") > 10


async def test_the_figures_are_what_happened(api: Api) -> None:
    made = await populated(api)
    told = (await api.get("supervisor", "/v1/statistics/stages?by=unit")).json()
    assert {s["stage"]: s["count"] for s in told["stages"]} == {
        "accept": 2, "assign": 2, "handle": 1, "feedback": 1, "evaluate": 1,
    }  # fmt: skip
    assert told["total"]["count"] == 7
    assert told["total"]["colours"]["green"]["count"] == 7
    assert {i["key"]: i["count"] for i in told["items"]} == {"station-a": 3, "supervision": 1, "": 3}

    rates = (await api.get("supervisor", "/v1/statistics/rates?by=service")).json()
    assert [rates["total"][r]["rate"] for r in ("response", "solution", "satisfaction")] == [1, 1, 1]
    # The two that nobody has accepted are not judged yet.
    assert rates["total"]["response"]["denominator"]["count"] == 6
    assert {n: c["count"] for n, c in rates["total"]["counts"].items()} == {
        "submitted": 8, "closed": 1, "reopened": 0, "extended": 0, "returned": 0,
    }  # fmt: skip

    api.clock.now += timedelta(days=1)
    await api.done("enterprise", made["evaluate"], "rate", grade=2, comment="没有解决")
    await api.done("dispatcher", made["assign"], "assign", lead_unit="station-a")
    await api.done("handler", made["assign"], "return_assignment", reason="不属本辖区")
    api.clock.now += timedelta(days=3)
    await api.done("window", made["accept"], "accept")
    rates = (await api.get("supervisor", "/v1/statistics/rates?by=service")).json()
    assert rates["total"]["satisfaction"]["rate"] == 0.5
    assert rates["total"]["counts"]["reopened"]["count"] == 1
    assert rates["total"]["counts"]["returned"]["count"] == 1
    clocks = (await api.get("supervisor", "/v1/statistics/clocks?by=service")).json()
    accept = next(c for c in clocks["items"] if c["clock"] == "accept")
    assert {how: accept[how]["count"] for how in ("met", "late", "breached")} == {"met": 6, "late": 1, "breached": 0}
    assert accept["on_time_rate"] == 0.8571
    assert next(i for i in accept["items"] if i["key"] == "non-police")["late"]["count"] == 1


async def test_heat_is_the_time_between_the_moves_of_the_journal(api: Api) -> None:
    for days in (1, 2, 9):
        number = (await api.submit())["number"]
        await api.walk(number, "assign")
        before = api.clock.now
        await api.done("dispatcher", number, "assign", lead_unit="station-a")
        api.clock.now = before + timedelta(hours=days)
        await api.done("handler", number, "sign")
    answer = (await api.get("supervisor", "/v1/statistics/heat")).json()
    spent = {(c["stage"], c["unit"]): (c["count"], c["average_hours"], c["median_hours"]) for c in answer["items"]}
    assert spent["assign", "station-a"] == (3, 4.0, 2.0)
    assert ("handle", "station-a") not in spent


async def test_only_those_in_charge_see_figures_and_leaders_their_own_house(api: Api) -> None:
    await populated(api)
    for name in ("enterprise", "system", "window", "dispatcher", "handler", "visitor", "duty", "inspector"):
        problem(await api.get(name, "/v1/statistics/stages"), 403, "forbidden")
    problem(await api.get("leader", "/v1/statistics/stages?under=public-order"), 403, "forbidden")
    problem(await api.get(None, "/v1/statistics/stages"), 401, "unauthorized")
    seen = {
        name: (await api.get(name, "/v1/statistics/stages")).json()["total"]["count"]
        for name in ("supervisor", "leader", "admin", "station-a-leader", "station-b-leader")
    }
    # The complaint counts for the supervisor alone.
    assert seen == {"supervisor": 7, "leader": 6, "admin": 6, "station-a-leader": 3, "station-b-leader": 0}


async def test_a_question_that_means_nothing_is_refused(api: Api) -> None:
    for path in ("stages?by=month", "rates?by=colour", "rates?colour=red", "clocks?frm=2026-01-01", "rates?by=x"):
        problem(await api.get("supervisor", f"/v1/statistics/{path}"), 422, "bad-parameter")
    for path in ("rates?from=2026-09-02&to=2026-09-01", "heat?from=2001-01-01&to=2026-09-01"):
        problem(await api.get("supervisor", f"/v1/statistics/{path}"), 422, "bad-period")
    problem(await api.get("enterprise", "/v1/appeals?kept=late"), 403, "forbidden")
    problem(await api.get("enterprise", "/v1/appeals?solved=true"), 403, "forbidden")
    assert (await api.get("enterprise", "/v1/appeals?open=true&created_from=2026-01-01")).status_code == 200


async def test_what_only_intake_keeps_is_listed_by_the_same_words(api: Api) -> None:
    api.gateway.away = True
    tiers = {"uscc": USCC2, "name": "样本化工", "tiers": ["key"]}
    number = (await api.post("system", "/v1/appeals", submission(enterprise=tiers))).json()["number"]
    for query, is_there in {
        "open=true": True, "open=false": False, "status=open": True, "status=parked": False, "outcome=solved": False,
        "urgent=false": True, "region=330205": True, "region=1": False, "tier=key": True, "tier=none": False,
        "under=branch": True, "under=station-a": False, "unassigned=true": True, "unassigned=false": False,
        "confidential=false": True, "confidential=true": False, "created_from=2026-09-01": True,
        "created_before=2026-09-01": False, "closed_from=2026-01-01": False, "rated_before=2027-01-01": False,
        "due_from=2026-09-01": True, "due_from=2027-09-01": False, "clock=accept": True, "clock=visit": False,
        "clock=accept&kept=running": True, "kept=judged": False, "kept=met&clock=accept": False, "answered=false": True,
        "answered=true": False, "solved=true": False, "satisfied=true": False, "reopened=false": True,
        "extended=true": False, "returned=true": False, "left=accept": False,
    }.items():  # fmt: skip
        answer = await api.get("window", f"/v1/appeals?{query}")
        assert [i["number"] for i in answer.json()["items"]] == [number] * is_there, query


async def test_the_document_says_what_is_answered(api: Api) -> None:
    await populated(api)
    document = (await api.get(None, "/openapi.json")).json()
    for kind in ("stages", "rates", "clocks", "heat"):
        path = f"/v1/statistics/{kind}"
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        answer = await api.get("supervisor", path)
        assert list(Draft202012Validator(whole).iter_errors(answer.json())) == [], path


async def test_a_rating_and_another_round_belong_to_the_unit_that_had_answered(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "evaluate")
    await api.done("enterprise", number, "rate", grade=1, comment="没有解决")
    by_unit = "/v1/statistics/rates?by=unit&from=2026-08-01&to=2026-10-01"
    first = await _of_units(api, "supervisor", by_unit)
    assert first == {"station-a": ((0, 1), 1), "": ((0, 0), 0), "total": ((0, 1), 1)}

    await api.done("supervisor", number, "assign", lead_unit="station-b")
    await api.done("handler3", number, "sign")
    await api.done("handler3", number, "submit_result", outcome="solved", text="已增加巡逻")
    await api.done("station-b-leader", number, "review", approved=True)
    await api.done("handler3", number, "send_answer", text="已增加巡逻", method="phone")
    await api.done("enterprise", number, "rate", grade=5)
    told = await _of_units(api, "supervisor", by_unit)
    # Each has its own; together it is one appeal, whose last rating counts.
    assert told == {"station-a": ((0, 1), 1), "station-b": ((1, 1), 0), "total": ((1, 1), 1)}
    of_one = await _of_units(api, "supervisor", f"{by_unit}&under=station-a")
    assert of_one == {"station-a": ((0, 1), 1), "total": ((0, 1), 1)}
    for name, path in (
        *(("supervisor", f"{by_unit}{more}") for more in ("", "&under=station-a", "&unit=station-b", "&under=branch")),
        *(("supervisor", f"{by_unit.replace('unit', by)}&under=station-a") for by in ("service", "month", "tier")),
        ("leader", by_unit),
    ):
        assert await _agree(api, name, path), path
    assert (await api.get("supervisor", f"/v1/appeals?answered_under=branch&number={number}")).json()["items"]
    assert not (await api.get("supervisor", "/v1/appeals?answered_by=station-c")).json()["items"]
    assert (await api.get("enterprise", "/v1/appeals?answered_by=station-a")).status_code == 403


async def _of_units(api: Api, name: str, path: str) -> dict[str, tuple[tuple[int, int], int]]:
    """By unit and in all: how many were satisfied among how many, and how many had another round."""

    def said(one: dict[str, Any]) -> tuple[tuple[int, int], int]:
        shares = one["satisfaction"]
        part, whole = shares["numerator"]["count"], shares["denominator"]["count"]
        return (part, whole), one["counts"]["reopened"]["count"]

    api.clock.now += LATER
    answer = (await api.get(name, path)).json()
    return {**{one["key"]: said(one) for one in answer["items"]}, "total": said(answer["total"])}
