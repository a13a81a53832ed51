"""Where the hotline is, where it answers, and what it signs with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Settings:
    """From the environment; the secrets are read from their file each time, so that a new one holds at once."""

    database: Path
    secret_file: Path
    callback: str
    port: int

    @classmethod
    def load(cls) -> Settings:
        """``HOTLINE_DATABASE``, ``HOTLINE_SECRET_FILE``, ``HOTLINE_CALLBACK``, ``HOTLINE_PORT``."""
        return cls(
            Path(os.environ.get("HOTLINE_DATABASE", "data/hotline.db")),
            Path(os.environ.get("HOTLINE_SECRET_FILE", "data/partner-secrets/hotline-12345")),
            os.environ.get("HOTLINE_CALLBACK", "http://127.0.0.1:8000/v1/partners/hotline-12345/events"),
            int(os.environ.get("HOTLINE_PORT", "8345")),
        )

    def hooks(self) -> list[Webhook]:
        """A secret a line; the first signs, all are taken."""
        return [Webhook(secret) for secret in self.secret_file.read_text(encoding="utf-8").split()]
