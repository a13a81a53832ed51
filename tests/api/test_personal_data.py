from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from runtime.settings import Settings
from storage.audit import AuditReads
from storage.catalogue import Catalogue
from storage.database import Database
from tests.api.bench import Api, open_api, problem, submission

NAME, PHONE = "张三", "13800001234"


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("enterprise", True),
        ("window", True),
        ("leader", True),
        ("supervisor", True),
        ("handler", False),
        ("duty", False),
        ("admin", False),
        ("system", False),
    ],
)
async def test_people_are_shown_in_full_only_to_those_who_handle_it(api: Api, name: str, sees: bool) -> None:
    appeal = await api.submit()
    shown = (await api.get(name, appeal["links"]["self"])).json()
    assert shown["contact"] == ({"name": NAME, "phone": PHONE} if sees else {"name": "张**", "phone": "138****1234"})
    assert shown["description"] == (appeal["description"] if sees else "***")
    assert shown["title"] == appeal["title"]


async def test_a_list_shows_no_people_and_no_free_text_to_anybody(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    await api.done("handler", number, "request_supplement", items=["巡逻图"], reason="缺巡逻图")
    await api.done("enterprise", number, "supplement", items=["巡逻图"])
    await api.done("handler", number, "park", reason="等巡逻队", review_on="2026-12-20")
    await api.done("leader", number, "approve_park", granted=True)
    for name in ("enterprise", "window", "handler", "supervisor", "system"):
        answer = await api.get(name, "/v1/appeals")
        (item,) = answer.json()["items"]
        assert item["contact"] == {"name": "张**", "phone": "138****1234"}
        assert NAME not in answer.text
        assert PHONE not in answer.text
        assert "巡逻" not in answer.text
        assert all(c["explanation"] == [] for c in item["clocks"])
        pauses = [p for c in item["clocks"] for p in c["pauses"]]
        assert {(p["cause"], p["reason"]) for p in pauses} == {("supplement", "等待企业补正"), ("park", "挂账")}


async def test_a_list_holds_no_document_and_no_record(api: Api) -> None:
    service = Catalogue.load().service("hazmat-toxic-purchase")
    form = {name: field["examples"][0] for name, field in service.form["properties"].items()}
    number = (await api.submit(service=service.code, form=form))["number"]
    await api.done("hazmat_handler", number, "complete_step", step="review", outcome="complete")
    approve = {"step": "decide", "outcome": "approve", "record": {"valid_until": "2026-12-31", "quantity": 5}}
    await api.done("hazmat_leader", number, "complete_step", **approve)
    issue = {"step": "issue", "outcome": "done", "record": {"document_no": "甬公剧购〔2026〕1"}}
    await api.done("hazmat_handler", number, "complete_step", **issue)
    answer = await api.get("hazmat_handler", "/v1/appeals")
    (item,) = answer.json()["items"]
    assert item["result"]["document"] == {}
    assert "甬公剧购" not in answer.text
    assert "甬公剧购" in (await api.get("hazmat_handler", f"/v1/appeals/{number}")).text


async def test_the_journal_masks_what_came_in_for_those_who_do_not_handle_it(api: Api) -> None:
    number = (await api.submit())["number"]
    assert NAME in (await api.get("window", f"/v1/appeals/{number}/journal")).text
    await api.walk(number, "closed")
    for name in ("admin", "system", "handler3"):
        shown = await api.get(name, f"/v1/appeals/{number}/journal")
        assert NAME not in shown.text
        assert PHONE not in shown.text
        assert "巡逻" not in shown.text
        assert {e["salt"] for e in shown.json()["items"]} == {None}


async def test_a_system_reads_the_words_of_what_it_sent_in_and_of_nothing_else(api: Api) -> None:
    own, other = (await api.submit("system"))["number"], (await api.submit("enterprise"))["number"]
    for path in ("", "/journal"):
        assert NAME in (await api.get("system", f"/v1/appeals/{own}{path}")).text
        shown = await api.get("system", f"/v1/appeals/{other}{path}")
        assert shown.status_code == 200
        assert NAME not in shown.text


async def test_each_full_view_by_somebody_else_is_in_the_audit_log(api: Api) -> None:
    number = (await api.submit())["number"]
    for name in ("enterprise", "admin"):
        await api.get(name, f"/v1/appeals/{number}")
    assert await api.audit("personal-data") == []
    await api.get("window", f"/v1/appeals/{number}", headers={"X-Request-Id": "look-1"})
    await api.get("window", f"/v1/appeals/{number}/journal")
    await api.done("window", number, "accept")
    await api.get("supervisor", f"/v1/appeals/{number}")
    lines = await api.audit("personal-data")
    assert [(x.account, x.number, x.code) for x in reversed(lines)] == [
        ("window", number, "appeal"),
        ("window", number, "journal"),
        ("window", number, "accept"),
        ("supervisor", number, "appeal"),
    ]
    assert lines[-1].request_id == "look-1"


async def test_the_view_that_an_action_answers_is_in_the_audit_log_soon(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.done("window", number, "accept")
    async with asyncio.timeout(60):
        while True:
            if lines := await api.audit("personal-data"):
                break
            await asyncio.sleep(0.05)
    assert [(x.account, x.number, x.code) for x in lines] == [("window", number, "accept")]


async def test_an_action_repeated_is_a_view_of_which_the_journal_tells_nothing(api: Api) -> None:
    number = (await api.submit())["number"]
    assert (await api.act("window", number, "accept", "k1")).status_code == 200
    assert (await api.act("window", number, "accept", "k1")).status_code == 200
    assert [x.code for x in await api.audit("personal-data")] == ["accept", "accept"]


async def test_no_line_of_the_audit_log_is_lost_when_the_process_stops(folder: Path, keys: Mapping[str, str]) -> None:
    async with open_api(folder, keys) as api:
        number = (await api.submit())["number"]
        await api.done("window", number, "accept")
    database = Database.create(Settings(data_dir=folder).database_url)
    async with database.read() as r:
        (line,) = await AuditReads(r).find(kind="personal-data")
    await database.close()
    assert (line.account, line.number, line.code) == ("window", number, "accept")


async def test_a_submission_repeated_shows_the_appeal_as_it_is_now_and_is_in_the_audit_log(api: Api) -> None:
    number = (await api.submit("window", "k1"))["number"]
    assert await api.audit("personal-data") == []
    assert (await api.post("window", "/v1/appeals", submission(), "k1")).status_code == 200
    (line,) = await api.audit("personal-data")
    assert (line.account, line.number, line.code) == ("window", number, "submit")


async def test_views_at_the_same_time_are_all_in_the_audit_log(api: Api) -> None:
    number = (await api.submit())["number"]
    await asyncio.gather(*(api.get("window", f"/v1/appeals/{number}") for _ in range(20)))
    assert len(await api.audit("personal-data")) == 20


async def test_each_refusal_is_in_the_audit_log(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.act("handler", number, "accept")
    await api.act("dispatcher", number, "assign", lead_unit="station-a")
    await api.post("handler", "/v1/appeals", {})
    lines = await api.audit("refused")
    assert [(x.account, x.number, x.code) for x in reversed(lines)] == [
        ("handler", number, "forbidden"),
        ("dispatcher", number, "illegal-transition"),
    ]
    assert NAME not in str(lines)


async def test_an_audit_log_that_cannot_be_written_changes_no_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    number = (await api.submit())["number"]

    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("api.trail.add_lines", broken)
    assert (await api.get("window", f"/v1/appeals/{number}")).status_code == 200
    problem(await api.act("handler", number, "accept"), 403, "forbidden")


async def test_nothing_personal_is_logged(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "closed")
    await api.get("window", f"/v1/appeals?q={NAME}")
    await api.get("window", f"/v1/appeals/{NAME}")
    await api.post("window", "/v1/appeals", {"contact": NAME})
    said = "".join(capsys.readouterr())
    assert "request" in said
    assert NAME not in said
    assert PHONE not in said
