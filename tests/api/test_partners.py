"""What an outside body tells us: signed, kept, done once, answered the same each time, and only of what is its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.telemetry import REGISTRY
from runtime.webhooks import Secrets, new_secret, signed
from storage.deliveries import Deliveries, Message
from storage.partner_events import PartnerEventReads
from tests.api.bench import NOON, Api, open_api, problem, submission

UNIT, OTHER = "hotline-12345", "street-a"
RECEIPT, REFUSED, REPLY = (f"appeals.transfer.{name}" for name in ("receipt", "refused", "reply"))


class Desk:
    """The API, and outside bodies that speak to it. ``transfer`` is what is in the hotline's hands."""

    def __init__(self, api: Api, secrets: Path) -> None:
        self.api, self.secrets = api, secrets
        self.number = self.transfer = ""

    async def handed_over(self, body: str = UNIT) -> None:
        appeal = await self.api.submit("system", service="non-police")
        self.number = appeal["number"]
        await self.again(body)

    async def again(self, body: str = UNIT) -> None:
        appeal = await self.api.done("window", self.number, "transfer", body=body, reason="非警务")
        self.transfer = appeal["transfers"][-1]["id"]

    async def say(
        self, kind: str, data: dict[str, Any], event: str = "e1", /, *, by: str = UNIT, **more: Any
    ) -> httpx2.Response:
        """An event, signed as its sender would; ``headers``, ``at`` and attributes of the event as given."""
        headers, at = more.pop("headers", {}), more.pop("at", datetime.now(UTC))
        said = {"specversion": "1.0", "id": event, "source": "urn:test", "type": kind, "data": data}
        if kind != "appeals.submission":
            said["subject"] = self.transfer
        body = more.pop("body", None) or json.dumps(said | more, ensure_ascii=False)
        given = signed(Secrets(self.secrets).of(by), event, at, body) | {
            "content-type": "application/cloudevents+json",
            **headers,
        }
        return await self.api.client.post(f"/v1/partners/{by}/events", content=body.encode(), headers=given)

    async def look(self, name: str = "supervisor") -> dict[str, Any]:
        answer = await self.api.get(name, f"/v1/appeals/{self.number}")
        return dict(answer.json())

    async def exchanged(self, name: str = "window") -> list[dict[str, Any]]:
        answer = await self.api.get(name, f"/v1/appeals/{self.number}/deliveries")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@pytest.fixture
