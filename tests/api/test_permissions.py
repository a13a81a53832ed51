"""The table of permissions is what the routes do: every route, and every action on an appeal, with every role."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
import xlsxwriter

from api.deps import CSRF_HEADER, actor_of
from api.permission_table import TO_APPEALS, lines
from api.permissions import ACT, ANSWER_ESCALATIONS, BY_ROUTE, ESCALATIONS, FAST_FORWARD, PERMISSIONS, READ_ATTACHMENTS
from api.rights import RELATIONS, STAFF, TRACKING, Permission, Subject, readable
from api.sessions import COOKIE, open_tracking, session_of
from domain.people import Actor
from domain.relations import may_read, sees_personal_data
from domain.schemas import BODIES
from domain.steps import asks_for
from domain.table import TABLE
from domain.vocabulary import Action, Role
from storage.accounts import Accounts
from storage.catalogue_check import example
from storage.organisation import Organisation
from tests.api.bench import USCC, USCC2, Api, open_api, submission

#: One account of the sample for each role.
PEOPLE: dict[Role, str] = {role: role.value for role in Role}
#: Opened by no key: a signature, or nothing at all.
OPEN = {"POST /v1/partners/{unit}/events", "GET /healthz", "GET /readyz"}
#: Answers that keep from the caller whether there is such a thing.
HIDDEN = {"unknown-appeal", "unknown-enterprise", "unknown-officer", "unknown-escalation", "unknown-attachment"}
_NONE: Mapping[str, str] = MappingProxyType({})
DAY = 86_400
PERMIT = "hazmat-toxic-purchase"


@pytest.fixture
async def calling(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    """A rehearsal in which people are told."""
    async with open_api(folder, keys, rehearsal=True) as opened:
        opened.gateway.organisation = Organisation.load()
        yield opened


@dataclass(frozen=True)
class Thing:
    """What is acted on: an appeal with all that hangs on it, a unit, an officer, an enterprise."""

    number: str
    escalation: str
    attachment: str
    unit: str
    officer: str
    uscc: str

    def filled(self, path: str) -> str:
        """The address of a route's template, for this."""
        values = {
            "number": self.number,
            "attachment": self.attachment,
            "unit": self.unit,
            "uscc": self.uscc,
            "kind": "receipt",
            "message": "1",
            "token": "none",
            "code": "appeal-general" if "/services/" in path else self.officer,
            "id": self.escalation if "/escalations/" in path else "none",
            "action": "acknowledge" if "/escalations/" in path else "note",
        }
        return re.sub(r"{(\w+)}", lambda found: values[found.group(1)], path)


async def actor(api: Api, role: Role) -> Actor:
    async with api.database.read() as r:
        account = await Accounts(r).get(PEOPLE[role])
    assert account is not None
    return actor_of(api.context, account)


async def send(
    api: Api, role: Role, route: str, operation: dict[str, Any], thing: Thing, more_headers: Mapping[str, str] = _NONE
) -> httpx2.Response:
    """The route as the document says it is called, with its own example as the body."""
    method, _, path = route.partition(" ")
    own = {**api.bearer(PEOPLE[role]), "Idempotency-Key": f"{role}-{route}-{thing.unit}", **more_headers}
    headers = {name: value for name, value in own.items() if value}
    more: dict[str, Any] = {}
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        more["files"] = {"file": ("a.xlsx", roster_table(thing.officer))}
    elif "/fast-forward" in path:
        more["json"] = {"number": thing.number, "seconds": 60}
    elif path == "/v1/me/password":
        more["json"] = {"old": "x", "new": "short"}
    elif "/appeals/{number}/actions" in path:
        more["json"] = {"text": "已联系", "public": False}
    elif path == "/v1/appeals" and method == "POST":
        more["json"] = submission(enterprise={"uscc": thing.uscc, "name": "示例", "tiers": []})
    elif "application/json" in content:
        more["json"] = content["application/json"].get("example", {})
    if path == "/v1/clocks/preview":
        path += "?start=2026-09-01&budget=1+month"
    if path == "/v1/duty/coverage":
        path += "?days=1"
    if path.startswith("/v1/statistics/"):
        path += f"?under={thing.unit}"
    return await api.client.request(method, thing.filled(path), headers=headers, **more)


