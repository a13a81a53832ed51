"""The bare workflow behind HTTP: the least that any product on this engine does, without being one.

A request is authenticated by a key, its step is done by the workflow and told to the engine's lists, and the answer is
the state as the database has it. The same web framework, server and event loop as the product's, and nothing more.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from bench.bare.contract import TASK_QUEUE, WORKFLOW, Begin, Done, Step
from bench.bare.records import Store, open_store
from bench.bare.workflow import STAGE
from runtime.settings import Settings
from runtime.temporal import connect

_bearer = HTTPBearer()


def front(url: str, key: str) -> FastAPI:
    """The application; ``url`` is where the rows are, ``key`` whoever may ask."""
    known = hashlib.sha256(key.encode()).digest()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        store = await open_store(url)
        yield {"client": await connect(Settings.load()), "store": store}
        await store.close()

    def signed_in(given: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)]) -> None:
        if hashlib.sha256(given.credentials.encode()).digest() != known:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.post("/cases/{number}/steps", dependencies=[Depends(signed_in)])
    async def step(request: Request, number: str, step: Step) -> JSONResponse:
        client: Client = request.state.client
        store: Store = request.state.store
        if step.action == "submit":
            await _begin(client, number, step)
        else:
            handle = client.get_workflow_handle(number)
            await handle.execute_update("step", step, id=step.key, result_type=Done)
        return JSONResponse(await store.read(number))

    return app


async def _begin(client: Client, number: str, step: Step) -> None:
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        WORKFLOW,
        Begin(number, staged=True),
        id=number,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        search_attributes=TypedSearchAttributes([SearchAttributePair(STAGE, step.action)]),
    )
    await client.execute_update_with_start_workflow(
        "step", step, start_workflow_operation=start, id=step.key, result_type=Done
    )


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


def serve(url: str, key: str, host: str, port: int) -> None:
    """Serves until SIGTERM."""
    config = uvicorn.Config(front(url, key), host=host, port=port, log_config=None, access_log=False)
    _Server(config).run()


if __name__ == "__main__":
    serve(**json.loads(sys.stdin.readline()))
