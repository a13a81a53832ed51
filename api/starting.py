"""Starting at once what was just kept, as far as the engine can follow; the rest is the relay's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from domain.opening import Opening
from gateway.arrivals import Arrivals
from gateway.errors import GatewayError
from gateway.protocol import Gateway

log = structlog.get_logger(__name__)

AT_ONCE: Final = 24
"""So many requests wait for the engine at the same time: more would wait longer than a person does."""
AWAY: Final = timedelta(seconds=1)
"""So long an engine that was away is not asked again; then one request finds out."""


class Starter:
    """Starts appeals within bounds: nobody waits in line for a start, or for an engine that is known to be away.

    While a crowd arrives nothing is started at once: what the engine and its worker need for that, on the same machine,
    would be taken from those who are not kept yet.
    """

    def __init__(self, gateway: Gateway, now: Callable[[], datetime], arrivals: Arrivals) -> None:
        self._gateway = gateway
        self._now = now
        self.arrivals = arrivals
        self._under_way = 0
        self._away_since: datetime | None = None

    async def start(self, opening: Opening) -> bool:
        """Whether the appeal was started and its first entries are in the tables; never raises."""
        if self._under_way >= self._places():
            return False
        self._under_way += 1
        try:
            await self._gateway.start(opening)
        except GatewayError as error:
            self._away_since = self._now()
            log.warning("appeal_waits", code=error.code)
            return False
        except Exception as error:  # noqa: BLE001 - it is kept; whatever is wrong, the relay meets it again and marks it
            log.error("start_failed", error=type(error).__name__)  # noqa: TRY400 - its text may be personal
            return False
        finally:
            self._under_way -= 1
        self._away_since = None
        return True

    def _places(self) -> int:
        if self._away_since is None:
            return 0 if self.arrivals.crowded else AT_ONCE
        # Either way: a wall clock may be set back.
        return 0 if abs(self._now() - self._away_since) < AWAY else 1
