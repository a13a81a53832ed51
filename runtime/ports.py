"""Ports of this machine: free ones, taken ones, and who took them."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import re
import socket
from pathlib import Path
from typing import Final

from runtime.errors import PortTakenError

BACKLOG: Final = 2048
_LISTEN_STATE: Final = "0A"
_OURS: Final = range(15_000, 32_000)
"""Below the range from which systems give outgoing connections their ports: none is taken by chance before its use."""
_TRIES: Final = 200


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now.

    Raises:
        PortTakenError: none was found.
    """
    for port in random.SystemRandom().sample(_OURS, _TRIES):
        with contextlib.suppress(OSError), socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            probe.bind((host, port))
            return port
    raise _taken(host, _OURS.start, OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)))


def answers(host: str, port: int) -> bool:
    """Whether anybody accepts connections there now."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def listen(host: str, port: int) -> socket.socket:
    """The listening socket of the API. Whoever holds it keeps the port while the API behind it restarts.

    Raises:
        PortTakenError: somebody else has the port, whom the message names where the system tells.
    """
    listener = socket.socket(_family(host), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _taken(host, port, error) from None
    return listener


def owner(port: int) -> str | None:
    """Name and id of the process that listens on a port, where the system tells (Linux, own processes)."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTEN_STATE and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(columns[9])
    pid = _process_with(inodes) if inodes else None
    if pid is None:
        return None
    with contextlib.suppress(OSError):
        return f"{Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip()}, pid {pid}"
    return f"pid {pid}"


def _process_with(inodes: set[str]) -> int | None:
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            for link in (process / "fd").iterdir():
                # A descriptor may be closed between listing and reading: the next process is looked at then.
                found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(link))  # noqa: PTH115 - not a path, a kernel name
                if found and found[1] in inodes:
                    return int(process.name)
    return None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _taken(host: str, port: int, error: OSError) -> PortTakenError:
    who = owner(port)
    zh = f"（{who}）" if who else ""
    en = f" by {who}" if who else ""
    taken = PortTakenError(
        f"{host}:{port} 不能使用：端口已被占用{zh}，或地址不属于本机（{error.strerror}）。",
        f"{host}:{port} cannot be used: it is taken{en}, or not an address of this machine ({error.strerror}).",
        f'停止占用它的程序，或换一个端口：make run ARGS="--port {port + 1}"。 / '
        f'Stop that program, or take another port: make run ARGS="--port {port + 1}".',
    )
    taken.may_pass = error.errno == errno.EADDRINUSE
    return taken
