"""The sample's partner is what a partner must be: it believes signatures only and keeps each event once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx2

from runtime.webhooks import Secrets, new_secret, signed
from tests.support.hotline import UNIT, Hotline

EVENT = {
    "specversion": "1.0",
    "id": "m1",
    "source": "urn:test",
    "type": "appeals.transfer",
    "subject": "SQ20261122-00000001/1",
    "data": {
        "title": "<b>路灯</b>",
        "description": "<script>alert(1)</script>",
        "enterprise": {"name": "某企业"},
        "contact": {"name": "张三", "phone": "13800001234"},
    },
}


def send(partner: Hotline, *, secrets: Secrets | None = None, **ago: float) -> httpx2.Response:
    """The event, as the system would send it so long ago."""
    body = json.dumps(EVENT, ensure_ascii=False)
    hooks = (secrets or partner.secrets).of(UNIT)
    headers = signed(hooks, "m1", datetime.now(UTC) - timedelta(**ago), body)
    return httpx2.post(partner.url, content=body.encode(), headers=headers, trust_env=False)


def test_it_keeps_an_event_once_however_often_it_comes(partner: Hotline) -> None:
    assert [send(partner).status_code for _ in range(3)] == [202, 202, 202]
    assert (partner.received(), len(partner.store.matters())) == ([("m1", 3)], 1)


def test_it_believes_nobody_who_does_not_know_the_secret_or_comes_with_an_old_letter(partner: Hotline) -> None:
    (partner.directory / "others").mkdir(exist_ok=True)
    (partner.directory / "others" / UNIT).write_text(new_secret())
    assert send(partner, secrets=Secrets(partner.directory / "others")).status_code == 401
    assert send(partner, minutes=10).status_code == 401
    assert httpx2.post(partner.url, json=EVENT, trust_env=False).status_code == 401
    assert partner.received() == []


def test_its_page_shows_what_it_has_as_text_and_takes_answers_from_itself_only(partner: Hotline) -> None:
    send(partner)
    home = partner.url.removesuffix("events")
    page = httpx2.get(home, trust_env=False).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    form = {"type": "appeals.transfer.reply", "transfer": EVENT["subject"], "words": "已修复"}
    strange = httpx2.post(f"{home}answers", data=form, headers={"origin": "https://elsewhere.test"}, trust_env=False)
    assert (strange.status_code, partner.store.answers()) == (403, [])
    own = httpx2.post(f"{home}answers", data=form, headers={"origin": home.rstrip("/")}, trust_env=False)
    assert own.status_code == 303
    (answer,) = partner.store.answers()
    assert (answer["type"], json.loads(answer["data"])) == ("appeals.transfer.reply", {"text": "已修复"})
