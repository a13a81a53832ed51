"""Every kind of bad input of the issue: its code, its Chinese text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.validation import strangers
from storage.catalogue import Catalogue
from storage.catalogue_check import example
from tests.api.bench import USCC2, Api, pointers, problem, submission


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"service": "no-such-service"}, "unknown-service", "/service"),
        ({"region": "110101"}, "unknown-region", "/region"),
        ({"enterprise": {"uscc": "91330205MA2AEX0012", "name": "甲"}}, "bad-uscc", "/enterprise/uscc"),
        ({"enterprise": {"uscc": "123", "name": "甲"}}, "bad-uscc", "/enterprise/uscc"),
        ({"enterprise": {"uscc": None, "name": "甲"}}, "bad-uscc", "/enterprise/uscc"),
        ({"enterprise": {"name": "甲"}}, "bad-uscc", "/enterprise/uscc"),
        ({"contact": {"name": "张三", "phone": "12345678901234"}}, "bad-phone", "/contact/phone"),
        ({"contact": {"name": "张三", "phone": "13800001234\n"}}, "bad-phone", "/contact/phone"),
        ({"contact": {"name": "张三", "phone": "138000٠1234"}}, "bad-phone", "/contact/phone"),
        ({"surprise": 1}, "invalid", "/surprise"),
        ({"enterprise": {"uscc": None, "name": "甲", "boss": "x"}}, "invalid", "/enterprise/boss"),
        ({"form": {"surprise": 1}}, "invalid", "/form/surprise"),
        ({"form": {"category": "别的"}}, "invalid", "/form/category"),
        ({"form": {"since": "昨天"}}, "invalid", "/form/since"),
        ({"channel": "pigeon"}, "invalid", "/channel"),
        ({"title": "  "}, "invalid", "/title"),
        ({"title": "长" * 201}, "invalid", "/title"),
        ({"description": None}, "invalid", "/description"),
        ({"urgent": "yes"}, "invalid", "/urgent"),
        ({"region": "3302"}, "invalid", "/region"),
        ({"materials": [{"reference": "x"}]}, "invalid", "/materials/0/code"),
        ({"title": "\ud800"}, "bad-text", "/title"),
        ({"description": "a\0b"}, "bad-text", "/description"),
        ({"form": {"pl\0ace": "x"}}, "bad-text", "/form"),
        ({"form": {"place": ["x", {"a": "\udfff"}]}}, "bad-text", "/form/place/1/a"),
    ],
)
async def test_a_wrong_field_is_named(quiet: Api, changes: dict[str, Any], code: str, at: str) -> None:
    content = json.dumps(submission(**changes)).encode()
    answer = await quiet.post("system", "/v1/appeals", content=content, headers={"Content-Type": "application/json"})
    assert at in pointers(problem(answer, 422, code))


async def test_every_fault_is_told_at_once(quiet: Api) -> None:
    changes = {"region": "110101", "contact": {"name": "张三", "phone": "1"}, "enterprise": {"uscc": "1", "name": "甲"}}
    body = problem(await quiet.post("system", "/v1/appeals", submission(**changes)), 422, "unknown-region")
    assert pointers(body) == ["/region", "/enterprise/uscc", "/contact/phone"]
    body = problem(await quiet.post("system", "/v1/appeals", {"form": 1}), 422, "invalid")
    assert {"/service", "/title", "/form"} <= set(pointers(body))


async def test_a_service_that_does_not_exist_is_named_before_what_is_lacking(quiet: Api) -> None:
    body = problem(await quiet.post("system", "/v1/appeals", {"service": "nope"}), 422, "unknown-service")
    assert pointers(body)[:2] == ["/service", "/channel"]
    assert body["detail"] == "没有代码为“nope”的服务事项"
    known = problem(await quiet.post("system", "/v1/appeals", {"service": "appeal-general"}), 422, "invalid")
    assert "/service" not in pointers(known)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not-json"),
        (b"\xff\xfe", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b'{"a": 1, "a": 2}', "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b'{"a": 1e999}', "not-json"),
        (b'{"a": 99999999999999999999}', "not-json"),
        (b"[" * 5000 + b"]" * 5000, "body-too-deep"),
        (b"[" * 100_000, "body-too-deep"),
        (b'{"form": ' + b'{"a":' * 40 + b"1" + b"}" * 41, "body-too-deep"),
        (b"[1]", "invalid"),
        (b"null", "invalid"),
        (b'"text"', "invalid"),
    ],
)
async def test_a_body_that_is_no_good_json_object_is_refused(quiet: Api, raw: bytes, code: str) -> None:
    answer = await quiet.post("enterprise", "/v1/appeals", content=raw, headers={"Content-Type": "application/json"})
    problem(answer, 422, code)


async def test_thirty_two_levels_are_deep_enough(quiet: Api) -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = {"a": deep}
    problem(await quiet.post("enterprise", "/v1/appeals", submission(form=deep)), 422, "invalid")


async def test_a_body_over_one_mebibyte_is_refused_while_it_streams(quiet: Api) -> None:
    problem(await quiet.post("enterprise", "/v1/appeals", submission(title="x" * 1_100_000)), 413, "body-too-large")

    async def endless() -> Any:
        for _ in range(300):
            yield b" " * 8192

    headers = {"Content-Type": "application/json"}
    problem(await quiet.post("enterprise", "/v1/appeals", content=endless(), headers=headers), 413, "body-too-large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "", "application/xml"]
)
async def test_another_content_type_is_refused(quiet: Api, kind: str) -> None:
    answer = await quiet.post("enterprise", "/v1/appeals", content=b"{}", headers={"Content-Type": kind})
    problem(answer, 415, "wrong-content-type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_may_name_its_charset(api: Api, kind: str) -> None:
    content = json.dumps(submission()).encode()
    answer = await api.post("enterprise", "/v1/appeals", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 201


async def test_a_missing_or_unusable_idempotency_key_is_refused(api: Api) -> None:
    number = (await api.submit())["number"]
    for path, body in (("/v1/appeals", submission()), (f"/v1/appeals/{number}/actions/accept", {})):
        problem(await api.post("window", path, body, key=None), 422, "idempotency-key-missing")
        problem(await api.post("window", path, body, key="x" * 256), 422, "idempotency-key-invalid")
        bad = {"Idempotency-Key": "钥匙".encode()}
        problem(await api.post("window", path, body, key=None, headers=bad), 422, "idempotency-key-invalid")


async def test_an_unknown_number_is_not_found_whatever_it_looks_like(quiet: Api) -> None:
    for number in ("SQ20260901-00000000", "x", "SQ20260901-00000000%00", "%E8%AF%89", "SQ20260901-0000000%0A"):
        problem(await quiet.get("handler", f"/v1/appeals/{number}"), 404, "unknown-appeal")


async def test_an_unknown_action_lists_those_there_are(api: Api) -> None:
    number = (await api.submit())["number"]
    for name in ("explode", "submit", "rung"):
        body = problem(await api.act("window", number, name), 404, "unknown-action")
        assert "accept" in body["actions"]
        assert "rung" not in body["actions"]


async def test_an_unknown_unit_or_officer_is_named(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    answer = await api.act("dispatcher", number, "assign", lead_unit="moon")
    assert pointers(problem(answer, 422, "unknown-unit")) == ["/lead_unit"]
    answer = await api.act("dispatcher", number, "assign", lead_unit="station-a", cooperating=["station-b", "moon"])
    assert pointers(problem(answer, 422, "unknown-unit")) == ["/cooperating/1"]
    for officer in ("nobody", "handler3", "enterprise"):
        answer = await api.act("dispatcher", number, "assign", lead_unit="station-a", officer=officer)
        told = problem(answer, 422, "unknown-officer")
        assert (pointers(told), told["detail"]) == (["/officer"], f"“{officer}”不是承办单位的民警")
    appeal = await api.done("dispatcher", number, "assign", lead_unit="station-a", officer="handler2")
    assert appeal["assignment"]["officer_name"] == "王协理"


async def test_a_duplicate_is_merged_only_into_an_appeal_that_exists(api: Api) -> None:
    first, second = (await api.submit())["number"], (await api.submit())["number"]
    answer = await api.act("window", second, "merge", into="SQ20260901-00000000")
    assert pointers(problem(answer, 422, "unknown-appeal")) == ["/into"]
    problem(await api.act("window", second, "merge", into=second), 422, "merge-into-itself")
    problem(await api.act("handler", second, "merge", into="SQ20260901-00000000"), 403, "forbidden")
    assert (await api.done("window", second, "merge", into=first))["outcome"] == "merged"


@pytest.mark.parametrize(
    ("action", "body", "at"),
    [
        ("accept", {"x": 1}, "/x"),
        ("reject", {"reason": "", "legal_basis": "x", "remedy": "y"}, "/reason"),
        ("reject", {}, "/legal_basis"),
        ("rate", {"grade": 6}, "/grade"),
        ("rate", {"grade": "5"}, "/grade"),
        ("rate", {"grade": True}, "/grade"),
        ("reassign", {"reason": "x"}, ""),
        ("pause", {"reason_code": "lunch", "until": "2027-01-01"}, "/reason_code"),
        ("pause", {"reason_code": "force_majeure", "until": "tomorrow"}, "/until"),
        ("pause", {"reason_code": "force_majeure", "until": "2026-10-01T10:00:00"}, "/until"),
        ("pause", {"reason_code": "force_majeure", "until": "9999-12-31"}, "/until"),
        ("park", {"reason": "x", "review_on": "20270101"}, "/review_on"),
        ("request_extension", {"budget": "soon", "reason": "x", "legal_basis": "y"}, "/budget"),
        ("supplement", {"items": []}, "/items"),
        ("supplement", {"items": [1]}, "/items/0"),
        ("supplement", {"items": [{"code": 1}]}, "/items/0/code"),
        ("assign", {"lead_unit": "station-a", "cooperating": ["a", "a"]}, "/cooperating"),
        ("send_answer", {"text": "x", "method": "pigeon"}, "/method"),
    ],
)
async def test_an_action_with_a_wrong_body_is_refused_before_anything_else_is_asked(
    api: Api, action: str, body: dict[str, Any], at: str
) -> None:
    number = (await api.submit())["number"]
    answer = await api.post("enterprise", f"/v1/appeals/{number}/actions/{action}", body)
    assert at in pointers(problem(answer, 422, "invalid"))
    assert api.gateway.acts == []


async def test_a_step_s_record_is_checked_against_what_its_outcome_must_hold(api: Api) -> None:
    form = {"chemical": "氰化钠", "cas": "143-33-9", "quantity": 1, "unit": "克", "purpose": "电镀"}
    number = (await api.submit(service="hazmat-toxic-purchase", form=form))["number"]
    step = {"step": "review", "outcome": "special"}
    body = problem(await api.act("hazmat_handler", number, "complete_step", **step), 422, "invalid")
    assert pointers(body) == ["/record/reason", "/record/inspector"]
    answer = await api.act("hazmat_handler", number, "complete_step", **step, record={"reason": "x", "inspector": 1})
    assert pointers(problem(answer, 422, "invalid")) == ["/record/inspector"]
    answer = await api.act("hazmat_handler", number, "complete_step", step="dance", outcome="done")
    assert pointers(problem(answer, 422, "unknown-step")) == ["/step"]
    answer = await api.act("hazmat_handler", number, "complete_step", step="review", outcome="maybe")
    assert pointers(problem(answer, 422, "unknown-outcome")) == ["/outcome"]


async def test_bad_moments_in_a_body_are_the_domain_s_to_refuse(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    answer = await api.act("handler", number, "pause", reason_code="force_majeure", until="2026-01-01")
    assert pointers(problem(answer, 422, "not-in-future")) == ["/until"]


async def test_an_enterprise_submits_only_for_itself_and_others_not_at_all(quiet: Api) -> None:
    other = {"uscc": USCC2, "name": "乙"}
    problem(await quiet.post("enterprise", "/v1/appeals", submission(enterprise=other)), 403, "not-your-enterprise")
    call = submission(channel="alert_110", enterprise={"uscc": None, "name": "不详"})
    problem(await quiet.post("enterprise", "/v1/appeals", call), 403, "not-your-enterprise")
    for name in ("handler", "dispatcher", "admin", "duty"):
        problem(await quiet.post(name, "/v1/appeals", submission()), 403, "forbidden")


async def test_a_wrong_stage_names_it_and_what_is_open_to_the_caller(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    body = problem(await api.act("window", number, "accept"), 409, "illegal-transition")
    assert body["stage"] == "assign"
    assert "transfer" in body["allowed"]
    assert "accept" not in body["allowed"]


async def test_a_wrong_role_is_refused(api: Api) -> None:
    number = (await api.submit())["number"]
    problem(await api.act("handler", number, "accept"), 403, "forbidden")
    await api.walk(number, "assign")
    await api.done("dispatcher", number, "assign", lead_unit="station-a")
    problem(await api.act("handler3", number, "sign"), 403, "not-yours")


async def test_the_unit_that_handled_it_does_not_rate_itself(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "evaluate")
    problem(await api.act("handler", number, "rate", grade=5), 403, "self-rating")


async def test_what_a_step_does_not_ask_for_is_refused_by_name_and_what_it_says_nothing_of_is_taken(api: Api) -> None:
    form = {"chemical": "氰化钠", "cas": "143-33-9", "quantity": 1, "unit": "克", "purpose": "电镀"}
    number = (await api.submit(service="hazmat-toxic-purchase", form=form))["number"]
    step, record = {"step": "review", "outcome": "special"}, {"reason": "x", "inspector": "李四", "z/z": 1}
    body = problem(await api.act("hazmat_handler", number, "complete_step", **step, record=record), 422, "invalid")
    assert [(e["pointer"], e["detail"]) for e in body["errors"]] == [
        ("/record/z~1z", "不允许的字段“z/z”，可用：reason、inspector")
    ]
    assert api.gateway.acts == []
    open_one = {"step": "review", "outcome": "complete", "record": {"remark": "齐全"}}
    assert (await api.done("hazmat_handler", number, "complete_step", **open_one))["stage"] == "handle"


@pytest.mark.parametrize(
    ("schema", "refused"),
    [
        ({}, []),
        ({"type": "object", "required": []}, []),
        ({"properties": {"a": {}}}, ["/record/zzz"]),
        ({"properties": {"a": {}}, "additionalProperties": True}, []),
        ({"properties": {"a": {}}, "patternProperties": {"^z": {}}}, []),
    ],
)
def test_a_schema_is_open_where_it_names_nothing_or_says_what_else_it_takes(
    schema: dict[str, Any], refused: list[str]
) -> None:
    assert [fault.pointer for fault in strangers(schema, {"a": 1, "zzz": 2}, "/record")] == refused


async def test_a_material_that_the_service_does_not_know_is_refused_with_those_it_knows(api: Api) -> None:
    service = Catalogue.load().service("crime-report")
    said: dict[str, Any] = {"service": service.code, "form": example(service.form)}
    wrong = [{"code": "evidence", "reference": "A-1"}, {"code": "photo", "reference": "A-2"}]
    answer = await api.post("enterprise", "/v1/appeals", submission(**said, materials=wrong))
    body = problem(answer, 422, "unknown-material")
    assert [(e["pointer"], e["detail"]) for e in body["errors"]] == [
        ("/materials/1/code", "本事项没有材料“photo”；可用：报案材料和证据（evidence）")
    ]
    for code in ("evidence", "报案材料和证据"):
        assert (await api.submit(**said, materials=[{"code": code, "reference": "A-1"}]))["missing_materials"] == []


async def test_a_service_that_names_no_materials_takes_whatever_shows_what_is_meant(api: Api) -> None:
    assert (await api.submit(materials=[{"code": "photo", "reference": "A-2"}]))["materials"]
