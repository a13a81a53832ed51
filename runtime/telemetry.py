"""One scrape for one process: our metrics, and the Temporal SDK's own behind them in the same answer.

The SDK counts in its Rust core and serves that itself, on a loopback port of its own that nobody else need know. Its
buffer for Python would be the other way to join them, but then every request to the engine costs the worker an update
in Python; fetching the text costs nothing until somebody asks.
"""

from __future__ import annotations

import functools
import http.client
import logging
from typing import Final

import structlog
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from runtime.ports import free_port
from runtime.version import VERSION

log = structlog.get_logger(__name__)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
REGISTRY: Final = CollectorRegistry()
"""Where every room of this process declares its metrics: `appeals_*`, labels few and never personal."""
SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Buckets for what a person waits for."""

_LOOPBACK: Final = "127.0.0.1"
_FETCH_SECONDS: Final = 2.0
_BINDS: Final = 5

disable_created_metrics()  # type: ignore[no-untyped-call]
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
Gauge("appeals_build_info", "Which release this process is", ["version"], registry=REGISTRY).labels(VERSION).set(1)


@functools.cache
def sdk_runtime(*, measured: bool) -> Runtime:
    """The SDK's runtime of this process; one per process, because each starts threads of its own.

    Args:
        measured: count, for a process that is scraped.
    """
    runtime = _measured() if measured else None
    return runtime or Runtime(telemetry=_telemetry(None))


def exposition() -> bytes:
    """Everything this process counts. Blocks for a moment: call it in a thread."""
    return generate_latest(REGISTRY) + _sdk_text()


class _Port:
    """Where the SDK serves its own."""

    number: int | None = None


def _measured() -> Runtime | None:
    """A runtime that counts; None when no port was to be had: a process does not die of its metrics."""
    for _ in range(_BINDS):
        port = free_port(_LOOPBACK)
        # Seconds and `_total` as everything else that Prometheus reads, not the SDK's old milliseconds.
        metrics = PrometheusConfig(
            bind_address=f"{_LOOPBACK}:{port}",
            counters_total_suffix=True,
            unit_suffix=True,
            durations_as_seconds=True,
        )
        try:
            runtime = Runtime(telemetry=_telemetry(metrics))
        except ValueError:  # somebody was quicker
            continue
        _Port.number = port
        return runtime
    log.error("sdk_metrics_have_no_port")
    return None


def _telemetry(metrics: PrometheusConfig | None) -> TelemetryConfig:
    return TelemetryConfig(
        logging=LoggingConfig(
            filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
            forwarding=LogForwardingConfig(logger=logging.getLogger("temporal.core")),
        ),
        metrics=metrics,
    )


def _sdk_text() -> bytes:
    """What the SDK shows; empty without it. Not by a client that asks proxies: it is this very process."""
    if _Port.number is None:
        return b""
    connection = http.client.HTTPConnection(_LOOPBACK, _Port.number, timeout=_FETCH_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        log.warning("sdk_metrics_not_read", error=type(error).__name__)
        return b""
    finally:
        connection.close()
