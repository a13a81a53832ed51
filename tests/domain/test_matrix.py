"""The printed table event × clock is the table that decides: no second one, none out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.clock import ClockName
from domain.matrix import BACK, KEEP, markdown, rows
from domain.table import TABLE
from domain.vocabulary import Action, Effect, Stage

DOCS = Path(__file__).parents[2] / "docs"


def cell(event: str, clock: ClockName) -> str:
    (row,) = [row for row in rows() if row.event == event]
    return row.cells[clock]


@pytest.mark.parametrize(("page", "chinese"), [("clocks.md", False), ("clocks.zh.md", True)])
def test_the_handbook_prints_it_as_it_is(page: str, *, chinese: bool) -> None:
    assert markdown(chinese=chinese) in (DOCS / page).read_text(encoding="utf-8"), (
        "changed: print it anew with `appeals clock --table zh|en`"
    )


def test_it_has_every_event_and_every_clock() -> None:
    assert {row.event.split("/")[0] for row in rows()} == {action.value for action in Action}
    assert all(tuple(row.cells) == tuple(ClockName) for row in rows())
    assert len({row.event for row in rows()}) == sum(len(t.moves) for t in TABLE.values()) + 4


def test_a_cell_says_what_the_move_does() -> None:
    assert cell("submit", ClockName.ACCEPT) is Effect.START
    assert cell("rate/again", ClockName.HANDLE) is Effect.RESTART
    assert cell("note", ClockName.HANDLE) == KEEP
    assert cell("escalate", ClockName.HANDLE) == KEEP
    assert cell("correct", ClockName.SIGN) == BACK


def test_what_closes_an_appeal_stops_every_clock_it_does_not_meet() -> None:
    closing = [row for row in rows() if row.to is Stage.CLOSED]
    assert closing
    assert all(c in {Effect.STOP, Effect.MEET} for row in closing for c in row.cells.values())
    assert cell("merge", ClockName.ACCEPT) is Effect.MEET
    assert cell("merge", ClockName.HANDLE) is Effect.STOP
