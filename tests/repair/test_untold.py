"""Messages to outside bodies that a restored database has lost are sent again, by the ids that they had."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.outbox import Outbox
from cli import untold
from cli.reconciler import UNEXPLAINED
from domain.vocabulary import Channel
from storage.deliveries import DeliveryReads
from storage.notices import NoticeReads
from tests.repair.population import start
from tests.repair.tables import opened
from tests.repair.test_reconcile import left, run
from tests.support.house import House

pytestmark = pytest.mark.engine
UNIT = "hotline-12345"


@pytest.fixture
def house(own_house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """With an address of the hotline for whoever reconciles, and nothing that is too young to be judged."""
    monkeypatch.setattr(untold, "_GRACE", timedelta())
    own_house.settings = own_house.settings.model_copy(update={"partner_urls": {UNIT: "http://127.0.0.1:9/"}})
    return own_house


async def handed_over(house: House, body: str = UNIT) -> str:
    number = await start(house, house.opening("non-police"))
    await house.act(number, "window", "transfer", body=body, reason="非警务诉求")
    return number


async def told(house: House, number: str, count: int) -> list[str]:
    """The ids of what outside bodies were told, as soon as there are so many."""
    async with asyncio.timeout(60):
        while True:
            async with house.database.read() as r:
                found = [n.id for n in await NoticeReads(r).of(number) if n.is_for_outside]
            if len(found) == count:
                return found
            await asyncio.sleep(0.05)


async def messages(house: House, number: str) -> list[tuple[str, str]]:
    async with house.database.read() as r:
        return [(one.key, one.kind) for one in await DeliveryReads(r).of(number)]


def faults(report: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {a["number"]: [(f["kind"], f["where"]) for f in a["faults"]] for a in report["appeals"]}


async def test_what_a_restored_database_has_lost_is_told_again_once(house: House, tmp_path: Path) -> None:
    open_one, taken_back, answered = [await handed_over(house) for _ in range(3)]
    by_hand = await handed_over(house, "street-a")
    await house.act(taken_back, "supervisor", "recall_transfer", reason="改由我方办理")
    await house.act(answered, "system", "transfer_reply", text="已修复")
    before = {
        n: await told(house, n, count) for n, count in ((open_one, 1), (taken_back, 2), (answered, 1), (by_hand, 1))
    }
    assert faults(await run(house, tmp_path)) == {}
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM notices")

    expected = {
        open_one: [("transfer-untold", "#1:transfer")],
        taken_back: [("transfer-untold", "#1:transfer"), ("transfer-untold", "#1:recall_transfer")],
    }
    assert faults(await run(house, tmp_path, dry_run=True)) == expected
    assert await messages(house, open_one) == []
    report = await run(house, tmp_path)
    assert (faults(report), left(report)) == (expected, set())

    assert await messages(house, open_one) == [(before[open_one][0], "appeals.transfer")]
    kinds = ["appeals.transfer", "appeals.transfer.recall"]
    assert await messages(house, taken_back) == list(zip(before[taken_back], kinds, strict=True))
    assert [await messages(house, number) for number in (answered, by_hand)] == [[], []]
    assert faults(await run(house, tmp_path)) == {}


async def brought(house: House, nth: int) -> str:
    """Something of the hotline's own, answered."""
    opening = house.opening()
    said = replace(opening.submission, channel=Channel.HOTLINE_12345, external_ref=f"12345-{nth}")
    number = await start(house, replace(opening, submission=said))
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "submit_result", outcome="solved", text="已办结")
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="已劝离", method="phone")
    return number


async def test_a_result_that_a_restored_database_has_lost_is_told_again_once(house: House, tmp_path: Path) -> None:
    answered, closed = await brought(house, 1), await brought(house, 2)
    await house.act(closed, "enterprise", "withdraw", reason="已满意")
    before = {answered: await told(house, answered, 1), closed: await told(house, closed, 2)}
    assert faults(await run(house, tmp_path)) == {}
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM notices")
        tables.run("DELETE FROM deliveries")

    expected = {
        answered: [("result-untold", "answered")],
        closed: [("result-untold", "answered"), ("result-untold", "closed")],
    }
    assert faults(await run(house, tmp_path, dry_run=True)) == expected
    report = await run(house, tmp_path)
    assert (faults(report), left(report)) == (expected, set())
    for number, ids in before.items():
        assert await told(house, number, len(ids)) == ids
        assert await messages(house, number) == [(one, "appeals.result") for one in ids]
    assert faults(await run(house, tmp_path)) == {}


async def test_a_transfer_whose_entry_is_nowhere_is_named_for_people_to_settle(house: House) -> None:
    number = await handed_over(house)
    await told(house, number, 1)
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM notices")
        tables.run("DELETE FROM journal")
    looking = untold.Untold(house.database, Outbox({}, "urn:appeals:sample"), [UNIT], dry_run=False)
    (outcome,) = await looking.settle([number], ())
    assert (outcome.number, outcome.result) == (number, UNEXPLAINED)
    assert await looking.settle([number], [number]) == []
