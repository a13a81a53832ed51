from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.observability.story import Story, told
from tests.support.otlp import collector


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One system that was lived through, for every test that looks at it."""
    with collector() as traces, told(tmp_path_factory.mktemp("story") / "data", traces) as lived:
        yield lived