def is_denied(permission: Permission, answer: httpx2.Response) -> bool:
    """Whether the answer keeps it from the caller; a list shows nothing."""
    if permission in {ACT, ANSWER_ESCALATIONS}:
        # Which action whose business is, the transition table says: another test's matter.
        return answer.status_code == 404
    if permission is ESCALATIONS and answer.status_code == 200 and "items" in answer.json():
        return not answer.json()["items"]
    code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else ""
    return answer.status_code == 403 or (answer.status_code == 404 and code in HIDDEN)


async def may(api: Api, permission: Permission, route: str, who: Actor, thing: Thing) -> bool:
    """What the table says."""
    place = api.context.organisation.place(thing.unit)
    person = thing.officer if "/officers/" in route else who.id
    subject = Subject(place, person, thing.uscc)
    if not permission.allows(who, subject):
        return False
    if permission is READ_ATTACHMENTS:
        return sees_personal_data(await api.appeal(thing.number), who)
    one = "{" in route or permission is FAST_FORWARD
    on_appeal = one and any(grant.relation is readable for grant in permission.grants)
    return not on_appeal or may_read(await api.appeal(thing.number), who)


async def things(api: Api) -> list[Thing]:
    """Something near to the sample's people, and something far from them: an appeal that is secret."""
    complaint = {"service": "complaint-12389", "title": "投诉", "form": {"kind": "不依法履行职责"}}
    chosen: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("station-a", "handler", USCC, {}),
        ("anti-drug", "drug_handler", USCC2, complaint),
    )
    made = []
    for unit, officer, uscc, changes in chosen:
        upload = await api.post(
            "enterprise", "/v1/attachments", files={"file": ("a.png", PNG, "image/png")}, key=f"upload-{unit}"
        )
        attachment = upload.json()["id"]
        shown = [{"code": "photo", "reference": attachment}]
        number = (await api.submit(**changes, materials=shown))["number"]
        await api.post("admin", "/v1/rehearsal/fast-forward", {"number": number, "seconds": 3 * DAY}, None)
        found = (await api.get("supervisor", f"/v1/escalations?number={number}")).json()["items"]
        made.append(Thing(number, found[0]["id"], attachment, unit, officer, uscc))
    return made


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000100ffff03000006"
    "000557bfabd40000000049454e44ae426082"
)


def roster_table(officer: str) -> bytes:
    """What is imported into a roster: read before anybody's rights are looked at."""
    made = BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((["日期", "值班员"], ["2026-09-10", officer])):
            sheet.write_row(n, 0, row)
    return made.getvalue()


async def test_every_route_does_for_every_role_what_the_table_says(calling: Api) -> None:
    document = (await calling.get(None, "/openapi.json")).json()
    for stream in (calling.context.broadcaster, calling.context.inbox):
        stream.close()  # a stream that has begun ends at once
    found, wrong = await things(calling), []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            if route in OPEN or ("/actions/" in path and "{action}" not in path):
                continue
            permission = BY_ROUTE[route]
            for thing in found:
                for role in Role:
                    expected = await may(calling, permission, route, await actor(calling, role), thing)
                    answer = await send(calling, role, route, operation, thing)
                    if is_denied(permission, answer) == expected or answer.status_code in {401, 405, 500}:
                        wrong.append((route, role.value, thing.unit, expected, answer.status_code, answer.text[:200]))
    assert wrong == [], "\n".join(map(str, wrong))


async def test_whoever_follows_one_appeal_gets_near_no_other_by_any_route(calling: Api) -> None:
    document = (await calling.get(None, "/openapi.json")).json()
    for stream in (calling.context.broadcaster, calling.context.inbox):
        stream.close()
    own = (await calling.submit())["number"]
    token = await open_tracking(calling.context, own, request_id="r")
    found = await session_of(calling.context, token)
    assert found is not None
    thing = (await things(calling))[0]
    by_cookie = {"Cookie": f"{COOKIE}={token}", CSRF_HEADER: found[1].csrf, "Authorization": ""}
    for route, permission in BY_ROUTE.items():
        method, _, path = route.partition(" ")
        operation = document["paths"][path][method.lower()]
        answer = await send(calling, Role.ENTERPRISE, route, operation, thing, by_cookie)
        if permission.scope not in TRACKING:
            assert (answer.status_code, answer.json()["code"]) == (403, "scope"), route
        elif Role.ENTERPRISE not in permission.roles or "{number}" in route or "{attachment}" in route:
            assert is_denied(permission, answer), (route, answer.text)
        else:
            assert thing.number not in answer.text, route


