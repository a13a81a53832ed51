"""Parts that are away, paths that are none, and what nobody foresaw: always a problem, never a trace."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from storage.accounts import Accounts
from storage.appeals import Appeals
from storage.catalogue import Catalogue
from tests.api.bench import Api, problem, submission


async def test_unknown_paths_and_methods_are_problems(quiet: Api) -> None:
    problem(await quiet.get("window", "/v1/nothing"), 404, "not-found")
    problem(await quiet.get(None, "/static/nothing.js"), 404, "not-found")
    answer = await quiet.client.delete("/v1/appeals")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert "GET" in (await quiet.client.post("/docs")).headers["allow"]


async def test_a_request_id_is_taken_over_if_it_is_sane_and_made_if_not(quiet: Api) -> None:
    answer = await quiet.get("window", "/v1/me", headers={"X-Request-Id": "abc-1.2_3"})
    assert answer.headers["x-request-id"] == "abc-1.2_3"
    for bad in ("", "x" * 65, "a b", "<script>"):
        made = (await quiet.get("window", "/v1/me", headers={"X-Request-Id": bad})).headers["x-request-id"]
        assert made != bad
        assert len(made) == 32


async def test_answers_say_how_they_want_to_be_treated(quiet: Api) -> None:
    headers = (await quiet.get("window", "/v1/me")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


async def test_an_engine_that_is_away_is_perhaps(api: Api) -> None:
    number = (await api.submit())["number"]
    api.gateway.away = True
    answer = await api.act("window", number, "accept", "k1")
    problem(answer, 503, "engine-away")
    assert int(answer.headers["retry-after"]) > 0
    api.gateway.away = False
    assert (await api.act("window", number, "accept", "k1")).status_code == 200


async def test_a_write_that_is_pending_is_answered_by_the_same_key(api: Api) -> None:
    number = (await api.submit())["number"]
    api.gateway.pending = True
    problem(await api.act("window", number, "accept", "k1"), 503, "write-pending")
    api.gateway.pending = False
    again = await api.act("window", number, "accept", "k1")
    assert (again.status_code, again.json()["stage"]) == (200, "assign")


@pytest.mark.parametrize(
    "fault",
    [OperationalError("SELECT 张三", {}, _locked) for _locked in [type("OperationalError", (Exception,), {})("away")]]
    + [ConnectionError("away"), TimeoutError("slow")],
    ids=lambda f: type(f).__name__,
)
async def test_a_database_that_is_away_is_perhaps(
    quiet: Api, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Accounts, "by_key", broken)
    answer = await quiet.post("enterprise", "/v1/appeals", submission())
    problem(answer, 503, "database-away")
    assert int(answer.headers["retry-after"]) > 0


async def test_what_nobody_foresaw_is_a_500_without_a_trace(
    quiet: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("张三 13800001234")

    monkeypatch.setattr(Appeals, "get", broken)
    answer = await quiet.get("window", "/v1/appeals/SQ20260901-00000000")
    body = problem(answer, 500, "internal")
    assert "张三" not in answer.text
    assert "Traceback" not in answer.text
    assert body["request_id"] == answer.headers["x-request-id"]
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert "13800001234" not in logged


async def test_a_number_that_is_taken_is_drawn_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    first = (await api.submit())["number"]
    draws = iter([int(first[-8:]), int(first[-8:]), 7])
    monkeypatch.setattr("api.submitting.secrets.randbelow", lambda _: next(draws))
    assert (await api.submit("system"))["number"].endswith("-00000007")


async def test_when_every_number_is_taken_nothing_is_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    only = (await api.submit())["number"]
    monkeypatch.setattr("api.submitting.secrets.randbelow", lambda _: int(only[-8:]))
    problem(await api.post("system", "/v1/appeals", submission()), 500, "internal")
    assert [i["number"] for i in (await api.get("window", "/v1/appeals")).json()["items"]] == [only]


async def test_health_needs_no_key_and_readiness_tells_what_is_missing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.get(None, "/healthz")).json() == {"status": "ok"}
    answer = await api.get(None, "/readyz")
    assert answer.json()["checks"] == {"database": "ok", "engine": "ok", "worker": "ok", "catalogue": "ok"}
    api.gateway.worker = "no-worker"
    body = problem(await api.get(None, "/readyz"), 503, "not-ready")
    assert body["checks"]["worker"] == "no-worker"
    api.gateway.away = True
    assert (await api.get(None, "/readyz")).json()["checks"]["engine"] == "engine-away"

    async def broken(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("storage.database.Database.ping", broken)
    monkeypatch.setattr("tests.api.bench.LocalGateway.readiness", broken)
    monkeypatch.setattr(Catalogue, "services", lambda _: [])
    body = problem(await api.get(None, "/readyz"), 503, "not-ready")
    assert body["checks"] == {
        "database": "database-away",
        "engine": "engine-away",
        "worker": "unknown",
        "catalogue": "empty",
    }


async def test_metrics_count_requests_by_route_and_what_intake_keeps(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await api.get("window", "/v1/appeals/SQ20260901-00000000")
    api.gateway.away = True
    await api.post("enterprise", "/v1/appeals", submission())
    shown = (await api.get(None, "/metrics")).text
    assert "\nappeals_intake_waiting 1.0" in shown
    assert 'appeals_http_requests_total{method="GET",route="/v1/appeals/{number}",status="404"}' in shown
    assert "SQ20260901" not in shown

    async def broken(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("storage.figures.Figures.waiting", broken)
    api.app.state.metrics.max_age = 0
    assert "\nappeals_intake_waiting NaN" in (await api.get(None, "/metrics")).text
