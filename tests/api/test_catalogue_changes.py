"""A service is added and changed while the API runs: new appeals begin with it, those under way keep theirs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from storage.organisation import CATALOGUE
from tests.api.bench import open_api

_PATIENCE = 60.0  # seconds


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Asks again until it is so."""
    async with asyncio.timeout(_PATIENCE):
        while not await what():  # noqa: ASYNC110 - what changes is a file
            await asyncio.sleep(0.05)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A catalogue of the office's own: one service."""
    for name in ("policies", "calendars", "organisation"):
        shutil.copytree(CATALOGUE / name, tmp_path / "own" / name)
    (tmp_path / "own" / "services").mkdir()
    shutil.copy(CATALOGUE / "services" / "appeal-general.yaml", tmp_path / "own" / "services")
    return tmp_path / "own"


async def test_a_file_that_is_saved_is_a_service_and_a_hole_in_it_is_told(
    folder: Path, keys: Mapping[str, str], own: Path
) -> None:
    plain = own / "services" / "appeal-general.yaml"
    text = plain.read_text(encoding="utf-8")
    async with open_api(folder, keys, catalogue=own) as api:

        async def read(path: str) -> dict[str, Any]:
            answer: dict[str, Any] = (await api.get("window", path)).json()
            return answer

        async def budget(number: str) -> str:
            clocks = (await read(f"/v1/appeals/{number}"))["clocks"]
            return str(clocks[-1]["budget"])

        older = (await api.submit("enterprise"))["number"]
        await api.done("window", older, "accept")
        new = text.replace("code: appeal-general", "code: suggestion-box")
        (own / "services" / "suggestion-box.yaml").write_text(new, encoding="utf-8")
        plain.write_text(text.replace("handle: 5 working days", "handle: 9 working days"), encoding="utf-8")

        async def there() -> bool:
            return {s["code"] for s in (await read("/v1/services"))["items"]} == {"appeal-general", "suggestion-box"}

        await until(there)
        newer = (await api.submit("enterprise"))["number"]
        await api.done("window", newer, "accept")
        assert (await budget(older), await budget(newer)) == ("5 working days", "9 working days")

        plain.write_text(text.replace("handle: 5 working days", "handle: soon"), encoding="utf-8")

        async def told() -> bool:
            return "catalogue-not-taken" in (await read("/readyz")).get("warnings", ())

        await until(told)
        assert (await read("/v1/services/appeal-general"))["limits"]["handle"] == "9 working days"


async def test_an_appeal_of_the_handbooks_walk_through_goes_the_whole_way(
    folder: Path, keys: Mapping[str, str], tmp_path: Path
) -> None:
    own = Path(shutil.copytree(CATALOGUE, tmp_path / "walked"))
    told = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    made = told.split("```yaml\n", 1)[1].split("```", 1)[0]
    (own / "services" / "meeting-room.yaml").write_text(made, encoding="utf-8")
    async with open_api(folder, keys, catalogue=own) as api:
        form = {"day": "2026-12-01", "persons": 12}
        number = (await api.submit("enterprise", service="meeting-room", form=form))["number"]
        accepted = await api.done("window", number, "accept")
        assert accepted["assignment"]["lead_unit"] == "service-office"
        await api.done("service-office-officer", number, "sign")
        await api.done("service-office-officer", number, "complete_step", step="look", outcome="free")
        await api.done("service-office-officer", number, "send_answer", text="可以使用", method="phone")
        await api.done("enterprise", number, "rate", grade=5)
        assert (await api.done("visitor", number, "record_visit", result="satisfied"))["stage"] == "closed"
