"""Ladders as data: which levels there are, how long each is given, and that every ladder ends."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.budget import BadBudget
from domain.ladder import CATCH_ALL, CallStep, Ladder, length, levels_of, offsets, usual
from tests.domain.ladders import LADDERS

HOUR = timedelta(hours=1)
Shown = tuple[float, int, tuple[str, ...]]

_BUDGETS = ("", "20 seconds", "30 minutes", "4 hours", "24 hours")
_STEPS = st.builds(
    CallStep,
    targets=st.sampled_from((("duty",), ("leader", "on_duty"), ("account:zhu",), (CATCH_ALL,))),
    after=st.sampled_from(_BUDGETS),
    climbs=st.booleans(),
    times=st.integers(1, 5),
    every=st.sampled_from(_BUDGETS),
)
_LADDERS = st.builds(Ladder, st.just("any"), st.lists(_STEPS, min_size=1, max_size=5).map(tuple))
_ABOVE = st.integers(0, 6)


def shown(ladder: Ladder, above: int) -> list[Shown]:
    """Each level: how many hours after the deadline, how many units up, whom."""
    return [(level.after / HOUR, level.up, level.targets) for level in levels_of(ladder, above)]


class TestWhichLevelsThereAre:
    def test_a_step_calls_after_the_one_before_it_and_the_first_at_the_deadline(self) -> None:
        ladder = Ladder(
            "x", (CallStep(("duty",)), CallStep(("leader",), "30 minutes"), CallStep(("legal",), "2 hours"))
        )
        assert shown(ladder, 2) == [(0, 0, ("duty",)), (0.5, 0, ("leader",)), (2.5, 0, ("legal",))]

    def test_one_that_climbs_calls_in_each_unit_above_in_turn_and_what_follows_calls_at_the_top(self) -> None:
        ladder = Ladder("x", (CallStep(("duty",)), CallStep(("leader",), "4 hours", climbs=True), CallStep(("legal",))))
        assert shown(ladder, 3) == [
            (0, 0, ("duty",)),
            (4, 1, ("leader",)),
            (8, 2, ("leader",)),
            (12, 3, ("leader",)),
            (12, 3, ("legal",)),
        ]
        assert shown(ladder, 0) == [(0, 0, ("duty",)), (0, 0, ("legal",))]

    def test_a_second_one_that_climbs_has_nowhere_to_go(self) -> None:
        up = CallStep(("leader",), "4 hours", climbs=True)
        assert shown(Ladder("x", (CallStep(("duty",)), up, up)), 1) == shown(Ladder("x", (CallStep(("duty",)), up)), 1)

    def test_the_catch_all_is_the_bureau_s_wherever_the_ladder_stands(self) -> None:
        assert shown(Ladder("x", (CallStep((CATCH_ALL,)),)), 3) == [(0, 3, (CATCH_ALL,))]

    def test_repetitions_come_after_the_same_time_again_or_by_their_own(self) -> None:
        same = CallStep(("duty",), "2 hours", times=3)
        other = CallStep(("duty",), "2 hours", times=3, every="30 minutes")
        assert [at for at, *_ in shown(Ladder("x", (same,)), 0)] == [2, 4, 6]
        assert [at for at, *_ in shown(Ladder("x", (other,)), 0)] == [2, 2.5, 3]

    def test_levels_know_of_which_step_they_are(self) -> None:
        ladder = Ladder("x", (CallStep(("duty",), times=2), CallStep(("leader",), "1 hours", climbs=True)))
        assert [level.step for level in levels_of(ladder, 2)] == [0, 0, 1, 1]

    def test_offsets_are_in_seconds(self) -> None:
        assert offsets(LADDERS["hazmat"], 1)[:3] == (0, 4 * 3600, 28 * 3600)


class TestTheShippedOnes:
    def test_danger_climbs_every_four_hours_a_listed_case_every_twelve_the_rest_by_the_day(self) -> None:
        pace = {name: [at for at, *_ in shown(ladder, 2)][:4] for name, ladder in LADDERS.items()}
        assert pace == {
            "ordinary": [0, 24, 48, 72],
            "hazmat": [0, 4, 8, 32],
            "alert": [0, 4, 8, 32],
            "listed": [0, 12, 24, 48],
            "order": [0, 24, 48, 72],
            "statutory": [0, 24, 48, 72],
        }

    def test_an_ordinary_one_calls_duty_first_an_order_its_supervisors_all_others_the_leader_too(self) -> None:
        first = {name: ladder.steps[0].targets for name, ladder in LADDERS.items()}
        assert first == {
            "ordinary": ("duty",),
            "hazmat": ("leader", "duty"),
            "alert": ("leader", "duty"),
            "listed": ("leader", "duty"),
            "order": ("supervisor", "duty"),
            "statutory": ("leader", "duty"),
        }

    def test_only_what_is_neither_dangerous_nor_ordered_may_wait_for_the_morning(self) -> None:
        assert {name for name, ladder in LADDERS.items() if ladder.may_wait} == {"ordinary", "statutory"}

    @pytest.mark.parametrize("name", LADDERS)
    @pytest.mark.parametrize("above", range(4))
    def test_each_goes_through_every_unit_above_and_ends_with_thirty_days_of_the_catch_all(
        self, name: str, above: int
    ) -> None:
        ladder = shown(LADDERS[name], above)
        assert [up for _, up, _ in ladder[: above + 1]] == list(range(above + 1))
        assert {targets for _, _, targets in ladder[1 : above + 1]} <= {("leader", "on_duty")}
        last = ladder[above + 1 :]
        assert [(up, targets) for _, up, targets in last] == [(above, (CATCH_ALL,))] * 30
        assert {later - earlier for (earlier, *_), (later, *_) in pairwise(ladder[above:])} == {24}


class TestTheRuleOfBeforeThereWereLadders:
    """DOMAIN.md, *Clocks*: at 100 % the first, every so many hours one level up, then daily to the catch-all."""

    @given(above=_ABOVE, hours=st.integers(1, 100), days=st.integers(0, 40))
    def test_it_is_a_ladder_with_the_same_times_however_long_the_chain(self, above: int, hours: int, days: int) -> None:
        climbing = [(hours * up, up, ("leader",)) for up in range(1, above + 1)]
        daily = [(hours * above + 24 * day, above, (CATCH_ALL,)) for day in range(1, days + 1)]
        assert shown(usual(("leader", "duty"), hours, days), above) == [(0, 0, ("leader", "duty")), *climbing, *daily]

    def test_its_messages_never_wait_and_its_lease_is_the_policy_s(self) -> None:
        ladder = usual(("duty",), 24, 30)
        assert (ladder.may_wait, ladder.lease) == (False, "")


class TestWhateverLadder:
    @given(_LADDERS, _ABOVE)
    def test_it_ends(self, ladder: Ladder, above: int) -> None:
        climbs = any(step.climbs for step in ladder.steps)
        calls = sum(step.times for step in ladder.steps if not step.climbs) + (above if climbs else 0)
        assert len(levels_of(ladder, above)) == calls

    @given(_LADDERS, _ABOVE)
    def test_it_never_turns_back(self, ladder: Ladder, above: int) -> None:
        levels = levels_of(ladder, above)
        for one, other in pairwise(levels):
            assert one.after <= other.after
            assert one.step <= other.step
            assert one.up <= other.up or CATCH_ALL in one.targets
        assert all(0 <= level.up <= above for level in levels)

    @given(_LADDERS, _ABOVE)
    def test_its_length_is_that_of_its_waits(self, ladder: Ladder, above: int) -> None:
        levels = levels_of(ladder, above)
        last = levels[-1].after if levels else timedelta(0)
        waits = [length(s.after) * (s.times if not s.every else 1) for s in ladder.steps if not s.climbs]
        repeats = [length(s.every) * (s.times - 1) for s in ladder.steps if s.every and not s.climbs]
        first = next((s for s in ladder.steps if s.climbs), None)
        assert last == sum([*waits, *repeats, length(first.after) * above if first else timedelta(0)], timedelta(0))


class TestHowLongAStepIs:
    @pytest.mark.parametrize(
        ("budget", "seconds"), [("", 0), ("20 seconds", 20), ("30 minutes", 1800), ("24 hours", 86400)]
    )
    def test_it_runs_day_and_night(self, budget: str, seconds: int) -> None:
        assert length(budget) == timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        "budget", ["1 working hours", "1 working day", "2 natural days", "1 month", "end of day", "soon", "-1 hours"]
    )
    def test_anything_else_is_none(self, budget: str) -> None:
        with pytest.raises(BadBudget):
            length(budget)
        with pytest.raises(BadBudget):
            levels_of(Ladder("x", (CallStep(("duty",), budget),)), 1)
