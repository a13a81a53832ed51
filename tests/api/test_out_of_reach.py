"""Who hands a secret matter on is told that it is done, once and again; and nothing of what becomes of it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.events import Broadcaster, Event
from domain.people import Actor
from domain.relations import may_read
from domain.vocabulary import Role
from storage.organisation import CATALOGUE
from tests.api.bench import Api, open_api, problem

CLUE = {
    "code": "clue", "name": "线索举报", "kind": "appeal", "version": "1", "valid_from": "2026-01-01", "source": "S4",
    "secret": True,
}  # fmt: skip
#: Led by a station, whose officers read it until they give it back.
OF_STATION = {**CLUE, "code": "station-clue", "lead": "station-a"}


@pytest.fixture(scope="module")
async def house(
    template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]
) -> AsyncIterator[Api]:
    """An API whose catalogue has secret services. Every test has its own appeal."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("secret") / "data"))
    catalogue = tmp_path_factory.mktemp("catalogue")
    shutil.copytree(CATALOGUE / "services", catalogue / "services")
    for service in (CLUE, OF_STATION):
        path = catalogue / "services" / f"{service['code']}.yaml"
        path.write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    async with open_api(folder, keys, catalogue=catalogue) as opened:
        yield opened


CHANGED: dict[str, Any] = {"service": "clue", "reason": "系举报线索"}
GIVEN_BACK: dict[str, Any] = {"reason": "不属本所管辖"}


async def made_secret(api: Api) -> tuple[str, str, dict[str, Any], str]:
    """Whose service the window changes into a secret one once it is accepted: number, action, body, and who did it."""
    number = (await api.submit())["number"]
    await api.done("window", number, "accept")
    return number, "change_service", CHANGED, "window"


async def led_by_a_station(api: Api) -> tuple[str, str, dict[str, Any], str]:
    """A clue that a station leads and its officer gives back."""
    number: str = (await api.submit("window", service="station-clue", channel="window"))["number"]
    await api.done("window", number, "accept")
    return number, "return_assignment", GIVEN_BACK, "handler"


WAYS = pytest.mark.parametrize("way", [made_secret, led_by_a_station])
Way = Callable[[Api], Awaitable[tuple[str, str, dict[str, Any], str]]]


@WAYS
async def test_whoever_hands_a_secret_matter_on_is_told_that_it_is_done_and_no_more(house: Api, way: Way) -> None:
    number, action, body, who = await way(house)
    first = await house.act(who, number, action, "k1", **body)
    assert first.status_code == 200
    assert first.json() == {
        "number": number,
        "action": action,
        "done": True,
        "out_of_reach": True,
        "detail": "已办理；该诉求已移交，不在您的查阅范围内",
    }
    for path in ("", "/actions", "/journal"):
        problem(await house.get(who, f"/v1/appeals/{number}{path}"), 404, "unknown-appeal")


@WAYS
async def test_the_same_key_again_gets_the_same_answer_and_does_it_once(house: Api, way: Way) -> None:
    number, action, body, who = await way(house)
    first = await house.act(who, number, action, "k1", **body)
    seq = (await house.appeal(number)).seq
    again = await house.act(who, number, action, "k1", **body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await house.appeal(number)).seq == seq
    # Nothing personal was shown: nothing is to be accounted for.
    assert [x for x in await house.audit("personal-data") if (x.number, x.code) == (number, action)] == []


@WAYS
async def test_a_key_with_another_content_another_key_and_another_person_find_nothing(house: Api, way: Way) -> None:
    number, action, body, who = await way(house)
    await house.act(who, number, action, "k1", **body)
    other = await house.act(who, number, action, "k1", **{**body, "reason": "另一理由"})
    problem(other, 422, "idempotency-key-reused")
    for name, key in ((who, "k2"), ("handler3", "k1")):
        problem(await house.act(name, number, action, key, **body), 404, "unknown-appeal")
    path = f"/v1/appeals/{number}/actions/{action}"
    problem(await house.post(who, path, body, key=None), 404, "unknown-appeal")


async def test_a_write_that_was_pending_is_answered_when_the_matter_is_out_of_reach(house: Api) -> None:
    number, *_ = await made_secret(house)
    house.gateway.pending = True
    problem(await house.act("window", number, "change_service", "k1", **CHANGED), 503, "write-pending")
    house.gateway.pending = False
    again = await house.act("window", number, "change_service", "k1", **CHANGED)
    assert (again.status_code, again.json()["out_of_reach"]) == (200, True)


async def test_events_of_a_matter_that_becomes_secret_reach_only_who_may_read_it(house: Api) -> None:
    number = (await house.submit())["number"]
    broadcaster = Broadcaster(house.database)
    listener = await broadcaster.listen()
    await house.done("window", number, "add_information", text="一")
    await broadcaster._look()
    await house.done("window", number, "change_service", **CHANGED)
    await broadcaster._look()
    before, after = [listener.queue.get_nowait() for _ in range(2)]
    assert isinstance(before, Event)
    assert isinstance(after, Event)
    admin = Actor("admin", "何管理", (Role.ADMIN,))
    assert [e.entry.action for e in (before, after)] == ["add_information", "change_service"]
    assert [may_read(e.appeal, admin) for e in (before, after)] == [True, False]
