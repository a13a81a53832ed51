"""A real engine for a test: our own subprocess on a file, which can be killed and started again on the same port."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from runtime import codec
from runtime.engine import EnginePlan, plan_engine
from runtime.ports import answers
from runtime.settings import Settings
from workflows import contract

_READY_SECONDS = 60
_STARTS = 5


class Engine:
    """One engine; ``settings`` connect to it."""

    def __init__(self, directory: Path, *, rehearsal: bool = True) -> None:
        before = Settings.load(data_dir=directory, rehearsal=rehearsal)
        before.logs_dir.mkdir(parents=True, exist_ok=True)
        codec.ensure_key_file(before.key_file)
        self._plan: EnginePlan = plan_engine(before, contract.SEARCH_ATTRIBUTES)
        self._process: subprocess.Popen[bytes] | None = None
        self.settings = Settings.load(data_dir=directory, rehearsal=rehearsal, engine_address=self._plan.address)

    def start(self) -> None:
        """Starts it and waits until it answers.

        The development server picks its inner ports itself, and dies when another process was quicker: again, then.
        """
        for _ in range(_STARTS):
            if self._comes_up():
                return
        raise TimeoutError(self._plan.log_file.read_text()[-2000:])

    def _comes_up(self) -> bool:
        with self._plan.log_file.open("ab") as log:
            self._process = subprocess.Popen(self._plan.command(), stdout=log, stderr=log)
        host, _, port = self._plan.address.partition(":")
        deadline = time.monotonic() + _READY_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if answers(host, int(port)):
                return True
            time.sleep(0.05)
        self.kill()
        return False

    def kill(self) -> None:
        """Kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in peace."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=60)
            self._process = None
