"""What one process shares among its requests, made in the lifespan and typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from api.events import Broadcaster
from api.known_keys import KnownKeys
from api.starting import Starter
from api.trail import Trail
from gateway.protocol import Gateway
from runtime.settings import Settings
from storage.catalogue import Catalogue
from storage.database import Database
from storage.intake import Keeper
from storage.organisation import Organisation

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock: the only place where this room reads it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """One of each per process; ``now`` is the real time, which a rehearsal's appeals are ahead of."""

    settings: Settings
    database: Database
    catalogue: Catalogue
    organisation: Organisation
    gateway: Gateway
    broadcaster: Broadcaster
    known_keys: KnownKeys
    trail: Trail
    keeper: Keeper
    starter: Starter
    now: Now


class State(TypedDict):
    """The lifespan's state."""

    context: Context
