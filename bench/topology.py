"""Where it is measured: a running product with its processes, its engine and its databases."""

from __future__ import annotations

import http.client
import importlib.metadata
import json
from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import Any

from runtime.settings import Settings

HOST = "127.0.0.1"
PRODUCT = "appeals"
"""The name of the product's own database."""


class Topology(ABC):
    """A product that runs, and what must be known of it to measure it."""

    name: str
    shared: tuple[str, ...]
    """Roles that everybody who is compared uses: the engine, the database server."""
    server: str | None = None
    """The address of a database server on which peers may have databases of their own."""

    @abstractmethod
    def pids(self) -> dict[str, list[int]]:
        """Process ids by role: ``api``, ``worker``, ``engine`` and, where there is a server, ``database``."""

    @abstractmethod
    def settings(self) -> Settings:
        """The product's, for processes beside it."""

    @abstractmethod
    def database(self, name: str) -> str:
        """The address of an empty database of the product's kind, on the same server or disk."""

    @abstractmethod
    def database_bytes(self, name: str) -> int:
        """How big that database is."""

    @abstractmethod
    def engine_bytes(self) -> int:
        """How big the engine's own databases are."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Of the engine and of the database."""

    def environment(self) -> dict[str, str]:
        """The same settings for a process of its own."""
        return self.settings().environment()

    def place(self) -> dict[str, Any]:
        """Host and port of the API, and the sample organisation's keys by name, for drivers."""
        settings = self.settings()
        keys = json.loads(settings.sample_keys_file.read_text(encoding="utf-8"))
        return {"host": HOST, "port": settings.port, "keys": keys}


def is_ready(port: int) -> bool:
    """Whether the API there says that everything works."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def package(name: str) -> str:
    """The version of an installed package, or nothing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
