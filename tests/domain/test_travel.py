"""The state of an appeal lives in the engine's JSON and in the tables': it comes back equal, and goes on alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from temporalio.converter import DataConverter

from domain.appeal import Appeal
from domain.moments import fire, next_moment
from domain.vocabulary import Stage
from tests.domain.builders import Case
from tests.domain.states import PREPARED, permit, prepared

_JSON = TypeAdapter(Appeal)
_ENGINE = DataConverter.default.payload_converter
_STATES = [("plain", stage) for stage in Stage] + [
    (action, stage) for action in PREPARED for stage in (Stage.HANDLE, Stage.EVALUATE)
]


def by_json(appeal: Appeal) -> Appeal:
    """As the tables keep it."""
    return _JSON.validate_json(_JSON.dump_json(appeal))


def by_engine(appeal: Appeal) -> Appeal:
    """As the engine carries it: through its default JSON converter, by the type hint."""
    back: Appeal = _ENGINE.from_payloads(_ENGINE.to_payloads([appeal]), [Appeal])[0]
    return back


def check(case: Case) -> None:
    appeal, later = case.appeal, case.now + timedelta(days=40)
    for back in (by_json(appeal), by_engine(appeal)):
        assert back == appeal
        assert next_moment(back) == next_moment(appeal)
        assert fire(back, later) == fire(appeal, later)


@pytest.mark.parametrize(("action", "stage"), _STATES)
def test_every_kind_of_state_comes_back_equal_and_goes_on_alike(action: str, stage: Stage) -> None:
    check(prepared(action, stage))


@pytest.mark.parametrize("steps", [(), (("review", "special"), ("inspect", "done"), ("decide", "approve"))])
def test_so_does_a_permit_in_the_middle_of_its_procedure(steps: tuple[tuple[str, str], ...]) -> None:
    check(permit(*steps))
