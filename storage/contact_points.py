"""How people are reached: for each person channels in order, each with an address and how long to wait for an answer.

Addresses are personal: they are in this table and on the wire, never in logs; the audit log has the channels only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from domain.vocabulary import STAFF_ROLES
from storage.accounts import Accounts
from storage.audit import add_line, audit_row
from storage.database import Read, Write
from storage.tables import contact_points as table
from storage.tables import messages

KIND: Final = "contact-points"
"""Of the lines in the audit log."""
SMS: Final = "sms"
WAIT_SECONDS: Final = 300
MOST_WAIT_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A channel by which people may be reached; ``hint`` says what an address of it looks like."""

    name: str
    title: str
    hint: str
    address: re.Pattern[str]


_PHONE: Final = re.compile(r"1[3-9][0-9]{9}")
#: No character of an address may mean anything in a URL: it is put into one.
_MAIL: Final = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]*[A-Za-z0-9])+"
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,100}")

KINDS: Final[dict[str, ChannelKind]] = {
    kind.name: kind
    for kind in (
        ChannelKind(SMS, "短信", "应为11位手机号码", _PHONE),
        ChannelKind("email", "电子邮件", "应为电子邮件地址", _MAIL),
        ChannelKind("wecom", "企业微信", "应为机器人的 key（字母、数字、连字符）", _TOKEN),
        ChannelKind("dingtalk", "钉钉", "应为在群中被提及者的11位手机号码", _PHONE),
        ChannelKind("feishu", "飞书", "应为机器人的 token（字母、数字、连字符）", _TOKEN),
    )
}


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """A channel of a person; ``wait`` in seconds, before the next one when an escalation is not acknowledged."""

    channel: str
    address: str
    wait: int = WAIT_SECONDS


def address_fault(channel: str, address: str) -> str:
    """What is wrong with an address; empty when nothing is."""
    kind = KINDS.get(channel)
    if kind is None:
        return "没有这种渠道"
    return "" if kind.address.fullmatch(address) else kind.hint


class ContactPoints:
    """Questions to the contact points."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, accounts: Iterable[str]) -> dict[str, list[ContactPoint]]:
        """Those of these people, in each one's own order."""
        found: defaultdict[str, list[ContactPoint]] = defaultdict(list)
        if not (wanted := sorted(set(accounts))):
            return found
        query = select(table).where(table.c.account.in_(wanted)).order_by(table.c.position)
        for row in await self._r.rows(query):
            found[row.account].append(ContactPoint(row.channel, row.address, row.wait))
        return found

    async def unreachable(self, channels: Collection[str] | None = None) -> dict[str, str]:
        """Staff whom a message can only wait for in their inbox, and why: ``no-channel``, or ``failing``.

        ``channels`` are those that are set up, all when not said. ``failing``: the last message that was sent to the
        person arrived nowhere.
        """
        reached = select(table.c.account).where(table.c.channel.in_(sorted(KINDS if channels is None else channels)))
        with_one = {row.account for row in await self._r.rows(reached)}
        failing = await self._failing()
        staff = [a.code for a in await Accounts(self._r).all() if STAFF_ROLES & set(a.roles)]
        why = {code: "failing" if code in with_one else "no-channel" for code in staff}
        return {code: said for code, said in why.items() if code not in with_one or code in failing}

    async def _failing(self) -> set[str]:
        sent = messages.c.status.in_(("sent", "failed")) & messages.c.account.is_not(None)
        last = select(func.max(messages.c.id)).where(sent).group_by(messages.c.account)
        query = select(messages.c.account).where(messages.c.id.in_(last), messages.c.status == "failed")
        return {row.account for row in await self._r.rows(query)}


class ContactPointsWriter(ContactPoints):
    """Contact points, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def replace(self, account: str, wanted: Sequence[ContactPoint], at: datetime, request_id: str) -> None:
        """From here on these are all of the person's, in this order."""
        before = (await self.of([account])).get(account, [])
        await self._w.run(delete(table).where(table.c.account == account))
        if wanted:
            await self._w.run(insert(table), [_row(account, n, one) for n, one in enumerate(wanted)])
        detail = {"before": [one.channel for one in before], "after": [one.channel for one in wanted]}
        line = audit_row(
            at=at, account=account, kind=KIND, number=None, code="channels-set", detail=detail, request_id=request_id
        )
        await add_line(self._w, line)


def _row(account: str, position: int, one: ContactPoint) -> dict[str, Any]:
    return {
        "account": account,
        "channel": one.channel,
        "position": position,
        "address": one.address,
        "wait": one.wait,
    }
