"""Messages to people: one for each notice and person, how far each has been sent, and every attempt.

The rows are the inbox, too. A worker sends what its lease is on, so that no two send one message at once; when it
dies, the lease runs out, and an attempt without an end tells the next one how far it had come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, func, insert, or_, select, type_coerce

from domain.rules import Rules
from storage import message_statements as statements
from storage.column_types import Moment
from storage.database import Read, Write
from storage.locks import Lock, take
from storage.rules import rules_by_version
from storage.tables import appeals, escalations, intake
from storage.tables import message_attempts as attempts
from storage.tables import messages as table
from storage.upsert import insert_or_ignore


class MessageStatus(StrEnum):
    """Where a message stands. ``kept``: in the inbox, and nowhere else to send it; ``silenced``: no longer needed."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    SILENCED = "silenced"
    FAILED = "failed"


class Result(StrEnum):
    """How an attempt ended. ``refused``: not with this address; ``unknown``: cut off, it may have arrived."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A notice for one person; without ``account`` for the contact of the appeal."""

    notice: str
    number: str
    account: str | None
    to_enterprise: bool
    template: str
    unit: str
    data: dict[str, Any]
    escalation: str | None
    may_wait: bool
    at: datetime
    created_at: datetime
    status: MessageStatus = MessageStatus.WAITING

    @property
    def key(self) -> str:
        """Makes it arrive once."""
        return f"{self.notice}:{self.account or ''}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message and how far it has come. ``at`` is the notice's own moment, which a rehearsal may be ahead with."""

    id: int
    key: str
    notice: str
    number: str
    account: str | None
    to_enterprise: bool
    template: str
    unit: str | None
    data: dict[str, Any]
    escalation: str | None
    may_wait: bool
    at: datetime
    created_at: datetime
    status: MessageStatus
    due_at: datetime
    ended_at: datetime | None
    error: str | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt on one channel; without ``result`` it is being made, or was cut off."""

    message: int
    nth: int
    channel: str
    started_at: datetime
    ended_at: datetime | None = None
    result: Result | None = None
    answer: str | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What a message says of its appeal. ``service`` is a name; ``offset``: how far its time is ahead (rehearsal).

    ``quiet``: in which hours messages that may wait do, by its policy; None where that is from before it said so.
    ``steps`` are the names of its procedure's steps, by their codes.
    """

    service: str
    secret: bool
    offset: timedelta
    quiet: str | None = None
    steps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages that may be sent now and are not: how many, and since when the oldest."""

    count: int
    since: datetime | None


_NAMES: Final = tuple(one.name for one in fields(Message))
_SAID: Final = [table.c[name] for name in _NAMES]
_WAITING: Final = table.c.status == MessageStatus.WAITING.value


class MessageReads:
    """Questions to the messages."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[Message]:
        """Every message about one appeal, in order."""
        return await self._messages(select(*_SAID).where(table.c.number == number).order_by(table.c.id))

    async def inbox(
        self, account: str, *, before: int | None = None, unread: bool = False, limit: int = 50
    ) -> list[Message]:
        """A person's messages, newest first."""
        query = select(*_SAID).where(table.c.account == account).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(table.c.id < before)
        return await self._messages(query.where(table.c.read_at.is_(None)) if unread else query)

    async def one_of(self, account: str, message: int) -> Message | None:
        """A message, if it is this person's."""
        found = await self._messages(select(*_SAID).where(table.c.id == message, table.c.account == account))
        return found[0] if found else None

    async def unread(self, account: str) -> int:
        """How many a person has not read."""
        mine = (table.c.account == account) & table.c.read_at.is_(None)
        return int(await self._r.value(select(func.count()).select_from(table).where(mine)))

    async def last_position(self) -> int:
        """The newest message's id; 0 without one."""
        return int(await self._r.value(select(func.max(table.c.id))) or 0)

    async def after(self, position: int, limit: int) -> list[Message]:
        """Messages with a greater id, in order."""
        return await self._messages(select(*_SAID).where(table.c.id > position).order_by(table.c.id).limit(limit))

    async def attempts(self, of: Iterable[int]) -> dict[int, list[Attempt]]:
        """The attempts at each of these messages, in order."""
        query = select(attempts).where(attempts.c.message.in_(list(of))).order_by(attempts.c.message, attempts.c.nth)
        found: defaultdict[int, list[Attempt]] = defaultdict(list)
        for row in await self._r.records(query):
            found[row["message"]].append(Attempt(**row | {"result": row["result"] and Result(row["result"])}))
        return found

    async def matters(self, numbers: Iterable[str]) -> dict[str, Matter]:
        """What messages say of each of these appeals."""
        columns = (appeals.c.number, appeals.c.rules_version, appeals.c.secret, appeals.c.offset_us)
        rows = await self._r.rows(select(*columns).where(appeals.c.number.in_(sorted(set(numbers)))))
        rules = await rules_by_version(self._r, {row.rules_version for row in rows})
        return {row.number: _matter(row, rules[row.rules_version]) for row in rows}

    async def escalation_states(self, ids: Iterable[str | None]) -> dict[str, str]:
        """How each escalation stands."""
        wanted = sorted({one for one in ids if one})
        rows = await self._r.rows(select(escalations.c.id, escalations.c.state).where(escalations.c.id.in_(wanted)))
        return {row.id: row.state for row in rows}

    async def ended_clocks(self, numbers: Iterable[str]) -> dict[str, frozenset[int]]:
        """The generations of those clocks of each appeal that run no more."""
        if not (wanted := sorted(set(numbers))):
            return {}
        rows = await self._r.rows(select(appeals.c.number, appeals.c.state).where(appeals.c.number.in_(wanted)))
        return {
            row.number: frozenset(one["generation"] for one in row.state["clocks"] if one.get("ended_at"))
            for row in rows
        }

    async def contact_phone(self, number: str) -> str:
        """The phone of an appeal's contact, also of one that only intake keeps; empty when there is none. Personal."""
        state = await self._r.value(select(appeals.c.state).where(appeals.c.number == number))
        kept = None if state else await self._r.value(select(intake.c.body).where(intake.c.number == number))
        contact = ((state or {}).get("submission") or kept or {}).get("contact") or {}
        return str(contact.get("phone") or "")

    async def is_any_due(self, now: datetime, full: Collection[str] = ()) -> bool:
        """Whether there is anything to send, apart from what goes by ``full`` channels."""
        return await self._r.value(select(table.c.id).where(*_due(now, full)).limit(1)) is not None

    async def backlog(self, now: datetime) -> Backlog:
        """What may be sent and is not."""
        oldest = type_coerce(func.min(table.c.due_at), Moment).label("since")
        found = await self._r.records(
            select(func.count().label("count"), oldest).where(_WAITING, table.c.due_at <= now)
        )
        return Backlog(**found[0])

    async def _messages(self, query: Any) -> list[Message]:
        return [_message(row) for row in await self._r.rows(query)]


