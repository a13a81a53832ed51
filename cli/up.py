"""`appeals up`: the whole system on one machine, as children of this process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from cli import prepare, sample_partner
from cli.backup import MARKER
from cli.greeting import greet
from cli.words import ERR, OUT
from runtime.datadir import DataDir
from runtime.engine import EnginePlan, failed, keep_histories, plan_engine
from runtime.errors import ChildFailedError, PortTakenError
from runtime.logging import configure_logging
from runtime.ports import answers, free_port, listen
from runtime.process import ChildSpec
from runtime.settings import Settings
from runtime.supervisor import StopRequested, Supervisor

ENGINE_SECONDS: Final = 30.0
READY_SECONDS: Final = 60.0
PORT_SECONDS: Final = 3.0
"""How long to wait for a port that a previous run, killed a moment ago, has not let go of yet."""
WORKER_GRACE_SECONDS: Final = 15.0
API_GRACE_SECONDS: Final = 10.0
_SHOWN: Final = 10
FOLLOW_PARENT: Final = "APPEALS_FOLLOW_PARENT"
"""make's process id, set by `make run`: the system then stops when make is gone, however make ended."""

log = structlog.get_logger(__name__)


def up(settings: Settings) -> None:
    """Run until asked to stop, then drain API, worker and engine, in this order.

    Raises:
        OperatorError: it cannot start, or a part of it does not stay up; whatever was started has been stopped.
    """
    started = time.monotonic()
    os.umask(0o077)  # databases, keys and logs are their owner's, in a directory that was there before too
    prepare.refuse_exposed_sample(settings)
    with _data_dir(settings) as data_dir, contextlib.suppress(StopRequested):
        configure_logging(settings.model_copy(update={"log_file": settings.logs_dir / "up.log"}), service="up")
        plan = plan_engine(settings, _search_attributes())
        # A port of its own: two processes' counts in one answer would be two truths under one name.
        settings = settings.model_copy(update={"metrics_bind": settings.metrics_bind or f"127.0.0.1:{free_port()}"})
        settings, partner = sample_partner.plan(settings)
        note = _Note(data_dir, settings, plan)
        supervisor = Supervisor(follow=_followed(), on_start=note.running)
        with supervisor.listening(), _listener(settings, supervisor) as listener:
            try:
                _start(settings, supervisor, plan, data_dir, listener)
                if partner is not None:
                    supervisor.start(partner)
                greet(settings, plan, seconds=time.monotonic() - started)
                supervisor.run()
            finally:
                note.stopping()
                ERR.print("[dim]正在停止… / stopping …[/]")
                supervisor.stop()
    OUT.print("已停止，数据都在。 / Stopped; nothing is lost.")


def _start(
    settings: Settings, supervisor: Supervisor, plan: EnginePlan, data_dir: DataDir, listener: socket.socket
) -> None:
    """Engine first; what it does not need meanwhile; then worker and API; back when the API says that it is ready."""
    prepare.keys(settings)
    supervisor.start(plan.spec(data_dir.engine_lock.fileno()))
    prepare.database(settings)
    if settings.sample:
        prepare.sample(settings)
    if not supervisor.wait(lambda: answers("127.0.0.1", plan.port), ENGINE_SECONDS):
        raise failed(plan)
    if not keep_histories(plan):
        log.warning("engine_retention_not_set")
    pages = settings.temporal_ui_url or plan.ui_url
    ours = settings.model_copy(update={"engine_address": plan.address, "temporal_ui_url": pages})
    if (settings.data_dir / MARKER).exists():
        _reconcile(ours)
    supervisor.start(_python(ours, "worker", (), WORKER_GRACE_SECONDS))
    supervisor.start(_python(ours, "api", (listener.fileno(),), API_GRACE_SECONDS))
    if not supervisor.wait(lambda: _ready(settings), READY_SECONDS):
        raise ChildFailedError(
            f"{READY_SECONDS:.0f} 秒内没有就绪。",
            f"Not ready within {READY_SECONDS:.0f} s.",
            f"日志 / logs: {settings.logs_dir}; appeals doctor --data-dir {settings.data_dir}",
        )


