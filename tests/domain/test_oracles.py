"""The arithmetic against a walk by brute force. ORACLE_CASES: how many cases a unit gets (`make oracles`: 100,000)."""

from __future__ import annotations

import os

import pytest

from domain.budget import Unit
from domain.measure import add, between
from tests.domain import oracle
from tests.domain.oracle import NO_END, moment

CASES = int(os.environ.get("ORACLE_CASES", "1000"))
SEED = int(os.environ.get("ORACLE_SEED", "1"))


@pytest.mark.timeout(0 if CASES > 10_000 else 180)
@pytest.mark.parametrize("unit", list(Unit))
def test_every_random_case_ends_where_a_walk_by_brute_force_ends(unit: Unit) -> None:
    stopped = 0
    for case in oracle.cases(unit, CASES, SEED):
        held = [(moment(a), None if b == NO_END else moment(b)) for a, b in case.pauses]
        walked = oracle.due(case)
        counted = add(moment(case.start), case.budget, case.calendar, held, statutory=case.statutory)
        assert counted == (None if walked is None else moment(walked)), case
        gone = between(moment(case.start), moment(case.until), unit, case.calendar, held)
        assert gone == oracle.gone_by(case), case
        stopped += walked is None
    # Enough of the cases are those that an open pause stops, and not all.
    assert unit is Unit.END_OF_DAY or 0 < stopped < CASES / 3
