"""What a partner brought is told back to it: the answer, and the end, over its own channel and to nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from activities.outbox import RESULT, Outbox
from domain.colours import moments
from domain.rules import TELLS_THE_ENTERPRISE, Policy
from domain.vocabulary import Channel
from runtime.webhooks import Secrets
from storage.database import Database
from storage.deliveries import DeliveryReads, DeliveryStatus
from storage.rules import store_rules
from storage.writer import AppealWriter
from tests.domain.builders import ANSWER, Case, World
from tests.support.hotline import UNIT, Hotline
from worker.deliverer import Deliverer
from worker.sending import Sender

REJECTED = {"reason": "不属受理范围", "legal_basis": "规定第三条", "remedy": "向街道反映"}


def brought() -> Case:
    came: dict[str, Any] = {"channel": Channel.HOTLINE_12345, "external_ref": "12345-2026-7"}
    return World().case(policy=Policy("p", edition=TELLS_THE_ENTERPRISE), **came)


async def told(database: Database, case: Case, *, outbox: Outbox) -> list[dict[str, Any]]:
    """The data of what lies in the outbox, once the tables and the notices of the appeal are written."""
    async with database.write() as w:
        await store_rules(w, case.appeal.rules)
        await AppealWriter(w).write(case.appeal, case.journal, 1, moments(case.appeal))
        await outbox.post(w, case.notices)
        await outbox.post(w, case.notices)
    async with database.read() as r:
        events = [json.loads(d.body or "{}") for d in await DeliveryReads(r).of(case.appeal.number)]
    assert {(e["type"], e["subject"]) for e in events} <= {(RESULT, case.appeal.number)}
    return [event["data"] for event in events]


@pytest.fixture
def outbox(partner: Hotline) -> Outbox:
    return Outbox({UNIT: partner.partner()}, "urn:appeals:sample")


async def test_the_answer_and_the_end_arrive_there_once_signed_and_by_its_own_number(
    plain: Database, partner: Hotline, outbox: Outbox
) -> None:
    case = brought().closed()
    answer, end = await told(plain, case, outbox=outbox)
    assert {**answer, "at": ""} == {
        "number": case.appeal.number,
        "external_ref": "12345-2026-7",
        "at": "",
        "closed": False,
        "outcome": "solved",
        "text": ANSWER["text"],
    }
    assert (end["closed"], end["outcome"], end["text"]) == (True, "solved", ANSWER["text"])
    async with Sender(Secrets(partner.directory)) as sender:
        deliverer = Deliverer(plain, {UNIT: partner.partner()}, sender)
        await deliverer.open_lanes()
        await deliverer.idle()
    async with plain.read() as r:
        sent = await DeliveryReads(r).of(case.appeal.number)
    assert {d.status for d in sent} == {DeliveryStatus.DELIVERED}
    assert [event["body"]["data"]["closed"] for event in partner.store.received()] == [False, True]


async def test_a_result_is_told_as_it_stood_however_late_it_is_written(plain: Database, outbox: Outbox) -> None:
    """The enterprise was dissatisfied meanwhile: another round has begun, with no answer yet."""
    case = brought().answered().do("enterprise", "rate", grade=1)
    assert case.appeal.result is None
    (answer,) = await told(plain, case, outbox=outbox)
    assert (answer["closed"], answer["outcome"], answer["text"]) == (False, "solved", ANSWER["text"])


async def test_a_rejection_says_why_and_where_to_go_instead(plain: Database, outbox: Outbox) -> None:
    (end,) = await told(plain, brought().do("window", "reject", **REJECTED), outbox=outbox)
    assert (end["outcome"], end["text"], {name: end[name] for name in REJECTED}) == ("rejected", None, REJECTED)


async def test_of_a_secret_matter_only_how_it_ended(plain: Database, outbox: Outbox) -> None:
    case = brought().answered()
    rules = case.appeal.rules
    secret = replace(rules, version="secret", service=replace(rules.service, secret=True))
    case.appeal = replace(case.appeal, rules=secret)
    (answer,) = await told(plain, case, outbox=outbox)
    assert (answer["outcome"], answer["text"]) == ("solved", None)


async def test_without_a_partner_of_that_channel_nobody_is_told(plain: Database, partner: Hotline) -> None:
    other = Outbox({UNIT: partner.partner(channel=Channel.ALERT_110)}, "urn:appeals:sample")
    assert await told(plain, brought().closed(), outbox=other) == []
