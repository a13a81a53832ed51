"""The shipped system and its sample partner: a transfer really goes to the hotline and comes back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from examples.partner_hotline.app import BY_ITSELF, RECEIPT, REPLY
from examples.partner_hotline.store import Store
from tests.support.running import Running, submission

pytestmark = [pytest.mark.engine, pytest.mark.slow]
UNIT = "hotline-12345"


class Sample:
    """A running system, and its hotline's own file."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.hotline = Store(running.directory / "hotline.db")
        self._asked = 0

    def transferred(self, description: str = "路灯不亮") -> str:
        """A matter in the hotline's hands, as far as we know; its number."""
        self._asked += 1
        body = submission(service="non-police", description=description)
        number: str = self.running.post("system", "/v1/appeals", f"new-{self._asked}", body).json()["number"]
        self.act("window", number, "transfer", body=UNIT, reason="非警务")
        return number

    def act(self, who: str, number: str, action: str, **body: Any) -> dict[str, Any]:
        self._asked += 1
        answer = self.running.post(who, f"/v1/appeals/{number}/actions/{action}", f"act-{self._asked}", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def look(self, number: str) -> dict[str, Any]:
        return dict(self.running.ask("supervisor", f"/v1/appeals/{number}"))

    def exchanged(self, number: str) -> list[tuple[str, str, str | None]]:
        """Type, status and error of each line, both ways."""
        items = self.running.ask("window", f"/v1/appeals/{number}/deliveries")["items"]
        return [(line["type"], line["status"], line["error"]) for line in items]

    def arrived(self, number: str) -> None:
        until(lambda: f"{number}/1" in {matter["transfer"] for matter in self.hotline.matters()})
        until(lambda: self.exchanged(number)[0][1] == "delivered")


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    running = Running(tmp_path_factory.mktemp("partner") / "data", rehearsal=True)
    running.start()
    try:
        until(lambda: "hotline" in running.children())
        yield Sample(running)
    finally:
        assert running.stop() == 0


def test_it_stores_what_it_gets_and_leaves_the_answer_to_people(sample: Sample) -> None:
    number = sample.transferred()
    sample.arrived(number)
    assert sample.exchanged(number) == [("appeals.transfer", "delivered", None)]
    assert sample.look(number)["transfers"][0]["receipt_at"] is None
    # Whoever plays the outside body with the sample's key is not in anybody's way.
    sample.act("system", number, "transfer_receipt")
    assert sample.act("system", number, "transfer_reply", text="已修复")["stage"] == "feedback"


def test_answered_by_hand_it_comes_back(sample: Sample) -> None:
    number = sample.transferred()
    sample.arrived(number)
    sample.hotline.answer(RECEIPT, f"{number}/1", {})
    sample.hotline.answer(REPLY, f"{number}/1", {"text": "路灯已修复"})
    until(lambda: sample.look(number)["stage"] == "feedback")
    assert sample.look(number)["result"]["text"] == "路灯已修复"
    assert sample.exchanged(number)[1:] == [(RECEIPT, "accepted", None), (REPLY, "accepted", None)]


def test_asked_to_by_a_word_it_refuses_by_itself(sample: Sample) -> None:
    (word,) = (w for w, answers in BY_ITSELF.items() if any(kind.endswith("refused") for kind, _ in answers))
    number = sample.transferred(f"路灯不亮 {word}")
    until(lambda: sample.look(number)["stage"] == "assign")
    assert sample.look(number)["transfers"][0]["refusal"] == "不属本热线受理范围"


def test_it_brings_a_new_matter(sample: Sample) -> None:
    data = {name: value for name, value in submission(title="热线转来").items() if name not in {"channel", "form"}}
    event = sample.hotline.answer("appeals.submission", None, data)
    until(lambda: any(a["id"] == event and a["status"] == 201 for a in sample.hotline.answers()))
    (found,) = sample.running.ask("window", "/v1/appeals?channel=hotline_12345")["items"]
    assert (found["title"], found["stage"]) == ("热线转来", "accept")


def test_its_lies_are_not_believed_and_what_it_says_twice_is_done_once(sample: Sample) -> None:
    number = sample.transferred()
    sample.arrived(number)
    sample.hotline.behave(lie="yes")
    sample.hotline.answer(REPLY, f"{number}/1", {"text": "已修复"})
    until(lambda: sample.hotline.answers()[0]["attempts"] > 0)
    assert (sample.look(number)["stage"], len(sample.exchanged(number))) == ("handle", 1)
    sample.hotline.behave(lie="", twice="yes")
    until(lambda: sample.look(number)["stage"] == "feedback")
    until(lambda: len(sample.exchanged(number)) == 3)
    sample.hotline.behave(twice="")
    assert sample.exchanged(number)[1:] == [(REPLY, "accepted", None), (REPLY, "refused", "transfer-not-open")]
    journal = sample.running.ask("window", f"/v1/appeals/{number}/journal")["items"]
    assert [entry["action"] for entry in journal].count("transfer_reply") == 1


def test_killed_it_is_started_again_and_what_waited_arrives(sample: Sample) -> None:
    before = sample.running.children()
    os.kill(before["hotline"], signal.SIGKILL)
    number = sample.transferred()
    sample.arrived(number)
    after = sample.running.children()
    assert {name: pid for name, pid in after.items() if name != "hotline"} == {
        name: pid for name, pid in before.items() if name != "hotline"
    }
    assert after["hotline"] != before["hotline"]
