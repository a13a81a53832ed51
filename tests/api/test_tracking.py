"""Codes for an appeal's contact: who is sent one, and which open anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from api.problems import Problem
from api.tracking import ask, check, send
from runtime.codec import ensure_key_file
from storage.messages import MessageReads
from tests.api.bench import Api, open_api


@pytest.fixture
async def keyed(folder: Path, keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """An API with the keys that make codes."""
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys) as opened:
        yield opened


async def sent(api: Api, number: str) -> int:
    async with api.database.read() as r:
        return sum(one.template == "track_code" for one in await MessageReads(r).of(number))


async def refusal(api: Api, number: str, digits: str, phone: str = "1234") -> str:
    with pytest.raises(Problem) as refused:
        await check(api.context, number, phone, digits)
    return f"{refused.value.status.value} {refused.value.code}"


@pytest.mark.parametrize(
    ("known", "given", "is_sent"),
    [
        ("13800001234", "1234", True),
        ("13800001234", "138-0000-1234", True),
        ("13800001234", "234", False),
        ("13800001234", "1235", False),
        ("13800001234", "", False),
        ("13800001234", "１２３４", False),
        ("0574-87654321", "4321", True),
        ("110", "110", False),
    ],
)
async def test_a_code_goes_to_whoever_knows_the_phone_by_its_last_four_digits_at_least(
    keyed: Api, known: str, given: str, *, is_sent: bool
) -> None:
    number = (await keyed.submit("system", contact={"name": "张三", "phone": known}))["number"]
    assert bool(await send(keyed.context, number, given)) is is_sent
    assert await sent(keyed, number) == is_sent


async def test_codes_open_their_own_appeal_while_they_last(keyed: Api) -> None:
    number, other = [(await keyed.submit())["number"] for _ in range(2)]
    digits = await send(keyed.context, number, "1234")
    assert await refusal(keyed, other, digits) == "403 bad-code"
    assert await refusal(keyed, "SQ20260901-00000000", digits) == "403 bad-code"
    assert await refusal(keyed, number, "") == "403 bad-code"
    await check(keyed.context, number, "1234", digits)
    assert await refusal(keyed, number, digits) == "403 bad-code"


async def test_a_newer_code_takes_the_place_of_an_older_one(keyed: Api) -> None:
    number = (await keyed.submit())["number"]
    older = await send(keyed.context, number, "1234")
    keyed.clock.now += timedelta(minutes=1)
    newer = await send(keyed.context, number, "1234")
    assert await refusal(keyed, number, older) == "403 bad-code"
    await check(keyed.context, number, "1234", newer)


async def test_what_nobody_has_is_answered_as_what_somebody_has(keyed: Api) -> None:
    assert await send(keyed.context, "SQ20260901-00000000", "1234") == ""
    assert await send(keyed.context, "不是编号", "1234") == ""


async def test_without_keys_there_are_no_codes(
    folder: Path, keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    async with open_api(folder, keys) as api:
        number = (await api.submit())["number"]
        with pytest.raises(Problem) as refused:
            await ask(api.context, number, "1234")
        assert refused.value.status == 501
        assert await sent(api, number) == 0


async def test_nobody_uses_up_a_code_who_does_not_know_the_phone(keyed: Api) -> None:
    number = (await keyed.submit())["number"]
    digits = await send(keyed.context, number, "1234")
    wrong = "000000" if digits != "000000" else "000001"
    for phone in ("", "4321", "9999", "0000", "1111", "234"):
        assert await refusal(keyed, number, wrong, phone) == "403 bad-code"
    assert await refusal(keyed, number, digits, "9999") == "403 bad-code"
    await check(keyed.context, number, "1234", digits)


async def test_after_some_wrong_phones_the_whole_one_is_asked_for_and_never_refused(keyed: Api) -> None:
    number = (await keyed.submit())["number"]
    for phone in ("0000", "0001", "0002", "0003", "0004"):
        assert await send(keyed.context, number, phone) == ""
    assert await send(keyed.context, number, "1234") == ""
    digits = await send(keyed.context, number, "13800001234")
    await check(keyed.context, number, "13800001234", digits)
    keyed.clock.now += timedelta(minutes=1)
    # Whoever knows it has nothing to do with those who tried.
    assert await send(keyed.context, number, "1234")


async def test_wrong_phones_are_forgotten_after_a_quarter_of_an_hour(keyed: Api) -> None:
    number = (await keyed.submit())["number"]
    for _ in range(6):
        await send(keyed.context, number, "9999")
    assert await send(keyed.context, number, "1234") == ""
    keyed.clock.now += timedelta(minutes=16)
    assert await send(keyed.context, number, "1234")


async def test_where_codes_go_to_phones_the_answer_is_out_before_anything_is_looked_up(
    folder: Path, keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys, sms_gateway_url="https://sms.example/send") as api:
        number = (await api.submit())["number"]
        for phone, count in (("9999", 0), ("1234", 1)):
            digits, work = await ask(api.context, number, phone)
            assert (digits, await sent(api, number)) == ("", 0)
            assert work is not None
            await work()
            assert await sent(api, number) == count
