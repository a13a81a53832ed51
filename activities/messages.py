"""Messages to people and to outside bodies: rows and a log line for each; sending them is another matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from temporalio import activity

from activities.outbox import Outbox
from storage.database import Database
from storage.organisation import Organisation
from storage.telling import tell
from workflows.contract import Mail, Told

log = structlog.get_logger(__name__)


class Messages:
    """Tells people what concerns them. Commanded as a regular activity, which never runs for a ghost row."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox | None = None,
        organisation: Organisation | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """``database`` holds the notices, each once by its id; ``outbox`` what goes to outside bodies.

        ``organisation`` finds the people of a notice; without it nobody looks for them. ``wake`` is called when there
        is something to send.
        """
        self._database = database
        self._outbox = outbox
        self._organisation = organisation
        self._wake = wake

    @activity.defn(name="tell")
    async def tell(self, mail: Mail) -> Told:
        """Keeps each notice once, with a message for each person, and logs it by its codes."""
        async with self._database.write() as w:
            if self._outbox:
                await self._outbox.post(w, mail.notices)
            empty = await tell(w, mail.notices, self._organisation, datetime.now(UTC))
        self._wake()
        for notice in mail.notices:
            log.info(
                "notice",
                number=notice.number,
                template=notice.template,
                unit=notice.unit,
                audience=notice.audience,
                data=notice.data,
            )
        return Told(empty)
