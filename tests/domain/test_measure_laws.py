from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.budget import SECONDS_PER, Budget, Unit, parse
from domain.measure import add, between
from tests.domain import walker
from tests.domain.walker import at, shipped

Ledger = list[tuple[datetime, datetime]]

starts = st.one_of(walker.moments, walker.edges)
length_budgets = st.builds(Budget, st.integers(1, 300), st.sampled_from(list(SECONDS_PER)))
day_budgets = st.builds(Budget, st.integers(1, 40), st.sampled_from([Unit.NATURAL_DAYS, Unit.WORKING_DAYS]))
budgets = st.one_of(length_budgets, day_budgets)
additive = st.sampled_from([*SECONDS_PER, Unit.NATURAL_DAYS, Unit.WORKING_DAYS])
closes_of_any = st.one_of(
    budgets, st.builds(Budget, st.integers(1, 12), st.just(Unit.MONTHS)), st.just(parse("end of day"))
)


def whole(budget: Budget) -> int:
    return budget.count * SECONDS_PER.get(budget.unit, 1)


@given(starts, budgets, walker.ledgers())
def test_between_undoes_add(start: datetime, budget: Budget, pauses: Ledger) -> None:
    end = add(start, budget, shipped(), pauses)
    assert end is not None
    assert between(start, end, budget.unit, shipped(), pauses) == whole(budget)
    just_before = end - timedelta(microseconds=1)
    assert between(start, just_before, budget.unit, shipped(), pauses) == whole(budget) - 1


@given(starts, st.integers(1, 24), walker.ledgers())
def test_between_undoes_add_for_months_in_days(start: datetime, months: int, pauses: Ledger) -> None:
    end = add(start, Budget(months, Unit.MONTHS), shipped(), pauses)
    assert end is not None
    days = walker.days_of_months(start.date(), months)
    assert between(start, end, Unit.MONTHS, shipped(), pauses) == days


@given(starts, starts, closes_of_any, walker.ledgers(), st.booleans())
def test_who_starts_later_ends_no_earlier(
    one: datetime, other: datetime, budget: Budget, pauses: Ledger, statutory: bool
) -> None:
    if budget.unit is Unit.MONTHS:
        # Of two days with the same corresponding day, a pause at the second's close moves the end of the first alone.
        pauses = []
    first = add(min(one, other), budget, shipped(), pauses, statutory=statutory)
    second = add(max(one, other), budget, shipped(), pauses, statutory=statutory)
    assert first is not None
    assert second is not None
    assert first <= second
    assert first > min(one, other)


@given(starts, closes_of_any, st.integers(1, 50), walker.ledgers(), st.booleans())
def test_more_budget_ends_no_earlier(
    start: datetime, budget: Budget, more: int, pauses: Ledger, statutory: bool
) -> None:
    longer = Budget(budget.count + more, budget.unit)
    first = add(start, budget, shipped(), pauses, statutory=statutory)
    second = add(start, longer, shipped(), pauses, statutory=statutory)
    assert first is not None
    assert second is not None
    assert first <= second


@given(starts, st.integers(1, 60), st.integers(1, 60), additive, walker.ledgers())
def test_a_budget_run_on_from_a_deadline_is_the_sum_of_both(
    start: datetime, first: int, second: int, unit: Unit, pauses: Ledger
) -> None:
    middle = add(start, Budget(first, unit), shipped(), pauses)
    assert middle is not None
    apart = add(middle, Budget(second, unit), shipped(), pauses, continuing=True)
    assert apart == add(start, Budget(first + second, unit), shipped(), pauses)


@given(starts, starts, closes_of_any, walker.ledgers())
def test_another_pause_never_brings_the_end_forward(a: datetime, b: datetime, budget: Budget, pauses: Ledger) -> None:
    start = at("2026-09-16 10:00")
    without = add(start, budget, shipped(), pauses)
    more = add(start, budget, shipped(), [*pauses, (min(a, b), max(a, b))])
    assert without is not None
    assert more is not None
    assert more >= without


@given(starts, st.integers(1, 300), st.integers(0, 99), st.integers(1, 10**6))
def test_pausing_counted_time_moves_the_end_of_hours_by_as_much(
    start: datetime, hours: int, percent: int, seconds: int
) -> None:
    end = start + timedelta(hours=hours)
    begun = start + (end - start) * percent / 100
    held = [(begun, begun + timedelta(seconds=seconds))]
    assert add(start, Budget(hours, Unit.HOURS), shipped(), held) == end + timedelta(seconds=seconds)


@given(starts, st.integers(1, 60), st.integers(0, 59), st.integers(1, 600))
def test_pausing_counted_working_time_moves_the_end_by_as_much_working_time(
    start: datetime, hours: int, gone: int, minutes: int
) -> None:
    begun = add(start, Budget(gone % hours * 60 + 1, Unit.WORKING_HOURS), shipped())
    assert begun is not None
    ended = add(begun, Budget(minutes, Unit.WORKING_HOURS), shipped())
    assert ended is not None
    budget = Budget(hours * 60 + 1, Unit.WORKING_HOURS)
    assert add(start, budget, shipped(), [(begun, ended)]) == add(
        start, Budget(budget.count + minutes, Unit.WORKING_HOURS), shipped()
    )


@settings(max_examples=30)
@given(walker.edges, st.integers(1, 30), walker.ledgers())
def test_working_hours_end_where_a_walk_minute_by_minute_ends(start: datetime, hours: int, pauses: Ledger) -> None:
    walked = walker.walk_minutes(start, hours * 60, pauses, calendar=shipped())
    assert add(start, Budget(hours, Unit.WORKING_HOURS), shipped(), pauses) == walked


@settings(max_examples=30)
@given(walker.edges, walker.edges, walker.ledgers())
def test_elapsed_working_and_natural_time_agree_with_a_walk(a: datetime, b: datetime, pauses: Ledger) -> None:
    working = walker.count_minutes(a, b, pauses, calendar=shipped())
    assert between(a, b, Unit.WORKING_HOURS, shipped(), pauses) == working * 60
    assert between(a, b, Unit.MINUTES, shipped(), pauses) == walker.count_minutes(a, b, pauses) * 60


@given(starts, st.integers(1, 40), walker.ledgers(), st.booleans(), st.booleans())
def test_days_end_where_a_walk_day_by_day_ends(
    start: datetime, days: int, pauses: Ledger, working: bool, statutory: bool
) -> None:
    walked = walker.walk_days(start, days, pauses, calendar=shipped(), working=working, statutory=statutory)
    unit = Unit.WORKING_DAYS if working else Unit.NATURAL_DAYS
    assert add(start, Budget(days, unit), shipped(), pauses, statutory=statutory) == walked


@given(starts, st.integers(1, 15), walker.ledgers(), st.booleans())
def test_months_end_where_a_walk_day_by_day_ends(start: datetime, months: int, pauses: Ledger, statutory: bool) -> None:
    days = walker.days_of_months(start.date(), months)
    walked = walker.walk_days(start, days, pauses, calendar=shipped(), working=False, statutory=statutory)
    assert add(start, Budget(months, Unit.MONTHS), shipped(), pauses, statutory=statutory) == walked
