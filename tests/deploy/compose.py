"""The house's rules for a compose file, beside the specification's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
#: Writes into its own file system at each start; the file says so.
WRITES = {"temporal-ui"}
_SECRET = re.compile(r"PASSWORD|PWD|SECRET|TOKEN|(^|_)KEYS?($|_)")
_PINNED = re.compile(r".+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
_USER = re.compile(r"[1-9]\d*:\d+")


def faults(compose: dict[str, Any]) -> Iterator[str]:
    """What breaks a rule, in words."""
    for name, service in compose["services"].items():
        yield from (f"{name}: {fault}" for fault in (*_environment(service), *_runs(name, service)))
        yield from (f"{name}: {fault}" for fault in (*_mounts(compose, service), *_neighbours(compose, service)))
    open_doors = [name for name, s in compose["services"].items() if s.get("ports") and not s.get("profiles")]
    if open_doors != ["api"]:
        yield f"published without a profile: {open_doors}"
    if not compose["networks"]["backend"].get("internal"):
        yield "backend: not internal"


def one_shot(service: dict[str, Any]) -> bool:
    """Whether it does its work once and ends: in every start, or when somebody runs it by hand."""
    by_hand = service.get("profiles") == ["by-hand"] and service.get("restart") == "no"
    return by_hand or str(service.get("restart", "")).startswith("on-failure")


def _environment(service: dict[str, Any]) -> Iterator[str]:
    for variable, value in service.get("environment", {}).items():
        if variable.endswith("_FILE"):
            if str(value).startswith("/run/secrets/") and Path(value).name not in service.get("secrets", []):
                yield f"{variable}: {value} is not mounted"
        elif _SECRET.search(variable):
            yield f"{variable}: a secret in the environment"
        if re.search(r"://[^/@:]+:[^/@]+@", str(value)):
            yield f"{variable}: a password in an address"
        if variable.startswith("APPEALS_") and variable.removeprefix("APPEALS_").lower() not in Settings.model_fields:
            yield f"{variable}: no setting of ours"


def _runs(name: str, service: dict[str, Any]) -> Iterator[str]:
    if not _PINNED.fullmatch(service["image"]) or service["image"].endswith("latest"):
        yield f"image {service['image']} is not pinned"
    if not _USER.fullmatch(str(service.get("user", ""))):
        yield "runs as root"
    if service.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in service.get("security_opt", []):
        yield "keeps privileges"
    if not service.get("read_only") and name not in WRITES:
        yield "writes its file system"
    if service.get("restart") != "unless-stopped" and not one_shot(service):
        yield "no restart policy"
    if "healthcheck" not in service and not one_shot(service):
        yield "no health check"
    if not service.get("logging", {}).get("options", {}).get("max-size"):
        yield "its log grows for ever"


def _mounts(compose: dict[str, Any], service: dict[str, Any]) -> Iterator[str]:
    for secret in set(service.get("secrets", [])) - set(compose["secrets"]):
        yield f"secret {secret} is not declared"
    for volume in (v for v in service.get("volumes", []) if isinstance(v, str)):  # others are the operator's own places
        source, _, mode = volume.partition(":")
        if not source.startswith("."):
            if source not in compose["volumes"]:
                yield f"volume {source} is not declared"
        elif not (ROOT / source).exists():
            yield f"{source} is not in the checkout"
        elif not mode.endswith(":ro"):
            yield f"{source} can be written"


def _neighbours(compose: dict[str, Any], service: dict[str, Any]) -> Iterator[str]:
    for port in service.get("ports", []):
        if "127.0.0.1:" not in str(port):
            yield f"port {port} is open to everybody"
    for other, how in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if one_shot(compose["services"][other]) else "service_healthy"
        if how.get("condition") != wanted:
            yield f"waits for {other} by {how.get('condition')}"
