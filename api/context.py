"""What one process shares among its requests, made in the lifespan and typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from api.events import Broadcaster
from api.known_keys import KnownKeys
from api.last_used import LastUsed
from api.remembered import Remembered
from api.starting import Starter
from api.trail import Trail
from gateway.protocol import Gateway
from runtime.links import Links
from runtime.settings import Settings
from runtime.webhooks import Secrets
from storage.catalogue import Catalogue
from storage.database import Database
from storage.intake import Keeper
from storage.message_texts import Texts
from storage.organisation import Organisation
from storage.partners import Partner
from storage.routing import Routing
from storage.shelf import Shelf
from storage.templates import Templates
from storage.vault import Vault

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock: the only place where this room reads it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """One of each per process; ``now`` is the real time, which a rehearsal's appeals are ahead of."""

    settings: Settings
    database: Database
    shelf: Shelf
    partners: Mapping[str, Partner]
    partner_secrets: Secrets
    gateway: Gateway
    broadcaster: Broadcaster
    inbox: Broadcaster
    known_keys: KnownKeys
    used: LastUsed
    trail: Trail
    keeper: Keeper
    starter: Starter
    vault: Vault
    templates: Templates
    links: Links | None
    texts: Texts
    now: Now
    figures: Remembered

    @property
    def catalogue(self) -> Catalogue:
        """What new appeals are measured by, as of now."""
        return self.shelf.books.catalogue

    @property
    def organisation(self) -> Organisation:
        """The units, as of now."""
        return self.shelf.books.organisation

    @property
    def routing(self) -> Routing:
        """Where new appeals go, as of now."""
        return self.shelf.books.routing


class State(TypedDict):
    """The lifespan's state."""

    context: Context
