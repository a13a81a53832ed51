"""Messages to people: a row and a log line for each; channels that leave the house hang on here."""

from __future__ import annotations

import structlog
from temporalio import activity

from storage.database import Database
from storage.notices import Notices
from workflows.contract import Mail

log = structlog.get_logger(__name__)


class Messages:
    """Tells people what concerns them. Commanded as a regular activity, which never runs for a ghost row."""

    def __init__(self, database: Database) -> None:
        """``database`` holds the notices, each once by its id."""
        self._database = database

    @activity.defn(name="tell")
    async def tell(self, mail: Mail) -> None:
        """Keeps each notice once, and logs it by its codes."""
        async with self._database.write() as connection:
            await Notices(connection).add(mail.notices)
        for notice in mail.notices:
            log.info(
                "notice",
                number=notice.number,
                template=notice.template,
                unit=notice.unit,
                audience=notice.audience,
                data=notice.data,
            )
