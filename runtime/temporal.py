"""The connection to Temporal: one client per process, made in its lifespan."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.service import RetryConfig

from runtime.cause import SendsCauses
from runtime.codec import data_converter, load_keyring
from runtime.errors import SettingsError
from runtime.settings import Settings
from runtime.telemetry import sdk_runtime

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


async def connect(
    settings: Settings, *, lazy: bool = False, patience: timedelta = PATIENT, measured: bool = False
) -> Client:
    """A client that encrypts what it sends, with the SDK's log in ours.

    Args:
        settings: address and keys.
        lazy: connect at the first call, so that a process starts while the engine is away. A worker cannot be built
            from a lazy client. While the engine has never been reached, calls raise RuntimeError; later, RPCError.
        patience: how long calls retry an engine that is away.
        measured: the SDK counts; for the client of a process that is scraped.

    Raises:
        RuntimeError: not lazy, and the engine is away.
    """
    return await Client.connect(
        **target(settings),
        data_converter=data_converter(load_keyring(settings)),
        retry_config=retry_config(patience),
        connect_timeout=INTERACTIVE,
        lazy=lazy,
        runtime=sdk_runtime(measured=measured),
        interceptors=[SendsCauses()],
    )
