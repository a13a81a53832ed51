"""The connection to Temporal: one client per process, made in its lifespan."""

from __future__ import annotations

import functools
import logging
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RetryConfig

from runtime.codec import data_converter, load_keyring
from runtime.errors import SettingsError
from runtime.settings import Settings

NAMESPACE: Final = "default"
LOCAL_ADDRESS: Final = "127.0.0.1:7233"

INTERACTIVE: Final = timedelta(seconds=2)
"""How long a caller that a person waits for retries an engine that is away. `rpc_timeout` alone does not bound that:
it limits each attempt, and a refused connection fails an attempt at once."""
PATIENT: Final = timedelta(seconds=10)
"""The same for workers and the relay, that nobody waits for."""
RPC_TIMEOUT: Final = timedelta(seconds=5)
"""`rpc_timeout` of a call that does not wait for a workflow to answer."""


def retry_config(patience: timedelta) -> RetryConfig:
    """Retries that end after `patience`."""
    return RetryConfig(
        initial_interval_millis=50,
        max_interval_millis=500,
        max_elapsed_time_millis=int(patience.total_seconds() * 1000),
        max_retries=100,  # time ends it, not attempts
    )


def target(settings: Settings) -> ClientConnectConfig:
    """Where to connect: the embedded engine, else what `TEMPORAL_*` and the profile file say, else this machine.

    Raises:
        SettingsError: the standard variables or the profile file cannot be used.
    """
    if settings.engine_address:
        # Not merged with a profile: somebody's TLS or API key for another server has no place here.
        return {"target_host": settings.engine_address, "namespace": NAMESPACE}
    try:
        found = ClientConfig.load_client_connect_config()
    except RuntimeError as error:
        raise SettingsError(
            "Temporal 连接设置有误。",
            "The Temporal connection's settings cannot be used.",
            f"TEMPORAL_* / TEMPORAL_CONFIG_FILE: {error}",
        ) from None
    return {"target_host": LOCAL_ADDRESS, "namespace": NAMESPACE, **found}


@functools.cache
def _runtime(metrics_bind: str | None) -> Runtime:
    # One per process: each would start threads of its own, and two cannot bind one metrics address.

    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(
                filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
                forwarding=LogForwardingConfig(logger=logging.getLogger("temporal.core")),
            ),
            metrics=PrometheusConfig(bind_address=metrics_bind) if metrics_bind else None,
        )
    )


async def connect(settings: Settings, *, lazy: bool = False, patience: timedelta = PATIENT) -> Client:
    """A client that encrypts what it sends, with the SDK's log in ours.

    Args:
        settings: address, keys, metrics.
        lazy: connect at the first call, so that a process starts while the engine is away. A worker cannot be built
            from a lazy client. While the engine has never been reached, calls raise RuntimeError; later, RPCError.
        patience: how long calls retry an engine that is away.

    Raises:
        RuntimeError: not lazy, and the engine is away.
    """
    return await Client.connect(
        **target(settings),
        data_converter=data_converter(load_keyring(settings)),
        retry_config=retry_config(patience),
        connect_timeout=INTERACTIVE,
        lazy=lazy,
        runtime=_runtime(settings.metrics_bind),
    )
