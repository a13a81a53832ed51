"""kill -9 of everything in the middle of many running ladders: the gateway's own log is the witness."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.support.receiver import Receiver, receiver
from tests.support.running import ROOT, Running, submission

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(420)]

APPEALS, KILLS = 60, 3
#: Whom each rung calls.
CALLED = {"100": "duty", "+1": "leader", "+2": "supervisor"}
PHONES = {"duty": "13900000001", "supervisor": "13900000002", "leader": "13900000003"}
#: Nobody accepts: the duty officer is called, twelve seconds later a leader, then the catch-all, as in one of days.
LADDER = [
    {"name": "ordinary", "steps": [
        {"targets": ["account:duty"]},
        {"after": "12 seconds", "targets": ["account:leader"]},
        {"after": "12 seconds", "targets": ["account:supervisor", "catch_all"]},
    ]},
]  # fmt: skip


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "secrets") as opened:
        yield opened


@pytest.fixture
def running(tmp_path: Path, gateway: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The system by a policy of seconds, with one channel."""
    shutil.copytree(ROOT / "catalogue" / "policies", tmp_path / "catalogue" / "policies")
    file = tmp_path / "catalogue" / "policies" / "default.yaml"
    policy = yaml.safe_load(file.read_text(encoding="utf-8"))
    policy |= {"accept": "8 seconds", "quiet": "", "ladders": LADDER}
    file.write_text(yaml.safe_dump(policy, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("APPEALS_CATALOGUE_DIR", str(tmp_path / "catalogue"))
    monkeypatch.setenv("APPEALS_SMS_GATEWAY_URL", gateway.url)
    monkeypatch.setenv("APPEALS_CHANNEL_SECRETS_DIR", str(gateway.directory))
    monkeypatch.setenv("APPEALS_PRIVATE_CHANNELS", '["sms"]')
    opened = Running(tmp_path / "data")
    opened.start()
    yield opened
    opened.stop()


def test_no_step_is_lost_and_nobody_is_called_twice_for_the_same(running: Running, gateway: Receiver) -> None:
    for name, phone in PHONES.items():
        reachable(running, name, phone)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: submitted(running, n), range(APPEALS)))
    chance = random.Random(20261122)  # noqa: S311 - moments of death
    for _ in range(KILLS):
        time.sleep(chance.uniform(2, 5))
        running.kill_everything()
        running.start()
    settled(running, numbers)

    assert called(gateway) == Counter(
        (number, e["data"]["rung"], CALLED[e["data"]["rung"]]) for number in numbers for e in rungs(running, number)
    )
    assert {rung for _, rung, _ in called(gateway)} == set(CALLED)


def called(gateway: Receiver) -> Counter[tuple[str, str, str]]:
    """Who was called by which rung of which appeal, as the gateway knows it: one key, one message."""
    # number, entry, clock, its generation, rung, account, channel
    parts = [key.split(":") for key in gateway.taken()]
    return Counter((p[0], p[4], p[5]) for p in parts if len(p) > 5 and p[4] in CALLED)


def reachable(running: Running, name: str, phone: str) -> None:
    """Has one channel, a telephone."""
    body = {"items": [{"channel": "sms", "address": phone, "wait": 3600}]}
    url, headers = f"{running.url}/v1/me/channels", running.headers(name)
    answer = httpx2.put(url, headers=headers, json=body, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text


def submitted(running: Running, nth: int) -> str:
    answer = running.post("system", "/v1/appeals", f"appeal-{nth}", submission(urgent=False))
    assert answer.status_code in {201, 202}, answer.text
    return str(answer.json()["number"])


def rungs(running: Running, number: str) -> list[dict[str, Any]]:
    """What called for people; what an outage overtook is on record and called nobody."""
    items = running.ask("supervisor", f"/v1/appeals/{number}/journal")["items"]
    return [e for e in items if e["action"] == "escalate" and not e["data"]["missed"]]


def settled(running: Running, numbers: list[str]) -> None:
    """Until every ladder has come to its end, and nothing waits to be sent."""
    deadline = time.monotonic() + 240
    for number in numbers:
        while not (found := rungs(running, number)) or found[-1]["data"]["level"] < len(LADDER[0]["steps"]):
            assert time.monotonic() < deadline, number
            time.sleep(0.5)
    while waiting(running, numbers):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def waiting(running: Running, numbers: list[str]) -> bool:
    return any(
        message["status"] == "waiting"
        for number in numbers
        for message in running.ask("supervisor", f"/v1/appeals/{number}/messages")["items"]
    )
