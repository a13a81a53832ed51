from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.calendar import ZONE
from storage.catalogue import Catalogue
from tests.api.bench import Api, problem

FORM = {"chemical": "氰化钠", "cas": "143-33-9", "quantity": 1, "unit": "克", "purpose": "电镀"}


async def test_the_loop_runs_from_acceptance_to_closing(api: Api) -> None:
    number = (await api.submit())["number"]
    stages = [(await api.walk(number, "assign"))["stage"]]
    for name, action, body in (
        ("dispatcher", "assign", {"lead_unit": "station-a"}),
        ("handler", "sign", {}),
        ("handler", "submit_result", {"outcome": "solved", "text": "好了"}),
        ("leader", "review", {"approved": True}),
        ("handler", "send_answer", {"text": "好了", "method": "sms"}),
        ("enterprise", "rate", {"grade": 5, "comment": "谢谢"}),
        ("visitor", "record_visit", {"result": "satisfied"}),
    ):
        stages.append((await api.done(name, number, action, **body))["stage"])
    assert stages == ["assign", "assign", "handle", "feedback", "feedback", "evaluate", "evaluate", "closed"]


async def test_the_answer_to_an_action_is_the_appeal_as_the_caller_may_see_it(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    assert (await api.done("handler", number, "note", text="到场"))["contact"]["name"] == "张三"
    assert (await api.done("supervisor", number, "supervise", order="抓紧"))["contact"]["name"] == "张三"
    assert (await api.done("window", number, "add_information", text="来电"))["contact"]["name"] == "张**"


async def test_what_a_caller_may_do_is_offered_with_title_and_form(api: Api) -> None:
    number = (await api.submit())["number"]
    offered = {i["action"]: i for i in (await api.get("window", f"/v1/appeals/{number}/actions")).json()["items"]}
    assert {"accept", "reject", "transfer", "merge"} <= set(offered)
    assert offered["accept"]["title"] == "受理"
    assert offered["reject"]["schema"]["required"] == ["reason", "legal_basis", "remedy"]
    mine = (await api.get("enterprise", f"/v1/appeals/{number}/actions")).json()["items"]
    assert {i["action"] for i in mine} == {"withdraw", "add_information"}
    assert (await api.get("admin", f"/v1/appeals/{number}/actions")).json() == {"items": []}


async def test_a_step_s_form_is_narrowed_to_what_the_caller_may_complete_now(api: Api) -> None:
    number = (await api.submit(service="hazmat-toxic-purchase", form=FORM))["number"]
    schema = await _step_schema(api, "hazmat_handler", number)
    assert schema["properties"]["step"]["enum"] == ["review"]
    assert schema["properties"]["outcome"]["enum"] == ["complete", "special", "incomplete"]
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"step": "review", "outcome": "complete"})
    assert validator.is_valid({"step": "review", "outcome": "special", "record": {"reason": "x", "inspector": "y"}})
    assert not validator.is_valid({"step": "review", "outcome": "special"})
    assert not validator.is_valid({"step": "review", "outcome": "special", "record": {"reason": "x"}})
    await api.done("hazmat_handler", number, "complete_step", step="review", outcome="complete")
    assert (await _step_schema(api, "hazmat_leader", number))["properties"]["step"]["enum"] == ["decide"]
    offered = (await api.get("hazmat_handler", f"/v1/appeals/{number}/actions")).json()["items"]
    assert "complete_step" not in {i["action"] for i in offered}


async def _step_schema(api: Api, name: str, number: str) -> dict[str, Any]:
    offered = (await api.get(name, f"/v1/appeals/{number}/actions")).json()["items"]
    schema: dict[str, Any] = next(i for i in offered if i["action"] == "complete_step")["schema"]
    return schema


