"""Logs: structlog and the standard library through one formatter, with the context bound once per request or task.

An event is a static name with keywords: ids, never objects, never what a person wrote. Tracebacks carry no variables.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

from runtime.settings import Settings

FILE_BYTES: Final = 10_000_000
FILE_BACKUPS: Final = 3


def _without_colours(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Uvicorn says everything twice, the second time in colour."""
    event.pop("color_message", None)
    return event


_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    _without_colours,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def _formatter(log_format: str, *, colours: bool) -> logging.Formatter:
    tail: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if log_format == "json"
        # The plain formatter: the default one prints local variables, which may be personal.
        else [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
    )


def _file_handler(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILE_BACKUPS, encoding="utf-8")
    handler.setFormatter(_formatter("json", colours=False))
    return handler


def configure_logging(settings: Settings, *, service: str) -> None:
    """Send every log line of this process, ours and libraries', through one formatter. May be called again.

    Args:
        settings: level, format, and the file that takes everything when it is named.
        service: the process's name in each line: `api`, `worker`, …
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(_formatter(settings.log_format, colours=sys.stderr.isatty()))
    handlers: list[logging.Handler] = [terminal]
    if settings.log_file:
        terminal.setLevel(max(level, logging.WARNING))
        handlers.append(_file_handler(settings.log_file))
    _take_over(handlers, level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _take_over(handlers: list[logging.Handler], level: int) -> None:
    """Our handlers instead of all others. The HTTP client and Alembic tell every step at INFO: too much."""
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.handlers = handlers
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in ("httpcore2", "httpx2", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
