"""The vault of this process by its settings, and the housekeeping."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import structlog

from api.context import Now
from api.kept_forms import sweep_forms
from runtime.errors import SettingsError
from runtime.settings import Settings
from storage.attachment_files import S3, Files, FilesAway, LocalFiles, S3Files
from storage.database import Database, is_transient
from storage.filling import fill_in
from storage.vault import Vault
from storage.virus_scan import Clamd

log = structlog.get_logger(__name__)

_PAUSE: Final = 60.0


def vault_of(settings: Settings, database: Database) -> Vault:
    """Where the settings say, looked into by whom they say."""
    scanner = Clamd(settings.clamd) if settings.clamd else None
    return Vault(database, _files(settings), scanner, timedelta(days=settings.attachment_days))


def _files(settings: Settings) -> Files:
    if urlsplit(settings.attachments).scheme != S3:
        return LocalFiles(Path(settings.attachments))
    options: dict[str, Any] = {}
    if settings.s3_secret_key_file:
        try:
            options["secret_access_key"] = settings.s3_secret_key_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            detail = f"APPEALS_S3_SECRET_KEY_FILE: {error.strerror}"
            raise SettingsError("附件存储的密钥文件不能读取。", "The S3 secret key cannot be read.", detail) from None
    return S3Files(settings.attachments, **options)


async def keep_figures(database: Database, pause: float = _PAUSE) -> NoReturn:
    """Once a minute: rows of an earlier release, which may still be writing beside this one, get their figures."""
    while True:
        try:
            if filled := await fill_in(database):
                log.info("figures_derived", count=filled)
        except Exception as error:  # noqa: BLE001 - the next time it may go well
            if not is_transient(error):
                log.error("figures_not_derived", error=type(error).__name__)  # noqa: TRY400 - its text may be personal
        await asyncio.sleep(pause)


async def keep_house(database: Database, vault: Vault, now: Now, pause: float = _PAUSE) -> NoReturn:
    """Once a minute: what waits for the scanner is asked again, what is too old goes. Several processes may do it."""
    while True:
        try:
            await sweep_forms(database, now())
            await vault.rescan(now())
            await vault.sweep(now())
        except Exception as error:  # noqa: BLE001 - its text may be personal; the next time it may go well
            if not (isinstance(error, FilesAway) or is_transient(error)):
                log.error("housekeeping_failed", error=type(error).__name__)  # noqa: TRY400 - as above
        await asyncio.sleep(pause)
