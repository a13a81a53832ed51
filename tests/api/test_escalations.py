"""Escalations over the API: who sees them, who takes them, what the second is told; and taking one by a link."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import event

from api.calling import handed_to, known_to
from runtime.codec import ensure_key_file
from runtime.links import ESCALATION, Links, load_links
from runtime.settings import Settings
from storage.absences import Absence, AbsencesWriter
from storage.catalogue import Catalogue
from storage.catalogue_check import example
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.message_texts import Texts
from storage.messages import MessageReads, Result
from storage.organisation import Organisation
from tests.api.bench import Api, open_api, pointers, problem
from web.site import add_pages
from worker.channels.channel import Answer, Channel
from worker.messenger import Messenger

DAY = 86_400
PERMIT = "hazmat-toxic-purchase"
FORWARD = "/v1/rehearsal/fast-forward"


@pytest.fixture
async def calling(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    """A rehearsal in which people are told, with keys for links."""
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys, rehearsal=True, public_url="https://appeals.example", dress=add_pages) as opened:
        opened.gateway.organisation = Organisation.load()
        yield opened


@pytest.fixture
def links(folder: Path, calling: Api) -> Links:  # noqa: ARG001 - it has made the keys
    """What signs for it."""
    found = load_links(Settings(data_dir=folder))
    assert found is not None
    return found


async def breached(api: Api, service: str = PERMIT, days: float = 1.05, **form: str) -> dict[str, Any]:
    """The escalation of a matter whose time is used up."""
    filled = example(Catalogue.load().rules_for(service).service.form) | form
    number = (await api.submit(service=service, form=filled))["number"]
    answer = await api.post("admin", FORWARD, {"number": number, "seconds": int(days * DAY)}, key=None)
    assert answer.status_code == 200, answer.text
    items = (await api.get("supervisor", f"/v1/escalations?number={number}")).json()["items"]
    return dict(items[0])


async def look(api: Api, who: str, escalation: Mapping[str, Any]) -> dict[str, Any]:
    answer = await api.get(who, f"/v1/escalations/{escalation['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def act(
    api: Api, who: str | None, escalation: Mapping[str, Any], action: str, /, key: str | None = "", **body: str
) -> httpx2.Response:
    return await api.post(who, f"/v1/escalations/{escalation['id']}/actions/{action}", body, key)


async def done(api: Api, who: str, escalation: Mapping[str, Any], action: str, /, **body: str) -> dict[str, Any]:
    answer = await act(api, who, escalation, action, **body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_breach_tells_whom_it_called_since_when_and_when_it_goes_on(calling: Api) -> None:
    found = await breached(calling)
    assert (found["state"], found["clock"], found["clock_name"]) == ("open", "handle", "办理")
    assert found["service"] == PERMIT
    first = [c for c in found["called"] if c["level"] == 1]
    assert {c["account"] for c in first} >= {"hazmat_leader"}
    assert {c["name"] for c in first} >= {"卫治安"}
    assert all(c["status"] == "kept" and c["read_at"] is None for c in first)
    assert found["owner_unit_name"]
    assert found["due_at"] <= found["opened_at"] < found["next_at"]
    assert await look(calling, "supervisor", found) == found
    assert (await look(calling, "hazmat_leader", found))["mine"]
    assert not (await look(calling, "handler", found))["mine"]


async def test_what_is_answered_is_what_the_document_says(calling: Api) -> None:
    found = await breached(calling)
    document = (await calling.get(None, "/openapi.json")).json()
    for path, template in (
        ("/v1/escalations", "/v1/escalations"),
        (f"/v1/escalations/{found['id']}", "/v1/escalations/{id}"),
    ):
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = (await calling.get("duty", path)).json()
        assert list(Draft202012Validator({**schema, "components": document["components"]}).iter_errors(answer)) == []


async def test_two_press_at_once_and_the_second_is_told_who_was_first(calling: Api) -> None:
    found = await breached(calling)
    answers = await asyncio.gather(
        act(calling, "hazmat_leader", found, "acknowledge"), act(calling, "duty", found, "acknowledge")
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    won, lost = sorted(answers, key=lambda a: a.status_code)
    first = won.json()
    body = problem(lost, 409, "already-acknowledged")
    assert first["acknowledged_by_name"] in body["detail"]
    assert first["state"] == "acknowledged"
    assert first["next_at"] == first["lease_until"]
    assert "acknowledge" not in body["allowed"]
    assert {"hand_over", "end"} <= set(body["allowed"])


async def test_a_leader_of_another_unit_is_told_who_may(calling: Api) -> None:
    found = await breached(calling)
    for action, body in (
        ("acknowledge", {}),
        ("raise", {"reason": "x"}),
        ("end", {"reason": "x"}),
        ("hand_over", {"to": "handler"}),
    ):
        refused = problem(await act(calling, "traffic-leader", found, action, **body), 403, "not-called")
        assert "由值班人员或者收到通知的人处理" in refused["detail"]
        assert "卫治安" in refused["detail"]
    offered = (await calling.get("traffic-leader", f"/v1/appeals/{found['number']}/actions")).json()["items"]
    assert not {"acknowledge", "end"} & {i["action"] for i in offered}


async def test_whoever_was_called_is_offered_what_the_call_is_about(calling: Api) -> None:
    found = await breached(calling)
    offered = (await calling.get("hazmat_leader", f"/v1/appeals/{found['number']}/actions")).json()["items"]
    assert {"acknowledge", "hand_over", "raise", "end"} <= {i["action"] for i in offered}
    # The appeal's own path does the same, by the same key.
    path = f"/v1/appeals/{found['number']}/actions/acknowledge"
    answer = await calling.post("hazmat_leader", path, {"escalation": found["id"]}, "one")
    assert answer.status_code == 200, answer.text
    again = await act(calling, "hazmat_leader", found, "acknowledge", key="one")
    assert again.json()["acknowledged_by"] == "hazmat_leader"
    assert len(calling.gateway.acts) == 2
    assert (await calling.appeal(found["number"])).last_action == "acknowledge"


async def test_for_an_enterprise_there_is_no_escalation(calling: Api) -> None:
    found = await breached(calling)
    for who in ("enterprise", "enterprise2"):
        problem(await calling.get(who, f"/v1/escalations/{found['id']}"), 404, "unknown-escalation")
        problem(await act(calling, who, found, "acknowledge"), 404, "unknown-escalation")
        assert (await calling.get(who, "/v1/escalations")).json() == {"items": []}


async def test_the_checks_come_in_the_order_of_the_contract(calling: Api) -> None:
    found = await breached(calling)
    nothing = {"id": f"{found['number']}-9-9"}
    problem(await act(calling, None, found, "explode"), 401, "unauthorized")
    problem(await act(calling, "duty", nothing, "explode", key=None), 404, "unknown-escalation")
    for bad in ("x", "SQ20260901-00000009-1-1", "a-b-c"):
        problem(await calling.get("duty", f"/v1/escalations/{bad}"), 404, "unknown-escalation")
    body = problem(await act(calling, "duty", found, "accept"), 404, "unknown-action")
    assert body["actions"] == ["acknowledge", "end", "hand_over", "raise"]
    problem(await act(calling, "duty", found, "acknowledge", key=None), 422, "idempotency-key-missing")
    body = problem(await act(calling, "traffic-leader", found, "raise"), 422, "invalid")
    assert pointers(body) == ["/reason"]
    body = problem(await act(calling, "duty", found, "acknowledge", escalation="SQ-1"), 422, "other-escalation")
    assert pointers(body) == ["/escalation"]
    await done(calling, "duty", found, "end", reason="已由现场解决", key="k")
    problem(await act(calling, "duty", found, "end", key="k", reason="另一个"), 422, "idempotency-key-reused")
    assert (await act(calling, "duty", found, "end", key="k", reason="已由现场解决")).json()["state"] == "ended"
    problem(await act(calling, "traffic-leader", found, "end", reason="x"), 403, "not-called")
    body = problem(await act(calling, "duty", found, "end", reason="x"), 409, "no-escalation")
    assert body["stage"] == "handle"


@pytest.mark.parametrize("to", ["nobody", "enterprise", "system", "closed"])
async def test_it_is_handed_over_to_an_officer_only(calling: Api, to: str) -> None:
    found = await breached(calling)
    body = problem(await act(calling, "duty", found, "hand_over", to=to, reason="换班"), 422, "unknown-officer")
    assert pointers(body) == ["/to"]


async def test_whom_it_is_handed_to_is_called_and_may_take_it(calling: Api) -> None:
    found = await breached(calling)
    await done(calling, "duty", found, "acknowledge")
    problem(await act(calling, "handler3", found, "acknowledge"), 403, "not-called")
    handed = await done(calling, "duty", found, "hand_over", to="handler3", reason="换班")
    assert (handed["state"], handed["owner"], handed["acknowledged_by"]) == ("open", "account:handler3", None)
    assert handed["called"][-1]["account"] == "handler3"
    assert handed["called"][-1]["template"] == "hand_over"
    assert handed["handed_to"] == {
        "account": "handler3", "name": handed["called"][-1]["name"], "instead_of": None, "instead_of_name": None,
    }  # fmt: skip
    assert (await done(calling, "handler3", found, "acknowledge"))["acknowledged_by"] == "handler3"


async def test_of_a_level_s_own_call_nobody_is_named_and_of_one_who_has_left_it_says_that_nobody_gets_it(
    calling: Api,
) -> None:
    assert (await breached(calling))["handed_to"] is None
    async with calling.database.read() as r:
        known = await known_to(r, (), {"account:left": {calling.clock()}})
    assert handed_to(known, "account:left", calling.clock()) == {
        "account": None, "name": None, "instead_of": "left", "instead_of_name": None,
    }  # fmt: skip


async def test_who_stands_in_is_asked_once_and_told_for_each_one_s_own_moment(calling: Api) -> None:
    """In a rehearsal each appeal has a moment of its own."""
    now = calling.clock()
    later, back = now + timedelta(hours=1), now + timedelta(hours=2)
    async with calling.database.write() as w:
        away = Absence("handler", later, back, ("handler2",))
        await AbsencesWriter(w).replace("handler", [away], "admin", now, "request")
    async with calling.database.read() as r:
        known = await known_to(r, (), {"account:handler": {now, later, back}, "duty": {now}})
    gets = [(handed_to(known, "account:handler", at) or {})["account"] for at in (now, later, back)]
    assert gets == ["handler", "handler2", "handler"]
    assert handed_to(known, "duty", now) is None


async def test_a_longer_list_asks_the_database_no_more_questions(calling: Api) -> None:
    async def asked(path: str) -> int:
        statements: list[str] = []

        def keep(*given: Any) -> None:
            statements.append(given[2])

        event.listen(calling.database._reader.sync_engine, "before_cursor_execute", keep)
        answer = await calling.get("duty", path)
        event.remove(calling.database._reader.sync_engine, "before_cursor_execute", keep)
        assert answer.status_code == 200, answer.text
        return len(statements)

    async def another(officer: str) -> None:
        found = await breached(calling)
        await done(calling, "duty", found, "hand_over", to=officer, reason="换班")

    await another("handler")
    one = await asked("/v1/escalations")
    for officer in ("handler3", "hazmat_leader"):
        await another(officer)
    assert len((await calling.get("duty", "/v1/escalations")).json()["items"]) == 3
    assert await asked("/v1/escalations") == one


async def test_a_level_is_jumped_by_hand(calling: Api) -> None:
    found = await breached(calling)
    raised = await done(calling, "hazmat_leader", found, "raise", reason="联系不上")
    assert raised["level"] == found["level"] + 1
    assert raised["called"][-1]["level"] == raised["level"]


async def test_the_list_is_narrowed_down_and_goes_on_page_by_page(calling: Api) -> None:
    ids = [(await breached(calling))["id"] for _ in range(3)]
    await done(calling, "duty", {"id": ids[0]}, "acknowledge")

    async def listed(who: str, query: str) -> list[str]:
        found, path = [], f"/v1/escalations?limit=1&{query}"
        while path:
            page = await calling.get(who, path)
            assert page.status_code == 200, page.text
            found += [item["id"] for item in page.json()["items"]]
            path = page.links.get("next", {}).get("url", "")
        return found

    newest = ids[::-1]
    assert await listed("supervisor", "") == newest
    assert await listed("handler", "state=open&number=") == [i for i in newest if i != ids[0]]
    assert await listed("duty", "mine=true") == [i for i in newest if (await look(calling, "duty", {"id": i}))["mine"]]
    assert await listed("handler", "mine=true") == []
    unit = (await look(calling, "duty", {"id": ids[1]}))["owner_unit"]
    assert ids[1] in await listed("duty", f"unit={unit}")
    assert await listed("duty", "unit=nowhere") == []
    for bad in ("x", "1.", f"{10**18 - 1}.a", "=="):
        problem(await calling.get("duty", f"/v1/escalations?cursor={bad}"), 422, "bad-cursor")
    problem(await calling.get("duty", "/v1/escalations?status=open"), 422, "bad-parameter")


async def test_of_a_secret_matter_only_readers_and_those_called_learn_and_the_latter_the_call_alone(
    calling: Api,
) -> None:
    found = await breached(calling, "complaint-12389", days=0.2, kind="不依法履行职责")
    called = {c["account"] for c in found["called"]}
    assert found["title"]
    problem(await calling.get("handler", f"/v1/escalations/{found['id']}"), 404, "unknown-escalation")
    assert (await calling.get("handler", "/v1/escalations")).json()["items"] == []
    blind = "duty" if "duty" in called else "duty-room-officer"
    assert blind in called
    problem(await calling.get(blind, f"/v1/appeals/{found['number']}"), 404, "unknown-appeal")
    seen = (await calling.get(blind, "/v1/escalations")).json()["items"]
    assert [(s["id"], s["title"], s["service"]) for s in seen] == [(found["id"], None, None)]
    taken = await done(calling, blind, found, "acknowledge")
    assert (taken["acknowledged_by"], taken["title"]) == (blind, None)
    body = problem(await act(calling, blind, found, "hand_over", to="handler"), 422, "unknown-officer")
    assert pointers(body) == ["/to"]


async def two_tracks(api: Api) -> tuple[str, dict[str, str]]:
    """A complaint whose two tracks are both late: its number, and what calls for each step, by the step's code."""
    number = (await api.submit(service="complaint-12389", form={"kind": "不依法履行职责"}))["number"]
    await api.done("supervision-officer", number, "sign")
    await api.done(
        "supervision-officer", number, "complete_step", step="split", outcome="both", record={"text": "分线交办"}
    )
    await api.post("admin", FORWARD, {"number": number, "seconds": 21 * DAY}, key=None)
    appeal = await api.appeal(number)
    of = {clock.generation: clock.subject for clock in appeal.clocks}
    return number, {of[e.generation]: e.id for e in appeal.escalations if of[e.generation]}


