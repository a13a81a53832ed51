"""An inbox as a whole: whether anything new is in it, and all of it read at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, update

from storage.column_types import Moment
from storage.database import Read, Write
from storage.tables import messages as table

NEWEST: Final = 200
"""So many are looked at for the mark on every page: by the index, however long somebody has been reading none."""
_MINE: Final = select(table.c.read_at).where(table.c.account == bindparam("mine")).order_by(table.c.id.desc())
_LATELY: Final = _MINE.limit(NEWEST).subquery()
_UNREAD: Final = select(func.count()).select_from(_LATELY).where(_LATELY.c.read_at.is_(None))
_READ_ALL: Final = (
    update(table)
    .where(table.c.account == bindparam("by"), table.c.id <= bindparam("until"), table.c.read_at.is_(None))
    .values(read_at=bindparam("now", type_=Moment))
)


async def unread_lately(r: Read, account: str) -> int:
    """How many of the person's newest messages have not been read."""
    return int(await r.value(_UNREAD, {"mine": account}))


async def read_until(w: Write, account: str, until: int, now: datetime) -> None:
    """A person has read all of theirs up to this one; the first time counts."""
    await w.run(_READ_ALL, {"by": account, "until": until, "now": now})