async def desk(folder: Path, keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    secrets = folder / "partner-secrets"
    secrets.mkdir()
    (secrets / UNIT).write_text(new_secret())
    monkeypatch.setenv("APPEALS_PARTNER_URLS", json.dumps({UNIT: "http://127.0.0.1:9/", OTHER: "http://127.0.0.1:9/"}))
    catalogue = _with_another(folder)
    async with open_api(folder, keys, catalogue=catalogue) as api:
        (secrets / "street").write_text(new_secret())
        (secrets / OTHER).write_text((secrets / "street").read_text())
        opened = Desk(api, secrets)
        await opened.handed_over()
        yield opened


def _with_another(folder: Path) -> Path:
    """The sample with a second outside body that is spoken to by machine, and brings no new matters."""
    organisation = folder / "catalogue" / "organisation"
    organisation.mkdir(parents=True)
    packaged = Path(__file__).parents[2] / "catalogue" / "organisation" / "sample.yaml"
    plain = "name: 甲街道办事处, kind: outside,"
    text = packaged.read_text(encoding="utf-8")
    assert plain in text
    (organisation / "sample.yaml").write_text(
        text.replace(plain, f"{plain} endpoint: {{secret: street, private: true}},"), encoding="utf-8"
    )
    return organisation.parent


async def test_receipt_and_reply_do_what_they_do_by_hand(desk: Desk) -> None:
    answer = await desk.say(RECEIPT, {}, "e1")
    assert (answer.status_code, answer.json()) == (
        200, {"event": "e1", "number": desk.number, "transfer": desk.transfer, "action": "transfer_receipt"},
    )  # fmt: skip
    assert (await desk.say(REPLY, {"text": "路灯已修复"}, "e2")).status_code == 200
    appeal = await desk.look()
    assert (appeal["stage"], appeal["result"]["text"], appeal["outcome"]) == ("feedback", "路灯已修复", "not_ours")
    journal = (await desk.api.get("supervisor", f"/v1/appeals/{desk.number}/journal")).json()["items"]
    actor = {"id": f"partner:{UNIT}", "name": "12345政务服务便民热线", "unit": UNIT, "role": "system"}
    assert [e["actor"] for e in journal[-2:]] == [actor, actor]


async def test_a_refusal_brings_it_back(desk: Desk) -> None:
    assert (await desk.say(REFUSED, {"reason": "不属本热线"})).status_code == 200
    appeal = await desk.look()
    assert (appeal["stage"], appeal["transfers"][0]["refusal"]) == ("assign", "不属本热线")


async def test_a_repeated_event_is_answered_the_same_and_done_once(desk: Desk) -> None:
    first = await desk.say(REPLY, {"text": "已修复"}, "e1")
    again = await desk.say(REPLY, {"text": "已修复"}, "e1", at=datetime.now(UTC) - timedelta(minutes=2))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(desk.api.gateway.acts) == 2  # the transfer and the reply
    problem(await desk.say(REPLY, {"text": "另一答复"}, "e1"), 422, "idempotency-key-reused")
    problem(await desk.say(RECEIPT, {}, "e1"), 422, "idempotency-key-reused")


async def test_a_repeated_refusal_is_the_same_too_whatever_has_happened_since(desk: Desk) -> None:
    await desk.say(RECEIPT, {}, "e1")
    problem(await desk.say(RECEIPT, {}, "e2"), 409, "already-received")
    await desk.say(REPLY, {"text": "已修复"}, "e3")
    problem(await desk.say(RECEIPT, {}, "e2"), 409, "already-received")
    problem(await desk.say(RECEIPT, {}, "e4"), 409, "transfer-not-open")


async def test_what_comes_after_a_recall_or_twice_is_answered_clearly_kept_and_shown(desk: Desk) -> None:
    await desk.api.done("window", desk.number, "recall_transfer", reason="久无答复")
    late = problem(await desk.say(REPLY, {"text": "迟到的答复,联系人李四"}, "late"), 409, "transfer-not-open")
    assert "追回" in late["detail"]
    assert "stage" not in late
    # Nor does it answer for another transfer that was opened since.
    former = desk.transfer
    await desk.again()
    problem(await desk.say(REPLY, {"text": "迟到"}, "later", subject=former), 409, "transfer-not-open")
    assert (await desk.look())["stage"] == "handle"
    lines = await desk.exchanged()
    assert [(e["direction"], e["id"], e["status"], e["error"], e["transfer"]) for e in lines] == [
        ("in", "late", "refused", "transfer-not-open", former),
        ("in", "later", "refused", "transfer-not-open", former),
    ]
    assert lines[0]["data"] == {"text": "迟到的答复,联系人李四"}
    assert "deliveries" in {line.code for line in await desk.api.audit("personal-data")}


async def test_staff_who_do_not_handle_it_see_that_something_came_and_not_what(desk: Desk) -> None:
    await desk.say(REPLY, {"text": "联系人李四"})
    assert [(e["status"], e["data"], e["partner_name"]) for e in await desk.exchanged("handler3")] == [
        ("accepted", None, "12345政务服务便民热线")
    ]
    problem(await desk.api.get("enterprise", f"/v1/appeals/{desk.number}/deliveries"), 403, "forbidden")
    problem(await desk.api.get("enterprise2", f"/v1/appeals/{desk.number}/deliveries"), 404, "unknown-appeal")


async def test_a_new_matter_comes_in_by_its_channel_and_once(desk: Desk) -> None:
    data = {name: value for name, value in submission().items() if name != "channel"}
    data["enterprise"] = {"uscc": None, "name": "某企业"}
    first = await desk.say("appeals.submission", data, "new")
    again = await desk.say("appeals.submission", data, "new")
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert first.json()["action"] == "submit"
    appeal = (await desk.api.get("window", f"/v1/appeals/{first.json()['number']}")).json()
    assert (appeal["channel"], appeal["stage"], appeal["enterprise"]["uscc"]) == ("hotline_12345", "accept", None)
    problem(await desk.say("appeals.submission", {**data, "region": "999999"}, "bad"), 422, "unknown-region")
    problem(await desk.say("appeals.submission", {**data, "channel": "web"}, "worse"), 422, "invalid")
    problem(await desk.say("appeals.submission", data, "theirs", by=OTHER), 403, "forbidden")


async def test_while_the_engine_is_away_a_matter_is_kept_and_an_answer_comes_again(desk: Desk) -> None:
    desk.api.gateway.away = True
    data = {name: value for name, value in submission().items() if name != "channel"}
    assert (await desk.say("appeals.submission", data, "new")).status_code == 202
    problem(await desk.say(REPLY, {"text": "已修复"}, "e1"), 503, "engine-away")
    assert [e["status"] for e in await desk.exchanged()] == ["pending"]
    desk.api.engine_is_back()
    assert (await desk.say(REPLY, {"text": "已修复"}, "e1")).status_code == 200
    assert [e["status"] for e in await desk.exchanged()] == ["accepted"]


async def test_perhaps_done_and_asked_again_it_is_done_once(desk: Desk) -> None:
    desk.api.gateway.pending = True
    problem(await desk.say(REPLY, {"text": "已修复"}, "e1"), 503, "write-pending")
    desk.api.gateway.pending = False
    assert (await desk.say(REPLY, {"text": "已修复"}, "e1")).status_code == 200
    assert (await desk.look())["stage"] == "feedback"


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"webhook-signature": "v1,AAAA"}},
        {"headers": {"webhook-signature": "nonsense"}},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-id": "another"}},
        {"headers": {"webhook-timestamp": "0"}},
        {"headers": {"webhook-timestamp": "nan"}},
        {"at": datetime.now(UTC) - timedelta(minutes=6)},
        {"at": datetime.now(UTC) + timedelta(minutes=60)},
    ],
)
async def test_a_wrong_signature_is_refused_without_a_word_why_and_written_down(
    desk: Desk, wrong: dict[str, Any]
) -> None:
    told = problem(await desk.say(REPLY, {"text": "假的"}, **wrong), 401, "unauthorized")
    assert (told["detail"], told["errors"]) == ("签名无效", [])
    (line,) = await desk.api.audit("refused")
    assert (line.account, line.number, line.code) == (f"partner:{UNIT}", None, "bad-signature")
    assert ((await desk.look())["stage"], await desk.exchanged()) == ("handle", [])


