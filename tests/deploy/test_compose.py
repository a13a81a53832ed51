"""The production topology as files: what they promise can be read from them, without a container."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.cluster.tools import TEMPORAL_VERSION
from runtime.codec import Keyring
from runtime.engine import DYNAMIC
from runtime.version import VERSION
from tests.deploy.compose import ROOT, faults, one_shot


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def schema_errors(compose: dict[str, Any]) -> list[str]:
    """By the compose specification's schema, as check-jsonschema brings it along."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return [error.message for error in Draft202012Validator(json.loads(schema.read_text())).iter_errors(compose)]


def test_the_compose_file_is_one_by_the_specification(compose: dict[str, Any]) -> None:
    assert schema_errors(compose) == []
    compose["services"]["api"]["imagine"] = "x"
    assert schema_errors(compose) != []


def test_the_compose_file_keeps_the_rules_of_the_house(compose: dict[str, Any]) -> None:
    assert list(faults(compose)) == []


def spoil(service: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(compose: dict[str, Any]) -> None:
        compose["services"][service] = {**compose["services"][service], **changes}

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (spoil("postgres", environment={"POSTGRES_PASSWORD": "x"}), "a secret in the environment"),
        (spoil("temporal", environment={"POSTGRES_PWD": "x"}), "a secret in the environment"),
        (spoil("api", environment={"APPEALS_CODEC_KEYS": "k:x"}), "a secret in the environment"),
        (spoil("api", environment={"APPEALS_DATABASE_URL": "postgresql://u:p@h/d"}), "a password in an address"),
        (spoil("worker", environment={"APPEALS_COLOR": "red"}), "no setting of ours"),
        (spoil("worker", secrets=[]), "is not mounted"),
        (spoil("worker", secrets=["unheard-of"]), "is not declared"),
        (spoil("worker", image="appeal-loop:latest"), "is not pinned"),
        (spoil("worker", image="appeal-loop"), "is not pinned"),
        (spoil("worker", user="root"), "runs as root"),
        (spoil("worker", user="0:0"), "runs as root"),
        (spoil("worker", cap_drop=[]), "keeps privileges"),
        (spoil("worker", read_only=False), "writes its file system"),
        (spoil("worker", restart="no"), "no restart policy"),
        (spoil("migrate", restart="unless-stopped"), "no health check"),
        (spoil("worker", logging={"driver": "json-file"}), "grows for ever"),
        (spoil("temporal", volumes=["./deploy/nothing:/x:ro"]), "is not in the checkout"),
        (spoil("temporal", volumes=["./deploy/temporal:/x"]), "can be written"),
        (spoil("api", ports=["8000:8000"]), "open to everybody"),
        (spoil("temporal", ports=["127.0.0.1:7233:7233"]), "published without a profile"),
        (spoil("api", depends_on={"migrate": {"condition": "service_started"}}), "waits for migrate"),
    ],
)
def test_a_broken_rule_is_found(compose: dict[str, Any], change: Callable[[dict[str, Any]], None], fault: str) -> None:
    change(compose)
    assert any(fault in found for found in faults(compose))


def test_nothing_serves_before_the_schemas_the_namespace_and_the_migration_are_done(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {name for name, s in services.items() if one_shot(s) and not s.get("profiles")} == {
        "temporal-schema",
        "temporal-namespace",
        "migrate",
    }
    for name in ("api", "worker"):
        assert {"postgres", "temporal", "temporal-namespace", "migrate"} <= set(services[name]["depends_on"])
    assert "temporal-schema" in services["temporal"]["depends_on"]
    assert services["worker"]["deploy"]["replicas"] >= 2


def test_every_program_is_of_the_release_that_is_tried_natively(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["temporal"]["image"] == f"temporalio/server:{TEMPORAL_VERSION}"
    for name in ("temporal-schema", "temporal-namespace"):
        assert services[name]["image"] == f"temporalio/admin-tools:{TEMPORAL_VERSION}"
    for name in ("migrate", "api", "worker"):
        assert services[name]["image"] == f"appeal-loop:{VERSION}"


def test_the_server_runs_with_the_dynamic_configuration_of_the_embedded_engine() -> None:
    dynamic = yaml.safe_load((ROOT / "deploy/temporal/dynamic.yaml").read_text(encoding="utf-8"))
    assert {key: str(value[0]["value"]) for key, value in dynamic.items()} == dict(DYNAMIC)


def test_the_image_is_built_from_pinned_ones_and_runs_as_nobody_in_particular() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", dockerfile, re.MULTILINE)
    sent = [line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    packages = re.search(r"packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.DOTALL)
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) <= set(sent)


def make_secrets(directory: Path) -> dict[str, str]:
    subprocess.run(["/bin/sh", str(ROOT / "deploy/secrets.sh"), str(directory)], check=True, capture_output=True)
    return {path.name: path.read_text() for path in directory.iterdir()}


def test_the_secrets_are_made_once_and_for_their_owner_only(compose: dict[str, Any], tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    made, again = (make_secrets(directory) for _ in range(2))
    assert made == again
    assert set(made) == {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert directory.stat().st_mode & 0o777 == 0o700
    assert len(set(made.values())) == len(made)
    assert len(Keyring.parse(made["codec-keys"]).keys) == 1
