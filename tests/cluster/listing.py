"""What Temporal's own command finds in its lists."""

from __future__ import annotations

import json
import subprocess
import time

from deploy.cluster import Cluster
from runtime.engine import find_binary

LISTED_SECONDS = 60


def find_listed(cluster: Cluster, query: str) -> set[str]:
    """The appeals that `temporal workflow list` finds."""
    command = [str(find_binary(cluster.settings)), "workflow", "list", "--address", cluster.temporal_address]
    done = subprocess.run(
        [*command, "--query", query, "--output", "json"], capture_output=True, text=True, check=True, timeout=60
    )
    return {one["execution"]["workflowId"] for one in json.loads(done.stdout or "[]")}


def until_listed(cluster: Cluster, number: str, query: str) -> None:
    """Visibility follows a little later."""
    deadline = time.monotonic() + LISTED_SECONDS
    while number not in find_listed(cluster, query):
        assert time.monotonic() < deadline, query
        time.sleep(0.5)
