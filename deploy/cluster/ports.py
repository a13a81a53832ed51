"""The ports of one directory, the same at every start.

Temporal remembers its members' addresses in its database: a server that comes back elsewhere first spends half a minute
looking for the one that it was.
"""

from __future__ import annotations

import json
from pathlib import Path

from runtime.ports import answers, free_port


class Ports:
    """Free ports by name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def take(self, name: str) -> int:
        """The port of that name: the one it had, unless somebody else has it now."""
        port = self._kept.get(name)
        if port is None or answers("127.0.0.1", port):
            port = self._kept[name] = free_port()
        return port

    def keep(self) -> None:
        """Remember them for the next start."""
        self._path.write_text(json.dumps(self._kept), encoding="utf-8")
