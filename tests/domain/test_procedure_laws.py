"""Laws of every procedure, however it is drawn: found by drawing them at random and walking them to their end."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.batch import counts, merged, numbers, ranges
from domain.journal import verify
from domain.procedure import reachable
from domain.rules import Service, StepOutcome
from domain.service import Limit
from domain.vocabulary import Stage, StepStatus
from tests.domain.builders import Case
from tests.domain.stepwise import begun, service, step, take, to

_UNITS = ("public-order", "station-a", "station-b")
_WHO = {"": "hazmat_handler", "public-order": "hazmat_handler", "station-a": "handler", "station-b": "handler3"}


@st.composite
def services(draw: st.DrawFn) -> Service:
    """Up to six steps: each has a way on to a later one, and perhaps ways anywhere, several at a time."""
    codes = [f"s{n}" for n in range(draw(st.integers(2, 6)))]
    steps = []
    for n, code in enumerate(codes):
        each = n > 0 and draw(st.integers(0, 4)) == 0
        later = codes[n + 1 :]
        on = to("on", draw(st.sampled_from(later))) if later and (each or draw(st.booleans())) else None
        ways: list[StepOutcome] = [on or (to("on", later[0]) if each and later else to("on", "feedback"))]
        for k in range(draw(st.integers(0, 2))):
            some = draw(st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True))
            ways.append(to(f"w{k}", tuple(some)))
        steps.append(
            step(
                code,
                *ways,
                each=each and bool(later),
                by=_UNITS if each and later else ("lead",),
                join=n > 0 and draw(st.booleans()),
                limits=(Limit("9 working days"),) if draw(st.booleans()) else (),
            )
        )
    return service(*steps)


def active(case: Case) -> list[tuple[str, str]]:
    return [(s.code, s.unit) for s in case.appeal.procedure if s.status is StepStatus.ACTIVE]


def timed(case: Case) -> set[tuple[str, str]]:
    """Of every clock that runs, the step and, of a part, the unit."""
    return {(c.subject, c.owner) for c in case.appeal.clocks if c.name == "step" and c.ended_at is None}


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(kept=services(), data=st.data())
def test_a_procedure_never_stands_without_an_open_step_and_its_clocks_follow(
    kept: Service, data: st.DataObject
) -> None:
    case = begun(kept)
    for _ in range(15):
        if case.stage is not Stage.HANDLE:
            break
        before = active(case)
        assert before
        code, unit = data.draw(st.sampled_from(before))
        found = kept.step(code)
        assert found
        outcomes = [o for o in found.outcomes if "feedback" not in o.nexts or {c for c, _ in before} == {code}]
        if not outcomes:
            continue
        outcome = data.draw(st.sampled_from(outcomes))
        take(case, code, outcome.code, _WHO[unit])
        now = active(case)
        joins = {s.code for s in kept.procedure.steps if s.join}
        opened = {c for c, _ in now} - {c for c, _ in before}
        for join in opened & joins:
            # Of several joins that wait for each other the first opens when nothing else is open.
            others = {c for c, _ in now if c not in opened & joins}
            assert join not in reachable(kept.procedure, others, but=join)
        limited = {s.code for s in kept.procedure.steps if s.limits}
        each = {s.code for s in kept.procedure.steps if s.each}
        wanted = {(c, u if c in each else "") for c, u in now if c in limited}
        assert timed(case) == wanted
    assert verify(case.journal) == ()


@given(st.lists(st.tuples(st.sets(st.integers(1, 60), min_size=1), st.sampled_from("abc")), max_size=8))
def test_the_last_word_on_each_item_counts_and_none_is_counted_twice(lines: list[tuple[set[int], str]]) -> None:
    said = [{"items": ranges(items), "result": result} for items, result in lines]
    known = merged({}, said, 60)
    last = {n: result for items, result in lines for n in items}
    assert {n: code for code, text in known.items() for n in numbers(text)} == last
    assert counts(known, 60)["done"] == len(last)
    assert counts(known, 60)["open"] == 60 - len(last)


@given(st.sets(st.integers(1, 1000), min_size=1))
def test_ranges_say_exactly_which(items: set[int]) -> None:
    assert numbers(ranges(items)) == items
