"""What the engine's lists search by is known to it before a workflow says it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.errors import OperatorError
from tests.support.engine import Engine
from tests.support.house import connected
from worker.search_attributes import _refused, register

pytestmark = pytest.mark.engine

OURS = {"AppealFirst": "Keyword", "AppealSecond": "Datetime"}


@pytest.fixture(scope="module")
def bare_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine whose namespace this file may fill."""
    engine = Engine(tmp_path_factory.mktemp("engine"))
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@pytest.fixture
async def client(bare_engine: Engine) -> Client:
    return await connected(bare_engine.settings)


async def known(client: Client) -> set[str]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return set((await client.operator_service.list_search_attributes(request)).custom_attributes)


async def test_workers_that_start_together_register_what_is_missing_and_a_later_one_finds_it(client: Client) -> None:
    await asyncio.gather(*(register(client, OURS) for _ in range(3)))
    await register(client, OURS)

    assert set(OURS) <= await known(client)


async def test_a_name_of_another_kind_is_said(client: Client) -> None:
    await register(client, {"AppealTaken": "Keyword"})

    with pytest.raises(OperatorError, match="AppealTaken: Int"):
        await register(client, {"AppealTaken": "Int"})


async def test_a_namespace_without_room_is_said_with_the_command_for_its_administrator(client: Client) -> None:
    many = {f"AppealSpare{n}": "Keyword" for n in range(30)}

    with pytest.raises(OperatorError, match=r"search-attribute create --namespace default --name AppealSpare0 --type"):
        await register(client, many)


@pytest.mark.parametrize("status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED])
async def test_who_may_not_register_is_told_so(client: Client, status: RPCStatusCode) -> None:
    assert isinstance(_refused(client, OURS, RPCError("no", status, b"")), OperatorError)


async def test_an_engine_that_is_away_is_no_refusal(client: Client) -> None:
    away = RPCError("away", RPCStatusCode.UNAVAILABLE, b"")

    assert _refused(client, OURS, away) is away