async def test_a_route_that_the_table_does_not_know_is_noticed(quiet: Api) -> None:
    document = (await quiet.get(None, "/openapi.json")).json()
    routes = {f"{m.upper()} {path}" for path, operations in document["paths"].items() for m in operations}
    named = {route for route in routes if "/actions/" in route and "{action}" not in route}
    assert routes - named - OPEN == set(BY_ROUTE)


async def test_every_action_does_for_every_role_what_the_transition_table_says(api: Api) -> None:
    people, wrong = {role: await actor(api, role) for role in Role}, []
    for action in BODIES:
        number, body = await prepared(api, action)
        for role, who in people.items():
            appeal = await api.appeal(number)
            able = [
                relation
                for one, relation in TABLE[action].who
                if one in who.roles and (action is not Action.COMPLETE_STEP or asks_for(appeal, one))
            ]
            expected = any(relation(appeal, who) is not False for relation in able)
            answer = await api.act(PEOPLE[role], number, action.value, **body)
            if (answer.status_code != 403) != expected or answer.status_code in {404, 422, 500}:
                wrong.append((action.value, role.value, expected, answer.text))
    assert wrong == [], "\n".join(map(str, wrong))


async def prepared(api: Api, action: Action) -> tuple[str, dict[str, Any]]:
    """An appeal that is being handled, and a body that fits."""
    body = {**value_of(BODIES[action]), **_REAL.get(action, {})}
    if action is Action.COMPLETE_STEP:
        form = example(api.context.catalogue.rules_for(PERMIT).service.form)
        return (await api.submit(service=PERMIT, form=form))["number"], body
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    if action is Action.MIGRATE_POLICY:
        body["version"] = (await api.appeal(number)).rules.version
    return number, body


#: Where what fits the schema would still name something that there is not.
_REAL: dict[Action, dict[str, Any]] = {
    Action.REASSIGN: {"unit": "station-b"},
    Action.PAUSE: {"until": "2026-09-02"},
    Action.COMPLETE_STEP: {"step": "review", "outcome": "complete", "record": {}},
}


def value_of(schema: Mapping[str, Any]) -> Any:
    """Something that fits: of an object the fields that it must have."""
    if "const" in schema or "enum" in schema:
        return schema.get("const", *schema.get("enum", [])[:1])
    by_format = {"date": "2026-09-30", "date-time": "2026-09-05T12:00:00+08:00", "budget": "5 working days"}
    match schema.get("type"):
        case "object":
            return {name: value_of(schema["properties"][name]) for name in schema.get("required", [])}
        case "array":
            return [value_of(schema["items"])]
        case "boolean":
            return True
        case "integer":
            return schema.get("minimum", 1)
        case _:
            return by_format.get(schema.get("format", ""), "station-b")


def test_the_table_tells_every_relation_and_repeats_nothing() -> None:
    assert {relation for row in TABLE.values() for _, relation in row.who} <= set(TO_APPEALS)
    assert {grant.relation for one in PERMISSIONS for grant in one.grants} == set(RELATIONS)
    codes = [line.code for line in lines()]
    assert len(codes) == len(set(codes))
    assert len(BY_ROUTE) == sum(len(one.routes) for one in PERMISSIONS)


def test_the_table_of_a_role_holds_what_it_may_and_no_more() -> None:
    admin = {line.code for line in lines(Role.ADMIN)}
    assert {"edit-duty", "set-absences", "fast-forward"} <= admin
    assert not {action.value for action in TABLE} & admin - {"acknowledge", "hand_over", "raise", "end"}
    assert {line.code for line in lines(Role.ENTERPRISE)} >= {"submit", "rate", "withdraw"}
    assert all(pair[0] is Role.DUTY for line in lines(Role.DUTY) for pair in line.of(Role.DUTY))
    assert set(STAFF) == set(Role) - {Role.ENTERPRISE, Role.SYSTEM}
