"""Changes of urgency, service and rules over HTTP: tried first without a trace, told truthfully, refused in words."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from domain.calendar import ZONE
from storage.organisation import CATALOGUE
from tests.api.bench import NOON, Api, open_api, problem

LAW = {"budget": "10 working days", "article": "《条例》第七条", "in_force": "2025-01-01", "verified": True}
SITE = {
    "code": "site-safety", "name": "工地周边安全", "kind": "appeal", "version": "1", "valid_from": "2026-01-01",
    "source": "S3", "lead": "traffic", "handle": "2 working days", "handle_urgent": "4 working hours",
    "calendar": "window", "statutory": {**LAW, "warn_percents": [50, 80], "breach_to": ["leader", "supervisor"]},
}  # fmt: skip
NEXT_YEAR = {**SITE, "code": "next-year", "valid_from": "2027-01-01"}


@pytest.fixture(scope="module")
async def wide(template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    """An API whose catalogue has services that are routed and measured otherwise. Every test has its own appeal."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("wide") / "data"))
    catalogue = tmp_path_factory.mktemp("catalogue")
    shutil.copytree(CATALOGUE / "services", catalogue / "services")
    for service in (SITE, NEXT_YEAR):
        path = catalogue / "services" / f"{service['code']}.yaml"
        path.write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    async with open_api(folder, keys, catalogue=catalogue) as opened:
        yield opened


def change(**more: Any) -> dict[str, Any]:
    return {"service": "site-safety", "reason": "登记有误", **more}


def moves(told: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None, bool]]:
    """What moved from when to when, and whether the change broke it."""
    return {m["clock"]: (m["due_before"], m["due_after"], m["breached_by_change"]) for m in told["moved"]}


