"""Messages over real HTTP and real SMTP: a channel is down, slow, wrong, silent; people are called once and reached."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from domain.notice import CALLS
from runtime.ports import free_port
from storage.database import Database
from storage.message_figures import MessageFigures
from storage.message_texts import Texts, words
from storage.messages import MessageReads
from storage.tables import appeals
from storage.tracking import TrackCodes
from tests.support.calling import ESCALATION, NOON, NUMBER, PHONE, Room, mail, sms, states
from tests.support.receiver import Receiver, receiver
from worker.channels.by_apprise import ByApprise
from worker.channels.channel import Channel
from worker.channels.gateway import Gateway
from worker.messenger import LEASE, Messenger

ROOT = Path(__file__).parents[2]
#: Apprise's own, when it loads its plugin for mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Letters:
    """A mail server that keeps what it gets, or will not have it."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], str]] = []
        self.reply = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.reply.startswith("250"):
            self.got.append((envelope.rcpt_tos, envelope.content.decode()))
        return self.reply


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiver(tmp_path_factory.mktemp("gateway")) as opened:
        yield opened


@pytest.fixture
def gateway(listening: Receiver) -> Receiver:
    """It, well behaved and with an empty log."""
    listening.behave()
    listening.log.clear()
    return listening


@pytest.fixture
def letters(gateway: Receiver) -> Iterator[Letters]:
    handler = Letters()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    url = f"mailto://127.0.0.1:{controller.port}?from=appeals@example.com&to={{address}}"
    (gateway.directory / "email").write_text(url, encoding="utf-8")
    yield handler
    controller.stop()


@pytest.fixture
async def channels(gateway: Receiver) -> AsyncIterator[dict[str, Channel]]:
    opened: dict[str, Channel] = {
        "sms": Gateway("sms", gateway.url, gateway.secrets, private=True, seconds=3.0),
        "email": ByApprise("email", gateway.directory / "email", private=True),
    }
    yield opened
    for channel in opened.values():
        await channel.close()


@pytest.fixture
async def room(plain: Database, channels: dict[str, Channel]) -> Room:
    made = Room(plain, channels)
    await made.prepare()
    return made


@pytest.fixture
async def either(database: Database, channels: dict[str, Channel]) -> Room:
    """On SQLite and on PostgreSQL: where the database decides whose turn it is."""
    made = Room(database, channels)
    await made.prepare()
    return made


async def test_a_message_arrives_signed_once_by_its_key_and_says_nothing_personal(
    either: Room, gateway: Receiver
) -> None:
    await either.points("handler", sms())
    for _ in range(2):  # an activity that was tried twice
        await either.tell(either.notice("w", rung="75"))
    (sent,) = await either.send()
    assert (sent.status, sent.error) == ("sent", None)
    (came,) = gateway.log
    assert (came.genuine, came.key, came.body["to"]) == (True, f"{NUMBER}:w:handler:sms", PHONE)
    words = f"诉求{NUMBER}（企业诉求）的办理时限已用去75%，请及时办理。承办单位：甲派出所。"
    assert came.body["text"] == f"{words}\nhttps://appeals.example/appeals/{NUMBER}"
    assert await either.send(days=1) == [sent]


async def test_a_failure_leads_to_the_next_channel_at_once(room: Room, gateway: Receiver, letters: Letters) -> None:
    await room.points("handler", sms(), mail())
    gateway.behave(status=503)
    await room.tell(room.notice("w"))
    (sent,) = await room.send()
    assert sent.status == "sent"
    assert await room.tries() == [("sms", "failed"), ("email", "delivered")]
    ((to, content),) = letters.got
    assert to == ["officer@example.com"]
    assert NUMBER in content


async def test_silence_of_an_escalation_leads_to_the_next_channel_after_the_persons_wait(
    room: Room, gateway: Receiver, letters: Letters
) -> None:
    await room.points("handler", sms(wait=60), mail())
    await room.call("account:handler")
    (waits,) = await room.send()
    assert (waits.status, len(gateway.log), letters.got) == ("waiting", 1, [])
    await room.send(seconds=59)
    assert letters.got == []
    (sent,) = await room.send(seconds=1)
    assert (sent.status, len(letters.got), len(gateway.log)) == ("sent", 1, 1)


