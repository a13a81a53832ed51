"""Traces: off unless `APPEALS_TRACES` names an OTLP/HTTP endpoint, and then nothing that makes them is loaded.

A span has a name of ours, codes and an appeal's number; never a path, a query, an exception's words, a person. That is
why neither FastAPI's own instrumentation is used (it records the query) nor the Temporal SDK's (it records exceptions'
texts, and hangs every write of an appeal under the request that once submitted it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

import structlog

from runtime.errors import SettingsError
from runtime.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from runtime.otlp import Tracing

Kind = Literal["server", "client", "internal"]


class _Process:
    tracing: Tracing | None = None


def span(
    name: str, kind: Kind, parent: Mapping[str, str] | None = None, **attributes: str
) -> AbstractContextManager[Span | None]:
    """A span around a block; None while traces are off.

    Args:
        name: codes only.
        kind: which side of a call it is.
        parent: W3C headers that came with the work; without them the span that runs just now.
        attributes: codes and ids.
    """
    tracing = _Process.tracing
    return tracing.span(name, kind, parent, attributes) if tracing else nullcontext()


def begin(name: str, kind: Kind, parent: Mapping[str, str] | None = None, **attributes: str) -> Span | None:
    """A span that the caller ends; None while traces are off."""
    tracing = _Process.tracing
    return tracing.begin(name, kind, parent, attributes) if tracing else None


def answered(span: Span | None, method: str, route: str, status: int) -> None:
    """Names a request's span by what became known of it: the appeal and the action too, if there are any."""
    if span is None or not _Process.tracing:
        return
    known = structlog.contextvars.get_contextvars()
    _Process.tracing.answered(span, method, route, status, {k: known[k] for k in ("number", "action") if k in known})


def carrier() -> dict[str, str]:
    """The span that runs just now as W3C headers; empty while traces are off."""
    return _Process.tracing.carrier() if _Process.tracing else {}


@contextmanager
def traced(settings: Settings, service: str) -> Iterator[None]:
    """Traces of this process go to `settings.traces` while the block runs, when it names a place.

    Raises:
        SettingsError: traces are asked for, but what they need is not installed.
    """
    if settings.traces is None or _Process.tracing is not None:
        yield
        return
    tracing = _Process.tracing = _tracing(settings.traces, service)
    try:
        yield
    finally:
        _Process.tracing = None
        tracing.close()


def _tracing(endpoint: str, service: str) -> Tracing:
    try:
        from runtime.otlp import Tracing  # noqa: PLC0415 - an extra, and a weight that nobody carries without need
    except ImportError as error:
        raise SettingsError(
            "要求了链路追踪（APPEALS_TRACES），但没有安装它所需的程序包。",
            "Traces (APPEALS_TRACES) are asked for, but what they need is not installed.",
            f"pip install 'appeal-loop[traces]' ({error.name})",
        ) from None
    return Tracing(endpoint, service)