def _reconcile(settings: Settings) -> None:
    """A restored directory, before anything works in it: a timer that fell due would write over what was answered."""
    OUT.print("从备份恢复的数据：先核对 / restored from a backup: reconciling first …")
    report, spec = settings.logs_dir / "reconcile.json", _python(settings, "reconcile", (), 0)
    report.unlink(missing_ok=True)
    command = [*spec.command, "--engine-restored", "--report", str(report)]
    code = subprocess.run(command, env={**os.environ, **spec.environment}, check=False).returncode  # noqa: S603 - ours
    if not report.exists():
        raise ChildFailedError(
            "恢复后的核对没有完成。", "The reconciliation after the restore did not end.", "appeals reconcile"
        )
    if undecided := _undecided(report):
        raise _not_yet(undecided, report, settings.data_dir / MARKER)
    if code:
        ERR.print(f"[yellow]有不一致未能解决，见 / some is left apart, see {report}[/]", soft_wrap=True)
    (settings.data_dir / MARKER).unlink()


def _undecided(report: Path) -> list[str]:
    """What could not be judged or put right just now: a worker might write over what its tables alone know."""
    from cli.reconciler import WAITING

    found = json.loads(report.read_text(encoding="utf-8"))["appeals"]
    return [one["number"] for one in found if one["result"] == WAITING]


def _not_yet(numbers: list[str], report: Path, marker: Path) -> ChildFailedError:
    shown = " ".join(numbers[:_SHOWN]) + (" …" if len(numbers) > _SHOWN else "")
    return ChildFailedError(
        f"恢复后有 {len(numbers)} 件诉求还不能核对，没有开始工作：{shown}",
        f"After the restore {len(numbers)} appeals could not be settled yet; nothing works until they are.",
        f"再运行一次 appeals up，会重新核对；原因见 / run it again, the reasons are in {report}\n"
        f"若仍是这几件，且其数据表中的最后几步可以不要：删除 {marker} 后再启动\n"
        f"  If it is the same ones again, and what their tables alone know may be lost: delete {marker}, then start.",
    )


@contextmanager
def _data_dir(settings: Settings) -> Iterator[DataDir]:
    data_dir = DataDir(settings.data_dir)
    data_dir.create()
    try:
        data_dir.lock(port=settings.port)
        data_dir.admit(rehearsal=settings.rehearsal)
        yield data_dir
    finally:
        data_dir.release()


def _listener(settings: Settings, supervisor: Supervisor) -> socket.socket:
    """The API's socket, held here: connections wait in it while a dead API is started again."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        supervisor.check()
        try:
            return listen(settings.host, settings.port)
        except PortTakenError as error:
            if not error.may_pass or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _python(settings: Settings, name: str, descriptors: tuple[int, ...], grace_seconds: float) -> ChildSpec:
    """A child that is this program. -P: a folder `api` where the user happens to stand must not be taken for ours."""
    root = str(Path(__file__).resolve().parent.parent)
    listening = [part for descriptor in descriptors for part in ("--fd", str(descriptor))]
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return ChildSpec(
        name=name,
        command=[sys.executable, "-P", "-m", "cli.main", name, *listening],
        grace_seconds=grace_seconds,
        environment=settings.environment(log_file=str(settings.logs_dir / f"{name}.log")) | {"PYTHONPATH": path},
        descriptors=descriptors,
    )


def _ready(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _Note:
    """What the next run, `doctor` and the commands beside this run read in the lock files."""

    def __init__(self, data_dir: DataDir, settings: Settings, plan: EnginePlan) -> None:
        self._data_dir = data_dir
        self._facts = {
            "host": settings.host,
            "port": settings.port,
            "engine": plan.address,
            "worker_metrics": settings.metrics_bind,
        }

    def running(self, children: Mapping[str, int]) -> None:
        self._data_dir.run_lock.write(pid=os.getpid(), state="running", children=dict(children), **self._facts)
        if "engine" in children:
            self._data_dir.engine_lock.write(pid=children["engine"], state="running")

    def stopping(self) -> None:
        self._data_dir.run_lock.write(pid=os.getpid(), state="stopping", **self._facts)


def _followed() -> int | None:
    named = os.environ.get(FOLLOW_PARENT, "")
    return int(named) if named.isdecimal() else None


def _search_attributes() -> dict[str, str]:
    from workflows import contract

    return dict(getattr(contract, "SEARCH_ATTRIBUTES", {}))
