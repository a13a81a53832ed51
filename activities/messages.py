"""Messages to people and to outside bodies: a row and a log line for each; what leaves the house hangs on here."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from temporalio import activity

from activities.outbox import Outbox
from domain.loop import Notice
from storage.database import Database, Read
from storage.notices import Notices
from storage.organisation import Organisation
from storage.recipients import Recipient, Recipients
from workflows.contract import Mail

log = structlog.get_logger(__name__)


class Messages:
    """Tells people what concerns them. Commanded as a regular activity, which never runs for a ghost row."""

    def __init__(
        self, database: Database, outbox: Outbox | None = None, organisation: Organisation | None = None
    ) -> None:
        """``database`` holds the notices, each once by its id; ``outbox`` what goes to outside bodies.

        ``organisation`` finds the people of a notice; without it nobody looks for them.
        """
        self._database = database
        self._outbox = outbox
        self._organisation = organisation

    @activity.defn(name="tell")
    async def tell(self, mail: Mail) -> None:
        """Keeps each notice once, and logs it by its codes."""
        async with self._database.write() as connection:
            await Notices(connection).add(mail.notices, await self._people(connection, mail.notices))
            if self._outbox:
                await self._outbox.post(connection, mail.notices)
        for notice in mail.notices:
            log.info(
                "notice",
                number=notice.number,
                template=notice.template,
                unit=notice.unit,
                audience=notice.audience,
                data=notice.data,
            )

    async def _people(self, r: Read, notices: Sequence[Notice]) -> dict[str, tuple[Recipient, ...]] | None:
        """Whom each notice is for at its moment, with whoever stands in for the absent."""
        if self._organisation is None:
            return None
        recipients = Recipients(r, self._organisation)
        return {notice.id: await recipients.of(notice) for notice in notices if not notice.is_for_outside}
