"""涉密事项 over the API: who must act finds them, in lists too; who is complained of does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.bench import Api, problem, submission

COMPLAINT: dict[str, Any] = {"service": "complaint-12389", "title": "投诉办案民警"}
CLUE: dict[str, Any] = {
    "service": "clue-report",
    "title": "举报线索",
    "form": {"kind": "其他", "facts": "仓库存放假冒服装"},
}
KIND = "不依法履行职责"


async def complained(api: Api, **form: str) -> str:
    number: str = (await api.submit(**COMPLAINT, form={"kind": KIND, **form}))["number"]
    return number


async def listed(api: Api, who: str) -> set[str]:
    """The numbers of every complaint and clue in the lists of ``who``, page by page."""
    found: set[str] = set()
    for service in (COMPLAINT["service"], CLUE["service"]):
        path = f"/v1/appeals?service={service}&limit=2"
        while path:
            page = await api.get(who, path)
            found |= {line["number"] for line in page.json()["items"]}
            path = page.links.get("next", {}).get("url", "")
    return found


async def concluded(api: Api) -> str:
    """A clue that is answered."""
    number: str = (await api.submit(**CLUE))["number"]
    await api.done("economic-crime-officer", number, "sign")
    record = {"step": "check", "outcome": "not_true", "record": {"text": "查无实据"}}
    await api.done("economic-crime-officer", number, "complete_step", **record)
    await api.done("economic-crime-officer", number, "send_answer", text="查无实据", method="online")
    return number


async def test_a_clue_is_closed(api: Api) -> None:
    number = await concluded(api)
    await api.done("enterprise", number, "rate", grade=5)
    problem(await api.act("visitor", number, "record_visit", result="satisfied"), 404, "unknown-appeal")
    assert (await api.done("supervisor", number, "record_visit", result="satisfied"))["stage"] == "closed"


async def test_a_clue_goes_round_again(api: Api) -> None:
    number = await concluded(api)
    await api.done("enterprise", number, "rate", grade=1)
    assert number in await listed(api, "supervisor")
    await api.done("supervisor", number, "assign", lead_unit="economic-crime")
    assert (await api.done("economic-crime-officer2", number, "sign"))["round"] == 2


async def test_a_complaint_that_is_given_back_is_assigned_anew(api: Api) -> None:
    number = await complained(api)
    given_back = await api.done("supervision-officer", number, "return_assignment", reason="应由法制办理")
    assert given_back["out_of_reach"]
    await api.done("supervisor", number, "assign", lead_unit="legal")
    assert (await api.done("legal-officer", number, "sign"))["stage"] == "handle"


async def test_a_unit_that_is_asked_answers(api: Api) -> None:
    number = (await api.submit(**CLUE))["number"]
    await api.done("economic-crime-officer", number, "sign")
    await api.done("economic-crime-officer", number, "ask_cooperation", unit="traffic", question="车辆归属")
    answered = await api.done("traffic-officer", number, "answer_cooperation", text="已查明")
    assert answered["out_of_reach"]


async def test_a_unit_that_is_asked_finds_it_in_its_lists_until_it_has_answered_and_nobody_else_does(api: Api) -> None:
    asked, others = (
        ("traffic-officer", "traffic-leader"),
        ("station-c-officer", "legal-officer", "visitor", "dispatcher"),
    )

    async def found_by() -> set[str]:
        """Whoever finds it in the lists, which are the same people who may read it."""
        lists = {who for who in (*asked, *others) if number in await listed(api, who)}
        read = {who for who in (*asked, *others) if (await api.get(who, f"/v1/appeals/{number}")).status_code == 200}
        assert lists == read
        return lists

    number = (await api.submit(**CLUE))["number"]
    await api.done("economic-crime-officer", number, "sign")
    assert await found_by() == set()
    for question in ("车辆归属", "行驶轨迹"):
        await api.done("economic-crime-officer", number, "ask_cooperation", unit="traffic", question=question)
    assert await found_by() == {*asked}
    await api.done("traffic-officer", number, "answer_cooperation", text="已查明", question=1)
    assert await found_by() == {*asked}
    await api.done("traffic-officer", number, "refuse_cooperation", reason="不掌握")
    assert await found_by() == set()
    await api.done("economic-crime-officer", number, "ask_cooperation", unit="station-c", question="现场情况")
    assert await found_by() == {"station-c-officer"}
    record = {"step": "check", "outcome": "not_true", "record": {"text": "查无实据"}}
    await api.done("economic-crime-officer", number, "complete_step", **record)
    await api.done("economic-crime-officer", number, "send_answer", text="查无实据", method="online")
    assert await found_by() == set()


async def test_the_lists_show_a_secret_matter_to_whoever_works_on_it_and_to_no_one_complained_of(api: Api) -> None:
    number = await complained(api, complained_officer="supervision-officer2")
    for who, finds in (
        ("supervision-officer", True),
        ("legal-officer", True),
        ("supervisor", True),
        ("supervision-officer2", False),
        ("traffic-leader", False),
        ("dispatcher", False),
        ("visitor", False),
    ):
        assert (number in await listed(api, who)) is finds, who
        assert ((await api.get(who, f"/v1/appeals/{number}")).status_code == 200) is finds, who


@pytest.mark.parametrize("word", ["supervision", "督察支队"])
async def test_a_unit_is_complained_of_by_its_code_or_by_its_name(api: Api, word: str) -> None:
    number = await complained(api, complained_unit=word)
    appeal = await api.appeal(number)
    assert (appeal.submission.against, appeal.lead) == (("supervision",), None)
    problem(await api.get("supervision-leader", f"/v1/appeals/{number}"), 404, "unknown-appeal")
    await api.done("supervisor", number, "assign", lead_unit="legal")


async def test_an_officer_is_complained_of_by_his_name_too(api: Api) -> None:
    number = await complained(api, complained_officer="许督察")
    problem(await api.get("inspector", f"/v1/appeals/{number}"), 404, "unknown-appeal")


@pytest.mark.parametrize(
    ("field", "word", "code"),
    [
        ("complained_unit", "某某所", "unknown-complained-of"),
        ("complained_officer", "某某某", "unknown-complained-of"),
        ("complained_unit", "city", "nobody-left"),
        ("complained_unit", "市公安局", "nobody-left"),
        ("complained_officer", "supervisor", "nobody-left"),
    ],
)
async def test_a_word_that_bars_nobody_or_everybody_is_refused_by_its_field(
    api: Api, field: str, word: str, code: str
) -> None:
    body = submission(**COMPLAINT, form={"kind": KIND, field: word})
    told = problem(await api.post("enterprise", "/v1/appeals", body), 422, code)
    assert told["errors"][0]["pointer"] == f"/form/{field}"
