"""The bare workflow: one timer, updates that write two rows by a local activity and answer then."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from bench.bare.contract import WORKFLOW, Begin, Done, Rows, Step
    from bench.bare.records import Records

_DAYS = timedelta(days=5)
_QUICK = timedelta(seconds=4)
STAGE = SearchAttributeKey.for_keyword("AppealStage")


@workflow.defn(name=WORKFLOW)
class Bare:
    """Stays open with its timer, as an appeal does."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        """Messages may arrive before ``run`` has begun."""
        self._number = begin.number
        self._staged = begin.staged
        self._seq = 0

    @workflow.run
    async def run(self, _begin: Begin) -> None:
        """One timer."""
        await workflow.sleep(_DAYS)

    @workflow.update(name="step")
    async def step(self, step: Step) -> Done:
        """One step: two rows, then the answer."""
        self._seq += 1
        rows = Rows(self._number, self._seq, step)
        await workflow.execute_local_activity_method(Records.write, rows, schedule_to_close_timeout=_QUICK)
        if self._staged and rows.seq > 1:  # the first is told with the start
            workflow.upsert_search_attributes([STAGE.value_set(step.action)])
        return Done(rows.seq)
