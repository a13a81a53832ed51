"""401; 404; 415 and 422; a replay of a known key; 403; 409."""

from __future__ import annotations

import pytest

from tests.api.bench import USCC2, Api, problem, submission


async def test_without_a_key_nothing_else_is_looked_at(api: Api) -> None:
    for path in ("/v1/appeals/x/actions/explode", "/v1/appeals"):
        answer = await api.post(None, path, content=b"{", headers={"Content-Type": "text/plain"}, key=None)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")


PATHS = (
    "/v1/me",
    "/v1/units",
    "/v1/services",
    "/v1/services/appeal-general",
    "/v1/appeals?limit=0",
    "/v1/events",
    "/v1/clocks/preview",
    "/v1/enterprises/x",
    "/v1/appeals/x/journal",
    "/v1/appeals/x/actions",
)


@pytest.mark.parametrize("value", ["", "Bearer ", "Bearer nonsense", "Bearer a.b", "Basic YTpi", "Bearer \x00"])
async def test_a_key_that_opens_nothing_is_401_everywhere(quiet: Api, value: str) -> None:
    headers = {"Authorization": value} if value else {}
    for path in PATHS:
        problem(await quiet.get(None, path, headers=headers), 401, "unauthorized")


async def test_404_comes_before_the_body(api: Api) -> None:
    answer = await api.post("window", "/v1/appeals/SQ20260901-00000000/actions/accept", {"x": 1}, key=None)
    problem(answer, 404, "unknown-appeal")
    number = (await api.submit())["number"]
    problem(
        await api.post("window", f"/v1/appeals/{number}/actions/explode", {"x": 1}, key=None), 404, "unknown-action"
    )


async def test_another_enterprise_s_appeal_is_not_found_in_the_same_words(api: Api) -> None:
    number = (await api.submit())["number"]
    for path in ("", "/actions", "/journal"):
        hidden = problem(await api.get("enterprise2", f"/v1/appeals/{number}{path}"), 404, "unknown-appeal")
        missing = problem(await api.get("enterprise2", f"/v1/appeals/SQ20260901-00000000{path}"), 404, "unknown-appeal")
        assert hidden["detail"] == missing["detail"]
    problem(await api.act("enterprise2", number, "withdraw", reason="x"), 404, "unknown-appeal")


async def test_the_body_comes_before_a_replay_and_before_rights(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.done("window", number, "accept")
    problem(await api.act("handler", number, "accept", x=1), 422, "invalid")
    url = f"/v1/appeals/{number}/actions/accept"
    headers = {"Content-Type": "text/plain"}
    problem(await api.post("handler", url, content=b"{}", headers=headers), 415, "wrong-content-type")
    problem(await api.post("handler", "/v1/appeals", {"x": 1}), 422, "invalid")


async def test_a_replay_comes_before_rights_and_stage(api: Api) -> None:
    number = (await api.submit())["number"]
    first = await api.act("window", number, "accept", "k1")
    assert first.json()["stage"] == "assign"
    await api.done("dispatcher", number, "assign", lead_unit="station-a")
    await api.done("handler", number, "sign")
    # The window may not accept again, and the stage has gone on; the key was answered once and is answered again.
    again = await api.act("window", number, "accept", "k1")
    assert (again.status_code, again.json()["stage"]) == (200, "handle")
    journal = (await api.get("window", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [e["action"] for e in journal] == ["submit", "accept", "assign", "sign"]


async def test_a_known_key_with_another_action_or_body_is_422_whatever_the_stage(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.act("window", number, "add_information", "k1", text="一")
    problem(await api.act("window", number, "add_information", "k1", text="二"), 422, "idempotency-key-reused")
    problem(await api.act("window", number, "accept", "k1"), 422, "idempotency-key-reused")


async def test_rights_come_before_the_stage(api: Api) -> None:
    number = (await api.submit())["number"]
    problem(await api.act("handler", number, "assign", lead_unit="station-a"), 403, "forbidden")
    problem(await api.act("dispatcher", number, "assign", lead_unit="station-a"), 409, "illegal-transition")


async def test_a_refused_action_is_not_remembered(api: Api) -> None:
    number = (await api.submit())["number"]
    problem(await api.act("dispatcher", number, "assign", "k1", lead_unit="station-a"), 409, "illegal-transition")
    await api.walk(number, "assign")
    assert (await api.act("dispatcher", number, "assign", "k1", lead_unit="station-b")).status_code == 200


async def test_keys_are_scoped_to_caller_and_appeal(api: Api) -> None:
    one, two = (await api.submit())["number"], (await api.submit())["number"]
    for number in (one, two):
        assert (await api.act("window", number, "accept", "k1")).status_code == 200
    assert (await api.act("enterprise", one, "add_information", "k1", text="x")).status_code == 200


async def test_a_body_may_be_left_out_where_no_field_is_needed(api: Api) -> None:
    number = (await api.submit())["number"]
    assert (await api.post("window", f"/v1/appeals/{number}/actions/accept")).status_code == 200


async def test_semantic_faults_of_a_submission_come_before_rights(api: Api) -> None:
    body = submission(enterprise={"uscc": USCC2, "name": "乙"}, region="110101")
    problem(await api.post("enterprise", "/v1/appeals", body), 422, "unknown-region")