class Messages(MessageReads):
    """Messages, for writing. What is said of several at once is one round trip."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(self, wanted: Sequence[NewMessage]) -> None:
        """Keep messages, the last thing in a transaction. One that was kept before, by its key, stays as it is."""
        if not wanted:
            return
        # Ids are drawn before the commit: without a lock up to there a reader could see 11 before 10, and go on there.
        if (lock := take(self._w.dialect, Lock.MESSAGES)) is not None:
            await self._w.value(lock)
        rows = [asdict(one) | {"key": one.key, "due_at": one.created_at, "status": one.status.value} for one in wanted]
        await self._w.run(insert_or_ignore(self._w.dialect, table), rows)

    async def called_anew(self, escalation: str, notice: str, now: datetime) -> int:
        """From here on this notice calls for the escalation: what earlier ones still had to send is silenced.

        How many those are.
        """
        return await self._w.run(statements.ESCALATED_ANEW, {"of": escalation, "but": notice, "now": now})

    async def read(self, account: str, message: int, now: datetime) -> None:
        """A person has read a message of theirs; the first time counts."""
        await self._w.run(statements.READ, {"of": message, "by": account, "now": now})

    async def due(self, now: datetime, full: Collection[str], limit: int) -> list[Message]:
        """The oldest that may be sent now, apart from what goes by ``full`` channels; ours until the commit."""
        query = select(*_SAID).where(*_due(now, full)).order_by(table.c.due_at, table.c.id).limit(limit)
        # SQLite has one writer anyway, and ignores it.
        return await self._messages(query.with_for_update(skip_locked=True))

    async def begin(self, wanted: Sequence[Attempt], by: str, until: datetime) -> None:
        """Write attempts down before they are made; nobody else makes one at these messages until then."""
        if wanted:
            await self._w.run(insert(attempts).inline(), [_attempt_row(one) for one in wanted])
            rows = [{"of": one.message, "by": by, "until": until, "by_channel": one.channel} for one in wanted]
            await self._w.run(statements.BEGUN, rows)

    async def settle(self, ended: Sequence[Attempt], by: str) -> None:
        """How attempts ended; said by another of them in the meantime, it stays as it was said."""
        if not ended:
            return
        rows = [
            {
                "of": one.message,
                "number": one.nth,
                "now": one.ended_at,
                "how": one.result.value if one.result else None,
                "why": one.answer,
                "again": one.again_at,
            }
            for one in ended
        ]
        await self._w.run(statements.SETTLED, rows)
        await self._w.run(statements.RELEASED, [{"of": one.message, "by": by} for one in ended])

    async def hold(self, until: Mapping[int, tuple[datetime, str | None]]) -> None:
        """Look at these messages again at that moment; on which channel they will go, as far as is known."""
        if until:
            rows = [{"of": message, "until": at, "by_channel": channel} for message, (at, channel) in until.items()]
            await self._w.run(statements.HELD, rows)

    async def end(self, how: Mapping[int, tuple[MessageStatus, str | None]], now: datetime) -> None:
        """These messages are done with."""
        if how:
            rows = [{"of": message, "how": s.value, "why": why, "now": now} for message, (s, why) in how.items()]
            await self._w.run(statements.ENDED, rows)


def _due(now: datetime, full: Collection[str]) -> list[Any]:
    found = [_WAITING, table.c.due_at <= now, or_(table.c.lease_until.is_(None), table.c.lease_until <= now)]
    if full:
        found.append(or_(table.c.channel.is_(None), table.c.channel.not_in(sorted(full))))
    return found


def _attempt_row(one: Attempt) -> dict[str, Any]:
    return {"message": one.message, "nth": one.nth, "channel": one.channel, "started_at": one.started_at}


def _matter(row: Row[Any], rules: Rules) -> Matter:
    quiet = rules.policy.quiet if rules.policy.ladders else None
    steps = {step.code: step.name for step in rules.service.procedure.steps}
    return Matter(rules.service.name, row.secret, row.offset_us, quiet, steps)


def _message(row: Row[Any]) -> Message:
    said = {name: getattr(row, name) for name in _NAMES}
    return Message(**said | {"status": MessageStatus(row.status)})
