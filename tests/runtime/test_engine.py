from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from runtime import engine
from runtime.codec import ensure_key_file
from runtime.datadir import DataDir
from runtime.errors import DataDirLockedError, EngineFailedError, EngineMissingError
from runtime.process import Child
from runtime.settings import Settings
from runtime.temporal import connect
from tests.runtime.support import gone, until

PARENT = """
import json, sys, time
from pathlib import Path
from runtime import engine
from runtime.datadir import DataDir
from runtime.process import Child
from runtime.settings import Settings
settings = Settings.load(data_dir=Path(sys.argv[1]))
directory = DataDir(settings.data_dir)
directory.create()
directory.lock()
plan = engine.plan_engine(settings)
child = Child(plan.spec(directory.engine_lock.fileno()))
engine.wait_until_open(plan, lambda: None)
print(json.dumps({"engine": child.pid, "address": plan.address}), flush=True)
time.sleep(600)
"""
PLANTED = "PLANTED-王小明-NAME"


@pytest.fixture
def no_binary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any engine."""
    for name, value in (("PATH", str(tmp_path)), ("TMPDIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))


def fake(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("no_binary")
def test_the_binary_is_the_one_named_then_ours_then_the_paths_then_the_sdks(settings: Settings, tmp_path: Path) -> None:
    downloaded = fake(tmp_path / "temporal-cli-sdk-python-1.35.0")
    assert engine.find_binary(settings) == downloaded
    on_path = fake(tmp_path / "temporal")
    assert engine.find_binary(settings) == on_path
    ours = fake(tmp_path / "bin" / "temporal")
    assert engine.find_binary(settings) == ours
    named = fake(tmp_path / "else" / "where")
    assert engine.find_binary(settings.model_copy(update={"temporal_bin": named})) == named


@pytest.mark.usefixtures("no_binary")
def test_no_binary_is_told_with_the_ways_to_get_one(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(EngineMissingError, match="APPEALS_TEMPORAL_BIN"):
        engine.find_binary(settings)
    fake(tmp_path / "temporal")
    with pytest.raises(EngineMissingError, match="nowhere"):
        engine.find_binary(settings.model_copy(update={"temporal_bin": tmp_path / "nowhere"}))


def test_a_binary_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineFailedError, match="broken"):
        engine.version(fake(tmp_path / "broken"))


def test_clocks_can_be_moved_in_a_rehearsal_only(settings: Settings) -> None:
    flag = "frontend.WorkflowTimeSkippingEnabled=true"
    assert flag not in engine.plan_engine(settings).command()
    assert flag in engine.plan_engine(settings.model_copy(update={"rehearsal": True})).command()


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    engine.rotate(log)
    log.write_text("a\nb\nc\n")
    engine.rotate(log, limit=100)
    assert engine.log_tail(log, 2) == "b\nc"
    engine.rotate(log, limit=3)
    assert not log.exists()
    assert engine.log_tail(log) == ""
    assert engine.log_tail(tmp_path / "engine.log.1") == "a\nb\nc"


@workflow.defn(sandboxed=False)
class Echo:
    @workflow.run
    async def run(self, name: str) -> str:
        return name


@pytest.fixture(scope="module")
def settings_of_engine(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(data_dir=tmp_path_factory.mktemp("engine") / "data", rehearsal=True)


@pytest.fixture(scope="module")
def running_engine(settings_of_engine: Settings) -> Iterator[tuple[Settings, engine.EnginePlan, Child]]:
    """One engine for this file."""
    directory = DataDir(settings_of_engine.data_dir)
    directory.create()
    directory.lock()
    ensure_key_file(settings_of_engine.key_file)
    plan = engine.plan_engine(settings_of_engine, {"AppealsTestStage": "Keyword"})
    child = Child(plan.spec(directory.engine_lock.fileno()))
    try:
        engine.wait_until_open(plan, lambda: None)
        yield settings_of_engine.model_copy(update={"engine_address": plan.address}), plan, child
    finally:
        child.stop()
        directory.release()


@pytest.mark.engine
async def test_the_engine_runs_a_workflow_and_its_files_hold_no_readable_name(
    running_engine: tuple[Settings, engine.EnginePlan, Child],
) -> None:
    settings, _, _ = running_engine
    client = await connect(settings)
    async with Worker(client, task_queue="t", workflows=[Echo], workflow_runner=UnsandboxedWorkflowRunner()):
        assert await client.execute_workflow(Echo.run, PLANTED, id="echo", task_queue="t") == PLANTED
    files = [path for path in settings.data_dir.iterdir() if path.name.startswith("engine.db")]
    assert files
    found = b"".join(path.read_bytes() for path in files)
    assert b"echo" in found, "the history is in these files"
    assert PLANTED.encode() not in found
    assert json.dumps(PLANTED).strip('"').encode() not in found


@pytest.mark.engine
async def test_closed_histories_are_kept(running_engine: tuple[Settings, engine.EnginePlan, Child]) -> None:
    settings, plan, _ = running_engine
    assert engine.keep_histories(plan, days=45)
    client: Client = await connect(settings)
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert answer.config.workflow_execution_retention_ttl.ToTimedelta().days == 45


@pytest.mark.engine
def test_a_second_run_on_the_same_directory_is_refused_naming_the_first(
    running_engine: tuple[Settings, engine.EnginePlan, Child],
) -> None:
    settings, _, _ = running_engine
    with pytest.raises(DataDirLockedError, match=rf"进程 {os.getpid()}"):
        DataDir(settings.data_dir).lock()


@pytest.mark.engine
def test_an_engine_that_cannot_start_is_told_with_its_own_words(
    running_engine: tuple[Settings, engine.EnginePlan, Child], tmp_path: Path
) -> None:
    _, plan, _ = running_engine  # its port is taken
    settings = Settings.load(data_dir=tmp_path)
    directory = DataDir(tmp_path)
    directory.lock()
    mine = engine.plan_engine(settings)
    second = Child(dataclasses.replace(mine, port=plan.port).spec(directory.engine_lock.fileno()))
    until(lambda: second.poll() is not None)
    second.close()
    directory.release()
    assert second.poll() != 0
    assert str(plan.port) in str(engine.failed(mine))


@pytest.mark.engine
def test_when_the_parent_is_killed_the_engine_ends_and_its_directory_is_free(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    told = json.loads(parent.stdout.readline())
    lock = DataDir(tmp_path / "data").engine_lock
    assert lock.held()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until(lambda: gone(told["engine"]), what="the engine ended with its parent")
    until(lambda: not lock.held())
