from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.schemas import BODIES
from tests.api.bench import Api

STATIC = Path(__file__).parents[2] / "web" / "static"


async def _document(api: Api) -> dict[str, Any]:
    answer = await api.get(None, "/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(v) for v in value.values()))
    return set().union(*(_references(v) for v in value)) if isinstance(value, list) else set()


async def test_the_document_is_openapi_3_1_and_every_reference_resolves(quiet: Api) -> None:
    document = await _document(quiet)
    assert document["openapi"].startswith("3.1.")
    components = document["components"]["schemas"]
    assert {r.removeprefix("#/components/schemas/") for r in _references(document)} <= set(components)
    for schema in components.values():
        Draft202012Validator.check_schema(schema)
    ids = [o["operationId"] for p in document["paths"].values() for o in p.values()]
    assert len(ids) == len(set(ids))


async def test_every_path_names_its_parameters_problems_and_sign_in(quiet: Api) -> None:
    document = await _document(quiet)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), path
            assert operation["summary"]
            assert not {*"()"} & {*operation["summary"]}
            if not path.startswith("/v1"):
                continue
            assert operation["security"], path
            assert "application/problem+json" in operation["responses"]["401"]["content"]
            # What is said of duty is known by its content: the same again is kept once. Of one's own account, and of
            # a code by telephone, nothing happens to an appeal.
            if method == "post" and not path.startswith(("/v1/rehearsal", "/v1/duty", "/v1/me", "/v1/tracking")):
                key = "webhook-id" if path.startswith("/v1/partners") else "Idempotency-Key"
                header = next(p for p in operation["parameters"] if p["name"] == key)
                assert header["required"]
    assert "HTTPValidationError" not in json.dumps(document)


async def test_each_action_has_a_path_of_its_own_with_its_fields(quiet: Api) -> None:
    document = await _document(quiet)
    for action, schema in BODIES.items():
        operation = document["paths"][f"/v1/appeals/{{number}}/actions/{action.value}"]["post"]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert document["components"]["schemas"][reference.rpartition("/")[2]] == json.loads(json.dumps(schema))
    assert "/v1/appeals/{number}/actions/{action}" in document["paths"]


async def test_what_is_answered_is_what_the_document_says(api: Api) -> None:
    document = await _document(api)
    number = (await api.submit())["number"]
    await api.walk(number, "closed")
    for path, template in (
        (f"/v1/appeals/{number}", "/v1/appeals/{number}"),
        (f"/v1/appeals/{number}/journal", "/v1/appeals/{number}/journal"),
        (f"/v1/appeals/{number}/actions", "/v1/appeals/{number}/actions"),
        (f"/v1/appeals/{number}/documents", "/v1/appeals/{number}/documents"),
        (f"/v1/appeals/{number}/attachments", "/v1/appeals/{number}/attachments"),
        ("/v1/appeals", "/v1/appeals"),
        ("/v1/duty/branch/roster", "/v1/duty/{unit}/roster"),
        ("/v1/duty/branch/now", "/v1/duty/{unit}/now"),
        ("/v1/duty/branch/shifts", "/v1/duty/{unit}/shifts"),
        ("/v1/duty/people/leader/shifts", "/v1/duty/people/{code}/shifts"),
        ("/v1/duty/coverage", "/v1/duty/coverage"),
        ("/v1/me", "/v1/me"),
        ("/v1/units", "/v1/units"),
        ("/v1/services", "/v1/services"),
        ("/v1/services/hazmat-toxic-purchase", "/v1/services/{code}"),
        ("/v1/clocks/preview?start=2026-09-01&budget=1+month", "/v1/clocks/preview"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
    ):
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        answer = await api.get("window", path)
        assert answer.status_code == 200, path
        assert list(Draft202012Validator(whole).iter_errors(answer.json())) == [], path
    refused = await api.get("window", "/v1/appeals/x")
    whole = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    assert Draft202012Validator(whole).is_valid(refused.json())


async def test_a_dry_run_answers_what_the_document_says(api: Api) -> None:
    document = await _document(api)
    components = document["components"]
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    version = (await api.get("supervisor", "/v1/services/appeal-general")).json()["rules_version"]
    for action, body in (
        ("set_urgency", {"urgent": True, "reason": "停产"}),
        ("change_service", {"service": "non-police", "reason": "登记有误"}),
        ("migrate_policy", {"version": version}),
    ):
        operation = document["paths"][f"/v1/appeals/{{number}}/actions/{action}"]["post"]
        fields = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(body) | {"dry_run"} <= set(components["schemas"][fields]["properties"])
        tried = await api.done("supervisor", number, action, **body, dry_run=True)
        answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert Draft202012Validator({**answered, "components": components}).is_valid(tried)
        whole = {"$ref": "#/components/schemas/Tried", "components": components}
        assert list(Draft202012Validator(whole).iter_errors(tried)) == []
        assert not Draft202012Validator(whole).is_valid({**tried, "moved": [{"clock": "handle"}]})


async def test_the_documentation_needs_no_other_host(quiet: Api) -> None:
    answer = await quiet.get(None, "/docs")
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    linked = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert linked
    for url in linked:
        assert url.startswith("/static/")
        assert (await quiet.get(None, url)).status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "package", json.loads((STATIC / "vendor.lock").read_text())["packages"], ids=lambda p: p["name"]
)
def test_what_is_vendored_is_what_the_lock_names(package: dict[str, Any]) -> None:
    assert package["version"]
    assert package["licence"]
    for name, digest in package["files"].items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
