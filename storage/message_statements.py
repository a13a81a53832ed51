"""What is written of messages, as statements that are made once and given their values."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, update

from storage.column_types import Moment
from storage.tables import message_attempts as attempts
from storage.tables import messages as table

ESCALATED_ANEW: Final = (
    update(table)
    .where(table.c.status == "waiting", table.c.escalation == bindparam("of"), table.c.notice != bindparam("but"))
    .values(status="silenced", ended_at=bindparam("now", type_=Moment), error="called-anew")
)
READ: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.account == bindparam("by"), table.c.read_at.is_(None))
    .values(read_at=bindparam("now", type_=Moment))
)
BEGUN: Final = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(
        lease=bindparam("by"),
        lease_until=bindparam("until", type_=Moment),
        channel=bindparam("by_channel"),
    )
)
HELD: Final = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(due_at=bindparam("until", type_=Moment), channel=bindparam("by_channel"), lease=None, lease_until=None)
)
ENDED: Final = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(
        status=bindparam("how"),
        ended_at=bindparam("now", type_=Moment),
        error=bindparam("why"),
        lease=None,
        lease_until=None,
    )
)
SETTLED: Final = (
    update(attempts)
    .where(attempts.c.message == bindparam("of"), attempts.c.nth == bindparam("number"), attempts.c.ended_at.is_(None))
    .values(
        ended_at=bindparam("now", type_=Moment),
        result=bindparam("how"),
        answer=bindparam("why"),
        again_at=bindparam("again", type_=Moment),
    )
)
RELEASED: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.lease == bindparam("by"))
    .values(lease=None, lease_until=None)
)
