"""Two people at once: the first is done, the second is told who was first; and one alone is never stopped."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.meanwhile import read_of
from api.problems import Problem
from domain.act import Act
from domain.errors import Conflict
from domain.loop import CHANGED
from tests.api.bench import Api, problem, submission


async def read(api: Api, name: str, number: str) -> str:
    return (await api.get(name, f"/v1/appeals/{number}")).headers["etag"]


async def act(api: Api, name: str, number: str, action: str, match: str, key: str = "", **body: Any) -> httpx2.Response:
    path = f"/v1/appeals/{number}/actions/{action}"
    return await api.post(name, path, body, key, headers={"If-Match": match})


async def waiting(api: Api) -> str:
    """An appeal that waits for its unit."""
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    return str(number)


async def lead(api: Api, number: str) -> str:
    return str((await api.get("supervisor", f"/v1/appeals/{number}")).json()["assignment"]["lead_unit"])


async def test_the_second_is_told_who_was_first_and_what_was_first_stays(api: Api) -> None:
    number = await waiting(api)
    seen = await read(api, "dispatcher", number)
    await api.done("supervisor", number, "assign", lead_unit="station-b")
    said = problem(await act(api, "dispatcher", number, "assign", seen, lead_unit="station-a"), 412, CHANGED)
    assert "朱督办（督办人员）已于2026年9月1日12:00办理了“交办”，交给乙派出所" in said["detail"]
    assert (said["first"]["actor"]["id"], said["first"]["action"]) == ("supervisor", "assign")
    assert await lead(api, number) == "station-b"
    newer = await read(api, "dispatcher", number)
    assert (await act(api, "dispatcher", number, "assign", newer, lead_unit="station-a")).status_code == 200
    assert await lead(api, number) == "station-a"


async def test_each_answer_says_how_far_the_appeal_is_by_then(api: Api) -> None:
    sent = await api.post("enterprise", "/v1/appeals", submission())
    number = sent.json()["number"]
    accepted = await act(api, "window", number, "accept", sent.headers["etag"])
    assert (sent.headers["etag"], accepted.headers["etag"]) == ('"1"', '"2"')
    assert await read(api, "window", number) == '"2"'
    urgent: dict[str, Any] = {"urgent": True, "reason": "影响生产", "dry_run": True}
    assert "etag" not in (await act(api, "leader", number, "set_urgency", '"2"', **urgent)).headers


async def test_what_oneself_did_what_was_only_noted_and_what_time_did_stop_nobody(api: Api) -> None:
    number = await waiting(api)
    seen = await read(api, "dispatcher", number)
    await api.done("dispatcher", number, "assign", lead_unit="station-b")
    await api.done("enterprise", number, "add_information", text="补充一句")
    await api.gateway.fast_forward(number, 3 * 24 * 3600)
    assert "rung" in [e["action"] for e in (await api.get("leader", f"/v1/appeals/{number}/journal")).json()["items"]]
    assert (await act(api, "dispatcher", number, "assign", seen, lead_unit="station-a")).status_code == 200


async def test_the_same_request_again_is_answered_as_before(api: Api) -> None:
    number = await waiting(api)
    seen = await read(api, "dispatcher", number)
    assert (await act(api, "dispatcher", number, "assign", seen, "k", lead_unit="station-a")).status_code == 200
    await api.done("handler", number, "sign")
    assert (await act(api, "dispatcher", number, "assign", seen, "k", lead_unit="station-a")).status_code == 200


@pytest.mark.parametrize("tables", ["know it", "know it a moment later"])
async def test_who_comes_milliseconds_later_is_stopped_by_the_workflow_itself(api: Api, tables: str) -> None:
    number = await waiting(api)
    usual, late = api.gateway.act, tables != "know it"

    async def overtaken(number: str, act: Act) -> int:
        """Another one's act is through while this one is on its way."""
        nonlocal late
        if act.actor.id == "dispatcher" and late:
            late = False
            raise Conflict(CHANGED, "在您查看之后，已有人先办理")
        if act.actor.id == "dispatcher":
            api.gateway.act = usual  # type: ignore[method-assign]
            await api.done("supervisor", number, "assign", lead_unit="station-b")
        return await usual(number, act)

    api.gateway.act = overtaken  # type: ignore[method-assign]
    seen = await read(api, "dispatcher", number)
    said = problem(await act(api, "dispatcher", number, "assign", seen, lead_unit="station-a"), 412, CHANGED)
    assert "朱督办" in said["detail"]
    assert await lead(api, number) == "station-b"


async def test_a_note_that_comes_milliseconds_before_stops_nobody(api: Api) -> None:
    number = await waiting(api)
    usual = api.gateway.act

    async def overtaken(number: str, act: Act) -> int:
        api.gateway.act = usual  # type: ignore[method-assign]
        await api.done("enterprise", number, "add_information", text="补充一句")
        return await usual(number, act)

    seen = await read(api, "dispatcher", number)
    api.gateway.act = overtaken  # type: ignore[method-assign]
    assert (await act(api, "dispatcher", number, "assign", seen, lead_unit="station-a")).status_code == 200


async def test_where_the_tables_never_tell_it_is_refused_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await waiting(api)

    async def changed(number: str, _act: Act) -> int:
        raise Conflict(CHANGED, number)

    monkeypatch.setattr("api.acting._AGAIN_SECONDS", 0)
    monkeypatch.setattr(api.gateway, "act", changed)
    said = problem(await act(api, "dispatcher", number, "assign", '"2"', lead_unit="station-a"), 412, CHANGED)
    assert said["detail"] == "您查看之后已有其他人先办理"


async def test_who_may_not_do_it_at_all_learns_that_first(api: Api) -> None:
    number = await waiting(api)
    seen = await read(api, "visitor", number)
    await api.done("supervisor", number, "assign", lead_unit="station-b")
    problem(await act(api, "visitor", number, "assign", seen, lead_unit="station-a"), 403, "forbidden")


async def test_an_enterprise_is_not_told_by_name_who_was_first(api: Api) -> None:
    number = (await api.submit(service="appeal-general"))["number"]
    seen = await read(api, "enterprise", number)
    await api.done("window", number, "accept")
    said = problem(await act(api, "enterprise", number, "withdraw", seen, reason="已解决"), 412, CHANGED)
    assert "周**" in said["detail"]
    assert "周首接" not in str(said)


@pytest.mark.parametrize(("match", "read"), [(None, None), ("*", None), ('"7"', 7), ('W/"7"', 7), ('"3", "12"', 12)])
def test_if_match_is_read_as_http_writes_it(match: str | None, read: int | None) -> None:
    assert read_of(match) == read


@pytest.mark.parametrize("match", ["7", '"x"', "", '"1",', '"12345678901"'])
def test_an_if_match_that_is_no_etag_of_ours_is_refused(match: str) -> None:
    with pytest.raises(Problem) as caught:
        read_of(match)
    assert (caught.value.code, caught.value.status) == ("bad-if-match", 422)


async def test_a_dry_run_is_refused_what_the_act_would_be(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "evaluate")
    await api.done("enterprise", number, "rate", grade=1)
    body = {"service": "suggestion", "reason": "登记有误"}
    for tried in (True, False):
        said = await api.post("supervisor", f"/v1/appeals/{number}/actions/change_service", {**body, "dry_run": tried})
        problem(said, 409, "work-begun")
