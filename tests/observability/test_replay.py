"""Watching changes no command: what was recorded without it replays with it, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from temporalio.client import WorkflowHistory
from temporalio.worker import Interceptor, Replayer

from runtime.cause import HEADER
from runtime.codec import data_converter, load_keyring
from runtime.settings import Settings
from runtime.tracing import span, traced
from tests.replay.record import HISTORIES, KEYS
from tests.support.house import House
from tests.support.otlp import Collector, collector
from worker.main import runner
from worker.watching import Watching
from workflows.appeal import AppealWorkflow

pytestmark = pytest.mark.engine


@pytest.fixture
def traces(tmp_path: Path) -> Iterator[Collector]:
    with collector() as opened, traced(Settings.load(data_dir=tmp_path, traces=opened.url), "replay"):
        yield opened


def replayer(keys: Path, *interceptors: Interceptor) -> Replayer:
    settings = Settings.load(data_dir=keys.parent, codec_keys_file=keys)
    return Replayer(
        workflows=[AppealWorkflow],
        workflow_runner=runner(),
        data_converter=data_converter(load_keyring(settings)),
        interceptors=interceptors,
    )


async def test_kept_histories_replay_with_watching_and_traces_on_and_tell_no_spans(traces: Collector) -> None:
    one_with_spans = replayer(KEYS, Watching())
    for path in sorted(HISTORIES.glob("*.json")):
        await one_with_spans.replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))
    with span("the only one", "internal"):
        pass
    assert traces.trace_with("the only one")
    assert {s.name for s in traces.spans} == {"the only one"}


async def test_a_history_with_headers_replays_without_watching(house: House, traces: Collector) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"), span("request", "server"):
        number = await house.submit()
        await house.act(number, "window", "accept")
    traces.trace_with("request", "start Appeal", "update act", "workflow act", "write_records")
    history = await house.history(number)
    accepted = [e for e in history.events if e.HasField("workflow_execution_update_accepted_event_attributes")]
    headers = [e.workflow_execution_update_accepted_event_attributes for e in accepted]
    assert all(HEADER in h.accepted_request.input.header.fields for h in headers)
    assert len(headers) == 2
    await replayer(house.settings.key_file).replay_workflow(history)
    await replayer(house.settings.key_file, Watching()).replay_workflow(history)


async def test_without_request_and_trace_nothing_is_added_to_the_history(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    assert HEADER.encode() not in b"".join(e.SerializeToString() for e in await house.events(number))
