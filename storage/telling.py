"""What telling somebody writes: the notice once, whom it was for, and a message for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from domain.notice import CALLS, HAND_OVER, LEASE_ENDED, Notice
from domain.service import ENTERPRISE
from storage.contact_points import ContactPoints
from storage.database import Write
from storage.messages import Messages, MessageStatus, NewMessage
from storage.notices import Notices
from storage.organisation import Organisation
from storage.recipients import Recipient, Recipients

log = structlog.get_logger(__name__)

#: With these an escalation calls anew: whatever its earlier notices still had to send is not needed any more.
_ANEW: Final = frozenset({LEASE_ENDED, HAND_OVER})


async def tell(
    w: Write,
    notices: Sequence[Notice],
    organisation: Organisation | None,
    now: datetime,
    ended: Counter[MessageStatus] | None = None,
) -> tuple[str, ...]:
    """Keeps what was not kept before, by the notices' ids; the ids of those steps of escalations that found nobody.

    To be the last thing in its transaction. ``now`` is the real time. Without ``organisation`` nobody looks for people.
    ``ended`` counts the messages that are done with by this alone: kept, or silenced.
    """
    ended = Counter() if ended is None else ended
    kept = await Notices(w).kept([notice.id for notice in notices])
    fresh = [notice for notice in notices if notice.id not in kept]
    people: dict[str, tuple[Recipient, ...]] | None = None
    if organisation is not None:
        recipients = Recipients(w, organisation)
        people = await recipients.of_all([n for n in fresh if not n.is_for_outside])
    await Notices(w).add(fresh, people)
    messages, points = Messages(w), await ContactPoints(w).of(_accounts(people))
    for notice in fresh:
        if notice.template in _ANEW:
            ended[MessageStatus.SILENCED] += await messages.called_anew(notice.data["escalation"], notice.id, now)
    new = [one for notice in fresh for one in _messages(notice, people or {}, points, now)]
    await messages.add(new)
    ended[MessageStatus.KEPT] += sum(one.status is MessageStatus.KEPT for one in new)
    found: Mapping[str, tuple[Recipient, ...] | None] = {**kept, **(people or {})}
    return tuple(n.id for n in notices if n.is_step and found.get(n.id) == ())


def log_told(notices: Iterable[Notice]) -> None:
    """A line for each, by its codes: nothing personal."""
    for notice in notices:
        log.info(
            "notice",
            number=notice.number,
            template=notice.template,
            unit=notice.unit,
            audience=notice.audience,
            data=notice.data,
        )


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
            # What calls somebody does not wait for the morning, unless its ladder says that it may; of what else is
            # told, only a warning of a clock whose ladder may not.
            may_wait=bool(notice.data.get("may_wait", notice.template not in CALLS)),
            at=notice.at,
            created_at=now,
            # Who has no channel of their own finds it in the inbox; an enterprise has the phone of the appeal.
            status=MessageStatus.WAITING if to_enterprise or account in points else MessageStatus.KEPT,
        )
