"""One appeal, one workflow, one timer.

Messages: update ``act`` does one action and answers when its entry is written; update ``opened`` answers when the
first entries are; update ``restore`` writes the tables again as the workflow knows them; query ``standing`` tells how
far it is.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Messages
    from activities.records import Records
    from domain.act import Act
    from domain.colours import moments
    from domain.loop import Decision, decide
    from domain.moments import Due, fire, next_due, next_moment, skip
    from domain.notice import Notice
    from domain.opening import Opening, begin
    from workflows import contract, shown
    from workflows.contract import (
        Acted,
        AppealStart,
        Batch,
        Carried,
        Mail,
        Standing,
        Told,
        reused_key,
        told_to_the_caller,
    )
    from workflows.patches import OUTSIDE_BODIES, SEARCH_ATTRIBUTES, TIMED_TASKS, LatePatch

_QUICK = timedelta(seconds=4)
_PATIENT = timedelta(seconds=15)
_ONCE_MORE = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2)
_UNTIL_IT_WORKS = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn(name=contract.WORKFLOW)
class AppealWorkflow:
    """From submission to return visit. Decisions are pure (``domain``); effects are made by ``run`` alone, in order."""

    @workflow.init
    def __init__(self, start: AppealStart) -> None:
        """Messages may arrive before ``run`` has begun, so the state is there first."""
        self._unwritten = Decision(start.carried.appeal) if start.carried else begin(_opening(start))
        self._appeal = self._unwritten.appeal
        self._run = start.carried.run if start.carried else 0
        self._fence = start.carried.fence if start.carried else 0
        self._continue_after = start.continue_after
        self._written = self._appeal.seq if start.carried else 0
        self._untold = list(start.carried.untold) if start.carried else []
        self._callers_tell = start.callers_tell
        self._held = self._for_callers(self._unwritten)
        self._unheard: list[Notice] = []
        self._telling: asyncio.Task[None] | None = None
        self._rang = False
        self._restores_asked = self._restores_done = 0
        self._alarm_at: datetime | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._begun_searchable = start.searchable
        self._searchable = LatePatch(SEARCH_ATTRIBUTES)
        self._outside = LatePatch(OUTSIDE_BODIES)
        self._timed = LatePatch(TIMED_TASKS)

    @workflow.run
    async def run(self, start: AppealStart) -> None:
        """The loop: let what is due happen, write it down, tell it, wait for the next thing."""
        while True:
            patiently = self._let_due_moments_act()
            await self._record(patiently=patiently)
            self._tell()
            if not self._appeal.is_open:
                break
            if self._history_is_long() and await self._handlers_have_answered() and not self._unheard:
                carried = Carried(self._appeal, self._run + 1, tuple(self._untold), self._fence)
                workflow.continue_as_new(replace(start, opening=None, carried=carried))
            self._arm()
            await workflow.wait_condition(self._has_work)
        while not self._is_quiet():
            await workflow.wait_condition(lambda: self._is_quiet() or self._has_something_to_write())
            await self._record()

    @workflow.update(name=contract.ACT)
    async def act(self, act: Act) -> Acted:
        """Does one action and answers when its entry is written. A key it has seen gets the same answer again."""
        with told_to_the_caller():
            seen = self._appeal.seen.get(act.key)
            if seen and seen.digest != act.digest:
                raise reused_key()
            if seen is None:
                # What fell due before this request came first, also after an outage.
                self._take(fire(self._appeal, self._now()))
                done = decide(self._appeal, act, self._now())
                self._take(done)
                self._held += self._for_callers(done)
                seen = self._appeal.seen[act.key]
        seq = seen.seq
        await workflow.wait_condition(lambda: self._written >= seq)
        return Acted(seq, seen.digest)

    @act.validator
    def _act_is_allowed(self, act: Act) -> None:
        """Refuses before anything is recorded; a known key passes."""
        if act.key not in self._appeal.seen:
            with told_to_the_caller():
                decide(fire(self._appeal, self._now()).appeal, act, self._now())

    @workflow.update(name=contract.OPENED)
    async def opened(self) -> Acted:
        """Answers when the first entries are written."""
        await workflow.wait_condition(lambda: self._written > 0)
        return Acted(self._written)

    @workflow.update(name=contract.RESTORE)
    async def restore(self) -> Acted:
        """Writes the tables again, when they say something that the workflow does not know (a ghost row)."""
        self._restores_asked += 1
        mine = self._restores_asked
        await workflow.wait_condition(lambda: self._restores_done >= mine)
        return Acted(self._written)

    @workflow.query(name=contract.STANDING)
    def standing(self) -> Standing:
        """How far it is. What is not written, not told or not restored is on its way."""
        busy = self._written < self._appeal.seq or bool(self._untold) or self._has_something_to_write()
        return Standing(self._appeal.seq, self._appeal.head, busy, next_moment(self._appeal))

    def _now(self) -> datetime:
        """The engine's time, never before the last entry: clocks of two machines may differ a little."""
        now = workflow.now()
        return max(now, self._appeal.last_at) if self._appeal.last_at else now

    def _take(self, decision: Decision) -> None:
        self._appeal = decision.appeal
        self._unwritten = self._unwritten.then(decision)

    def _let_due_moments_act(self) -> bool:
        """Whether what happened must not be written within this task.

        While it is written so, the engine's client may end the task to answer a query. When that task, like the one
        before, then holds no command, a replay takes the two for one and sees the time of the later: the entry would
        have another hash. So a command comes first: the next timer; where there is none, the write itself.
        """
        self._rang = False
        happened = fire(self._appeal, self._now())
        # After what is due: whom an outage has overtaken is not called any more.
        happened = happened.then(skip(happened.appeal, tuple(self._unheard), self._now()))
        self._unheard.clear()
        self._take(happened)
        return bool(happened.entries) and self._timed.is_taken() and not self._arm()

    async def _record(self, *, patiently: bool = False) -> None:
        while self._has_something_to_write():
            batch, notices, asked = self._next_batch(), self._unwritten.notices, self._restores_asked
            self._unwritten, self._held = Decision(self._appeal), ()
            await _write(batch, patiently=patiently)
            self._written, self._restores_done = batch.appeal.seq, asked
            # Told only when it is written: nobody hears of something that the tables do not know.
            self._untold += self._may_be_told(tuple(n for n in notices if n not in batch.held))
            self._show(batch)

    def _for_callers(self, done: Decision) -> tuple[Notice, ...]:
        """Of what somebody did, what they who get the answer tell: an activity is six events (ADR 0033)."""
        return tuple(n for n in done.notices if n.may_be_held) if self._callers_tell else ()

    def _may_be_told(self, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        """Releases before told outside bodies nothing: a message more, and perhaps an activity more."""
        inside = tuple(n for n in notices if not n.is_for_outside)
        return notices if inside == notices or self._outside.is_taken() else inside

    def _show(self, batch: Batch) -> None:
        """To the engine's own lists and pages, as it is written: at most one upsert a write, none for nothing new."""
        workflow.set_current_details(shown.in_short(batch.appeal, batch.moments))
        wanted = contract.search_attributes(batch.appeal, batch.moments, self._now())
        changed = shown.changed(workflow.info().typed_search_attributes, wanted)
        if changed and (self._begun_searchable or self._searchable.is_taken()):
            workflow.upsert_search_attributes(changed)

    def _tell(self) -> None:
        """Beside the loop: a messenger in trouble must not keep anybody's entry from being written."""
        if self._untold and self._telling is None:
            self._telling = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self._untold:
            mail = Mail(tuple(self._untold))
            told: Told | None = await workflow.execute_activity_method(
                Messages.tell, mail, start_to_close_timeout=_PATIENT, retry_policy=_UNTIL_IT_WORKS
            )
            del self._untold[: len(mail.notices)]
            # Releases before answered nothing.
            self._unheard += [n for n in mail.notices if told and n.id in told.empty]
        self._telling = None

    def _next_batch(self) -> Batch:
        self._fence = max(self._fence, round(workflow.now().timestamp() * 1_000_000))
        slim, entries = contract.slim(self._appeal), self._unwritten.entries
        return Batch(slim, entries, moments(self._appeal), self._fence, self._held)

    def _has_work(self) -> bool:
        return self._rang or bool(self._unheard) or self._has_something_to_write()

    def _has_something_to_write(self) -> bool:
        return bool(self._unwritten.entries) or self._restores_asked > self._restores_done

    def _history_is_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= self._continue_after

    def _is_quiet(self) -> bool:
        """Every message is told and every handler has answered; handlers wait for writes that only the loop makes."""
        return workflow.all_handlers_finished() and not self._untold

    async def _handlers_have_answered(self) -> bool:
        """False when another one has come meanwhile: it waits for a write that only the loop makes."""
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() or self._has_something_to_write(),
        )
        return not self._has_something_to_write()

    def _arm(self) -> bool:
        """One timer, left armed when the next moment moves away: it finds nothing due and is set anew.

        Whether a timer is set now.
        """
        due = next_due(self._appeal)
        if due is None or (self._alarm_at is not None and self._alarm_at <= due.at):
            return False
        if self._alarm:
            self._alarm.cancel()
        self._alarm_at = due.at
        self._alarm = asyncio.create_task(self._ring(due))
        return True

    async def _ring(self, due: Due) -> None:
        # Timers count whole milliseconds; one that rang early would have to be set again.
        milliseconds = math.ceil((due.at - workflow.now()).total_seconds() * 1000)
        await workflow.sleep(timedelta(milliseconds=max(1, milliseconds)), summary=shown.awaited(due))
        self._alarm_at, self._alarm, self._rang = None, None, True


def _opening(start: AppealStart) -> Opening:
    if start.opening is None:
        raise ValueError("a new appeal needs its opening")
    return start.opening


async def _write(batch: Batch, *, patiently: bool) -> None:
    """Quickly within the workflow task; when the database is in trouble, patiently and for as long as it takes."""
    if not patiently and await _is_written_quickly(batch):
        return
    await workflow.execute_activity_method(
        Records.write, batch, start_to_close_timeout=_PATIENT, retry_policy=_UNTIL_IT_WORKS
    )


async def _is_written_quickly(batch: Batch) -> bool:
    try:
        await workflow.execute_local_activity_method(
            Records.write, batch, schedule_to_close_timeout=_QUICK, retry_policy=_ONCE_MORE
        )
    except FailureError:  # an ActivityError when it happens; the bare cause when it is replayed
        return False
    return True