@pytest.mark.parametrize("state", ["acknowledged", "ended"])
async def test_after_an_acknowledgement_nothing_more_goes_out_not_even_what_was_queued(
    room: Room, gateway: Receiver, letters: Letters, state: str
) -> None:
    """Grafana OnCall #4654: notices went out after the acknowledgement."""
    await room.points("handler", sms(wait=60), mail())
    await room.points("handler2", sms("13900000002"))
    gateway.behave(status=503)
    await room.call("account:handler2")
    await room.send()
    gateway.behave()
    await room.call("account:handler", rung="+1")
    await room.send()
    assert gateway.to() == ["13900000002", PHONE]
    await room.stand(state)
    assert [(one.status, one.error) for one in await room.send(hours=1)] == [("silenced", state)] * 2
    assert (len(gateway.log), letters.got) == (2, [])


async def test_a_call_that_was_acknowledged_is_not_taken_up_again_when_the_lease_ends(
    room: Room, gateway: Receiver, letters: Letters
) -> None:
    """The messenger was away from before the acknowledgement until after the lease: the new call calls, not the old."""
    await room.points("handler", sms(wait=60), mail())
    await room.call("account:handler")
    await room.send()
    room.now += timedelta(minutes=40)
    await room.call("account:handler", rung="lease", template="lease_ended")
    first, _ = await room.send()
    assert (first.status, first.error) == ("silenced", "called-anew")
    assert (len(gateway.log), letters.got) == (2, [])


async def test_a_second_event_is_told_however_soon_it_comes(room: Room, gateway: Receiver) -> None:
    """Zammad #4348: a rule of once a day swallowed a second real event."""
    await room.points("handler", sms())
    await room.tell(room.notice("5:warning", rung="75"))
    await room.tell(room.notice("6:warning", rung="75"))
    await room.send()
    assert len(gateway.taken()) == 2


async def test_what_may_wait_waits_for_the_morning_and_then_arrives_and_a_call_at_night_does_not(
    room: Room, gateway: Receiver
) -> None:
    """Zammad #4432: notices at midnight that could have waited."""
    await room.points("handler", sms())
    room.now = NOON.replace(hour=23)
    await room.tell(room.notice("w", rung="75"))
    await room.call("account:handler")
    await room.call("account:handler", rung="+1", may_wait=True)
    await room.send()
    await room.send(hours=7, minutes=59)
    assert list(gateway.taken()) == [f"{NUMBER}:100:handler:sms"]
    await room.send(minutes=1)
    assert len(gateway.taken()) == 3