async def test_one_outside_body_cannot_speak_for_another_nor_an_unknown_one_at_all(desk: Desk) -> None:
    problem(await desk.say(REPLY, {"text": "越权"}, by=OTHER), 404, "unknown-transfer")
    body = json.dumps({})
    theirs = signed(Secrets(desk.secrets).of(OTHER), "e1", datetime.now(UTC), body)
    for unit in (UNIT, "nobody", "station-a"):
        answer = await desk.api.client.post(f"/v1/partners/{unit}/events", content=body, headers=theirs)
        assert problem(answer, 401, "unauthorized")["detail"] == "签名无效"
    assert (await desk.look())["stage"] == "handle"
    assert await desk.exchanged() == []


async def test_its_own_transfers_only_and_none_that_is_not_there(desk: Desk) -> None:
    for subject in (f"{desk.number}/2", f"{desk.number}/9999", "SQ20260101-00000000/1"):
        problem(await desk.say(REPLY, {"text": "x"}, subject, subject=subject), 404, "unknown-transfer")
    for n, subject in enumerate((desk.number, f"{desk.number}/0", "x/1", f"{desk.transfer}\n")):
        problem(await desk.say(REPLY, {"text": "x"}, f"bad-{n}", subject=subject), 422, "bad-subject")


async def test_secrets_are_changed_while_both_hold(desk: Desk) -> None:
    old, new = (desk.secrets / UNIT).read_text(), new_secret()
    (desk.secrets / UNIT).write_text(f"{new}\n{old}\n")
    mine = desk.secrets / "mine"
    mine.mkdir()
    for n, secret in enumerate((old, new)):
        (mine / UNIT).write_text(secret)
        desk.secrets, kept = mine, desk.secrets
        assert (await desk.say(RECEIPT, {}, f"e{n}")).status_code in {200, 409}
        desk.secrets = kept
    (desk.secrets / UNIT).write_text(new)
    (mine / UNIT).write_text(old)
    desk.secrets = mine
    problem(await desk.say(RECEIPT, {}, "e3"), 401, "unauthorized")


