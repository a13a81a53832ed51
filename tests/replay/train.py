"""A workflow in four releases: as it was, with a patch, with the patch retired, with the patch gone."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

NAME = "Train"
PATCH = "whistle"


class _Train:
    """It stops when it is told to, and answers when it has; at a ``turn`` it goes on in a new history."""

    def __init__(self) -> None:
        self._asked = self._stopped = 0
        self._turns = False

    async def ride(self) -> None:
        while not self._turns:
            await workflow.wait_condition(lambda: self._turns or self._asked > self._stopped)
            if self._asked > self._stopped:
                await self.at_a_stop()
                self._stopped += 1
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new()

    async def at_a_stop(self) -> None:
        raise NotImplementedError

    @workflow.update
    async def stop(self) -> None:
        self._asked += 1
        mine = self._asked
        await workflow.wait_condition(lambda: self._stopped >= mine)

    @workflow.update
    async def turn(self) -> None:
        self._turns = True


def _open_doors() -> None:
    workflow.upsert_memo({"doors": "open"})


async def _whistle() -> None:
    await workflow.sleep(timedelta(milliseconds=1))


@workflow.defn(name=NAME)
class First(_Train):
    """Stops and opens its doors."""

    @workflow.run
    async def run(self) -> None:
        await self.ride()

    async def at_a_stop(self) -> None:
        _open_doors()


@workflow.defn(name=NAME)
class Patched(_Train):
    """Whistles before it opens them, unless it was under way before."""

    @workflow.run
    async def run(self) -> None:
        await self.ride()

    async def at_a_stop(self) -> None:
        if workflow.patched(PATCH):
            await _whistle()
        _open_doors()


@workflow.defn(name=NAME)
class Deprecated(_Train):
    """None is under way any more that does not whistle."""

    @workflow.run
    async def run(self) -> None:
        await self.ride()

    async def at_a_stop(self) -> None:
        workflow.deprecate_patch(PATCH)
        await _whistle()
        _open_doors()


@workflow.defn(name=NAME)
class Removed(_Train):
    """None is under way any more that knew the patch as one."""

    @workflow.run
    async def run(self) -> None:
        await self.ride()

    async def at_a_stop(self) -> None:
        await _whistle()
        _open_doors()
