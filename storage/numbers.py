"""Numbers that officers give to documents: whether another appeal of the service has one already."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.database import Read
from storage.tables import appeals as table

_PATH = ("result", "document", "number")


async def is_given(r: Read, service: str, number: str, *, besides: str) -> bool:
    """Of all appeals of the service but one. They are read through: a document is issued now and then."""
    if r.dialect == "postgresql":
        given = func.json_extract_path_text(table.c.state, *_PATH)
    else:
        given = func.json_extract(table.c.state, "$." + ".".join(_PATH))
    same = (table.c.service == service, table.c.number != besides, given == number)
    return bool(await r.value(select(func.count()).select_from(table).where(*same)))