async def test_a_permit_is_decided_step_by_step_and_no_step_is_done_twice(api: Api) -> None:
    number = (await api.submit(service="hazmat-toxic-purchase", form=FORM))["number"]
    review = {"step": "review", "outcome": "complete"}
    await api.done("hazmat_handler", number, "complete_step", **review)
    problem(await api.act("hazmat_handler", number, "complete_step", **review), 409, "step-not-active")
    approve = {"step": "decide", "outcome": "approve", "record": {"valid_until": "2026-12-31", "quantity": 5}}
    problem(await api.act("hazmat_handler", number, "complete_step", **approve), 403, "step-role")
    await api.done("hazmat_leader", number, "complete_step", **approve)
    issue = {"step": "issue", "outcome": "done", "record": {"document_no": "甬公剧购〔2026〕1"}}
    appeal = await api.done("hazmat_handler", number, "complete_step", **issue)
    assert appeal["stage"] == "feedback"
    assert appeal["result"]["outcome"] == "solved"


async def test_a_journal_entry_is_chained_and_names_who_did_what(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    entries = (await api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [e["action"] for e in entries] == ["submit", "accept", "assign", "sign"]
    assert [e["seq"] for e in entries] == [1, 2, 3, 4]
    assert all(b["previous_hash"] == a["hash"] for a, b in pairwise(entries))
    assert entries[3]["actor"] == {"id": "handler", "name": "郑承办", "unit": "station-a", "role": "handler"}


async def test_the_key_and_the_content_of_a_request_reach_the_workflow_as_digests(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.act("window", number, "accept", "k1")
    await api.act("window", number, "add_information", "k2", text="x")
    accept, add = api.gateway.acts
    assert len(accept.key) == len(accept.digest) == 64
    assert len({accept.key, add.key, accept.digest, add.digest}) == 4
    assert len(accept.salt) == 32
    assert accept.salt != add.salt


async def test_two_that_accept_at_once_get_one_yes_and_one_no(api: Api) -> None:
    number = (await api.submit())["number"]
    assert (await api.act("window", number, "accept", "a")).status_code == 200
    problem(await api.act("window", number, "accept", "b"), 409, "illegal-transition")


async def test_a_migration_is_tried_without_a_trace_and_then_made(api: Api) -> None:
    number = (await api.submit())["number"]
    version = (await api.get("supervisor", "/v1/services/appeal-general")).json()["rules_version"]
    before = (await api.get("supervisor", f"/v1/appeals/{number}")).json()
    tried = await api.done("supervisor", number, "migrate_policy", version=version, dry_run=True)
    assert tried["dry_run"] is True
    assert api.gateway.acts == []
    after = (await api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [e["action"] for e in after] == ["submit"]
    assert {**before, "now": None, "clocks": None} == {
        **(await api.get("supervisor", f"/v1/appeals/{number}")).json(),
        "now": None,
        "clocks": None,
    }
    made = await api.done("supervisor", number, "migrate_policy", version=version, dry_run=False)
    assert made["rules_version"] == version
    assert "dry_run" not in made


async def test_a_migration_to_a_version_that_is_not_there_is_refused(api: Api) -> None:
    number = (await api.submit())["number"]
    for dry in (True, False):
        answer = await api.act("supervisor", number, "migrate_policy", version="0" * 64, dry_run=dry)
        problem(answer, 422, "unknown-version")
    problem(await api.act("window", number, "migrate_policy", version="x", dry_run=True), 403, "forbidden")


async def test_a_transfer_goes_to_an_outside_body_and_comes_back(api: Api) -> None:
    number = (await api.submit())["number"]
    problem(await api.act("window", number, "transfer", body="traffic", reason="x"), 422, "not-outside")
    appeal = await api.done("window", number, "transfer", body="hotline-12345", reason="非警务")
    assert appeal["status"] == "waiting_outside"
    assert (await api.done("system", number, "transfer_receipt"))["transfers"][0]["receipt_at"]
    assert (await api.done("system", number, "transfer_reply", text="已修"))["outcome"] == "not_ours"


@pytest.mark.parametrize("name", ["handler", "window", "leader"])
async def test_moments_are_written_in_china_s_time(api: Api, name: str) -> None:
    appeal = await api.submit()
    assert appeal["created_at"].endswith("+08:00")
    assert (await api.get(name, appeal["links"]["self"])).json()["now"].startswith("2026-09-01T12:00:00")


def test_the_catalogue_s_versions_are_digests() -> None:
    catalogue = Catalogue.load()
    assert len(catalogue.rules_for("appeal-general").version) == 64
    assert ZONE.key == "Asia/Shanghai"
