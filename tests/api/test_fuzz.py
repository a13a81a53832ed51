"""Whatever is asked of the reading routes, the answer is one that the document announces, and never a 500."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.app import create_app
from runtime.settings import Settings
from storage.database import Database
from tests.api.bench import Clock, LocalGateway

# Made without a database: the document is the same.
schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi()).include(method="GET")
reading = schema.exclude(path="/v1/events")

# Hypothesis compares the state of the one `random` of the process; the server's thread may draw from it meanwhile.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


@pytest.fixture(scope="module")
def address(template: Path) -> Iterator[str]:
    """A server in a thread: schemathesis calls from outside the loop."""
    settings_ = Settings(data_dir=template)
    database, clock = Database.create(settings_.database_url), Clock()
    app = create_app(settings_, gateway=LocalGateway(database, clock), database=database, now=clock)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, database)))
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


async def _serve(server: uvicorn.Server, database: Database) -> None:
    try:
        await server.serve()
    finally:
        await database.close()


@reading.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_reads_keep_to_the_document(case: Any, address: str, keys: Mapping[str, str]) -> None:
    answer = case.call(base_url=address, headers={"Authorization": f"Bearer {keys['supervisor']}"})
    # A cursor, a budget or a year can be wrong in ways that a schema does not say; an empty filter is none.
    case.validate_response(answer, excluded_checks=[positive_data_acceptance, negative_data_rejection])
