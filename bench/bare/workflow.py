"""The bare workflow: one timer, updates that write two rows by a local activity and answer then."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from bench.bare.contract import WORKFLOW, Done, Rows, Step
    from bench.bare.records import Records

_DAYS = timedelta(days=5)
_QUICK = timedelta(seconds=4)


@workflow.defn(name=WORKFLOW)
class Bare:
    """Stays open with its timer, as an appeal does."""

    @workflow.init
    def __init__(self, number: str) -> None:
        """Messages may arrive before ``run`` has begun."""
        self._number = number
        self._seq = 0

    @workflow.run
    async def run(self, _number: str) -> None:
        """One timer."""
        await workflow.sleep(_DAYS)

    @workflow.update(name="step")
    async def step(self, step: Step) -> Done:
        """One step: two rows, then the answer."""
        self._seq += 1
        rows = Rows(self._number, self._seq, step)
        await workflow.execute_local_activity_method(Records.write, rows, schedule_to_close_timeout=_QUICK)
        return Done(rows.seq)