async def test_without_a_usable_secret_nobody_is_believed(desk: Desk) -> None:
    mine = desk.secrets / "mine"
    mine.mkdir()
    (mine / UNIT).write_text((desk.secrets / UNIT).read_text())
    theirs, desk.secrets = desk.secrets, mine
    for text in ("", "whsec_c2hvcnQ=", "no secret at all"):
        (theirs / UNIT).write_text(text)
        problem(await desk.say(RECEIPT, {}), 401, "unauthorized")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"specversion": "0.3"}, "invalid", "/specversion"),
        ({"type": "appeals.transfer"}, "invalid", "/type"),
        ({"data": {}}, "invalid", "/data/text"),
        ({"data": {"text": "x", "transfer": 2}}, "invalid", "/data/transfer"),
        ({"source": ""}, "invalid", "/source"),
    ],
)
async def test_what_is_wrong_with_an_event_is_said_where(
    desk: Desk, change: dict[str, Any], code: str, pointer: str
) -> None:
    told = problem(await desk.say(REPLY, {"text": "x"}, **change), 422, code)
    assert [e["pointer"] for e in told["errors"]] == [pointer]


async def test_signed_nonsense_is_refused_as_what_it_is(desk: Desk) -> None:
    problem(await desk.say(REPLY, {}, body="{"), 422, "not-json")
    problem(await desk.say(REPLY, {}, body='{"a": 1, "a": 2}'), 422, "not-json")
    problem(await desk.say(REPLY, {}, headers={"content-type": "text/plain"}), 415, "wrong-content-type")
    problem(await desk.say(REPLY, {}, body='"' + "x" * 200_000 + '"'), 413, "body-too-large")


async def test_an_event_is_kept_once_with_its_answer(desk: Desk) -> None:
    await desk.say(REPLY, {"text": "已修复"}, "e1")
    async with desk.api.database.read() as r:
        event = await PartnerEventReads(r).get(UNIT, "e1")
    assert event is not None
    assert (event.number, event.transfer, event.status, event.data) == (desk.number, 1, 200, {"text": "已修复"})


async def test_the_scrape_tells_how_long_something_waits_for_whom(desk: Desk) -> None:
    desk.api.app.state.metrics.max_age = 0
    desk.api.app.state.metrics._now = lambda: NOON
    async with desk.api.database.write() as w:
        old = Message("m1", UNIT, desk.number, 1, "appeals.transfer", "{}", NOON - timedelta(hours=2))
        await Deliveries(w).add(old)
    await desk.api.get(None, "/metrics")

    def value(name: str, partner: str) -> float | None:
        return REGISTRY.get_sample_value(f"appeals_partner_{name}", {"partner": partner})

    assert (value("waiting", UNIT), value("oldest_seconds", UNIT), value("stopped", UNIT)) == (1.0, 7200.0, 0.0)
    assert (value("waiting", OTHER), value("oldest_seconds", OTHER), value("refused", OTHER)) == (0.0, 0.0, 0.0)
