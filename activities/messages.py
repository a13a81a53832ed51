"""Messages to people and to outside bodies: rows and a log line for each; sending them is another matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outbox import Outbox
from domain.notice import Notice
from storage.database import Database, is_transient
from storage.messages import MessageStatus
from storage.organisation import Organisation
from storage.telling import log_told, tell
from storage.together import Together
from workflows.contract import Mail, Told

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What came of some mails: the notices that found nobody, and the mails that could not be kept."""

    empty: frozenset[str] = frozenset()
    failed: tuple[Mail, ...] = ()


class Messages:
    """Tells people what concerns them. Commanded as a regular activity, which never runs for a ghost row."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox | None = None,
        organisation: Organisation | None = None,
        wake: Callable[[], None] = lambda: None,
        count: Callable[[Iterable[tuple[str, int]]], None] = lambda _: None,
    ) -> None:
        """``database`` holds the notices, each once by its id; ``outbox`` what goes to outside bodies.

        ``organisation`` finds the people of a notice; without it nobody looks for them. ``wake`` is called when there
        is something to send, ``count`` with messages that are done with at once.
        """
        self._database = database
        self._outbox = outbox
        self._organisation = organisation
        self._wake = wake
        self._count = count
        self._together = Together(self._keep)

    @activity.defn(name="tell")
    async def tell(self, mail: Mail) -> Told:
        """Keeps each notice once, with a message for each person, and logs it by its codes."""
        kept = await self._together.add(mail)
        if kept is None or mail in kept.failed:
            # What is wrong with it, the log says; its values may be personal.
            raise ApplicationError("not told", type="not-told")
        log_told(mail.notices)
        return Told(tuple(notice.id for notice in mail.notices if notice.id in kept.empty))

    async def _keep(self, mails: list[Mail]) -> _Kept:
        """All in one transaction: at midnight a thousand appeals call at once. One that fails fails alone."""
        try:
            empty = await self._write(tuple(notice for mail in mails for notice in mail.notices))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are to be told
            if len(mails) == 1 or is_transient(error):
                log.warning("not_told", error=type(error).__name__, mails=len(mails))
                return _Kept(failed=tuple(mails))
            alone = [await self._keep([mail]) for mail in mails]
            return _Kept(
                frozenset().union(*(one.empty for one in alone)), tuple(mail for one in alone for mail in one.failed)
            )
        self._wake()
        return _Kept(empty)

    async def _write(self, notices: tuple[Notice, ...]) -> frozenset[str]:
        async with self._database.write() as w:
            if self._outbox:
                await self._outbox.post(w, notices)
            ended: Counter[MessageStatus] = Counter()
            empty = frozenset(await tell(w, notices, self._organisation, datetime.now(UTC), ended))
        self._count(ended.items())
        return empty
