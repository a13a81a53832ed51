"""What the gateway and its relay count."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from runtime.telemetry import REGISTRY, SECONDS

UPDATE_SECONDS = Histogram(
    "appeals_update_seconds",
    "From asking the workflow for an action to its answer, written or refused",
    ["action"],
    buckets=SECONDS,
    registry=REGISTRY,
)
DOUBTS = Gauge(
    "appeals_doubts",
    "Appeals of which this process does not know yet how their last action ended",
    registry=REGISTRY,
)
HELD_SECONDS = Gauge(
    "appeals_held_seconds",
    "How long the oldest notice of something done has been held and not told; 0 when none waits",
    registry=REGISTRY,
)
GHOSTS = Counter(
    "appeals_ghosts",
    "Rows that a crash left and their workflow did not know; each was asked to be written again",
    registry=REGISTRY,
)
