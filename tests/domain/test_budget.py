from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.budget import BadBudget, Budget, Unit, parse, reading_unit
from domain.errors import Invalid

counted = st.builds(Budget, st.integers(1, 1200), st.sampled_from([unit for unit in Unit if unit != Unit.END_OF_DAY]))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("10 seconds", 10, Unit.SECONDS),
        ("30 minutes", 30, Unit.MINUTES),
        ("24 hours", 24, Unit.HOURS),
        ("1 hour", 1, Unit.HOURS),
        ("7 natural days", 7, Unit.NATURAL_DAYS),
        ("1 working hour", 1, Unit.WORKING_HOURS),
        ("4 working hours", 4, Unit.WORKING_HOURS),
        ("1 working day", 1, Unit.WORKING_DAYS),
        ("5 working days", 5, Unit.WORKING_DAYS),
        (" 3 months ", 3, Unit.MONTHS),
        ("1 month", 1, Unit.MONTHS),
        ("1 working days", 1, Unit.WORKING_DAYS),
        ("end of day", 1, Unit.END_OF_DAY),
        ("100000 seconds", 100_000, Unit.SECONDS),
        ("1200 months", 1200, Unit.MONTHS),
    ],
)
def test_a_budget_is_read_as_it_is_written(text: str, count: int, unit: Unit) -> None:
    assert parse(text) == Budget(count, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "5 days",
        "days",
        "0 hours",
        "-1 hours",
        "01 hours",
        "1.5 hours",
        "100001 hours",
        "1201 months",
        "1000000 seconds",
        "5  working days",
        "5 Working Days",
        "5 working weeks",
        "1 end of day",
        "end of days",
        "P1D",
        "5 working days or so",
        "٥ hours",
        "5 hours\n6 hours",
    ],
)
def test_anything_else_is_refused_and_the_refusal_names_the_grammar(text: str) -> None:
    with pytest.raises(BadBudget, match="working hours \\| working days \\| months") as caught:
        parse(text)
    assert caught.value.code == "bad-budget"
    assert isinstance(caught.value, Invalid)
    assert isinstance(caught.value, ValueError)


@given(counted)
def test_the_canonical_text_reads_back(budget: Budget) -> None:
    assert parse(str(budget)) == budget


def test_the_canonical_text_is_english() -> None:
    assert str(Budget(1, Unit.WORKING_DAYS)) == "1 working day"
    assert str(Budget(5, Unit.WORKING_DAYS)) == "5 working days"
    assert str(Budget(1, Unit.END_OF_DAY)) == "end of day"


def test_days_and_months_are_read_in_days_and_the_rest_in_seconds() -> None:
    days = {unit for unit in Unit if reading_unit(Budget(1, unit)) == "days"}
    assert days == {Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS}
    assert reading_unit(parse("end of day")) == "seconds"
