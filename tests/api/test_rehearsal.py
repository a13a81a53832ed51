from __future__ import annotations

import pytest

from tests.api.bench import Api, pointers, problem, submission

DAY = 86_400
PATH = "/v1/rehearsal/fast-forward"


async def test_every_answer_of_a_rehearsal_is_marked(rehearsal: Api, api: Api) -> None:
    for path in ("/", "/v1/me", "/nope", "/healthz"):
        assert (await rehearsal.get("window", path)).headers["x-appeals-rehearsal"] == "true"
        assert "x-appeals-rehearsal" not in (await api.get("window", path)).headers


@pytest.mark.parametrize("name", ["admin", "system"])
async def test_an_appeal_s_own_clock_moves_on_and_what_fell_due_has_happened(rehearsal: Api, name: str) -> None:
    number = (await rehearsal.submit())["number"]
    other = (await rehearsal.submit())["number"]
    answer = await rehearsal.post(name, PATH, {"number": number, "seconds": 30 * DAY}, key=None)
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert moved["colour"] == "red"
    assert moved["now"].startswith("2026-10-01")
    assert moved["escalations"]
    listed = {i["number"]: i for i in (await rehearsal.get("supervisor", "/v1/appeals")).json()["items"]}
    assert (listed[number]["colour"], listed[other]["colour"]) == ("red", "green")
    assert (await rehearsal.get("supervisor", "/v1/appeals?colour=red")).json()["items"][0]["number"] == number
    assert (await rehearsal.get("window", f"/v1/appeals/{number}")).json()["clocks"][0]["remaining"] < 0


async def test_outside_a_rehearsal_there_is_no_fast_forward(api: Api) -> None:
    number = (await api.submit())["number"]
    problem(await api.post("admin", PATH, {"number": number, "seconds": 1}), 404, "not-a-rehearsal")


async def test_only_admin_and_system_may(rehearsal: Api) -> None:
    number = (await rehearsal.submit())["number"]
    for name in ("enterprise", "supervisor", "window"):
        problem(await rehearsal.post(name, PATH, {"number": number, "seconds": 1}), 403, "forbidden")
    problem(await rehearsal.post("enterprise2", PATH, {"number": number, "seconds": 1}), 404, "unknown-appeal")


async def test_a_closed_appeal_is_at_rest(rehearsal: Api) -> None:
    number = (await rehearsal.submit())["number"]
    await rehearsal.walk(number, "closed")
    body = problem(await rehearsal.post("admin", PATH, {"number": number, "seconds": 1}), 409, "illegal-transition")
    assert (body["stage"], body["allowed"]) == ("closed", [])


async def test_bad_requests_are_refused(rehearsal: Api) -> None:
    number = (await rehearsal.submit())["number"]
    for seconds in (0, -1, 400 * DAY + 1, 1.5, "1", None):
        body = problem(await rehearsal.post("admin", PATH, {"number": number, "seconds": seconds}), 422, "invalid")
        assert pointers(body) == ["/seconds"]
    problem(await rehearsal.post("admin", PATH, {"number": "SQ20260901-00000000", "seconds": 1}), 404, "unknown-appeal")


async def test_what_the_engine_has_not_got_yet_cannot_move(rehearsal: Api) -> None:
    rehearsal.gateway.away = True
    number = (await rehearsal.post("enterprise", "/v1/appeals", submission())).json()["number"]
    problem(await rehearsal.post("admin", PATH, {"number": number, "seconds": 1}), 503, "engine-away")
