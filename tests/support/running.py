"""The shipped command as a user starts it: `appeals up` in processes of its own, which can be killed."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from runtime.ports import free_port

READY_SECONDS = 120
PATIENT_SECONDS = 60
_PERHAPS = {202, 503}
_CHILDREN = {"worker": "worker", "api": "api", "hotline": "examples.partner_hotline"}
ROOT = Path(__file__).parents[2]


class Running:
    """One `appeals up` on a data directory; started again it goes on."""

    def __init__(self, directory: Path, *, rehearsal: bool = False, root: Path = ROOT) -> None:
        self.directory = directory
        self._root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = ["--rehearsal"] if rehearsal else []
        self._process: subprocess.Popen[bytes] | None = None
        self.log = directory / "up.log"

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "cli.main", "up", "--port", str(self.port), "--data-dir", str(self.directory)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*command, *self._arguments], cwd=self._root, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Whether everything works just now."""
        with contextlib.suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/readyz", timeout=10, trust_env=False).status_code == 200
        return False

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=60)
        self._process = None
        return code

    def kill_everything(self) -> None:
        """Kill -9 of the supervisor and of every child."""
        assert self._process is not None
        children = self.children()
        self._process.kill()
        for pid in children.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(timeout=60)
        self._process = None

    def kill_supervisor(self) -> dict[str, int]:
        """Kill -9 of the supervisor alone; the children it leaves."""
        assert self._process is not None
        children = self.children()
        self._process.kill()
        self._process.wait(timeout=60)
        self._process = None
        return children

    def kill(self, name: str) -> None:
        """Kill -9 of one child: `api`, `worker` or `engine`; none when it is just being restarted."""
        pid = self.children().get(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def children(self) -> dict[str, int]:
        """The supervisor's children by name."""
        assert self._process is not None
        found: dict[str, int] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                if parent == self._process.pid:
                    name = next((n for n, word in _CHILDREN.items() if word in words), "engine")
                    found[name] = int(entry.name)
        return found

    def key(self, name: str) -> str:
        """A key of the sample organisation."""
        keys: dict[str, str] = json.loads((self.directory / "sample-keys.json").read_text())
        return keys[name]

    def headers(self, name: str, idempotency_key: str = "") -> dict[str, str]:
        """Signed in as ``name``."""
        extra = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return {"Authorization": f"Bearer {self.key(name)}", **extra}

    def ask(self, name: str, path: str) -> Any:
        """What GET answers, which must be 200."""
        answer = httpx2.get(self.url + path, headers=self.headers(name), timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, name: str, path: str, key: str, body: dict[str, Any]) -> httpx2.Response:
        """What POST answers; as clients do, asked again by the same key while that is "perhaps" or "later"."""
        deadline = time.monotonic() + PATIENT_SECONDS
        while (answer := self.post_once(name, path, key, body)).status_code in _PERHAPS:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        return answer

    def post_once(self, name: str, path: str, key: str, body: dict[str, Any]) -> httpx2.Response:
        """What POST answers the first time."""
        return httpx2.post(self.url + path, headers=self.headers(name, key), json=body, timeout=120, trust_env=False)

    def fast_forward(self, number: str, seconds: int) -> Any:
        """Time passes for one appeal; when that takes too long for one answer, by what is left. The appeal then."""
        target = self._now(number) + timedelta(seconds=seconds)
        while True:
            body = {"number": number, "seconds": seconds}
            answer = self.post_once("admin", "/v1/rehearsal/fast-forward", "", body)
            seconds = math.ceil((target - self._now(number)).total_seconds())
            if answer.status_code not in _PERHAPS or seconds <= 0:
                break
        assert answer.status_code in {200, *_PERHAPS}, answer.text
        return self.ask("supervisor", f"/v1/appeals/{number}")

    def _now(self, number: str) -> datetime:
        """The appeal's own."""
        return datetime.fromisoformat(self.ask("supervisor", f"/v1/appeals/{number}")["now"])


def submission(**changes: Any) -> dict[str, Any]:
    """A plain appeal's body."""
    return {
        "service": "appeal-general",
        "channel": "system",
        "enterprise": {"uscc": "91330205MA2AEX0011", "name": "宁波示例制造有限公司", "tiers": []},
        "contact": {"name": "王经理", "phone": "13800001234"},
        "region": "330205",
        "title": "厂区门口违停影响装卸",
        "description": "每天早高峰货车进不来",
        "urgent": False,
        "form": {},
        **changes,
    }
