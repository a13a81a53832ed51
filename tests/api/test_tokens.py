"""Personal tokens: told once, limited in what they may do and for how long, and taken back at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.permissions import BY_ROUTE
from api.rights import Scope
from domain.wall import stamp
from tests.api.bench import Api, pointers, problem, submission

FRESH = "一句只有自己知道的新话"


async def make(api: Api, name: str = "handler", **changes: Any) -> dict[str, Any]:
    body = {"name": "报表脚本", "scopes": ["read"], "expires_at": stamp(api.clock.now + timedelta(days=30)), **changes}
    answer = await api.post(name, "/v1/me/tokens", body, None)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def using(token: dict[str, Any] | str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token if isinstance(token, str) else token['token']}"}


async def test_a_token_is_its_owner_and_its_secret_is_told_once(api: Api) -> None:
    token = await make(api)
    assert (await api.get(None, "/v1/me", headers=using(token))).json()["id"] == "handler"
    (listed,) = (await api.get("handler", "/v1/me/tokens")).json()["items"]
    assert {**listed, "token": token["token"]} == {**token, "last_used_at": listed["last_used_at"]}
    assert "token" not in listed
    assert (await api.get("handler2", "/v1/me/tokens")).json()["items"] == []
    assert [(line.account, line.code) for line in await api.audit("session")] == [("handler", "token")]


async def test_a_token_does_what_its_scopes_say_and_nothing_else(api: Api) -> None:
    reads, submits = await make(api, "enterprise"), await make(api, "enterprise", scopes=["submit"])
    problem(await api.post(None, "/v1/appeals", submission(), headers=using(reads)), 403, "scope")
    assert (await api.post(None, "/v1/appeals", submission(), headers=using(submits))).status_code == 201
    problem(await api.get(None, "/v1/appeals", headers=using(submits)), 403, "scope")
    assert (await api.get(None, "/v1/appeals", headers=using(reads))).status_code == 200


@pytest.mark.parametrize("whose", ["station-a", "people/handler"])
async def test_a_calendar_is_read_by_a_token_that_may_read(api: Api, whose: str) -> None:
    reads, submits = await make(api), await make(api, scopes=["submit"])
    path = f"/v1/duty/{whose}/calendar.ics"
    assert (await api.get(None, path, headers=using(reads))).status_code == 200
    problem(await api.get(None, path, headers=using(submits)), 403, "scope")


async def test_a_token_without_limits_does_all_that_its_owner_may_but_make_tokens(api: Api) -> None:
    token = await make(api, "enterprise", scopes=None)
    assert (await api.post(None, "/v1/appeals", submission(), headers=using(token))).status_code == 201
    body = {"name": "再来", "scopes": None, "expires_at": stamp(api.clock.now + timedelta(days=1))}
    problem(await api.post(None, "/v1/me/tokens", body, headers=using(token)), 403, "scope")
    problem(await api.get(None, "/v1/me/tokens", headers=using(token)), 403, "scope")
    problem(
        await api.post(None, "/v1/me/password", {"old": "x", "new": "y"}, headers=using(token)),
        403,
        "scope",
    )


async def test_every_route_that_a_key_opens_says_which_scope_it_needs(quiet: Api) -> None:
    document = (await quiet.get(None, "/openapi.json")).json()
    secured = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if any("HTTPBearer" in one for one in operation.get("security", []))
    }
    by_action = {route for route in secured if "/actions/" in route and "{action}" not in route}
    assert secured - by_action == set(BY_ROUTE)
    assert {BY_ROUTE[route].scope for route in BY_ROUTE} == {None, *Scope}


async def test_a_token_ends_when_it_expires(api: Api) -> None:
    token = await make(api, expires_at=stamp(api.clock.now + timedelta(hours=1)))
    assert (await api.get(None, "/v1/me", headers=using(token))).status_code == 200
    api.clock.now += timedelta(hours=1)
    problem(await api.get(None, "/v1/me", headers=using(token)), 401, "unauthorized")


async def test_a_token_that_is_taken_back_opens_nothing_at_once(api: Api) -> None:
    token = await make(api)
    assert (await api.get(None, "/v1/me", headers=using(token))).status_code == 200
    path = f"/v1/me/tokens/{token['id']}"
    problem(await api.client.delete(path, headers=api.bearer("handler2")), 404, "unknown-token")
    assert (await api.client.delete(path, headers=api.bearer("handler"))).status_code == 204
    problem(await api.get(None, "/v1/me", headers=using(token)), 401, "unauthorized")
    problem(await api.client.delete(path, headers=api.bearer("handler")), 404, "unknown-token")


async def test_an_accounts_own_key_is_no_token_that_could_be_deleted(api: Api) -> None:
    path = f"/v1/me/tokens/{api.keys['handler'].partition('.')[0]}"
    problem(await api.client.delete(path, headers=api.bearer("handler")), 404, "unknown-token")
    assert (await api.get("handler", "/v1/me")).status_code == 200


async def test_the_last_use_is_told(api: Api) -> None:
    token = await make(api)
    assert token["last_used_at"] is None
    await api.get(None, "/v1/me", headers=using(token))
    await api.context.used.settled()
    assert (await api.get("handler", "/v1/me/tokens")).json()["items"][0]["last_used_at"] is not None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"expires_at": "2027-10-01T00:00:00+08:00"}, "/expires_at"),
        ({"expires_at": "2026-08-31T00:00:00+08:00"}, "/expires_at"),
        ({"expires_at": None}, "/expires_at"),
        ({"name": ""}, "/name"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"scopes": []}, "/scopes"),
    ],
)
async def test_a_token_needs_a_name_known_scopes_and_an_end_within_a_year(
    api: Api, changes: dict[str, Any], pointer: str
) -> None:
    body = {"name": "报表", "scopes": None, "expires_at": stamp(api.clock.now + timedelta(days=1)), **changes}
    told = problem(await api.post("handler", "/v1/me/tokens", body, None), 422, "invalid")
    assert pointer in pointers(told)


async def test_nobody_hoards_tokens(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.tokens.MOST", 2)
    await make(api)
    await make(api)
    body = {"name": "三", "scopes": None, "expires_at": stamp(api.clock.now + timedelta(days=1))}
    problem(await api.post("handler", "/v1/me/tokens", body, None), 409, "too-many-tokens")


async def test_a_password_is_changed_by_whoever_knows_the_old_one(api: Api) -> None:
    async def change(old: str, new: str) -> Any:
        return await api.post("handler", "/v1/me/password", {"old": old, "new": new}, None)

    problem(await change("wrong", FRESH), 403, "wrong-password")
    problem(await change(api.keys["handler"], "short"), 422, "bad-password")
    problem(await change(api.keys["handler"], "aaaaaaaaaaaa"), 422, "bad-password")
    assert (await change(api.keys["handler"], FRESH)).status_code == 204
    assert (await change(FRESH, FRESH + "!")).status_code == 204
    for _ in range(4):
        problem(await change("wrong", FRESH), 403, "wrong-password")
    problem(await change("wrong", FRESH), 429, "locked-out")
    problem(await change(FRESH + "!", FRESH), 429, "locked-out")
