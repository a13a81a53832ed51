"""PostgreSQL, Temporal, workers and API as children of this process, in a directory that can be used again.

    with Cluster(directory, workers=2) as cluster:
        httpx2.get(cluster.api_url + "/readyz")
        cluster.kill("worker-1")

Nothing is restarted by itself: what dies stays dead until `start` or `mend`. Use it from the main thread of a process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from deploy.cluster.directory import Directory
from deploy.cluster.postgres import HOST, Postgres
from deploy.cluster.ready import api_ready, wait
from deploy.cluster.temporal import Temporal
from deploy.cluster.tools import ROOT, Tools
from runtime.engine import find_binary, rotate
from runtime.errors import OperatorError
from runtime.process import Child, ChildSpec
from runtime.settings import Settings

POSTGRES_SECONDS: Final = 60.0
READY_SECONDS: Final = 120.0
WORKER_GRACE_SECONDS: Final = 15.0
API_GRACE_SECONDS: Final = 10.0


class Cluster:
    """The topology of docker-compose.yml, natively."""

    def __init__(
        self, directory: Path, *, workers: int = 2, api: bool = True, sample: bool = True, port: int | None = None
    ) -> None:
        """Plan it; nothing is started.

        Args:
            directory: holds everything and may be used again. When root runs this, PostgreSQL's own user must be able
                to enter it; see `scratch`.
            workers: how many worker processes.
            api: whether to start the API.
            sample: load the sample organisation and its keys.
            port: of the API; a free one when None.

        Raises:
            OperatorError: a program is missing.
        """
        tools = Tools.find()
        self.directory = Directory(directory)
        ports = self.directory.ports
        self.postgres = Postgres(tools.postgres, self.directory, ports.take("postgres"))
        cli = find_binary(Settings.load(data_dir=directory))
        self.temporal = Temporal.plan(tools, cli, self.postgres, self.directory)
        self.port = port or ports.take("api")
        self._sample = sample
        self._workers = {f"worker-{n + 1}": ports.take(f"worker-{n + 1}") for n in range(workers)}
        self._api = api
        self._children: dict[str, Child] = {}

    # ------------------------------------------------------------------------------------------------------- addresses

    @property
    def api_url(self) -> str:
        """Where the API serves."""
        return f"http://{HOST}:{self.port}"

    @property
    def temporal_address(self) -> str:
        """`host:port` for Temporal clients."""
        return self.temporal.address

    @property
    def database_url(self) -> str:
        """The application's database, with its password."""
        return self.postgres.url()

    @property
    def metrics_urls(self) -> dict[str, str]:
        """Where each process tells its metrics, by name."""
        ports = {**self._workers, "api": self.port, "temporal": self.temporal.metrics_port}
        return {name: f"http://{HOST}:{port}/metrics" for name, port in ports.items()}

    @property
    def settings(self) -> Settings:
        """What the processes run with, and what a client beside them needs."""
        return Settings.load(
            data_dir=self.directory.path,
            database_password_file=self.directory.password_file("appeals"),
            database_url=f"postgresql://appeals@{HOST}:{self.postgres.port}/appeals",
            engine_address=self.temporal_address,
            codec_keys_file=self.directory.codec_keys,
            port=self.port,
            sample=self._sample,
        )

    @property
    def sample_keys(self) -> dict[str, str]:
        """Name to API key of the sample organisation."""
        keys: dict[str, str] = json.loads(self.settings.sample_keys_file.read_text(encoding="utf-8"))
        return keys

    def pids(self) -> dict[str, int]:
        """Process ids of what runs now, by name, in the order of starting."""
        return {name: child.pid for name, child in self._children.items() if child.poll() is None}

    # ---------------------------------------------------------------------------------------------- from start to stop

    def __enter__(self) -> Self:
        try:
            self.start_all()
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def start_all(self) -> None:
        """PostgreSQL and its databases, Temporal and its namespace, the application's schema, workers, API.

        Raises:
            OperatorError: a part does not start or get ready; whatever was started still runs.
        """
        self.directory.open(port=self.port, engine=self.temporal_address)
        self.postgres.initialise()
        self.start_postgres()
        self.postgres.create_databases()
        self.temporal.set_schema()
        self.start("temporal")
        self.temporal.set_namespace()
        self._migrate()
        self.start_application()

    def start_application(self) -> None:
        """Workers and API, until they are ready. Raises OperatorError."""
        for name in self._workers:
            self.start(name)
        if self._api:
            self.start("api")
            self.wait_ready()

    def stop_all(self) -> None:
        """API, workers, Temporal, PostgreSQL, each drained within its time."""
        for name in reversed(list(self._children)):
            self.stop(name)
        self.directory.close()

    # ------------------------------------------------------------------------------------------------------ one by one

    def start(self, name: str) -> None:
        """Start one part that does not run, by its name: `postgres`, `temporal`, `worker-1` …, `api`."""
        if name in self.pids():
            return
        if name in self._children:
            self._children[name].close()
        spec = self._spec(name)
        if spec.output is not None:
            rotate(spec.output)
        self._children[name] = Child(spec)

    def stop(self, name: str) -> None:
        """Let one part go in an orderly way."""
        child = self._children[name]
        if name == "postgres" and child.poll() is None:
            os.kill(child.pid, signal.SIGINT)  # "fast": SIGTERM would wait for every client to leave
        child.stop()

    def kill(self, name: str) -> None:
        """Kill -9 of one part; it is dead when this returns, and stays so."""
        child = self._children[name]
        os.kill(child.pid, signal.SIGKILL)
        child.stop()

    def mend(self) -> list[str]:
        """Start whatever has died; its names."""
        dead = [name for name in self._children if name not in self.pids()]
        for name in dead:
            self.start(name)
        return dead

    def start_postgres(self) -> None:
        """Start PostgreSQL and wait until it serves. Raises OperatorError."""
        self.start("postgres")
        self._wait("postgres", self.postgres.answers, POSTGRES_SECONDS)

    def stop_postgres(self) -> None:
        """Stop PostgreSQL as its operators do; every connection breaks."""
        self.stop("postgres")

    def restart_postgres(self) -> None:
        """Stop and start it; back when it serves. Raises OperatorError."""
        self.stop_postgres()
        self.start_postgres()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the API says that everything is ready. Raises OperatorError."""
        self._wait("api", self.is_ready, seconds)

    def is_ready(self) -> bool:
        """Whether everything works just now, by the API's own word."""
        return api_ready(HOST, self.port)

    def appeals(self, *arguments: str) -> str:
        """Run one `appeals` command beside the cluster; what it says. Raises OperatorError."""
        environment = {**os.environ, **self._environment("cli")}
        done = subprocess.run(  # noqa: S603 - ourselves
            self._command(*arguments), env=environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        if done.returncode != 0:
            raise OperatorError(f"appeals {arguments[0]} 失败。", f"appeals {arguments[0]} failed.", said[-2000:])
        return said

    # ---------------------------------------------------------------------------------------------------------- inside

    def _migrate(self) -> None:
        self.appeals("migrate")
        if self._sample:
            from storage import sample  # noqa: PLC0415 - a cluster without it needs none of the application

            sample.install(self.settings.database_url, self.settings.sample_keys_file)

    def _spec(self, name: str) -> ChildSpec:
        if name == "postgres":
            return self.postgres.spec()
        if name == "temporal":
            return self.temporal.spec()
        return ChildSpec(
            name=name,
            command=self._command(name.partition("-")[0]),
            grace_seconds=API_GRACE_SECONDS if name == "api" else WORKER_GRACE_SECONDS,
            environment=self._environment(name),
            output=self.directory.logs / f"{name}.out",
        )

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "cli.main", *arguments]

    def _environment(self, name: str) -> dict[str, str]:
        changes = {"log_file": str(self.directory.logs / f"{name}.log")}
        if name in self._workers:
            changes["metrics_bind"] = f"{HOST}:{self._workers[name]}"
        own = self.settings.environment(**changes)
        del own["APPEALS_ENGINE_ADDRESS"]  # that is for `appeals up`; a server of one's own is named like this
        return {**own, "TEMPORAL_ADDRESS": self.temporal_address, "PYTHONPATH": str(ROOT)}

    def _wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        wait(name, ready, lambda: name in self.pids(), seconds, self.directory.logs)