async def test_of_the_other_track_nobody_finds_a_call_or_a_message_or_is_handed_one(calling: Api) -> None:
    number, calls = await two_tracks(calling)
    matter, conduct = calls["verify_matter"], calls["verify_conduct"]
    for who, sees, misses in (("legal-officer", matter, conduct), ("inspector", conduct, matter)):
        listed = {e["id"] for e in (await calling.get(who, f"/v1/escalations?number={number}")).json()["items"]}
        assert (sees in listed, misses in listed) == (True, False), who
        assert (await calling.get(who, f"/v1/escalations/{sees}")).status_code == 200
        problem(await calling.get(who, f"/v1/escalations/{misses}"), 404, "unknown-escalation")
        problem(await act(calling, who, {"id": misses}, "acknowledge"), 404, "unknown-escalation")
        told = (await calling.get(who, f"/v1/appeals/{number}/messages")).json()["items"]
        about = {m["escalation"] for m in told}
        assert (sees in about, misses in about) == (True, False), who
    everything = (await calling.get("supervisor", f"/v1/appeals/{number}/messages")).json()["items"]
    assert {matter, conduct} <= {m["escalation"] for m in everything}
    seen = (await calling.get("duty", "/v1/escalations")).json()["items"]
    assert {one["clock_name"] for one in seen if one["id"] in calls.values()} == {"步骤"}
    for escalation, barred in ((conduct, "legal-officer"), (matter, "inspector")):
        assert barred not in {m["to"] for m in everything if m["escalation"] == escalation}
        refused = await act(calling, "duty", {"id": escalation}, "hand_over", to=barred, reason="换班")
        assert pointers(problem(refused, 422, "unknown-officer")) == ["/to"]
    handed = await act(calling, "duty", {"id": conduct}, "hand_over", to="inspector", reason="换班")
    assert handed.status_code == 200, handed.text


