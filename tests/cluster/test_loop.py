"""One appeal from submission to closure on the production topology, and what Temporal's own command sees of it."""

from __future__ import annotations

import pytest

from deploy.cluster import Cluster
from tests.cluster.listing import find_listed, until_listed
from tests.cluster.walking import STEPS, Api, assert_exactly_once, prepare
from workflows import contract

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


def test_an_appeal_goes_round_the_whole_loop_and_is_closed(cluster: Cluster) -> None:
    [number] = prepare(cluster, "loop", 1, STEPS)
    with Api(cluster) as api:
        path = f"/v1/appeals/{number}"
        assert api.get("supervisor", path)["stage"] == "evaluate"
        api.insist("enterprise", f"{path}/actions/rate", "loop-rate", {"grade": 5, "comment": "很满意"})
        api.insist("visitor", f"{path}/actions/record_visit", "loop-visit", {"result": "satisfied", "text": "满意"})
        assert api.get("supervisor", path)["stage"] == "closed"
    done = ["submit", *(action for _, action, _ in STEPS), "rate", "record_visit"]
    assert_exactly_once(cluster, {number: done})
    until_listed(cluster, number, 'ExecutionStatus = "Completed"')


def test_the_real_temporal_finds_appeals_by_what_people_search_for(cluster: Cluster) -> None:
    [number] = prepare(cluster, "listed", 1, STEPS[:3])
    until_listed(cluster, number, 'ExecutionStatus = "Running" AND AppealStage = "handle"')
    until_listed(cluster, number, 'AppealUnit = "station-a" AND AppealService = "appeal-general"')
    until_listed(cluster, number, 'AppealDueAt > "2020-01-01T00:00:00Z"')
    assert number not in find_listed(cluster, 'AppealStage = "accept"')
    assert set(contract.SEARCH_ATTRIBUTES) >= {"AppealStage", "AppealUnit", "AppealService", "AppealDueAt"}


def test_the_doctor_finds_nothing_wrong(cluster: Cluster) -> None:
    cluster.appeals("doctor")  # an exit code other than 0 is an error
