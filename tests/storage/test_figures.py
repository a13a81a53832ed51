"""What is counted over all appeals, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.vocabulary import Stage
from storage.database import Database
from storage.figures import Figures, Waiting
from storage.intake import Intake
from storage.writer import AppealWriter
from tests.storage.build import NOON, begun, moments_at, put, rules, submission

NUMBER = "SQ20260901-00000001"
DUE = NOON + timedelta(hours=1)
JUST_AFTER = DUE + timedelta(seconds=1)


async def overdue(database: Database, before: datetime) -> int:
    async with database.read() as r:
        return await Figures(r).overdue(before)


async def test_intake_says_how_many_wait_and_since_when(database: Database) -> None:
    async with database.read() as r:
        assert await Figures(r).waiting() == Waiting(0, None)
    for n in (2, 1, 3):
        async with database.write() as w:
            await Intake(w).keep(
                number=f"SQ20260901-{n:08d}",
                caller="enterprise",
                key=str(n),
                digest="digest",
                created_at=NOON + timedelta(minutes=n),
                submission=submission(),
                rules=rules(),
                salt="salt",
            )
    async with database.write() as w:
        await Intake(w).mark_started(NUMBER, NOON)
        assert await Figures(w).waiting() == Waiting(2, NOON + timedelta(minutes=2))


async def test_open_appeals_are_counted_by_stage_and_closed_ones_are_not(database: Database) -> None:
    stages = [Stage.HANDLE, Stage.HANDLE, Stage.FEEDBACK, Stage.CLOSED]
    for n, stage in enumerate(stages):
        await put(database, replace(begun(f"SQ20260901-{n:08d}")[0], stage=stage))
    async with database.read() as r:
        counted = await Figures(r).open_by_stage()
    assert counted == {"accept": 0, "assign": 0, "handle": 2, "feedback": 1, "evaluate": 0}


@pytest.mark.parametrize("which", ["yellow_at", "red_at"])
async def test_a_reminder_or_a_limit_that_passed_unheard_is_overdue(database: Database, which: str) -> None:
    await put(database, begun(NUMBER)[0], moments=replace(moments_at(due_at=DUE), **{which: DUE}))
    assert await overdue(database, DUE) == 0
    assert await overdue(database, JUST_AFTER) == 1


async def test_what_left_an_entry_since_is_not(database: Database) -> None:
    await put(database, begun(NUMBER, at=DUE)[0], moments=moments_at(due_at=DUE, red_at=DUE))
    assert await overdue(database, JUST_AFTER) == 0


async def test_the_second_warning_is_not_everybodys_and_a_paused_or_closed_appeal_has_nothing_due(
    database: Database,
) -> None:
    await put(database, begun(NUMBER)[0], moments=moments_at(due_at=JUST_AFTER, orange_at=DUE))
    await put(database, begun("SQ20260901-00000002")[0])
    closed = replace(begun("SQ20260901-00000003")[0], stage=Stage.CLOSED)
    await put(database, closed, moments=moments_at(due_at=DUE, red_at=DUE))
    assert await overdue(database, JUST_AFTER) == 0


async def test_in_a_rehearsal_the_appeals_own_time_counts(database: Database) -> None:
    ahead = timedelta(days=30)
    moment = DUE + ahead
    await put(database, begun(NUMBER)[0], moments=moments_at(due_at=moment, red_at=moment))
    async with database.write() as w:
        await AppealWriter(w).set_offset(NUMBER, ahead)
    assert await overdue(database, DUE) == 0
    assert await overdue(database, JUST_AFTER) == 1