class Phones:
    """A channel on which everything arrives."""

    name = "sms"
    at_once = 8
    repeatable = True

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def send(self, _key: str, address: str, text: Any) -> Answer:
        self.got.append((address, text.whole))
        return Answer(Result.DELIVERED)

    async def close(self) -> None:
        """Nothing is open."""


async def test_acknowledged_by_the_link_in_a_message_the_other_messages_stop(calling: Api, links: Links) -> None:
    async with calling.database.write() as w:
        for account, phone in (("hazmat_leader", "13900000001"), ("duty", "13900000002")):
            await ContactPointsWriter(w).replace(account, [ContactPoint("sms", phone)], calling.clock(), "r")
    found = await breached(calling)
    phones = Phones()
    messenger = messenger_of(calling, links, {"sms": phones})
    await messenger.turn()
    await messenger.idle()
    text = next(text for phone, text in phones.got if phone == "13900000001" and "督办" in text)
    (link,) = re.findall(r"https://appeals.example(/escalations/\S+)", text)
    assert (await calling.client.post(link)).status_code == 303
    assert (await look(calling, "duty", found))["acknowledged_by"] == "hazmat_leader"
    sent = len(phones.got)
    calling.clock.now += timedelta(hours=2)
    while await messenger.turn():
        pass
    await messenger.idle()
    assert len(phones.got) == sent
    async with calling.database.read() as r:
        calls = [m for m in await MessageReads(r).of(found["number"]) if m.escalation == found["id"]]
    assert {m.status.value for m in calls if m.account in {"hazmat_leader", "duty"}} <= {"silenced", "sent"}
    assert {c["delivered_at"] is not None for c in (await look(calling, "duty", found))["called"]} >= {True}


