"""A database for each test, as in the tests of storage."""

from __future__ import annotations

from tests.storage.conftest import database, empty_url, postgres, url

__all__ = ["database", "empty_url", "postgres", "url"]
