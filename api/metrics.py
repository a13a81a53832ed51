"""Prometheus metrics of one application; a registry of its own, so that several may live in one process (tests)."""

from __future__ import annotations

import math

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_fastapi_instrumentator import Instrumentator

from storage.database import Database
from storage.intake import IntakeReads

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Requests by route, and how much intake still keeps."""

    def __init__(self, app: FastAPI) -> None:
        """Instruments ``app``."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._waiting = Gauge("intake_waiting", "Appeals kept but not started yet", registry=self._registry)
        Instrumentator(
            should_group_status_codes=False,
            should_exclude_streaming_duration=True,
            excluded_handlers=["/metrics", "/healthz", "/readyz", "/static"],
            registry=self._registry,
        ).instrument(app)

    async def render(self, database: Database) -> bytes:
        """The exposition; what the database cannot tell just now is not a number."""
        try:
            async with database.read() as r:
                self._waiting.set(await IntakeReads(r).count_waiting())
        except Exception:  # noqa: BLE001 - metrics must be readable above all when something is wrong
            self._waiting.set(math.nan)
        return generate_latest(self._registry)
