"""Processes of the bench: drivers and the peer's worker."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_LEAVING_SECONDS = 20


class Helper:
    """Reads what it is given, says ``ready``, then answers each line with a line, until its stdin ends.

    What it is given does not stand on its command line, where everybody could read a database's password.
    """

    def __init__(self, module: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self.tell(**given)
        if self._line() != "ready":
            raise RuntimeError(f"{module} did not start")

    def tell(self, **asked: Any) -> None:
        """Asks for something whose answer is waited for later."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """The answer to what was asked."""
        return json.loads(self._line())

    def ask(self, **asked: Any) -> Any:
        """Both."""
        self.tell(**asked)
        return self.answer()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait(_LEAVING_SECONDS)}")
        return line

    def stop(self) -> None:
        """Lets it end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(_LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def helper(module: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Helper]:
    """A helper for as long as it is needed."""
    with contextlib.ExitStack() as stack:
        started = Helper(module, given, environment)
        stack.callback(started.stop)
        yield started