def messenger_of(api: Api, links: Links, channels: Mapping[str, Channel]) -> Messenger:
    def token(escalation: str, account: str, _at: datetime) -> str:
        # Signed now: the clock of the test is long past.
        return links.sign(ESCALATION, escalation, account)

    texts = Texts(None, Organisation.load(), public_url="https://appeals.example", token=token)
    return Messenger(api.database, channels, texts, now=api.clock, rehearsal=True)


def tap(links: Links, account: str, escalation: Mapping[str, Any]) -> str:
    return f"/escalations/{links.sign(ESCALATION, escalation['id'], account)}"


async def test_the_link_shows_and_changes_nothing_until_its_button_is_pressed(calling: Api, links: Links) -> None:
    found = await breached(calling)
    link = tap(links, "hazmat_leader", found)
    for _ in range(2):  # a mail scanner, then a person
        page = await calling.client.get(link)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "尚无人认领" in page.text
        assert page.text.count("<button") == 1
        assert f'<a href="https://appeals.example/appeals/{found["number"]}">' in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
    assert (await look(calling, "duty", found))["state"] == "open"

    pressed = await calling.client.post(link)
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"./{link.rpartition('/')[2]}")
    first = await look(calling, "duty", found)
    assert first["acknowledged_by"] == "hazmat_leader"
    calling.clock.now += timedelta(minutes=5)
    assert (await calling.client.post(link)).status_code == 303
    assert (await look(calling, "duty", found))["lease_until"] == first["lease_until"]
    after = (await calling.client.get(link)).text
    assert "您已认领" in after
    assert "<button" not in after


