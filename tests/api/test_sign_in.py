"""Signing in: by account and password, in a session that ends; not by guessing, and not from another site."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
import pytest

from api.deps import CSRF_HEADER
from api.problems import Problem
from api.sessions import (
    COOKIE,
    change_password,
    end_others,
    open_tracking,
    session_of,
    sessions_of,
    sign_in,
    sign_out,
)
from storage.accounts import Account, AccountsWriter
from storage.meta import SAMPLE, Meta
from storage.passwords import PasswordsWriter, hashed, matches
from storage.sessions import Session
from tests.api.bench import Api, problem, submission

GOOD = "一句只有自己知道的话"


async def give_password(api: Api, name: str, password: str = GOOD) -> None:
    kept = await hashed(password)
    async with api.database.write() as w:
        await PasswordsWriter(w).set(name, kept, api.clock())


async def enter(api: Api, name: str = "handler", password: str | None = None) -> str:
    return await sign_in(api.context, name, password or api.keys[name], request_id="r")


async def session(api: Api, token: str) -> Session:
    found = await session_of(api.context, token)
    assert found is not None
    return found[1]


async def refusal(api: Api, name: str, password: str) -> Problem:
    with pytest.raises(Problem) as refused:
        await sign_in(api.context, name, password, request_id="r")
    return refused.value


def by(token: str, **headers: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token}", **headers}


async def me(api: Api, token: str) -> httpx2.Response:
    return await api.get(None, "/v1/me", headers=by(token))


async def test_a_password_opens_its_account_and_no_other(api: Api) -> None:
    await give_password(api, "handler")
    token = await enter(api, " Handler ", GOOD)
    assert (await me(api, token)).json()["id"] == "handler"
    assert (await refusal(api, "handler", GOOD + "!")).code == "sign-in-failed"
    assert (await refusal(api, "handler2", GOOD)).code == "sign-in-failed"
    assert [(line.account, line.code) for line in await api.audit("session")] == [("handler", "sign-in")]
    refused = {(line.account, line.code) for line in await api.audit("refused")}
    assert refused == {("handler", "sign-in-failed"), ("handler2", "sign-in-failed")}


async def test_in_the_sample_organisation_a_name_and_its_key_sign_in_and_elsewhere_not(api: Api) -> None:
    assert (await me(api, await enter(api, "enterprise"))).json()["enterprise"]
    assert (await refusal(api, "handler", api.keys["enterprise"])).code == "sign-in-failed"
    async with api.database.write() as w:
        await Meta(w).set(SAMPLE, "")
    assert (await refusal(api, "enterprise", api.keys["enterprise"])).code == "sign-in-failed"


async def test_an_unknown_name_and_a_wrong_password_are_told_the_same(api: Api) -> None:
    await give_password(api, "handler")
    wrong, unknown = await refusal(api, "handler", "wrong"), await refusal(api, "nobody", "wrong")
    assert (wrong.status, wrong.code, wrong.detail) == (unknown.status, unknown.code, unknown.detail)


@pytest.mark.parametrize("name", ["handler", "nobody"])
async def test_five_failures_lock_a_name_for_a_quarter_of_an_hour_whether_it_is_there_or_not(
    api: Api, name: str
) -> None:
    await give_password(api, "handler")
    for _ in range(4):
        assert (await refusal(api, name, "wrong")).code == "sign-in-failed"
    locked = await refusal(api, name, "wrong")
    assert (locked.status, locked.code) == (429, "locked-out")
    for password in (GOOD, "wrong"):
        locked = await refusal(api, name, password)
        assert (locked.status, locked.code) == (429, "locked-out")
        assert "12:15，请届时再试" in locked.detail
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    assert "locked-out" in {line.code for line in await api.audit("refused")}
    # Whoever goes on trying does not lengthen it.
    api.clock.now += timedelta(minutes=14)
    assert (await refusal(api, name, GOOD)).code == "locked-out"
    api.clock.now += timedelta(minutes=2)
    if name == "handler":
        assert await enter(api, name, GOOD)
    else:
        assert (await refusal(api, name, GOOD)).code == "sign-in-failed"


async def test_four_failures_and_a_success_begin_to_count_anew(api: Api) -> None:
    await give_password(api, "handler")
    for _ in range(2):
        for _ in range(4):
            assert (await refusal(api, "handler", "wrong")).code == "sign-in-failed"
        assert await enter(api, "handler", GOOD)


async def test_failures_of_more_than_a_quarter_of_an_hour_ago_do_not_count(api: Api) -> None:
    for _ in range(3):
        for _ in range(4):
            assert (await refusal(api, "nobody", "wrong")).code == "sign-in-failed"
        api.clock.now += timedelta(minutes=16)


async def test_a_crowd_that_tries_at_once_gets_no_more_tries(api: Api) -> None:
    await asyncio.gather(*(refusal(api, "handler", f"wrong {n}") for n in range(12)))
    looked_at = [line.code for line in await api.audit("refused")]
    assert sorted(looked_at) == ["locked-out"] * 7 + ["sign-in-failed"] * 5


async def test_a_session_ends_by_signing_out_and_others_go_on(api: Api) -> None:
    token, other = await enter(api), await enter(api)
    await sign_out(api.context, await session(api, token), request_id="r")
    problem(await me(api, token), 401, "unauthorized")
    assert (await me(api, other)).status_code == 200


async def test_a_session_ends_after_eight_idle_hours_and_after_seven_days_of_use(api: Api) -> None:
    token = await enter(api)
    api.clock.now += timedelta(hours=8, seconds=1)
    problem(await me(api, token), 401, "unauthorized")
    token, begun = await enter(api), api.clock.now
    while api.clock.now < begun + timedelta(days=7) - timedelta(hours=8):
        api.clock.now += timedelta(hours=7)
        assert (await me(api, token)).status_code == 200
        await api.context.used.settled()
    api.clock.now = begun + timedelta(days=7, seconds=1)
    problem(await me(api, token), 401, "unauthorized")


async def test_a_use_is_written_at_most_once_a_minute(api: Api) -> None:
    token = await enter(api)
    begun = (await session(api, token)).seen_at
    api.clock.now += timedelta(seconds=50)
    await me(api, token)
    await api.context.used.settled()
    assert (await session(api, token)).seen_at == begun


async def test_a_closed_accounts_sessions_end_at_once(api: Api) -> None:
    token = await enter(api)
    async with api.database.write() as w:
        await AccountsWriter(w).upsert(Account("handler", "郑承办", (), "station-a"), active=False)
    problem(await me(api, token), 401, "unauthorized")
    assert (await refusal(api, "handler", api.keys["handler"])).code == "sign-in-failed"


async def test_a_changed_password_ends_the_other_sessions(api: Api) -> None:
    token, other = await enter(api), await enter(api)
    found = await session_of(api.context, token)
    assert found is not None
    await change_password(api.context, *found, api.keys["handler"], GOOD, request_id="r")
    assert (await me(api, token)).status_code == 200
    problem(await me(api, other), 401, "unauthorized")
    assert await enter(api, "handler", GOOD)


async def test_all_other_sessions_can_be_ended(api: Api) -> None:
    token, other = await enter(api), await enter(api)
    assert {one.digest for one in await sessions_of(api.context, "handler")} == {
        (await session(api, token)).digest,
        (await session(api, other)).digest,
    }
    assert await end_others(api.context, "handler", await session(api, token), request_id="r") == 1
    problem(await me(api, other), 401, "unauthorized")
    assert (await me(api, token)).status_code == 200


async def test_a_write_by_cookie_needs_the_sessions_csrf_token(api: Api) -> None:
    token = await enter(api, "enterprise")
    key = {"Idempotency-Key": "k1"}
    for wrong in ({}, {CSRF_HEADER: "wrong"}, {CSRF_HEADER: (await session(api, await enter(api))).csrf}):
        answer = await api.client.post("/v1/appeals", json=submission(), headers=by(token, **key, **wrong))
        problem(answer, 403, "csrf")
    right = {CSRF_HEADER: (await session(api, token)).csrf}
    answer = await api.client.post("/v1/appeals", json=submission(), headers=by(token, **key, **right))
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_sites_page_writes_nothing_with_our_cookie(api: Api, foreign: dict[str, str]) -> None:
    token = await enter(api, "enterprise")
    right = {CSRF_HEADER: (await session(api, token)).csrf, "Idempotency-Key": "k1"}
    answer = await api.client.post("/v1/appeals", json=submission(), headers=by(token, **right, **foreign))
    problem(answer, 403, "csrf")
    own = {"Origin": "http://appeals.test", "Sec-Fetch-Site": "same-origin"}
    answer = await api.client.post("/v1/appeals", json=submission(), headers=by(token, **right, **own))
    assert answer.status_code == 201


async def test_a_bearer_key_goes_before_the_cookie_and_needs_no_csrf_token(api: Api) -> None:
    token = await enter(api, "handler")
    answer = await api.get("enterprise", "/v1/me", headers=by(token))
    assert answer.json()["id"] == "enterprise"
    assert (await api.post("enterprise", "/v1/appeals", submission(), headers=by(token))).status_code == 201


async def test_whoever_follows_one_appeal_finds_that_one_and_nothing_else(api: Api) -> None:
    mine, other = await api.submit(), await api.submit()
    token = await open_tracking(api.context, mine["number"], request_id="r")
    assert (await me(api, token)).json()["enterprise"] is None
    found = (await api.get(None, f"/v1/appeals/{mine['number']}", headers=by(token))).json()
    assert found["contact"]["phone"] == "13800001234"
    problem(await api.get(None, f"/v1/appeals/{other['number']}", headers=by(token)), 404, "unknown-appeal")
    listed = (await api.get(None, "/v1/appeals", headers=by(token))).json()["items"]
    assert [one["number"] for one in listed] == [mine["number"]]
    one = await api.get(None, f"/v1/appeals?number={other['number']}", headers=by(token))
    assert one.json()["items"] == []
    right = {CSRF_HEADER: (await session(api, token)).csrf}
    told = await api.client.post(
        f"/v1/appeals/{mine['number']}/actions/add_information",
        json={"text": "还有西门"},
        headers=by(token, **right, **{"Idempotency-Key": "k1"}),
    )
    assert told.status_code == 200
    answer = await api.client.post(
        "/v1/appeals", json=submission(), headers=by(token, **right, **{"Idempotency-Key": "k2"})
    )
    problem(answer, 403, "scope")


async def test_a_wrong_password_is_told_also_while_somebody_else_writes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await session_of(api.context, await enter(api))
    assert found is not None
    async with AsyncExitStack() as stack:

        async def tried(password: str, kept: str | None) -> bool:
            is_right = await matches(password, kept)
            await stack.enter_async_context(api.database.write())
            return is_right

        monkeypatch.setattr("api.sessions.matches", tried)
        with pytest.raises(Problem, match="wrong-password"):
            await change_password(api.context, *found, "wrong", GOOD, request_id="r")
