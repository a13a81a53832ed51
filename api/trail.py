"""The audit trail: refusals, and who saw personal data in full. It never stands in the way of an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from storage.audit import Audit
from storage.database import Database

log = structlog.get_logger(__name__)

REFUSED = "refused"
PERSONAL_DATA = "personal-data"


class Trail:
    """Writes lines of the audit log; codes only, nothing personal."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def refused(self, account: str | None, number: str | None, code: str, request_id: str) -> None:
        """Somebody was told no."""
        await self._add(REFUSED, account, number, code, request_id)

    async def saw_personal_data(self, account: str, number: str, what: str, request_id: str) -> None:
        """Somebody who is not the enterprise itself was shown its people in full; ``what`` names the view."""
        await self._add(PERSONAL_DATA, account, number, what, request_id)

    async def _add(self, kind: str, account: str | None, number: str | None, code: str, request_id: str) -> None:
        try:
            async with self._database.write() as w:
                at = self._now()
                await Audit(w).add(at=at, account=account, kind=kind, number=number, code=code, request_id=request_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer stands
            log.warning("audit_failed", kind=kind, error=type(error).__name__)