async def test_whoever_comes_second_by_link_reads_who_has_it_and_until_when(calling: Api, links: Links) -> None:
    found = await breached(calling)
    mine, theirs = tap(links, "hazmat_leader", found), tap(links, "duty", found)
    answers = await asyncio.gather(calling.client.post(mine), calling.client.post(theirs))
    assert sorted(a.status_code for a in answers) == [303, 409]
    lost, page = (mine, answers[0]) if answers[0].status_code == 409 else (theirs, answers[1])
    taken = await look(calling, "supervisor", found)
    after = (await calling.client.get(lost)).text
    for text in (page.text, after):
        assert f"{taken['acknowledged_by_name']}已认领" in text
        assert "<button" not in text
    assert f"{datetime.fromisoformat(taken['lease_until']):%H:%M}" in after


async def test_after_the_lease_the_same_link_takes_it_anew(calling: Api, links: Links) -> None:
    found = await breached(calling)
    link = tap(links, "hazmat_leader", found)
    await calling.client.post(link)
    await calling.post("admin", FORWARD, {"number": found["number"], "seconds": 3600}, key=None)
    assert (await look(calling, "duty", found))["state"] == "open"
    assert (await calling.client.post(link)).status_code == 303
    assert (await look(calling, "duty", found))["state"] == "acknowledged"


