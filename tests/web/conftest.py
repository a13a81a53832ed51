"""The API with its pages, and people who use them: an application of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.api.bench import open_api
from tests.api.conftest import folder, keys, template
from tests.web.people import Site
from web.site import add_pages

__all__ = ["folder", "keys", "template"]


@pytest.fixture
async def site(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Site]:
    async with open_api(folder, keys, dress=add_pages) as api:
        yield Site(api)


@pytest.fixture
async def rehearsal_site(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Site]:
    async with open_api(folder, keys, rehearsal=True, dress=add_pages) as api:
        yield Site(api)