async def everything(api: Api, number: str) -> tuple[Any, Any, Any, int]:
    """Row, journal, what the enterprise sees, and how many acts the engine was asked for."""
    entries = (await api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    seen = (await api.get("enterprise", f"/v1/appeals/{number}")).json()
    return await api.appeal(number), entries, [c["due_at"] for c in seen["clocks"]], len(api.gateway.acts)


TRIED = [
    ("leader", "set_urgency", {"urgent": True, "reason": "停产"}),
    ("window", "change_service", change()),
    ("supervisor", "migrate_policy", {"reason": "试算"}),
]


@pytest.mark.parametrize(("who", "action", "body"), TRIED, ids=[action for _, action, _ in TRIED])
async def test_a_dry_run_changes_nothing(wide: Api, who: str, action: str, body: dict[str, Any]) -> None:
    number = (await wide.submit())["number"]
    await wide.walk(number, "assign")
    if action == "migrate_policy":
        body = {**body, "version": (await wide.get(who, "/v1/services/appeal-general")).json()["rules_version"]}
    before = await everything(wide, number)

    tried = await wide.done(who, number, action, **body, dry_run=True)

    assert tried["dry_run"] is True
    assert {"moved", "breached_by_change"} <= set(tried)
    assert await everything(wide, number) == before


async def test_it_says_which_deadlines_would_move_and_which_would_be_red(wide: Api) -> None:
    wide.clock.now = NOON
    number = (await wide.submit())["number"]
    wide.clock.now = datetime(2026, 9, 1, 16, 0, tzinfo=ZONE)
    hurry = {"urgent": True, "reason": "停产"}

    tried = await wide.done("leader", number, "set_urgency", **hurry, dry_run=True)

    # One working hour from noon is half past two; it is four.
    assert moves(tried) == {"accept": ("2026-09-02T17:30:00.000+08:00", "2026-09-01T14:30:00.000+08:00", True)}
    assert [one["clock_name"] for one in tried["moved"]] == ["受理"]
    assert (tried["breached_by_change"], tried["colour"], tried["urgent"]) == (True, "red", True)
    made = (await wide.act("leader", number, "set_urgency", "k", **hurry)).json()
    again = (await wide.act("leader", number, "set_urgency", "k", **hurry)).json()
    assert (made["colour"], "dry_run" in made) == ("red", False)
    assert moves(made) == moves(again) == moves(tried)
    assert made["breached_by_change"] is True
    # What is sealed in the journal is written in one form, whatever is shown elsewhere.
    (entry,) = [e for e in await journal(wide, number) if e["action"] == "set_urgency"]
    assert moves(entry["data"]) == {"accept": ("2026-09-02T09:30:00.000000Z", "2026-09-01T06:30:00.000000Z", True)}
    assert entry["data"]["breached_by_change"] is True


async def test_rules_that_are_migrated_say_which_deadlines_moved(wide: Api) -> None:
    number = (await wide.submit())["number"]
    version = (await wide.get("supervisor", "/v1/services/appeal-general")).json()["rules_version"]
    made = await wide.done("supervisor", number, "migrate_policy", version=version, reason="新规则")
    assert (made["moved"], made["breached_by_change"]) == ([], False)
    noted = await wide.done("window", number, "accept")
    assert "moved" not in noted


async def journal(api: Api, number: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    return entries


async def test_a_matter_that_came_in_as_the_wrong_service_goes_on_as_the_right_one(wide: Api) -> None:
    number = (await wide.submit())["number"]
    before = await wide.walk(number, "assign")
    tried = await wide.done("window", number, "change_service", **change(), dry_run=True)

    made = await wide.done("window", number, "change_service", **change())

    assert (made["service"], made["service_name"]) == ("site-safety", "工地周边安全")
    assert made["rules_version"] != before["rules_version"]
    assert [made[f"{kept}_version"] for kept in ("policy", "calendar")] == [
        before[f"{kept}_version"] for kept in ("policy", "calendar")
    ]
    clocks = {c["name"]: c for c in made["clocks"]}
    assert clocks["handle"]["started_at"] == clocks["statutory"]["started_at"] == before["clocks"][1]["started_at"]
    assert clocks["handle"]["due_at"] == "2026-09-03T17:30:00.000+08:00"
    assert clocks["statutory"]["basis"] == "《条例》第七条（2025-01-01起施行）"
    entry = (await journal(wide, number))[-1]
    assert (entry["action"], entry["reason"]) == ("change_service", "登记有误")
    assert [m["clock"] for m in entry["data"]["moved"]] == ["handle", "statutory"]
    assert moves(made) == moves(tried)
    assert moves(tried) == {
        "handle": ("2026-09-08T17:30:00.000+08:00", "2026-09-03T17:30:00.000+08:00", False),
        "statutory": (None, "2026-09-15T17:30:00.000+08:00", False),
    }


async def test_before_acceptance_it_is_routed_as_the_right_one(wide: Api) -> None:
    number = (await wide.submit())["number"]
    await wide.done("window", number, "change_service", **change())
    accepted = await wide.done("window", number, "accept")
    assert accepted["assignment"]["lead_unit"] == "traffic"
    # What is promised from now on counts by the right service's hours, what the law says by the usual ones.
    timetables = {clock.name.value: clock.timetable for clock in (await wide.appeal(number)).clocks}
    assert (timetables["handle"], timetables["statutory"]) == ("window", "")


async def test_the_same_key_does_it_once_and_a_supervisor_takes_it_back(wide: Api) -> None:
    number = (await wide.submit())["number"]
    first = await wide.act("window", number, "change_service", "k", **change())
    again = await wide.act("window", number, "change_service", "k", **change())
    assert (first.status_code, again.status_code) == (200, 200)
    entries = await journal(wide, number)
    assert [e["action"] for e in entries] == ["submit", "change_service"]
    back = await wide.done("supervisor", number, "correct", seq=entries[-1]["seq"], reason="点错")
    assert back["service"] == "appeal-general"


REFUSED = [
    ("appeal-general", "same-service"),
    ("no-such-service", "unknown-service"),
    ("next-year", "unknown-service"),
    ("hazmat-toxic-purchase", "apply-instead"),
]


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize(("service", "code"), REFUSED)
async def test_what_it_cannot_become_is_refused_with_the_field(
    wide: Api, service: str, code: str, *, dry: bool
) -> None:
    number = (await wide.submit())["number"]
    before = await everything(wide, number)
    told = problem(
        await wide.act("window", number, "change_service", **change(service=service, dry_run=dry)), 422, code
    )
    assert [e["pointer"] for e in told["errors"]] == ["/service"]
    assert (await everything(wide, number))[:3] == before[:3]


async def test_a_refusal_names_what_is_allowed(wide: Api) -> None:
    number = (await wide.submit())["number"]
    for who in ("enterprise", "handler"):
        problem(await wide.act(who, number, "change_service", **change()), 403, "forbidden")
    await wide.walk(number, "handle")
    for dry in (True, False):
        told = problem(
            await wide.act("window", number, "change_service", **change(dry_run=dry)), 409, "illegal-transition"
        )
        assert told["stage"] == "handle"
        assert "change_service" not in told["allowed"]
        assert "add_information" in told["allowed"]


async def test_it_is_offered_with_its_form_while_it_can_be_done(wide: Api) -> None:
    number = (await wide.submit())["number"]
    assert (await offered(wide, number))["change_service"]["title"] == "更正事项"
    schema = (await offered(wide, number))["change_service"]["schema"]
    assert Draft202012Validator(schema).is_valid(change(dry_run=True))
    assert not Draft202012Validator(schema).is_valid({"service": "site-safety"})
    await wide.walk(number, "handle")
    assert "change_service" not in await offered(wide, number)


async def offered(api: Api, number: str) -> dict[str, Any]:
    items = (await api.get("window", f"/v1/appeals/{number}/actions")).json()["items"]
    return {item["action"]: item for item in items}
