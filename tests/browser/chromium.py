"""The browser of the tests: the system's Chromium if there is one, else one that is installed.

``python -m tests.browser.chromium`` sees to it and says which; ``make test`` does this first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "APPEALS_CHROMIUM"
_COMMANDS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_PACKAGES: Final = ("chromium", "chromium-l10n", "fonts-noto-cjk")
_INSTALL_SECONDS: Final = 900
_NOWHERE: Final = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"

#: Nothing of a machine's own: no graphics card, no proxy, no updates, no account, and no host but this one.
_FLAGS: Final = (
    "--disable-gpu",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    f"--host-resolver-rules={_NOWHERE}",
)


class NoChromiumError(Exception):
    """There is none, and none could be installed."""


def find() -> Path | None:
    """A Chromium that starts: the one that was named, the system's, the one that playwright brought.

    Raises NoChromiumError when the one that was named does not start.
    """
    if named := os.environ.get(VARIABLE):
        path = Path(named)
        if not _starts(path):
            raise NoChromiumError(
                f"{VARIABLE}={named} 不是可以启动的浏览器。\n{VARIABLE}={named} is no browser that starts."
            )
        return path
    return next(filter(_starts, chain(_of_the_system(), _of_playwright())), None)


def options() -> dict[str, Any]:
    """How it is started; its own words (of file and date fields) are Chinese, as its users' are.

    Raises NoChromiumError when there is none.
    """
    path = find()
    if path is None:
        raise NoChromiumError("没有 Chromium / no Chromium: python -m tests.browser.chromium")
    speaking = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8", "LC_ALL": ""}
    return {"executable_path": path, "args": list(_FLAGS), "env": {**os.environ, **speaking}}


def ensure() -> Path:
    """A Chromium that starts; one is installed if there is none. Raises NoChromiumError."""
    for install in (None, _by_apt, _by_playwright):
        if install:
            install()
        if found := find():
            return found
    raise NoChromiumError(
        "没有可用的 Chromium，也没能自动安装。请安装 chromium，或以 APPEALS_CHROMIUM 指明浏览器路径。\n"
        "No Chromium that starts, and none could be installed. Install chromium (Debian: apt install chromium\n"
        "fonts-noto-cjk), or run `playwright install --with-deps chromium`, or name one by APPEALS_CHROMIUM."
    )


def _of_the_system() -> list[Path]:
    return [Path(found) for command in _COMMANDS if (found := shutil.which(command))]


def _of_playwright() -> Iterator[Path]:
    """Asked in a process of its own: its driver does not bear another event loop beside it."""
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as b: print(b.chromium.executable_path)"
    with suppress(subprocess.TimeoutExpired):
        asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())


def _starts(path: Path) -> bool:
    """Some distributions ship a script that only says where to get it."""
    if not path.is_file():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _by_apt() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    _run(["apt-get", "update", "--quiet"])
    _run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *_PACKAGES])


def _by_playwright() -> None:
    _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: Sequence[str]) -> None:
    """What goes wrong is seen, and the next way is tried."""
    print(f"安装浏览器 / installing a browser: {' '.join(command)}", file=sys.stderr)  # noqa: T201
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, env=quiet, stdout=sys.stderr, timeout=_INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    try:
        print(ensure())  # noqa: T201
    except NoChromiumError as error:
        sys.exit(str(error))
