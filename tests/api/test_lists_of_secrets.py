"""A secret matter stands in the lists of the units that work on it, and of nobody who is complained of."""

from __future__ import annotations

import pytest

from storage.catalogue import Catalogue
from storage.catalogue_check import example
from tests.api.bench import Api

WORK_ON_IT = ("inspector", "supervision-officer", "legal-officer")
OTHERS = ("handler", "traffic-officer", "visitor")


@pytest.fixture
async def complaint(api: Api) -> str:
    """About the traffic detachment."""
    form = example(Catalogue.load().service("complaint-12389").form) | {"complained_unit": "traffic"}
    form.pop("complained_officer", None)
    return str((await api.submit(service="complaint-12389", form=form))["number"])


async def test_every_unit_that_does_a_step_finds_it(api: Api, complaint: str) -> None:
    async def listed(who: str) -> set[str]:
        answer = await api.get(who, "/v1/appeals")
        return {item["number"] for item in answer.json()["items"]}

    assert {who: complaint in await listed(who) for who in (*WORK_ON_IT, *OTHERS)} == {
        **dict.fromkeys(WORK_ON_IT, True),
        **dict.fromkeys(OTHERS, False),
    }
    assert (await api.get("traffic-officer", f"/v1/appeals/{complaint}")).status_code == 404