async def test_what_was_read_in_the_inbox_need_not_be_sent_in_the_morning(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    room.now = NOON.replace(hour=23)
    await room.tell(room.notice("w"))
    (held,) = await room.send()
    async with room.database.write() as w:
        from storage.messages import Messages

        await Messages(w).read("handler", held.id, room.now)
    assert [(one.status, one.error) for one in await room.send(hours=9)] == [("silenced", "read")]
    assert gateway.log == []


async def test_a_warning_that_was_held_is_not_sent_when_its_clock_has_ended_meanwhile(
    room: Room, gateway: Receiver
) -> None:
    """What was finished in the evening is not warned of in the morning; what is news then still arrives."""
    await room.points("handler", sms())
    room.now = NOON.replace(hour=23)
    running, ended = await room.end_a_clock()
    await room.tell(
        room.notice("running", generation=running, rung="75"),
        room.notice("ended", generation=ended, rung="75"),
        room.notice("lapsed", template="lapsed", generation=ended),
    )
    assert states(await room.send()) == ["waiting"] * 3
    stand = [(one.status, one.error) for one in await room.send(hours=9)]
    assert stand == [("sent", None), ("silenced", "over"), ("sent", None)]
    assert len(gateway.taken()) == 2


async def test_a_warning_is_not_held_past_its_deadline_nor_where_its_ladder_may_not_wait(
    room: Room, gateway: Receiver
) -> None:
    await room.points("handler", sms())
    room.now = NOON.replace(hour=23)
    at_night, in_the_morning = "2026-09-01T17:46:00.000000Z", "2026-09-02T01:00:00.000000Z"
    await room.tell(
        room.notice("short", rung="90", deadline=at_night),
        room.notice("long", rung="90", deadline=in_the_morning),
        room.notice("hazmat", rung="90", deadline=in_the_morning, may_wait=False),
    )
    await room.call("account:handler", deadline="2026-09-01T14:00:00.000000Z", may_wait=True)
    assert states(await room.send()) == ["sent", "waiting", "sent", "waiting"]
    assert len(gateway.log) == 2


async def test_a_call_that_arrives_nowhere_is_counted_while_it_is_tried_and_a_channel_that_only_fails_is_seen(
    either: Room, gateway: Receiver
) -> None:
    async def seen() -> tuple[int, int, list[tuple[str, int, int]]]:
        async with either.database.read() as r:
            figures = MessageFigures(r)
            tried = [(one.channel, one.attempts, one.delivered) for one in await figures.tried(NOON)]
            return (await figures.undelivered()).count, (await figures.undelivered(calls=True)).count, tried

    await either.points("handler", sms())
    gateway.behave(status=503)
    await either.tell(either.notice("w"))
    await either.call("account:handler")
    await either.send()
    assert await seen() == (2, 1, [("sms", 2, 0)])
    async with either.database.read() as r:
        assert (await MessageFigures(r).undelivered(calls=True)).since == NOON
    gateway.behave()
    await either.send(minutes=1)
    assert await seen() == (0, 0, [("sms", 4, 2)])


async def test_in_a_rehearsal_the_night_is_the_appeals_own_and_ends_when_its_clock_is_moved(
    plain: Database, channels: dict[str, Channel], gateway: Receiver
) -> None:
    room = Room(plain, channels, rehearsal=True)
    await room.prepare()
    await room.points("handler", sms())
    at_night = room.notice("w")
    at_night = type(at_night)(**{f: getattr(at_night, f) for f in at_night.__slots__} | {"at": NOON.replace(hour=23)})
    await room.tell(at_night)
    await room.send(minutes=1)
    assert gateway.log == []
    async with plain.write() as w:
        await w.run(appeals.update().values(offset_us=timedelta(hours=20)))
    await room.send(seconds=2)
    assert len(gateway.log) == 1


async def test_a_gateway_that_is_away_is_asked_ever_more_rarely_and_after_a_day_no_more(
    room: Room, gateway: Receiver
) -> None:
    await room.points("handler", sms())
    gateway.behave(status=502)
    await room.tell(room.notice("w"))
    (message,) = await room.send()
    pauses = []
    while message.status == "waiting":
        pauses.append(message.due_at - room.now)
        (message,) = await room.send(seconds=pauses[-1].total_seconds())
    assert (message.status, message.error) == ("failed", "http-502")
    assert pauses[0] <= timedelta(seconds=5)
    assert max(pauses) == timedelta(minutes=10)
    assert room.now - NOON >= timedelta(hours=24)
    assert len(gateway.taken()) == 1


async def test_a_gateway_that_comes_back_gets_each_message_once(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    gateway.behave(status=429, retry_after="3600")
    await room.tell(room.notice("a"), room.notice("b"))
    await room.send()
    gateway.behave()
    await room.send(minutes=59)
    assert len(gateway.log) == 2
    assert states(await room.send(minutes=1)) == ["sent", "sent"]
    assert len(gateway.taken()) == 2


@pytest.mark.parametrize("behaviour", [{"status": None}, {"delay": 4.0}])
async def test_one_that_accepts_and_drops_or_never_answers_is_a_failure_and_the_next_channel_follows(
    room: Room, gateway: Receiver, letters: Letters, behaviour: dict[str, Any]
) -> None:
    await room.points("handler", sms(), mail())
    gateway.behave(**behaviour)
    await room.tell(room.notice("w"))
    assert states(await room.send()) == ["sent"]
    assert await room.tries() == [("sms", "failed"), ("email", "delivered")]
    assert len(letters.got) == 1


async def test_a_wrong_address_is_not_tried_again(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    gateway.behave(status=422)
    await room.tell(room.notice("w"))
    assert [(one.status, one.error) for one in await room.send()] == [("failed", "http-422")]
    async with room.database.read() as r:
        from storage.contact_points import ContactPoints

        assert (await ContactPoints(r).unreachable(["sms"]))["handler"] == "failing"
        assert (await ContactPoints(r).unreachable(["sms"]))["leader"] == "no-channel"


async def test_a_mail_server_that_will_not_have_it_is_a_failure(room: Room, letters: Letters) -> None:
    letters.reply = "554 no"
    await room.points("handler", mail())
    await room.tell(room.notice("w"))
    assert states(await room.send()) == ["waiting"]
    letters.reply = "250 OK"
    assert states(await room.send(seconds=5)) == ["sent"]
    assert len(letters.got) == 1


async def test_who_has_no_channel_finds_it_in_the_inbox(room: Room) -> None:
    await room.tell(room.notice("w", "account:leader"))
    assert states(await room.send()) == ["kept"]
    async with room.database.read() as r:
        assert [one.number for one in await MessageReads(r).inbox("leader")] == [NUMBER]


async def test_an_enterprise_without_a_channel_is_reached_by_the_phone_of_its_appeal_and_nobody_elses(
    room: Room, gateway: Receiver
) -> None:
    await room.tell(room.notice("r", "enterprise", template="submit"))
    (sent,) = await room.send()
    assert (sent.account, sent.status, gateway.to()) == ("enterprise", "sent", ["13800001234"])
    words = f"您的诉求{NUMBER}（企业诉求）已收到，我们将按时限办理。"
    assert gateway.log[0].body["text"] == f"{words}\nhttps://appeals.example/track/{NUMBER}"
    async with room.database.write() as w:
        from storage.accounts import AccountsWriter
        from tests.support.calling import PEOPLE

        await AccountsWriter(w).upsert(PEOPLE[-1], active=False)
    await room.tell(room.notice("c", "enterprise", template="told"))
    _, sent = await room.send()
    assert (sent.account, sent.status, len(gateway.log)) == (None, "sent", 2)


async def test_a_call_brings_the_link_by_which_this_person_takes_it_the_same_when_it_is_sent_again(
    room: Room, gateway: Receiver, channels: dict[str, Channel]
) -> None:
    texts = Texts(public_url="https://appeals.example", token=lambda of, who, at: f"{of}.{who}.{int(at.timestamp())}")
    room.messenger = Messenger(room.database, channels, texts, now=lambda: room.now)
    await room.points("handler", sms())
    gateway.behave(status=503)
    await room.call("account:handler")
    await room.send()
    gateway.behave()
    await room.send(minutes=1)
    first, second = [came.body["text"] for came in gateway.log]
    token = f"{ESCALATION}.handler.{int(NOON.timestamp())}"
    assert first == second
    assert first.endswith(f"\nhttps://appeals.example/escalations/{token}")


async def test_a_call_says_when_the_time_was_used_up(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    for template in CALLS:
        await room.call("account:handler", rung=template, template=template, deadline="2026-09-08T09:30:00.000000Z")
        await room.send()
    assert len(gateway.log) == len(CALLS)
    assert all("时限已于2026年9月8日17:30届满" in came.body["text"] for came in gateway.log)


async def test_a_secret_matter_is_named_by_its_number_only(
    plain: Database, channels: dict[str, Channel], gateway: Receiver
) -> None:
    room = Room(plain, channels)
    await room.prepare("complaint-12389")
    await room.points("handler", sms())
    await room.call("account:handler", level=1, deadline="2026-09-08T09:30:00.000000Z")
    await room.send()
    (text,) = [came.body["text"] for came in gateway.log]
    assert text.startswith(f"【升级督办 第1级】诉求{NUMBER}的办理时限已于2026年9月8日17:30届满，")


async def test_a_private_network_is_not_called_unless_it_is_said_that_the_server_is_there(
    plain: Database, gateway: Receiver, letters: Letters
) -> None:
    opened: dict[str, Channel] = {
        "sms": Gateway("sms", gateway.url, gateway.secrets),
        "email": ByApprise("email", gateway.directory / "email"),
    }
    room = Room(plain, opened)
    await room.prepare()
    await room.points("handler", sms(), mail())
    await room.tell(room.notice("w"))
    await room.send()
    made = [a for one in (await room.attempts()).values() for a in one]
    assert {a.answer for a in made} == {"address-forbidden"}
    assert (gateway.log, letters.got) == ([], [])
    for channel in opened.values():
        await channel.close()


async def test_a_redirection_is_not_followed(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    gateway.behave(status=307, Location=gateway.url)
    await room.tell(room.notice("w"))
    await room.send()
    assert len(gateway.log) == 1


async def test_two_workers_send_each_message_once(
    either: Room, channels: dict[str, Channel], gateway: Receiver
) -> None:
    await either.points("handler", sms())
    await either.tell(*(either.notice(f"n{n}") for n in range(60)))
    others = [either.another(channels) for _ in range(3)]

    async def work(messenger: Messenger) -> None:
        while await messenger.turn() or len(gateway.log) < 60:
            await messenger.idle()

    async with asyncio.timeout(60):
        await asyncio.gather(*map(work, others))
    await asyncio.gather(*(one.idle() for one in others))
    assert set(Counter(came.key for came in gateway.log).values()) == {1}
    assert len(gateway.log) == 60
    assert set(states(await either.send())) == {"sent"}


async def test_killed_between_sending_and_writing_each_message_is_taken_once_and_none_is_lost(
    either: Room, url: str, gateway: Receiver
) -> None:
    await either.points("handler", sms())
    await either.tell(*(either.notice(f"n{n}", may_wait=False) for n in range(20)))
    command = [sys.executable, "-m", "tests.support.dying_messenger", url, str(gateway.directory), gateway.url, "7"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(gateway.log) >= 7
    # Real time was the dead one's; whose turn it was is over after the lease.
    either.now = datetime.now(UTC) + LEASE
    assert set(states(await either.send())) == {"sent"}
    assert len(gateway.taken()) == 20
    # Not one key is for somebody else or says something else the second time.
    assert {(came.key, came.body["text"]) for came in gateway.log} == {
        (key, body["text"]) for key, body in gateway.taken().items()
    }


async def test_cut_off_where_nothing_sees_to_it_the_same_channel_is_not_used_again(
    room: Room, gateway: Receiver, letters: Letters
) -> None:
    from storage.messages import Attempt, Messages

    await room.points("handler", mail(), sms())
    await room.tell(room.notice("w"))
    async with room.database.write() as w:
        (waiting,) = await Messages(w).of(NUMBER)
        await Messages(w).begin([Attempt(waiting.id, 1, "email", room.now)], "the dead one", room.now + LEASE)
    assert states(await room.send(seconds=LEASE.total_seconds() - 1)) == ["waiting"]
    assert states(await room.send(seconds=1)) == ["sent"]
    assert await room.tries() == [("email", "unknown"), ("sms", "delivered")]
    assert (len(gateway.log), letters.got) == (1, [])


async def test_a_channel_that_hangs_keeps_no_other_from_sending(
    room: Room, gateway: Receiver, letters: Letters, channels: dict[str, Channel]
) -> None:
    await room.points("handler", sms())
    await room.points("handler2", mail())
    gateway.behave(delay=2.0)
    await room.tell(*(room.notice(f"n{n}") for n in range(300)))
    await room.tell(room.notice("m", "account:handler2"))
    while await room.messenger.turn():
        pass
    async with asyncio.timeout(60):
        while not letters.got:  # noqa: ASYNC110 - a real server's own thread
            await asyncio.sleep(0.02)
    assert len(gateway.log) <= channels["sms"].at_once
    gateway.behave()
    async with asyncio.timeout(60):
        while "waiting" in states(await room.send(minutes=1)):
            """What a busy machine gave up on is tried again."""
    assert set(states(await room.send())) == {"sent"}
    assert len(gateway.taken()) == 300


async def test_what_is_told_wakes_the_messenger_and_its_end_loses_nothing(room: Room, gateway: Receiver) -> None:
    await room.points("handler", sms())
    running = asyncio.create_task(room.messenger.run())
    await room.tell(room.notice("w"))
    room.messenger.wake()
    async with asyncio.timeout(60):
        while not gateway.log:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await room.tries() == [("sms", "delivered")]


def test_every_word_that_is_told_has_a_text_and_a_catalogue_that_lacks_one_is_refused(tmp_path: Path) -> None:
    assert Texts().faults() == []
    said = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "domain").glob("*.py"))
    assert set(re.findall(r'template="([\w-]+)"', said)) <= words()
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "told.txt").write_text("{{ contact.phone }}", encoding="utf-8")
    (folder / "reopened.txt").write_text("x", encoding="utf-8")
    (folder / "step.txt").write_text("{% if %}", encoding="utf-8")
    faults = "\n".join(Texts(tmp_path).faults())
    assert "told.txt: unknown name contact" in faults
    assert "reopened.txt: nothing is told by this word" in faults
    assert "step.txt: " in faults


async def test_a_code_goes_to_the_contact_at_once_and_an_old_one_to_nobody(
    room: Room, gateway: Receiver, channels: dict[str, Channel]
) -> None:
    digits = {NOON: "864201"}
    texts = Texts(digits=lambda number, at: digits[at] if number == NUMBER else "")
    room.messenger = Messenger(room.database, channels, texts, quiet="00:00-23:59", now=lambda: room.now)
    async with room.database.write() as w:
        assert await TrackCodes(w).send(NUMBER, "branch", room.now)
    gateway.behave(status=503)
    await room.send()
    gateway.behave()
    (sent,) = await room.send(minutes=9)
    assert (sent.status, gateway.to()) == ("sent", ["13800001234"])
    assert "验证码864201，10分钟内有效" in gateway.log[-1].body["text"]
    room.now += timedelta(minutes=1)
    gateway.behave(status=503)
    digits[room.now] = "135790"
    async with room.database.write() as w:
        assert await TrackCodes(w).send(NUMBER, "branch", room.now)
    await room.send()
    gateway.behave()
    _, old = await room.send(minutes=11)
    assert (old.status, old.error) == ("silenced", "over")
    assert len(gateway.log) == 3
