"""Figures as they are answered: every number with the list behind it, in all and by what was asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from api.context import Context
from api.figure_links import name_of
from api.statistics import Asked, PeriodQuery, StageQuery, asked
from domain.clock import ClockName, Colour
from domain.matrix import CLOCKS_CHINESE
from domain.people import Actor
from domain.vocabulary import Stage
from storage.measures import OF_ANSWERS, By, Measure, Share
from storage.tally import Kept

RATES: Final = (Measure.RESPONSE, Measure.SOLUTION, Measure.SATISFACTION)
COUNTS: Final = (Measure.SUBMITTED, Measure.CLOSED, Measure.REOPENED, Measure.EXTENDED, Measure.RETURNED)
_STAGES: Final = tuple(stage for stage in Stage if stage is not Stage.CLOSED)


async def stages(ctx: Context, actor: Actor, query: StageQuery) -> dict[str, Any]:
    """How many open appeals stand where, by stage and ``by``, with their colours."""
    one = asked(ctx, actor, query, By(query.by))
    found, as_of = await one.count("stages", lambda s, by, _start, _end: s.stages(by or By.UNIT))
    every: dict[tuple[str, str], int] = defaultdict(int)
    keyed: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in found:
        if not row.beside:
            every[row.stage, row.colour] += row.count
        for key in _keys(one.by, row.key):
            keyed[key, row.stage, row.colour] += row.count
    items = []
    for key in _in_order(one.by, {key for key, _, _ in keyed}):
        stood = [_standing(one, s, {c: keyed[key, s, c] for c in Colour}, **one.more(key)) for s in _STAGES]
        items.append({**one.named(key), **_sum(one, stood, **one.more(key)), "stages": stood})
    totals = [_standing(one, s, {c: every[s, c] for c in Colour}) for s in _STAGES]
    return one.answer(as_of, total=_sum(one, totals), stages=totals, items=items)


def _standing(one: Asked, stage: str, colours: Mapping[str, int], **more: Any) -> dict[str, Any]:
    more = {"open": True, "stage": stage, **more}
    told = {c: one.links.figure(n, **{**more, "colour": c}) for c, n in colours.items()}
    return {"stage": stage, **one.links.figure(sum(colours.values()), **more), "colours": told}


def _sum(one: Asked, standing: Iterable[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    more, stood = {"open": True, **more}, list(standing)
    counts = {c: sum(s["colours"][c]["count"] for s in stood) for c in Colour}
    told = {c: one.links.figure(n, **{**more, "colour": c}) for c, n in counts.items()}
    return {**one.links.figure(sum(counts.values()), **more), "colours": told}


async def rates(ctx: Context, actor: Actor, query: PeriodQuery) -> dict[str, Any]:
    """三率 and counts, in all and by ``by``."""
    one = asked(ctx, actor, query, By(query.by))
    found, as_of = await one.count("rates", lambda s, by, start, end: s.rates(by, start, end))
    every: dict[Measure, list[int]] = defaultdict(lambda: [0, 0])
    keyed: dict[str, dict[Measure, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in found:
        if not row.beside:
            _add(every[row.measure], row)
        for key in _keys(one.by, row.key) if row.key is not None else ():
            _add(keyed[key][row.measure], row)
    items = [
        {**one.named(key), **_measures(one, keyed[key], partial(one.more, key))}
        for key in _in_order(one.by, set(keyed))
    ]
    return one.answer(as_of, total=_measures(one, every, lambda _moments: {}), items=items)


def _add(to: list[int], row: Share) -> None:
    to[0] += row.part
    to[1] += row.whole


_MOMENTS: Final = {
    **dict.fromkeys(Measure, "created"),
    Measure.SOLUTION: "closed",
    Measure.CLOSED: "closed",
    Measure.SATISFACTION: "rated",
}
#: What is asked for to see the whole, and the part.
_WHOLE: Final[Mapping[Measure, dict[str, Any]]] = {
    Measure.RESPONSE: {"clock": ClockName.ACCEPT.value, "kept": "judged"},
    Measure.SOLUTION: {"answered": True},
}
_PART: Final[Mapping[Measure, dict[str, Any]]] = {
    Measure.RESPONSE: {"clock": ClockName.ACCEPT.value, "kept": "met"},
    Measure.SOLUTION: {"solved": True},
    Measure.SATISFACTION: {"satisfied": True},
    Measure.REOPENED: {"reopened": True},
    Measure.EXTENDED: {"extended": True},
    Measure.RETURNED: {"returned": True},
}


def _measures(one: Asked, found: Mapping[Measure, list[int]], more: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    def asked_for(measure: Measure, of: Mapping[Measure, dict[str, Any]]) -> dict[str, Any]:
        moments = _MOMENTS[measure]
        period = {f"{moments}_from": one.within[0], f"{moments}_before": one.within[1]}
        said = {**period, **more(moments), **of.get(measure, {})}
        return one.links.of_answers(said) if measure in OF_ANSWERS else said

    def rate(measure: Measure) -> dict[str, Any]:
        part, whole = found.get(measure, [0, 0])
        return {
            "rate": share(part, whole),
            "numerator": one.links.figure(part, **asked_for(measure, _PART)),
            "denominator": one.links.figure(whole, **asked_for(measure, _WHOLE)),
        }

    counts = {m.value: one.links.figure(found.get(m, [0])[0], **asked_for(m, _PART)) for m in COUNTS}
    return {**{m.value: rate(m) for m in RATES}, "counts": counts}


def share(part: int, whole: int) -> float | None:
    """As a fraction with four digits; None where there is nothing to share."""
    return round(part / whole, 4) if whole else None


async def clocks(ctx: Context, actor: Actor, query: PeriodQuery) -> dict[str, Any]:
    """How each clock was kept by the appeals that came in within the period, in all and by ``by``."""
    one = asked(ctx, actor, query, By(query.by))
    found, as_of = await one.count("clocks", lambda s, by, start, end: s.clocks(by, start, end))
    every: dict[tuple[ClockName, Kept], int] = defaultdict(int)
    keyed: dict[tuple[ClockName, Kept, str], int] = defaultdict(int)
    for row in found:
        if not row.beside:
            every[row.clock, row.kept] += row.count
        for key in _keys(one.by, row.key):
            keyed[row.clock, row.kept, key] += row.count
    items = []
    for name in (n for n in ClockName if any(every.get((n, how)) for how in Kept)):
        keys = _in_order(one.by, {key for clock, _, key in keyed if clock is name})
        parts = [
            {**one.named(key), **_kept(one, name, {how: keyed[name, how, key] for how in Kept}, one.more(key))}
            for key in keys
        ]
        told = _kept(one, name, {how: every[name, how] for how in Kept}, {})
        items.append({"clock": name.value, "clock_name": CLOCKS_CHINESE[name], **told, "items": parts})
    return one.answer(as_of, items=items)


def _kept(one: Asked, name: ClockName, count: Mapping[Kept, int], more: Mapping[str, Any]) -> dict[str, Any]:
    period = {"created_from": one.within[0], "created_before": one.within[1], **more}
    told = {
        how.value: one.links.figure(count[how], **{**period, "clock": name.value, "kept": how.value}) for how in Kept
    }
    met = told[Kept.MET]["count"]
    judged = met + told[Kept.LATE]["count"] + told[Kept.BREACHED]["count"]
    return {**told, "on_time_rate": share(met, judged)}


async def heat(ctx: Context, actor: Actor, query: PeriodQuery) -> dict[str, Any]:
    """Where time is spent: stage × unit, of the appeals that came in within the period."""
    one = asked(ctx, actor, query, By.UNIT)
    found, as_of = await one.count("heat", lambda s, _by, start, end: s.heat(start, end))
    period = {"created_from": one.within[0], "created_before": one.within[1]}
    cells = [
        {
            "stage": cell.stage,
            "unit": cell.unit,
            "unit_name": name_of(ctx, By.UNIT, cell.unit),
            **one.links.figure(cell.count, **period, left=cell.stage, **one.more(cell.unit)),
            "average_hours": hours(cell.average),
            "median_hours": hours(cell.median),
        }
        for cell in sorted(found, key=lambda c: (c.unit, list(Stage).index(Stage(c.stage))))
    ]
    return one.answer(as_of, items=cells)


def hours(spent: timedelta) -> float:
    """With one digit after the point."""
    return round(spent / timedelta(hours=1), 1)


def _keys(by: By | None, key: str) -> tuple[str, ...]:
    """An enterprise of two tiers counts in both."""
    return tuple(key.split()) or ("",) if by is By.TIER else (key,)


def _in_order(by: By | None, keys: Iterable[str]) -> list[str]:
    if by is By.COLOUR:
        return [colour for colour in reversed(Colour) if colour in set(keys)]
    return sorted(keys, key=lambda key: (not key, key))
