"""Which commands today's code makes of the kept messages: ``python -m tests.replay.fingerprint`` writes them down.

A replay proves that old histories still fit; it says nothing of commands behind a patch, which it never enters. So each
kept history is replayed and, beside it, lived through once more by a second instance of today's workflow, to which
nothing is a replay: patches are taken, every command is made. What it makes, line by line as it was woken, is the
fingerprint. It takes milliseconds and no engine.
"""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from temporalio import workflow
from temporalio.bridge.proto.activity_result import ActivityResolution, Success
from temporalio.bridge.proto.workflow_activation import ResolveActivity, WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter, PayloadConverter
from temporalio.worker import (
    Replayer,
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)

from runtime.codec import data_converter, load_keyring
from runtime.settings import Settings
from worker.main import runner
from workflows.appeal import AppealWorkflow
from workflows.contract import Batch

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
KEYS = HERE / "codec-keys"
KEPT = HERE / "fingerprint.txt"

#: Jobs that only tell of a replay, and would give the second life away.
_OF_REPLAY = frozenset({"notify_has_patch"})
_SCHEDULING = frozenset({"schedule_activity", "schedule_local_activity"})
#: What is answered, not commanded.
_ANSWERS = frozenset({"respond_to_query"})


@dataclass
class Life:
    """What one workflow did: its commands, each time it was woken, and what it told its activities."""

    woken: list[str] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    failure: Exception | None = None
    """Why the replay beside it failed, if it did."""

    def take(self, commands: Iterable[WorkflowCommand]) -> None:
        """Notes what was commanded at once."""
        made = [c for c in commands if c.WhichOneof("variant") not in _ANSWERS]
        if made:
            self.woken.append(", ".join(_in_words(c) for c in made))
        self.batches += [b for c in made for b in _batches(c)]

    def __str__(self) -> str:
        """One line each time, those that repeat with their number."""
        counted = [(line, len(list(same))) for line, same in groupby(self.woken)]
        return "".join(f"  {line}{f'  x{times}' if times > 1 else ''}\n" for line, times in counted)


_TARGETS: dict[str, Callable[[Any], str]] = {
    "schedule_activity": lambda c: f"activity {c.activity_type}",
    "schedule_local_activity": lambda c: f"local activity {c.activity_type}",
    "start_timer": lambda _: "timer",
    "set_patch_marker": lambda c: f"patch {c.patch_id}{' (deprecated)' if c.deprecated else ''}",
    "update_response": lambda c: f"update {c.WhichOneof('response')}",
    "upsert_workflow_search_attributes": lambda c: f"upsert {' '.join(sorted(c.search_attributes.indexed_fields))}",
}


def _in_words(command: WorkflowCommand) -> str:
    """Kind and target; what the engine does not hold against a replay is left out."""
    kind = command.WhichOneof("variant") or ""
    return _TARGETS.get(kind, lambda _: kind.replace("_", " "))(getattr(command, kind))


def _batches(command: WorkflowCommand) -> list[Batch]:
    kind = command.WhichOneof("variant") or ""
    written = getattr(command, kind) if kind in _SCHEDULING else None
    if written is None or written.activity_type != "write_records":
        return []
    batch: Batch = PayloadConverter.default.from_payload(written.arguments[0], Batch)
    return [batch]


def _activities(commands: Iterable[WorkflowCommand]) -> list[tuple[str, int]]:
    """Type and number of each activity among them."""
    scheduled = (getattr(c, c.WhichOneof("variant") or "") for c in commands if c.WhichOneof("variant") in _SCHEDULING)
    return [(one.activity_type, one.seq) for one in scheduled]