async def test_of_what_is_over_the_page_says_so(calling: Api, links: Links) -> None:
    found = await breached(calling)
    link = tap(links, "duty", found)
    await done(calling, "duty", found, "acknowledge")
    await done(calling, "duty", found, "end", reason="已解决")
    for page in (await calling.client.get(link), await calling.client.post(link)):
        assert "已结束" in page.text
        assert "<button" not in page.text


async def test_of_a_secret_matter_the_page_says_the_number_and_the_call(calling: Api, links: Links) -> None:
    found = await breached(calling, "complaint-12389", days=0.2, kind="不依法履行职责")
    page = (await calling.client.get(tap(links, "supervisor", found))).text
    assert found["number"] in page
    assert found["service_name"] not in page
    assert found["clock_name"] + "，" not in page


async def test_old_and_forged_links_open_nothing(calling: Api, links: Links, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await breached(calling)
    link = tap(links, "hazmat_leader", found)
    feed = links.sign("unit", found["id"], "hazmat_leader")
    stranger = tap(links, "nobody", found)
    # Not its last character, whose last bits mean nothing.
    forged = f"{link[:-2]}{'A' if link[-2] != 'A' else 'B'}{link[-1]}"
    for bad in (forged, f"/escalations/{feed}", "/escalations/x", stranger):
        for answer in (await calling.client.get(bad), await calling.client.post(bad)):
            assert answer.status_code == 403
            assert "此链接无效" in answer.text
            assert found["number"] not in answer.text
    # Signed for somebody who was never called: it opens no more than their own key would.
    uncalled = tap(links, "handler", found)
    assert (await calling.client.post(uncalled)).status_code == 403
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: datetime.now().timestamp() + 25 * 3600)  # noqa: DTZ005
    for answer in (await calling.client.get(link), await calling.client.post(link)):
        assert answer.status_code == 410
        assert "已过期" in answer.text
    assert (await look(calling, "duty", found))["state"] == "open"


async def test_while_the_engine_is_away_the_page_says_so_and_the_button_stays(calling: Api, links: Links) -> None:
    found = await breached(calling)
    link = tap(links, "hazmat_leader", found)
    calling.gateway.away = True
    page = await calling.client.post(link)
    assert page.status_code == 503
    assert "<button" in page.text
    calling.gateway.away = False
    assert (await calling.client.post(link)).status_code == 303


async def test_while_the_database_is_away_there_is_a_page_to_read_and_later_the_button(
    calling: Api, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise ConnectionError("away")

    link = tap(links, "hazmat_leader", await breached(calling))
    with monkeypatch.context() as broken:
        broken.setattr("storage.accounts.Accounts.get", away)
        for page in (await calling.client.get(link), await calling.client.post(link)):
            assert page.status_code == 503
            assert page.headers["content-type"].startswith("text/html")
            assert "系统暂时不可用" in page.text
    assert (await calling.client.post(link)).status_code == 303
