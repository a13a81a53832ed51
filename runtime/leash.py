"""A child on a leash: it does not outlive the process that started it, however that one dies.

Run as a script, by path and isolated (`python -I -S leash.py …`), so that it starts in some 15 ms and imports nothing
of ours. On Linux it asks the kernel for a signal at the parent's death and becomes the child; elsewhere it stays,
watches a pipe that only the parent holds open, and ends the child when the pipe closes.

The kernel's signal comes at the death of the parent THREAD that started the child: start children from the main thread.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from types import FrameType
from typing import Final, NoReturn

PR_SET_PDEATHSIG: Final = 1
POLL_SECONDS: Final = 0.2
ORPHANED: Final = 75  # EX_TEMPFAIL: the parent was gone before the child began


def leash(
    parent: int, pipe: int, command: list[str], *, watch: bool = not sys.platform.startswith("linux")
) -> NoReturn:
    """Become the child, or watch it; never returns.

    Args:
        parent: process id of the one whose death ends the child.
        pipe: read end of a pipe whose write end only the parent holds; used when watching.
        command: what to run.
        watch: watch a pipe instead of asking the kernel.
    """
    if watch:
        _watch(pipe, command)
    os.close(pipe)
    _ask_kernel()
    if os.getppid() != parent:  # it died before the kernel was asked: no signal will come
        sys.exit(ORPHANED)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and the child would inherit that
    os.execvp(command[0], command)  # noqa: S606 - becoming the child is the point


def _ask_kernel() -> None:
    import ctypes  # noqa: PLC0415 - only Linux needs it, and it is slow to import

    # SIGKILL: what must not outlive its parent must not think about it. Engine and databases survive that by design.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def _watch(pipe: int, command: list[str]) -> NoReturn:
    os.set_inheritable(pipe, False)  # noqa: FBT003 - that is its signature
    child = subprocess.Popen(command, close_fds=False)  # noqa: S603 - our own command; other descriptors are its locks

    def forward(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)
    while child.poll() is None:
        closed, _, _ = select.select([pipe], [], [], POLL_SECONDS)
        if closed and not os.read(pipe, 1):
            child.kill()
            child.wait()
    code = child.returncode
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    leash(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:], watch=sys.argv[3] == "watch")
