"""One's own inbox and channels over HTTP: nobody else's, no address in any log, and what became of messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from jsonschema import Draft202012Validator

from api import events
from domain.notice import Notice
from storage.telling import tell
from tests.api.bench import NOON, Api, problem
from tests.storage.build import organisation

PHONE = "13912345678"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events.Broadcaster.__init__, "__kwdefaults__", {"poll": 0.02, "heartbeat": 0.3})


async def told(api: Api, number: str, mark: str, *audience: str, template: str = "step", **data: object) -> None:
    async with api.database.write() as w:
        notice = Notice(f"{number}:{mark}", number, NOON, audience, "station-a", template, dict(data))
        await tell(w, [notice], organisation(), NOON)


async def test_everybody_has_an_inbox_of_their_own_and_reads_it_once(api: Api) -> None:
    number = (await api.submit())["number"]
    for mark in ("1", "2", "3"):
        await told(api, number, mark, "account:handler")
    first = await api.get("handler", "/v1/inbox?limit=2")
    items = first.json()["items"]
    assert (first.json()["unread"], len(items)) == (3, 2)
    assert items[0]["text"] == f"诉求{number}（企业诉求）有一个步骤需要您办理。承办单位：甲派出所。"
    older = (await api.get("handler", first.links["next"]["url"])).json()["items"]
    assert [one["id"] for one in older] == [items[1]["id"] - 1]
    read = await api.post("handler", f"/v1/inbox/{items[0]['id']}/read")
    assert read.json()["read_at"] is not None
    assert (await api.post("handler", f"/v1/inbox/{items[0]['id']}/read")).json() == read.json()
    assert (await api.get("handler", "/v1/inbox?unread=true")).json()["unread"] == 2
    assert (await api.get("handler2", "/v1/inbox")).json() == {"items": [], "unread": 0}
    problem(await api.post("handler2", f"/v1/inbox/{items[0]['id']}/read"), 404, "unknown-message")
    problem(await api.get("handler", "/v1/inbox?cursor=x"), 422, "bad-cursor")
    problem(await api.get(None, "/v1/inbox"), 401, "unauthorized")


async def test_all_is_read_at_once_up_to_what_was_seen(api: Api) -> None:
    number = (await api.submit())["number"]
    for mark in ("1", "2"):
        await told(api, number, mark, "account:handler", "account:handler2")
    seen = (await api.get("handler", "/v1/inbox")).json()["items"][0]["id"]
    await told(api, number, "3", "account:handler")
    assert (await api.post("handler", "/v1/inbox/read", {"until": seen})).json() == {"unread": 1}
    assert (await api.post("handler", "/v1/inbox/read", {"until": seen})).json() == {"unread": 1}
    assert (await api.get("handler2", "/v1/inbox")).json()["unread"] == 2
    problem(await api.post("handler", "/v1/inbox/read", {"until": -1}), 422, "invalid")
    problem(await api.post(None, "/v1/inbox/read", {"until": seen}), 401, "unauthorized")


async def test_a_message_says_on_which_channels_it_went_and_how_its_call_stands(api: Api) -> None:
    number = (await api.submit())["number"]
    await told(api, number, "1", "account:handler")
    (item,) = (await api.get("handler", "/v1/inbox")).json()["items"]
    assert (item["status"], item["channels"], item["escalation_state"]) == ("kept", [], None)


async def test_a_person_says_how_they_are_reached_and_a_wrong_address_is_pointed_at(api: Api) -> None:
    wanted = {"items": [{"channel": "sms", "address": PHONE, "wait": 60}, {"channel": "email", "address": "a@b.cn"}]}
    put = await api.client.put("/v1/me/channels", json=wanted, headers=api.bearer("handler"))
    assert put.status_code == 200, put.text
    assert [one["wait"] for one in put.json()["items"]] == [60, 300]
    assert (await api.get("handler", "/v1/me/channels")).json() == put.json()
    assert (await api.get("handler2", "/v1/me/channels")).json()["items"] == []
    (line,) = await api.audit("contact-points")
    assert PHONE not in json.dumps(line.detail)
    for item, pointer in (
        ({"channel": "sms", "address": "110"}, "/items/1/address"),
        ({"channel": "email", "address": "a b@c.cn"}, "/items/1/address"),
        ({"channel": "pigeon", "address": "roof"}, "/items/1/channel"),
        ({"channel": "dingtalk", "address": PHONE}, "/items/1/channel"),
        ({"channel": "sms", "address": PHONE, "wait": -1}, "/items/1/wait"),
    ):
        body = {"items": [{"channel": "dingtalk", "address": PHONE}, item]}
        refused = await api.client.put("/v1/me/channels", json=body, headers=api.bearer("handler"))
        assert refused.status_code == 422, item
        assert refused.json()["errors"][0]["pointer"] == pointer
        assert "110" not in refused.json()["detail"]
    assert (await api.get("handler", "/v1/me/channels")).json() == put.json()


async def test_whether_somebody_can_be_reached_is_seen_by_their_leader_without_the_address(api: Api) -> None:
    body = {"items": [{"channel": "sms", "address": PHONE}]}
    await api.client.put("/v1/me/channels", json=body, headers=api.bearer("handler"))
    for who in ("leader", "admin", "handler"):
        answer = await api.get(who, "/v1/officers/handler/reachable")
        assert (answer.json()["channels"], answer.json()["reachable"]) == (["sms"], True)
        assert PHONE not in answer.text
    assert (await api.get("leader", "/v1/officers/handler2/reachable")).json()["why"] == "no-channel"
    problem(await api.get("handler2", "/v1/officers/handler/reachable"), 403, "forbidden")
    problem(await api.get("enterprise", "/v1/officers/handler/reachable"), 404, "unknown-officer")


async def test_staff_see_what_became_of_the_messages_of_an_appeal_and_enterprises_do_not(api: Api) -> None:
    number = (await api.submit())["number"]
    await told(api, number, "r", "enterprise", template="submit")
    await told(api, number, "e", "account:handler", template="escalation", escalation=f"{number}-1-1", rung="100")
    answer = await api.get("dispatcher", f"/v1/appeals/{number}/messages")
    items = answer.json()["items"]
    assert [(one["to"], one["status"], one["rung"]) for one in items] == [
        ("enterprise", "waiting", None),
        ("handler", "kept", "100"),
    ]
    problem(await api.get("enterprise", f"/v1/appeals/{number}/messages"), 403, "forbidden")
    problem(await api.get("enterprise2", f"/v1/appeals/{number}/messages"), 404, "unknown-appeal")


async def test_what_is_answered_is_what_the_document_says(api: Api) -> None:
    document = (await api.get(None, "/openapi.json")).json()
    number = (await api.submit())["number"]
    await told(api, number, "1", "account:handler", "account:leader", rung="75")
    for path, template in (
        ("/v1/inbox", "/v1/inbox"),
        ("/v1/me/channels", "/v1/me/channels"),
        ("/v1/officers/handler/reachable", "/v1/officers/{code}/reachable"),
        (f"/v1/appeals/{number}/messages", "/v1/appeals/{number}/messages"),
    ):
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = await api.get("handler", path)
        whole = {**schema, "components": document["components"]}
        assert list(Draft202012Validator(whole).iter_errors(answer.json())) == [], path


@pytest.fixture
async def served(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    server = uvicorn.Server(uvicorn.Config(api.app, port=0, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    await running


async def test_the_inbox_streams_ones_own_messages_and_resumes(api: Api, served: httpx2.AsyncClient) -> None:
    number = (await api.submit())["number"]

    async def listen(*marks: str, after: str = "") -> list[dict[str, object]]:
        headers = api.bearer("handler") | ({"Last-Event-ID": after} if after else {})
        got: list[dict[str, object]] = []
        async with asyncio.timeout(60), served.stream("GET", "/v1/inbox/events", headers=headers) as answer:
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith(":")
            for mark in marks:
                await told(api, number, f"{mark}-other", "account:handler2")
                await told(api, number, mark, "account:handler")
            async for line in lines:
                if line.startswith("data: "):
                    got.append(json.loads(line[6:]))
                if len(got) == 2:
                    break
        return got

    first, second = await listen("1", "2")
    assert (first["number"], first["template"], set(first)) == (
        number,
        "step",
        {"id", "number", "template", "escalation", "at"},
    )
    await told(api, number, "3", "account:handler")
    assert [one["id"] for one in await listen(after=str(first["id"]))] == [second["id"], int(str(second["id"])) + 1]


async def test_a_first_line_goes_on_from_what_a_page_has_shown_and_a_later_one_from_what_it_was_told(
    api: Api, served: httpx2.AsyncClient
) -> None:
    number = (await api.submit())["number"]
    for mark in ("1", "2", "3"):
        await told(api, number, mark, "account:handler")
    items = (await api.get("handler", "/v1/inbox")).json()["items"]
    third, second, first = [one["id"] for one in items]

    async def next_one(**headers: str) -> object:
        asked = f"/v1/inbox/events?after={first}"
        async with (
            asyncio.timeout(20),
            served.stream("GET", asked, headers=api.bearer("handler") | headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    return json.loads(line[6:])["id"]
        return None

    assert await next_one() == second
    assert await next_one(**{"Last-Event-ID": str(second)}) == third
    problem(await api.get("handler", "/v1/inbox/events?after=-1"), 422, "bad-parameter")
