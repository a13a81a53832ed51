"""At any stage before the end the enterprise may withdraw its appeal or add to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.errors import Conflict, Forbidden
from domain.vocabulary import Action, EscalationState, Outcome, Stage
from tests.promises.ways import (
    accepted,
    answered,
    begun,
    kept,
    refused,
    running,
    signed,
    submitted,
    transferred,
)
from tests.support.house import House

pytestmark = pytest.mark.engine

Way = Callable[[House], Awaitable[str]]


async def received(house: House) -> str:
    return await house.submit()


async def owing(house: House) -> str:
    number = await signed(house)
    await house.act(number, "handler", "request_supplement", items=["现场照片"])
    return number


async def reviewed(house: House) -> str:
    return await house.submit("hazmat-toxic-purchase")


WAYS: dict[str, tuple[Way, Stage]] = {
    "received": (received, Stage.ACCEPT),
    "accepted": (accepted, Stage.ASSIGN),
    "signed": (signed, Stage.HANDLE),
    "owing materials": (owing, Stage.HANDLE),
    "a permit under review": (reviewed, Stage.HANDLE),
    "with an outside body": (transferred, Stage.HANDLE),
    "submitted": (submitted, Stage.FEEDBACK),
    "answered": (answered, Stage.EVALUATE),
}


@pytest.mark.parametrize("standing", WAYS)
async def test_it_may_add_to_it_and_withdraw_it(house: House, standing: str) -> None:
    way, stage = WAYS[standing]
    number = await way(house)

    added = await house.act(number, "enterprise", "add_information", text="夜间也有货车占道")
    assert added.stage is stage
    withdrawn = await house.act(number, "enterprise", "withdraw", reason="问题已自行解决")

    # Once the answer is out, what was answered stays true.
    assert (withdrawn.stage, withdrawn.outcome) == (
        Stage.CLOSED,
        Outcome.SOLVED if stage is Stage.EVALUATE else Outcome.WITHDRAWN,
    )
    assert (running(withdrawn), withdrawn.open_transfer, withdrawn.open_supplement) == (set(), None, None)
    last_two = (await house.journal(number))[-2:]
    assert [(e.action, e.actor.id) for e in last_two] == [
        (Action.ADD_INFORMATION, "enterprise"),
        (Action.WITHDRAW, "enterprise"),
    ]
    assert (last_two[0].data["text"], last_two[1].reason) == ("夜间也有货车占道", "问题已自行解决")


async def test_nobody_else_withdraws_it(house: House) -> None:
    number = await house.submit()
    for who in ("window", "leader", "supervisor", "system"):
        assert isinstance(await refused(house, number, who, "withdraw", reason="代为撤回"), Forbidden)


async def test_once_closed_there_is_nothing_to_add_or_withdraw(house: House) -> None:
    number = await house.submit()
    await house.act(number, "enterprise", "withdraw", reason="已自行解决")
    for action, body in (("add_information", {"text": "又发生了"}), ("withdraw", {"reason": "再撤"})):
        over = await refused(house, number, "enterprise", action, **body)
        assert isinstance(over, Conflict)
        assert (over.stage, over.allowed) == ("closed", ())


async def test_withdrawing_ends_what_was_being_called_for(house: House) -> None:
    number = await begun(house, kept(house, age=timedelta(days=90)))
    called = await house.look(number)
    assert [e.state for e in called.escalations] == [EscalationState.OPEN]

    withdrawn = await house.act(number, "enterprise", "withdraw", reason="已自行解决")

    assert [e.state for e in withdrawn.escalations] == [EscalationState.ENDED]
    assert (await house.journal(number))[-1].action is Action.WITHDRAW
