"""Logs: structlog and the standard library through one formatter, with the context bound once per request or task.

An event is a static name with keywords: ids, never objects, never what a person wrote. Tracebacks carry no variables.
"""

from __future__ import annotations

import logging
import sys
from collections import OrderedDict
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

from runtime.settings import Settings

FILE_BYTES: Final = 10_000_000
FILE_BACKUPS: Final = 3
RUNS: Final = 2000
"""So many runs of the engine's are known by the number of their appeal."""


def _without_colours(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Uvicorn says everything twice, the second time in colour."""
    event.pop("color_message", None)
    return event


class _Runs:
    """Which appeal a run of the engine's belongs to: some lines of the SDK name only the run."""

    known: OrderedDict[str, str] = OrderedDict()  # noqa: RUF012 - one for the process


def remember_run(run_id: str, number: str) -> None:
    """From here on a line about this run has the appeal's number. Only the newest are kept: lines follow at once."""
    _Runs.known[run_id] = number
    _Runs.known.move_to_end(run_id)
    while len(_Runs.known) > RUNS:
        _Runs.known.popitem(last=False)


def _with_number(_logger: object, _name: str, event: EventDict) -> EventDict:
    """The appeal's number instead of the SDK's own objects, of which its lines tell enough in words."""
    entry = event.pop("temporal_log", None)
    event.pop("__temporal_error_identifier", None)
    number = _Runs.known.get(str(entry.fields.get("run_id"))) if entry is not None else None
    for about in ("temporal_activity", "temporal_workflow"):
        number = event.pop(about, {}).get("workflow_id") or number
    if number:
        event.setdefault("number", number)
    return event


_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    _without_colours,
    _with_number,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def _of(service: str) -> tuple[Processor, ...]:
    """Every line names its process, also from threads that have no context of ours."""

    def name(_logger: object, _name: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    return (*_SHARED, name)


def _formatter(shared: tuple[Processor, ...], log_format: str, *, colours: bool) -> logging.Formatter:
    tail: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if log_format == "json"
        # The plain formatter: the default one prints local variables, which may be personal.
        else [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
    )


def _file_handler(shared: tuple[Processor, ...], path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILE_BACKUPS, encoding="utf-8")
    handler.setFormatter(_formatter(shared, "json", colours=False))
    return handler


def configure_logging(settings: Settings, *, service: str) -> None:
    """Send every log line of this process, ours and libraries', through one formatter. May be called again.

    Args:
        settings: level, format, and the file that takes everything when it is named.
        service: the process's name in each line: `api`, `worker`, …
    """
    # A line that cannot be written must not print its error instead, with a message that may be personal.
    logging.raiseExceptions = False
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared = _of(service)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(_formatter(shared, settings.log_format, colours=sys.stderr.isatty()))
    handlers: list[logging.Handler] = [terminal]
    if settings.log_file:
        terminal.setLevel(max(level, logging.WARNING))
        handlers.append(_file_handler(shared, settings.log_file))
    _take_over(handlers, level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


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
