"""The production topology, natively, one for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.cluster import Cluster, scratch


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, Temporal's server, two workers and the API, with the sample organisation."""
    with scratch() as directory, Cluster(directory) as started:
        yield started
