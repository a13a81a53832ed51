"""The pages, put onto the API's application: one process, one set of resources."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.handlers import answer_problem
from web import pages
from web.shell import refused

_SMALL = 1000  # bytes that are not worth compressing
_FOR_MACHINES = ("/v1/", "/static/", "/metrics", "/healthz", "/readyz")


def add_pages(app: FastAPI) -> FastAPI:
    """Let people use it in a browser."""
    for page in pkgutil.iter_modules(pages.__path__, "web.pages."):
        if router := getattr(import_module(page.name), "router", None):
            app.include_router(router)
    app.add_exception_handler(HTTPException, _nowhere)
    app.add_middleware(_Compressed, minimum_size=_SMALL)
    return app


class _Compressed(GZipMiddleware):
    """Pages only: machines are near, and static files are compressed once (:mod:`api.static_files`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "http" and not scope["path"].startswith(_FOR_MACHINES):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def _nowhere(request: Request, error: Exception) -> Response:
    """What no route answers: a page for people."""
    is_person = "text/html" in request.headers.get("accept", "")
    if is_person and not request.url.path.startswith(_FOR_MACHINES):
        return await refused(request, error)
    return await answer_problem(request, error)
