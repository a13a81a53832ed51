"""Messages to an outside body over real HTTP: it is down, slow, wrong, gone; each arrives, once and in order."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.ports import free_port
from runtime.webhooks import Secrets, new_secret
from storage.database import Database
from storage.deliveries import Deliveries, Delivery, DeliveryReads, DeliveryStatus, Settled
from storage.notices import NoticeReads
from storage.partners import Partner
from tests.support.hotline import UNIT, Hotline, message
from worker.deliverer import LEASE, Deliverer
from worker.sending import Sender

ROOT = Path(__file__).parents[2]
NUMBER = "SQ20261122-00000001"


class Post:
    """An outbox, and a deliverer whose clock is moved by hand."""

    def __init__(self, database: Database, partner: Partner, secrets: Secrets, *, seconds: float = 5.0) -> None:
        self.now = datetime.now(UTC)
        self.database = database
        self.sender = Sender(secrets, seconds=seconds)
        self.deliverer = Deliverer(database, {partner.code: partner}, self.sender, now=lambda: self.now)

    async def write(self, *keys: str) -> None:
        async with self.database.write() as w:
            for key in keys:
                await Deliveries(w).add(replace(message(key), created_at=self.now))

    async def deliver(self, **later: float) -> list[Delivery]:
        """What is due then is sent; how every message stands after that."""
        self.now += timedelta(**later)
        await self.deliverer.open_lanes()
        await self.deliverer.idle()
        async with self.database.read() as r:
            return await DeliveryReads(r).of(NUMBER)


@pytest.fixture
async def post(plain: Database, partner: Hotline) -> AsyncIterator[Post]:
    opened = Post(plain, partner.partner(), partner.secrets)
    async with opened.sender:
        yield opened


@pytest.fixture
async def either(database: Database, partner: Hotline) -> AsyncIterator[Post]:
    """On SQLite and on PostgreSQL: where the database decides whose turn it is."""
    opened = Post(database, partner.partner(), partner.secrets)
    async with opened.sender:
        yield opened


async def test_messages_arrive_once_and_in_order_and_nothing_personal_stays(either: Post, partner: Hotline) -> None:
    keys = [f"{NUMBER}:{n}:transfer" for n in range(1, 6)]
    await either.write(*keys)
    await either.write(*keys)
    delivered = await either.deliver()
    assert partner.received() == [(key, 1) for key in keys]
    assert {(d.status, d.attempts, d.body, d.error) for d in delivered} == {(DeliveryStatus.DELIVERED, 1, None, None)}
    assert partner.store.matters()[0]["data"]["description"] == "路灯不亮"


async def test_a_partner_that_is_down_is_asked_again_ever_more_rarely_and_gets_all_in_order(
    post: Post, partner: Hotline
) -> None:
    await post.write("m1", "m2")
    partner.behave(status="503")
    pauses = []
    for _ in range(12):
        first, second = await post.deliver()
        assert (first.status, first.error, second.attempts) == (DeliveryStatus.WAITING, "http-503", 0)
        pauses.append(first.due_at - post.now)
        # A moment before, nothing is sent.
        assert (await post.deliver(seconds=pauses[-1].total_seconds() - 0.01))[0].attempts == first.attempts
        post.now = first.due_at
    assert pauses[0] <= timedelta(seconds=2)
    assert timedelta(minutes=5) <= pauses[-1] <= timedelta(minutes=10)
    partner.behave()
    await post.deliver()
    assert partner.received() == [("m1", 1), ("m2", 1)]


async def test_nobody_listening_is_the_same_as_down(plain: Database, partner: Hotline) -> None:
    nowhere = partner.partner(url=f"http://127.0.0.1:{free_port()}/events")
    post = Post(plain, nowhere, partner.secrets)
    async with post.sender:
        await post.write("m1")
        assert [(d.status, d.error) for d in await post.deliver()] == [(DeliveryStatus.WAITING, "unreachable")]


async def test_a_partner_that_is_too_slow_has_it_perhaps_and_gets_it_again_by_the_same_id(
    plain: Database, partner: Hotline
) -> None:
    partner.behave(slow="1")
    post = Post(plain, partner.partner(), partner.secrets, seconds=0.2)
    async with post.sender:
        await post.write("m1")
        assert [(d.status, d.error) for d in await post.deliver()] == [(DeliveryStatus.WAITING, "timeout")]
    async with asyncio.timeout(60):
        while not partner.received():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.05)
    partner.behave()
    later = Post(plain, partner.partner(), partner.secrets)
    async with later.sender:
        assert [d.status for d in await later.deliver(minutes=1)] == [DeliveryStatus.DELIVERED]
    assert partner.received() == [("m1", 2)]


async def test_a_partner_that_is_busy_says_when_to_come_again(post: Post, partner: Hotline) -> None:
    await post.write("m1")
    partner.behave(status="429", retry_after="900")
    (waiting,) = await post.deliver()
    assert (waiting.error, waiting.due_at) == ("http-429", post.now + timedelta(seconds=900))
    partner.behave()
    assert [d.attempts for d in await post.deliver(seconds=899)] == [1]
    assert [d.status for d in await post.deliver(seconds=1)] == [DeliveryStatus.DELIVERED]


async def test_a_partner_that_is_gone_is_left_alone_and_a_person_told_until_he_says_go_on(
    either: Post, partner: Hotline
) -> None:
    await either.write("m1", "m2")
    partner.behave(status="410")
    await either.deliver()
    partner.behave()
    first, second = await either.deliver(days=30)
    assert (first.status, first.error, first.attempts) == (DeliveryStatus.STOPPED, "http-410", 1)
    assert (second.status, second.attempts, partner.received()) == (DeliveryStatus.WAITING, 0, [])
    async with either.database.read() as r:
        (notice,) = await NoticeReads(r).of(NUMBER)
        (lane,) = await DeliveryReads(r).lanes()
    assert (notice.template, notice.audience, notice.data["body"]) == ("partner-stopped", ("leader",), UNIT)
    assert (lane.waiting, lane.stopped) == (2, True)
    async with either.database.write() as w:
        assert await Deliveries(w).resume(UNIT, either.now) == 1
    await either.deliver()
    assert partner.received() == [("m1", 1), ("m2", 1)]


async def test_a_message_that_it_will_not_take_keeps_no_other_waiting_and_a_person_is_told(
    post: Post, partner: Hotline
) -> None:
    await post.write("m1")
    partner.behave(status="422")
    await post.deliver()
    partner.behave()
    await post.write("m2")
    first, second = await post.deliver(hours=1)
    assert (first.status, first.error, second.status) == (DeliveryStatus.REFUSED, "http-422", DeliveryStatus.DELIVERED)
    async with post.database.read() as r:
        assert [n.template for n in await NoticeReads(r).of(NUMBER)] == ["partner-refused"]
        assert await DeliveryReads(r).refused() == {UNIT: 1}


async def test_a_redirection_is_not_followed(post: Post, partner: Hotline) -> None:
    await post.write("m1")
    partner.behave(status="307", location=partner.url)
    (waiting,) = await post.deliver()
    assert (waiting.status, waiting.error, partner.received()) == (DeliveryStatus.WAITING, "http-307", [])


async def test_a_secret_that_the_partner_does_not_know_is_mended_and_then_it_arrives(
    post: Post, partner: Hotline
) -> None:
    await post.write("m1")
    ours = partner.secret_file.read_text()
    lost = Post(post.database, partner.partner(secret="no-such"), partner.secrets)
    async with lost.sender:
        lost.now = post.now
        assert [d.error for d in await lost.deliver()] == ["no-secret"]
    wrong = Post(post.database, partner.partner(secret="wrong"), partner.secrets)
    (partner.directory / "wrong").write_text(new_secret())
    async with wrong.sender:
        wrong.now = post.now
        assert [(d.error, d.status) for d in await wrong.deliver(minutes=1)] == [("http-401", DeliveryStatus.WAITING)]
    # Changing it: for a while both sign.
    (partner.directory / "wrong").write_text(f"{new_secret()}\n{ours}\n")
    async with Sender(partner.secrets) as sender:
        changing = Deliverer(post.database, {UNIT: wrong.deliverer._partners[UNIT]}, sender, now=lambda: post.now)
        post.now += timedelta(hours=1)
        await changing.open_lanes()
        await changing.idle()
    assert partner.received() == [("m1", 1)]


async def test_a_private_network_is_not_called_unless_it_is_said_that_the_partner_is_there(
    plain: Database, partner: Hotline
) -> None:
    post = Post(plain, partner.partner(private=False), partner.secrets)
    async with post.sender:
        await post.write("m1")
        (waiting,) = await post.deliver()
    assert (waiting.status, waiting.error) == (DeliveryStatus.WAITING, "address-forbidden")
    assert partner.received() == []


async def test_several_workers_never_send_one_message_at_once(either: Post, partner: Hotline) -> None:
    keys = [f"m{n:02}" for n in range(20)]
    await either.write(*keys)
    others = [Deliverer(either.database, either.deliverer._partners, either.sender) for _ in range(4)]
    for _ in range(200):
        await asyncio.gather(*(deliverer.open_lanes() for deliverer in others))
        await asyncio.gather(*(deliverer.idle() for deliverer in others))
        if len(partner.received()) == len(keys):
            break
    assert partner.received() == [(key, 1) for key in keys]


async def test_killed_between_sending_and_saying_so_another_sends_it_again_and_the_partner_knows_it(
    either: Post, url: str, partner: Hotline
) -> None:
    await either.write("m1", "m2")
    command = [sys.executable, "-m", "tests.support.dying_deliverer", url, str(partner.directory), partner.url]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert partner.received() == [("m1", 1)]
    either.now = datetime.now(UTC)
    # Whose turn it was is not over yet.
    assert [d.status for d in await either.deliver()] == [DeliveryStatus.WAITING] * 2
    assert [d.status for d in await either.deliver(seconds=LEASE.total_seconds())] == [DeliveryStatus.DELIVERED] * 2
    assert partner.received() == [("m1", 2), ("m2", 1)]
    assert len(partner.store.matters()) == 1


async def test_who_comes_too_late_says_nothing_of_how_it_ended(either: Post, partner: Hotline) -> None:
    await either.write("m1")
    async with either.database.write() as w:
        (late,) = await Deliveries(w).of(NUMBER)
        assert await Deliveries(w).lease(late, "the late one", either.now, either.now + timedelta(seconds=1))
        assert not await Deliveries(w).lease(late, "another", either.now, either.now + LEASE)
    (delivered,) = await either.deliver(seconds=2)
    async with either.database.write() as w:
        assert not await Deliveries(w).settle(
            late, "the late one", Settled(DeliveryStatus.STOPPED, either.now, "http-410")
        )
    assert ([d.status for d in await either.deliver()], delivered.attempts) == ([DeliveryStatus.DELIVERED], 2)
    assert partner.received() == [("m1", 1)]
