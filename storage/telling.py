"""What telling somebody writes: the notice once, whom it was for, and a message for each of them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from domain.notice import Notice
from domain.service import ENTERPRISE
from storage.contact_points import ContactPoints
from storage.database import Write
from storage.messages import Messages, MessageStatus, NewMessage
from storage.notices import Notices
from storage.organisation import Organisation
from storage.recipients import Recipient, Recipients, is_step

#: With these an escalation calls anew: whatever its earlier notices still had to send is not needed any more.
_ANEW: Final = frozenset({"lease_ended", "hand_over"})
#: What calls somebody does not wait for the morning, unless its policy says that it may.
_CALLS: Final = frozenset({"escalation"}) | _ANEW


async def tell(
    w: Write, notices: Sequence[Notice], organisation: Organisation | None, now: datetime
) -> tuple[str, ...]:
    """Keeps what was not kept before, by the notices' ids; the ids of those steps of escalations that found nobody.

    To be the last thing in its transaction. ``now`` is the real time. Without ``organisation`` nobody looks for people.
    """
    kept = await Notices(w).kept([notice.id for notice in notices])
    fresh = [notice for notice in notices if notice.id not in kept]
    people: dict[str, tuple[Recipient, ...]] | None = None
    if organisation is not None:
        recipients = Recipients(w, organisation)
        people = await recipients.of_all([n for n in fresh if not n.is_for_outside])
    await Notices(w).add(fresh, people)
    messages, points = Messages(w), await ContactPoints(w).of(_accounts(people))
    for notice in fresh:
        if is_step(notice) and notice.template in _ANEW:
            await messages.called_anew(notice.data["escalation"], notice.id, now)
    await messages.add([one for notice in fresh for one in _messages(notice, people or {}, points, now)])
    found: Mapping[str, tuple[Recipient, ...] | None] = {**kept, **(people or {})}
    return tuple(n.id for n in notices if is_step(n) and found.get(n.id) == ())


def _accounts(people: Mapping[str, Sequence[Recipient]] | None) -> set[str]:
    return {one.account for found in (people or {}).values() for one in found}


def _messages(
    notice: Notice, people: Mapping[str, Sequence[Recipient]], points: Container[str], now: datetime
) -> Iterator[NewMessage]:
    if notice.id not in people:
        return
    to_enterprise = ENTERPRISE in notice.audience
    accounts: list[str | None] = [one.account for one in people[notice.id]]
    for account in accounts or ([None] if to_enterprise else []):
        yield NewMessage(
            notice=notice.id,
            number=notice.number,
            account=account,
            to_enterprise=to_enterprise,
            template=notice.template,
            unit=notice.unit,
            data=notice.data,
            escalation=notice.data.get("escalation"),
            may_wait=bool(notice.data.get("may_wait", notice.template not in _CALLS)),
            at=notice.at,
            created_at=now,
            # Who has no channel of their own finds it in the inbox; an enterprise has the phone of the appeal.
            status=MessageStatus.WAITING if to_enterprise or account in points else MessageStatus.KEPT,
        )