class _Twice(WorkflowInstance):
    """The replay that the engine's client sees, and the second life beside it.

    A patch may let the second life command an activity more. So results are given by pairs of activities that both
    commanded at once, and what only the second one commanded has succeeded when it is woken next.
    """

    def __init__(self, replayed: WorkflowInstance, lived: WorkflowInstance, life: Life) -> None:
        self._replayed, self._lived, self._life = replayed, lived, life
        self._pairs: dict[int, int] = {}
        self._own: list[int] = []

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        anew = WorkflowActivation()
        anew.CopyFrom(act)
        anew.is_replaying = False
        del anew.jobs[:]
        anew.jobs.extend(self._jobs(act))
        made = self._lived.activate(anew).successful.commands if anew.jobs else ()
        self._life.take(made)
        completion = self._replayed.activate(act)
        self._pair(_activities(completion.successful.commands), _activities(made))
        return completion

    def _jobs(self, act: WorkflowActivation) -> Iterator[WorkflowActivationJob]:
        """What has happened, as the second life must hear it."""
        nothing = PayloadConverter.default.to_payload(None)
        for seq in self._own:
            done = ActivityResolution(completed=Success(result=nothing))
            yield WorkflowActivationJob(resolve_activity=ResolveActivity(seq=seq, result=done))
        self._own = []
        for job in act.jobs:
            if job.WhichOneof("variant") == "resolve_activity":
                if job.resolve_activity.seq not in self._pairs:
                    continue
                mine = WorkflowActivationJob()
                mine.CopyFrom(job)
                mine.resolve_activity.seq = self._pairs[job.resolve_activity.seq]
                yield mine
            elif job.WhichOneof("variant") not in _OF_REPLAY:
                yield job

    def _pair(self, replayed: list[tuple[str, int]], lived: list[tuple[str, int]]) -> None:
        for kind, seq in lived:
            twin = next((other for other in replayed if other[0] == kind), None)
            if twin is None:
                self._own.append(seq)
            else:
                replayed.remove(twin)
                self._pairs[twin[1]] = seq

    def get_serialization_context(self, command_info: Any) -> Any:
        return self._replayed.get_serialization_context(command_info)

    def get_info(self) -> workflow.Info:
        return self._replayed.get_info()

    def get_thread_id(self) -> int | None:
        return self._replayed.get_thread_id()

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._replayed.get_external_store_context(command_info)


class _TwiceRunner(WorkflowRunner):
    """Makes two instances of each workflow: one as the worker does, in the sandbox, and the one that lives anew."""

    def __init__(self) -> None:
        self._runner, self._anew = runner(), UnsandboxedWorkflowRunner()
        self.lives: defaultdict[str, Life] = defaultdict(Life)

    def prepare_workflow(self, defn: workflow._Definition) -> None:
        self._runner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        # What a workflow is told of itself changes with its upserts: each has its own.
        lived = self._anew.create_instance(replace(det, info=copy.deepcopy(det.info)))
        return _Twice(self._runner.create_instance(det), lived, self.lives[det.info.workflow_id])


async def live_through(histories: Iterable[WorkflowHistory], workflow_class: type = AppealWorkflow) -> dict[str, Life]:
    """What today's workflow does with the messages and results of kept histories, were they new; by workflow id."""
    twice = _TwiceRunner()
    replayer = Replayer(workflows=[workflow_class], workflow_runner=twice, data_converter=converter())
    async with replayer.workflow_replay_iterator(_each(histories)) as results:
        async for result in results:
            twice.lives[result.history.workflow_id].failure = result.replay_failure
    return dict(twice.lives)


async def _each(histories: Iterable[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


def converter() -> DataConverter:
    """With the key of the kept histories."""
    settings = Settings.load(data_dir=HERE, codec_keys_file=KEYS)
    return data_converter(load_keyring(settings))


def kept() -> list[WorkflowHistory]:
    """Every kept history."""
    paths = sorted(HISTORIES.glob("*.json"))
    return [WorkflowHistory.from_json(path.stem, path.read_text()) for path in paths]


def written(lives: Mapping[str, Life]) -> str:
    """The fingerprint as it is kept, to be read in a review."""
    return "\n".join(f"{name}\n{life}" for name, life in sorted(lives.items()))


if __name__ == "__main__":
    KEPT.write_text(written(asyncio.run(live_through(kept()))), encoding="utf-8")
