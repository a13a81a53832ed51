from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api import listing, reading
from api.reading import Found
from storage.intake import Kept
from tests.api.bench import USCC, USCC2, Api, pointers, problem, submission


async def _numbers(api: Api, name: str, query: str = "") -> list[str]:
    answer = await api.get(name, f"/v1/appeals?{query}")
    assert answer.status_code == 200, answer.text
    return [i["number"] for i in answer.json()["items"]]


async def test_pages_follow_each_other_by_link_and_keep_the_filters(api: Api) -> None:
    numbers = [(await api.submit())["number"] for _ in range(7)]
    await api.submit("system", enterprise={"uscc": USCC2, "name": "乙"})
    url, seen = f"/v1/appeals?enterprise={USCC}&limit=3&sort=created_at", []
    while url:
        answer = await api.get("supervisor", url)
        assert len(answer.json()["items"]) <= 3
        seen += [i["number"] for i in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
        if url:
            query = parse_qs(urlsplit(url).query)
            assert (query["enterprise"], query["limit"], query["sort"]) == ([USCC], ["3"], ["created_at"])
    assert seen == numbers


async def test_enterprises_see_their_own_and_systems_and_staff_see_all(api: Api) -> None:
    mine = (await api.submit())["number"]
    theirs = (await api.submit("enterprise2", enterprise={"uscc": USCC2, "name": "乙"}))["number"]
    assert await _numbers(api, "enterprise") == [mine]
    assert await _numbers(api, "enterprise2") == [theirs]
    assert await _numbers(api, "enterprise", f"enterprise={USCC2}") == []
    for name in ("system", "handler", "admin"):
        assert await _numbers(api, name) == [theirs, mine]


async def test_filters_narrow_the_list(api: Api) -> None:
    first = (await api.submit(title="夜间照明"))["number"]
    second = (await api.submit("system", service="non-police", channel="hotline_12345", title="雨水管"))["number"]
    await api.walk(first, "handle")
    for query, wanted in {
        "stage=handle": [first],
        "service=non-police": [second],
        "unit=station-a": [first],
        "channel=hotline_12345": [second],
        f"number={first}": [first],
        "q=照明": [first],
        "q=%25": [],
        "colour=green": [second, first],
        "colour=red": [],
        "created_after=2026-09-01T12:00:00%2B08:00": [second, first],
        "created_after=2026-09-02": [],
        "due_before=2027-01-01": [second, first],
        "due_before=2026-09-01T12:00:00Z": [],
        "sort=number&limit=500": sorted([first, second]),
    }.items():
        assert await _numbers(api, "supervisor", query) == wanted, query


async def test_a_colour_is_that_of_the_moment(api: Api) -> None:
    number = (await api.submit())["number"]
    api.clock.now += timedelta(days=30)
    assert await _numbers(api, "supervisor", "colour=red") == [number]
    assert (await api.get("supervisor", "/v1/appeals")).json()["items"][0]["colour"] == "red"


async def test_what_intake_still_keeps_is_in_front_and_not_hidden(api: Api) -> None:
    stored = [(await api.submit())["number"] for _ in range(3)]
    api.gateway.away = True
    kept = [
        (await api.post("enterprise", "/v1/appeals", submission(title=f"第{n}"))).json()["number"] for n in range(3)
    ]
    assert await _numbers(api, "enterprise") == kept[::-1] + stored[::-1]
    items = (await api.get("window", "/v1/appeals")).json()["items"]
    assert [i["pending"] for i in items] == [True] * 3 + [False] * 3
    assert await _numbers(api, "window", f"number={kept[1]}") == [kept[1]]
    assert await _numbers(api, "window", "stage=accept&q=第2&service=appeal-general&channel=web&colour=green") == [
        kept[2]
    ]
    assert await _numbers(api, "window", "stage=handle") == []
    assert await _numbers(api, "enterprise2") == []
    for limit in (1, 2, 3, 4):
        url, seen = f"/v1/appeals?limit={limit}", []
        while url:
            answer = await api.get("enterprise", url)
            assert len(answer.json()["items"]) <= limit
            seen += [i["number"] for i in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
        assert seen == kept[::-1] + stored[::-1]


async def test_more_that_wait_than_are_read_at_once_are_all_listed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST", 2)
    api.gateway.away = True
    kept = [(await api.post("system", "/v1/appeals", submission(title=f"第{n}"))).json()["number"] for n in range(5)]
    assert await _numbers(api, "window") == kept[::-1]
    assert await _numbers(api, "window", "q=第1") == [kept[1]]
    first = await api.get("window", "/v1/appeals?limit=3")
    api.engine_is_back()
    rest = await api.get("window", first.links["next"]["url"])
    assert [i["number"] for i in rest.json()["items"]] == kept[1::-1]


async def test_one_that_cannot_begin_does_not_hide_the_others(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = (await api.submit())["number"]
    api.gateway.away = True
    bad, good = [(await api.post("enterprise", "/v1/appeals", submission())).json()["number"] for _ in range(2)]

    def waiting(kept: Kept, now: datetime) -> Found:
        if kept.number == bad:
            raise AssertionError(kept.submission.contact.name)
        return reading.waiting(kept, now)

    monkeypatch.setattr(listing, "waiting", waiting)
    assert await _numbers(api, "window") == [good, stored]
    said = "".join(capsys.readouterr())
    assert "waiting_cannot_begin" in said
    assert "AssertionError" in said
    assert "张三" not in said


async def test_a_cursor_tells_nobody_what_others_have_sent_in(api: Api) -> None:
    api.gateway.away = True
    number = (await api.post("enterprise", "/v1/appeals", submission())).json()["number"]
    assert (await api.get("enterprise", f"/v1/appeals?cursor=waiting.{number}")).status_code == 200
    for cursor in (f"waiting.{number}", "waiting.SQ20260901-00000000", "waiting.x", "waiting."):
        problem(await api.get("enterprise2", f"/v1/appeals?cursor={cursor}"), 422, "bad-cursor")


async def test_what_was_started_but_not_marked_is_listed_once(api: Api) -> None:
    api.gateway.away = True
    number = (await api.post("enterprise", "/v1/appeals", submission())).json()["number"]
    api.engine_is_back()
    again = await api.post("system", "/v1/appeals", submission())
    assert again.status_code == 201
    assert sorted(await _numbers(api, "window")) == sorted([number, again.json()["number"]])


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("limit=0", "/limit"),
        ("limit=501", "/limit"),
        ("limit=x", "/limit"),
        ("stage=lunch", "/stage"),
        ("colour=blue", "/colour"),
        ("sort=title", "/sort"),
        ("created_after=yesterday", "/created_after"),
        ("created_after=2026-09-01T12:00:00", "/created_after"),
        ("due_before=0001-01-01T00:00:00%2B14:00", "/due_before"),
        ("statge=handle", "/statge"),
        ("q=%00", "/q"),
        ("number=a%00", "/number"),
    ],
)
async def test_a_bad_parameter_is_named(quiet: Api, query: str, at: str) -> None:
    body = problem(await quiet.get("window", f"/v1/appeals?{query}"), 422, "bad-parameter")
    assert pointers(body) == [at]


@pytest.mark.parametrize("cursor", ["x", "%00", "e30", "WzEsMiwzXQ", "stored2", "a" * 700])
async def test_a_cursor_that_is_none_is_refused(quiet: Api, cursor: str) -> None:
    answer = await quiet.get("window", f"/v1/appeals?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["code"] in {"bad-cursor", "bad-parameter"}


async def test_a_plus_that_nobody_encoded_is_understood(api: Api) -> None:
    await api.submit()
    assert len(await _numbers(api, "window", "created_after=2026-09-01T12:00:00+08:00")) == 1


async def test_a_filter_left_empty_is_none(api: Api) -> None:
    number = (await api.submit())["number"]
    assert await _numbers(api, "window", "stage=&q=&created_after=&limit=&cursor=") == [number]


async def test_me_says_who_calls(quiet: Api) -> None:
    enterprise: dict[str, Any] = (await quiet.get("enterprise", "/v1/me")).json()
    assert enterprise["enterprise"] == {"uscc": USCC, "name": "宁波示例制造有限公司", "tiers": []}
    assert (enterprise["roles"], enterprise["unit"]) == (["enterprise"], None)
    handler = (await quiet.get("handler", "/v1/me")).json()
    assert (handler["unit"], handler["unit_name"], handler["enterprise"]) == ("station-a", "甲派出所", None)


async def test_units_name_their_superiors(quiet: Api) -> None:
    units = {u["code"]: u for u in (await quiet.get("enterprise", "/v1/units")).json()["items"]}
    assert units["station-a"] == {
        "code": "station-a",
        "name": "甲派出所",
        "kind": "station",
        "superior": "branch",
        "region": "330205",
    }


async def test_services_are_listed_and_shown_with_their_forms(quiet: Api) -> None:
    listed = (await quiet.get("enterprise", "/v1/services")).json()["items"]
    assert {"appeal-general", "hazmat-toxic-purchase", "non-police"} <= {s["code"] for s in listed}
    service = (await quiet.get("enterprise", "/v1/services/hazmat-toxic-purchase")).json()
    assert all(field["examples"] for field in service["form"]["properties"].values())
    assert service["limits"]["handle"] == "24 hours"
    law = service["limits"]["statutory"]
    assert (law["basis"], law["verified"]) == ("《危险化学品安全管理条例》第三十九条（2011-12-01起施行）", False)
    assert [s["code"] for s in service["procedure"]["steps"]] == ["review", "inspect", "decide", "issue"]
    problem(await quiet.get("enterprise", "/v1/services/nope"), 404, "unknown-service")


async def test_an_enterprise_is_shown_to_itself_and_to_staff(quiet: Api) -> None:
    assert (await quiet.get("enterprise", f"/v1/enterprises/{USCC}")).json()["uscc"] == USCC
    assert (await quiet.get("handler", f"/v1/enterprises/{USCC2}")).json()["tiers"] == ["scaled", "key"]
    for name, uscc in (("enterprise", USCC2), ("system", USCC), ("handler", "x"), ("handler", "91330205MA2AEX0095")):
        problem(await quiet.get(name, f"/v1/enterprises/{uscc}"), 404, "unknown-enterprise")


async def test_an_enterprise_without_an_account_is_known_by_its_appeals(api: Api) -> None:
    from storage.sample import sample_uscc

    uscc = sample_uscc("91330205MA2AEX009")
    problem(await api.get("handler", f"/v1/enterprises/{uscc}"), 404, "unknown-enterprise")
    await api.submit("system", enterprise={"uscc": uscc, "name": "无账户公司", "tiers": ["project"]})
    assert (await api.get("handler", f"/v1/enterprises/{uscc}")).json() == {
        "uscc": uscc,
        "name": "无账户公司",
        "tiers": ["project"],
    }
