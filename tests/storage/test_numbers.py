"""The number of a document is known by the service whose it is."""

from __future__ import annotations

from dataclasses import replace

from domain.appeal import Result
from domain.vocabulary import Outcome
from storage.database import Database
from storage.numbers import is_given
from tests.storage.build import NOON, begun, put

MINE, OTHER = "SQ20260901-00000001", "SQ20260901-00000002"
SERVICE = "hazmat-toxic-purchase"


async def test_a_number_is_given_when_another_appeal_of_the_service_has_it(database: Database) -> None:
    for number, document in ((MINE, {"number": "甬1"}), (OTHER, None)):
        appeal, entries = begun(number, SERVICE)
        await put(database, replace(appeal, result=Result(Outcome.SOLVED, "准予", NOON, document=document)), entries)
    async with database.read() as r:
        assert await is_given(r, SERVICE, "甬1", besides=OTHER)
        assert not await is_given(r, SERVICE, "甬1", besides=MINE)
        assert not await is_given(r, SERVICE, "甬2", besides=OTHER)
        assert not await is_given(r, "hazmat-toxic-transport", "甬1", besides=OTHER)
