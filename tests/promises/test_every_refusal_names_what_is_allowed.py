"""A move that the table does not allow is refused with the stage and the moves that are; nothing is recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.errors import Conflict, Forbidden
from domain.vocabulary import Stage
from tests.promises.ways import accepted, answered, assigned, refused, signed, submitted, transferred
from tests.support.house import House

pytestmark = pytest.mark.engine

Way = Callable[[House], Awaitable[str]]
Body = dict[str, Any]


async def received(house: House) -> str:
    return await house.submit()


RESULT: Body = {"outcome": "solved", "text": "已办结"}
ANSWER: Body = {"text": "已办结", "method": "phone"}

#: Where it stands, who asks for what, and what is open to them instead.
REFUSALS: dict[str, tuple[Way, Stage, str, str, Body, set[str]]] = {
    "an answer before acceptance": (
        received, Stage.ACCEPT, "window", "send_answer", ANSWER,
        {"accept", "request_supplement", "reject", "merge", "add_information", "transfer", "change_service"},
    ),
    "a second acceptance": (
        accepted, Stage.ASSIGN, "window", "accept", {}, {"add_information", "transfer", "change_service"},
    ),
    "work before the signature": (
        assigned, Stage.ASSIGN, "handler", "submit_result", RESULT, {"sign", "return_assignment", "note"},
    ),
    "a second signature": (
        signed, Stage.HANDLE, "handler", "sign", {},
        {
            "request_supplement", "note", "ask_cooperation", "request_extension", "pause", "park",
            "submit_result",
        },
    ),
    "a word of ours while an outside body has it": (
        transferred, Stage.HANDLE, "window", "transfer", {"body": "street-a", "reason": "改转街道"},
        {"add_information", "recall_transfer", "ask_cooperation"},
    ),
    "an answer before the review": (
        submitted, Stage.FEEDBACK, "handler", "send_answer", ANSWER, {"note"},
    ),
    "a review without anything to review": (
        signed, Stage.HANDLE, "leader", "review", {"approved": True}, {"set_urgency"},
    ),
    "a rating before the answer": (
        submitted, Stage.FEEDBACK, "enterprise", "rate", {"grade": 5}, {"withdraw", "add_information"},
    ),
    "a supplement that nobody asked for": (
        answered, Stage.EVALUATE, "enterprise", "supplement", {"items": ["照片"]},
        {"withdraw", "add_information", "confirm_receipt", "rate"},
    ),
    "giving up before the third try": (
        answered, Stage.EVALUATE, "supervisor", "close_unreachable", {"reason": "联系不上"},
        {"reassign", "lift", "set_urgency", "supervise", "migrate_policy"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSALS)
async def test_a_refusal_names_the_stage_and_what_is_allowed_instead(house: House, what: str) -> None:
    way, stage, who, action, body, instead = REFUSALS[what]

    refusal = await refused(house, await way(house), who, action, **body)

    assert isinstance(refusal, Conflict)
    assert (refusal.stage, set(refusal.allowed)) == (stage, instead)


async def test_what_it_names_is_really_possible(house: House) -> None:
    number = await accepted(house)
    wrong = await refused(house, number, "dispatcher", "reassign", unit="station-a", reason="尚未交办")
    assert isinstance(wrong, Conflict)
    assert wrong.allowed == ("assign", "change_service")

    assert (await house.act(number, "dispatcher", wrong.allowed[0], lead_unit="station-a")).lead is not None


async def test_who_may_never_do_it_is_told_so_before_any_stage_is_looked_at(house: House) -> None:
    number = await accepted(house)
    for who, action, code in (
        ("handler", "accept", "forbidden"),
        ("handler", "lift", "forbidden"),
        ("enterprise", "review", "forbidden"),
        ("system", "accept", "forbidden"),
    ):
        refusal = await refused(house, number, who, action, reason="越权", approved=True)
        assert isinstance(refusal, Forbidden)
        assert refusal.code == code
