"""The hotline's server: takes events, shows a page, behaves as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from examples.partner_hotline.answering import answer_all
from examples.partner_hotline.page import page
from examples.partner_hotline.settings import Settings
from examples.partner_hotline.store import Store

RECEIPT, REFUSED, REPLY = (f"appeals.transfer.{name}" for name in ("receipt", "refused", "reply"))
#: Words in a matter's description by which it is answered by itself; without them, people answer.
BY_ITSELF: Mapping[str, list[tuple[str, dict[str, str]]]] = {
    "【12345自动签收】": [(RECEIPT, {})],
    "【12345自动退回】": [(RECEIPT, {}), (REFUSED, {"reason": "不属本热线受理范围"})],
    "【12345自动答复】": [(RECEIPT, {}), (REPLY, {"text": "已转主管部门办理完毕"})],
}


def create_app(settings: Settings, store: Store) -> FastAPI:
    """The server; while it runs, answers are sent."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        answering = asyncio.create_task(answer_all(settings, store))
        yield
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering

    app = FastAPI(title="12345（示例）", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/events")
    async def take(request: Request) -> Response:
        body = await request.body()
        if (answer := await _as_told(store)) is not None:
            return answer
        if not _is_genuine(settings, request, body):
            return JSONResponse({"error": "wrong signature"}, 401)
        event = json.loads(body)
        if store.receive(request.headers["webhook-id"], event):
            _answer_by_itself(store, event)
        return JSONResponse({"received": True}, 202)

    @app.get("/")
    def show() -> HTMLResponse:
        return HTMLResponse(page(store))

    @app.post("/answers")
    async def answer(request: Request) -> Response:
        if not _from_our_page(request):
            return JSONResponse({"error": "not from this page"}, 403)
        form = dict(parse_qsl((await request.body()).decode()))
        kind, words = form["type"], form.get("words", "")
        data = {"reason": words} if kind == REFUSED else {"text": words} if kind == REPLY else {}
        store.answer(kind, form["transfer"], data)
        return RedirectResponse("/", 303)

    return app


async def _as_told(store: Store) -> Response | None:
    """What it was told to do instead of its work."""
    told = store.behaviour()
    await asyncio.sleep(float(told.get("slow") or 0))
    status = int(told.get("status") or 0)
    return Response(status_code=status, headers=_headers(told)) if status else None


def _headers(told: Mapping[str, str]) -> dict[str, str]:
    given = {"retry-after": told.get("retry-after", ""), "location": told.get("location", "")}
    return {name: value for name, value in given.items() if value}


def _is_genuine(settings: Settings, request: Request, body: bytes) -> bool:
    """Signed by one of the secrets, within five minutes. Whatever the library raises is a no."""
    for hook in settings.hooks():
        with suppress(Exception):
            hook.verify(body, dict(request.headers), json_parse=False)
            return True
    return False


def _answer_by_itself(store: Store, event: dict[str, Any]) -> None:
    if event["type"] != "appeals.transfer":
        return
    for words, answers in BY_ITSELF.items():
        if words in event["data"]["description"]:
            for kind, data in answers:
                store.answer(kind, event["subject"], data)


def _from_our_page(request: Request) -> bool:
    """Another site open in the same browser must not answer for the hotline."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
