"""The catalogue's files as ``domain`` objects: services, policy, calendar, and the rules made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from domain.batch import PATTERN
from domain.rules import Policy, Rules, Service, Step, StepOutcome
from storage.calendars import Calendars, calendars_file, read_calendars
from storage.codec import make_rules
from storage.organisation import part
from storage.yaml_file import BadCatalogue, read_file

T = TypeVar("T")
_LONGEST_RANGES = 300  # characters of one line of results


class UnknownService(KeyError):  # noqa: N818 - an answer to whoever asked
    """The catalogue has no such service, or none that is valid on that day."""

    code = "unknown-service"


def present_policy(directory: Path | None = None) -> Policy:
    """The policy by which appeals that begin today are measured. Raises BadCatalogue."""
    return read_file(_policy_file(directory), Policy)


def _policy_file(directory: Path | None) -> Path:
    return part(directory, "policies") / "default.yaml"


class Catalogue:
    """Everything that appeals are measured by, read once and kept."""

    def __init__(self, services: tuple[Service, ...], policy: Policy, calendars: Calendars) -> None:
        self.policy = policy
        self.calendars = calendars
        self.calendar = calendars.calendar()
        self._carried = calendars.calendar(calendars.carried_from)
        self._versions: dict[str, list[Service]] = {}
        for service in sorted(services, key=lambda s: (s.code, s.valid_from, s.version)):
            self._versions.setdefault(service.code, []).append(service)
        self._rules: dict[tuple[str, str], Rules] = {}

    @classmethod
    def load(cls, directory: Path | None = None) -> Catalogue:
        """The catalogue of a directory, by default the packaged one. Raises BadCatalogue with every fault found.

        A directory may hold some of the folders only; the others are then the packaged ones.
        """
        faults: list[str] = []
        paths = sorted(part(directory, "services").glob("*.yaml"))
        services = [_file(path, service_of, faults) for path in paths]
        policy = _file(_policy_file(directory), lambda p: read_file(p, Policy), faults)
        calendars = _file(calendars_file(directory), read_calendars, faults)
        if not services:
            faults.append("services: there is none")
        if faults or policy is None or calendars is None:
            raise BadCatalogue(faults)
        return cls(tuple(s for s in services if s is not None), policy, calendars)

    def services(self, on: date | None = None) -> list[Service]:
        """One version of each service, by code: the one valid ``on`` that day, or the latest."""
        found = (self.find(code, on) for code in self._versions)
        return [service for service in found if service is not None]

    def versions(self) -> Mapping[str, list[Service]]:
        """Every version of every service, oldest first."""
        return self._versions

    def find(self, code: str, on: date | None = None) -> Service | None:
        """The version of a service that is valid ``on`` that day, or the latest; None without one."""
        versions = self._versions.get(code, [])
        return next((s for s in reversed(versions) if on is None or _valid(s, on)), None)

    def service(self, code: str, on: date | None = None) -> Service:
        """As :meth:`find`. Raises UnknownService."""
        service = self.find(code, on)
        if service is None:
            raise UnknownService(code)
        return service

    def rules_for(self, code: str, on: date | None = None) -> Rules:
        """What a new appeal of this service is decided by, versioned by digest. Raises UnknownService."""
        service = self.service(code, on)
        key = (service.code, service.version)
        if key not in self._rules:
            self._rules[key] = make_rules(service, self.policy, self._carried, self.calendars.others)
        return self._rules[key]

    def by_todays_calendar(self, rules: Rules) -> Rules | None:
        """The same service and policy by the calendar of today; None for rules that already go by it."""
        again = make_rules(rules.service, rules.policy, self._carried, self.calendars.others)
        return None if again.version == rules.version else again


def service_of(path: Path) -> Service:
    """A service file; the records of steps with sub-items also take their results. Raises BadCatalogue."""
    service = read_file(path, Service)
    steps = tuple(replace(s, outcomes=tuple(_with_results(s, o) for o in s.outcomes)) for s in service.procedure.steps)
    return replace(service, procedure=replace(service.procedure, steps=steps))


def _with_results(step: Step, outcome: StepOutcome) -> StepOutcome:
    if step.items is None:
        return outcome
    line = {
        "type": "object",
        "required": ["items", "result"],
        "additionalProperties": False,
        "properties": {
            "items": {"type": "string", "title": "编号（如1-40,42）", "pattern": PATTERN, "maxLength": _LONGEST_RANGES},
            "result": {"title": "结果", "enum": list(step.items.results)},
            "note": {"type": "string", "title": "说明", "maxLength": 200},
        },
    }
    results = {"type": "array", "title": "分项结果", "maxItems": 50, "items": line}
    record = {"type": "object", **outcome.record}
    return replace(outcome, record={**record, "properties": {**record.get("properties", {}), "results": results}})


def _valid(service: Service, on: date) -> bool:
    day = on.isoformat()
    return service.valid_from <= day and (service.valid_until is None or day <= service.valid_until)


def _file(path: Path, read: Callable[[Path], T], faults: list[str]) -> T | None:
    try:
        return read(path)
    except BadCatalogue as error:
        faults += error.faults
        return None
