"""The application: routes, middleware, and one of each resource per process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI

from api.books import keep_up_to_date
from api.context import Context, Now, State, utc_now
from api.events import Broadcaster
from api.handlers import add_handlers
from api.inbox_events import Inbox
from api.keeping import keep_figures, keep_house, vault_of
from api.known_keys import KnownKeys
from api.last_used import LastUsed
from api.metrics import Metrics
from api.middleware import Envelope
from api.remembered import Remembered
from api.routes import (
    account,
    appeals,
    attachments,
    catalogue,
    clocks,
    docs,
    documents,
    duty,
    escalations,
    events,
    handing,
    health,
    inbox,
    lists,
    officers,
    organisation,
    partners,
    rehearsal,
    statistics,
)
from api.schemas.document import document
from api.starting import Starter
from api.static_files import FOLDER, Static
from api.stopping import on_stop
from api.trail import Trail
from gateway.arrivals import Arrivals
from gateway.protocol import Gateway
from gateway.telling import Teller
from runtime.links import load_links
from runtime.settings import Settings
from runtime.tracing import traced
from runtime.version import VERSION
from runtime.webhooks import Secrets
from storage.database import Database
from storage.intake import Keeper
from storage.message_texts import Texts
from storage.partners import partners_of
from storage.shelf import Shelf
from storage.templates import Templates

_ROUTES = (
    *(lists, statistics, appeals, handing, attachments, documents, partners, events, inbox, escalations),
    *(catalogue, organisation, account, officers, duty, clocks, rehearsal, health, docs),
)


def create_app(
    settings: Settings,
    *,
    gateway: Gateway | None = None,
    database: Database | None = None,
    now: Now = utc_now,
) -> FastAPI:
    """The application for ``settings``. Tests bring their own gateway, database and clock; then no relay runs."""
    app = FastAPI(
        title="警企诉求闭环",
        version=VERSION,
        description="Appeal Loop：企业诉求的受理、交办、承办、反馈、评价与回访。",
        docs_url=None,
        redoc_url=None,
        # Its own spans would hold the query, which may hold a name; ours are in the middleware.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan(settings, gateway, database, now),
    )
    for module in _ROUTES:
        app.include_router(module.router)
    app.mount("/static", Static(directory=FOLDER), name="static")
    add_handlers(app)
    app.add_middleware(Envelope, rehearsal=settings.rehearsal)
    app.state.metrics = Metrics()
    # FastAPI's own way to extend the document.
    app.openapi = document(app)  # type: ignore[method-assign]
    return app


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[State]]


def _lifespan(settings: Settings, gateway: Gateway | None, database: Database | None, now: Now) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            stack.enter_context(traced(settings, "api"))
            store = database
            if store is None:
                store = Database.create(settings.database_url)
                stack.push_async_callback(store.close)
            shelf = Shelf(settings.catalogue_dir)
            vault, arrivals = vault_of(settings, store), Arrivals()
            teller = Teller(store, lambda: shelf.books.organisation)
            stack.push_async_callback(teller.rest)
            door = gateway or await _connect(settings, store, teller, arrivals, stack)
            trail = Trail(store, now)
            await stack.enter_async_context(trail.writing())
            used = LastUsed(store)
            await stack.enter_async_context(used.writing())
            broadcaster = Broadcaster(store)
            stack.enter_context(on_stop(broadcaster.close))
            await _in_background(stack, broadcaster.run())
            told = Broadcaster(store, Inbox())
            stack.enter_context(on_stop(told.close))
            await _in_background(stack, told.run())
            await _in_background(stack, keep_up_to_date(shelf))
            if gateway is None:
                await _in_background(stack, keep_house(store, vault, now))
                await _in_background(stack, keep_figures(store))
            yield {
                "context": Context(
                    settings=settings,
                    database=store,
                    shelf=shelf,
                    partners=partners_of(shelf.books.organisation, settings.partner_urls, rehearsal=settings.rehearsal),
                    partner_secrets=Secrets(settings.partner_secrets),
                    gateway=door,
                    broadcaster=broadcaster,
                    inbox=told,
                    known_keys=KnownKeys(store, now, used),
                    used=used,
                    trail=trail,
                    keeper=Keeper(store),
                    starter=Starter(door, now, arrivals),
                    vault=vault,
                    templates=Templates(settings.catalogue_dir),
                    links=load_links(settings),
                    texts=Texts(
                        settings.catalogue_dir,
                        shelf.books.organisation,
                        public_url=settings.public_url,
                        rehearsal=settings.rehearsal,
                    ),
                    now=now,
                    figures=Remembered(now),
                ),
            }

    return lifespan


async def _connect(
    settings: Settings, database: Database, teller: Teller, arrivals: Arrivals, stack: AsyncExitStack
) -> Gateway:
    """The engine's gateway and the relay of what intake keeps. Imported here: tests do without the engine."""
    from gateway.relay import Relay  # noqa: PLC0415
    from gateway.temporal import connect_gateway  # noqa: PLC0415

    gateway = await connect_gateway(settings, database, teller)
    await _in_background(stack, Relay(database, gateway, teller, arrivals).run())
    return gateway


async def _in_background(stack: AsyncExitStack, work: Any) -> None:
    """Runs ``work`` until the process stops."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)
