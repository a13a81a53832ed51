"""What an answer means, and where calls may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from storage.deliveries import DeliveryStatus
from worker.guard import Forbidden, Unresolved, may_call, resolve
from worker.retrying import LONGEST, LONGEST_ASKED_FOR, back_off, settled
from worker.sending import Answer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        (200, DeliveryStatus.DELIVERED),
        (204, DeliveryStatus.DELIVERED),
        (301, DeliveryStatus.WAITING),
        (400, DeliveryStatus.REFUSED),
        (401, DeliveryStatus.WAITING),
        (404, DeliveryStatus.WAITING),
        (408, DeliveryStatus.WAITING),
        (409, DeliveryStatus.REFUSED),
        (410, DeliveryStatus.STOPPED),
        (422, DeliveryStatus.REFUSED),
        (429, DeliveryStatus.WAITING),
        (500, DeliveryStatus.WAITING),
        (0, DeliveryStatus.WAITING),
    ],
)
def test_what_is_said_of_the_message_ends_it_and_what_is_said_of_the_partner_does_not(
    status: int, stands: DeliveryStatus
) -> None:
    assert settled(Answer(status, fault="" if status else "timeout"), 1, NOW).status is stands


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("120", timedelta(seconds=120)),
        ("Sun, 22 Nov 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Sun, 22 Nov 2026 11:30:00 GMT", timedelta()),
        ("99999999999999999999", LONGEST_ASKED_FOR),
        ("Sun, 22 Nov 2099 12:30:00 GMT", LONGEST_ASKED_FOR),
        ("soon", timedelta()),
        ("", timedelta()),
        ("-5", timedelta()),
    ],
)
def test_it_comes_again_when_it_was_asked_to_within_reason(said: str, pause: timedelta) -> None:
    due = settled(Answer(429, said), 1, NOW).due_at
    assert due is not None
    assert max(pause, timedelta(seconds=1)) <= due - NOW <= max(pause, timedelta(seconds=2))


def test_pauses_double_with_a_part_of_chance_and_end_at_the_longest() -> None:
    for attempts in range(1, 40):
        full = min(timedelta(seconds=2) * 2 ** (attempts - 1), LONGEST)
        drawn = {back_off(attempts) for _ in range(20)}
        assert len(drawn) > 1
        assert all(full / 2 <= pause <= full for pause in drawn)
    assert back_off(10**6) <= LONGEST


PUBLIC = ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"]
PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"),
]
NEVER = [
    *("169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1"),  # noqa: S104 - the point of it
    *("fe80::1", "ff02::1", "::", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "::ffff:169.254.169.254"),
]


@pytest.mark.parametrize("address", PUBLIC + PRIVATE + NEVER)
def test_calls_go_out_and_to_a_private_network_only_when_the_partner_is_known_to_be_there(address: str) -> None:
    assert may_call(ip_address(address), private=False) is (address in PUBLIC)
    assert may_call(ip_address(address), private=True) is (address not in NEVER)


async def test_a_name_is_judged_by_where_it_leads() -> None:
    assert await resolve("localhost", 80, private=True) in {"127.0.0.1", "::1"}
    with pytest.raises(Forbidden):
        await resolve("localhost", 80, private=False)
    with pytest.raises(Unresolved):
        await resolve("no..such..host", 80, private=False)
