"""Messages to people that are done with: counted by whoever ends them, the API as well as a worker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter

from runtime.telemetry import REGISTRY

ENDED: Final = Counter(
    "appeals_messages_ended",
    "Messages that are done with; failed: they arrived on no channel and are in the inbox only",
    ["status"],
    registry=REGISTRY,
)
for _status in ("sent", "kept", "silenced", "failed"):
    # There before the first: Prometheus sees no increase in a series that begins with one.
    ENDED.labels(_status)


def count_ended(how: Iterable[tuple[str, int]]) -> None:
    """So many messages are done with, each in that way."""
    for status, count in how:
        ENDED.labels(str(status)).inc(count)
