"""Spans by OpenTelemetry, sent by OTLP/HTTP. Loaded only when traces are on: see :mod:`runtime.tracing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime.version import VERSION

_LAST_SECONDS: Final = 2.0
_PREFIX: Final = "appeals."
_KINDS: Final = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}
_USUAL_PATH: Final = "/v1/traces"


class Tracing:
    """One process's tracer. Trace context travels, baggage does not: it could carry anything that somebody put in."""

    def __init__(self, endpoint: str, service: str) -> None:
        """Sends to ``endpoint``; a collector's bare address stands for its usual path."""
        url = endpoint if urlsplit(endpoint).path.strip("/") else endpoint.rstrip("/") + _USUAL_PATH
        resource = Resource.create({"service.name": f"appeals-{service}", "service.version": VERSION})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter(endpoint=url)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("appeals", VERSION)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, name: str, kind: str, parent: Mapping[str, str] | None, attributes: Mapping[str, str]) -> Span:
        """A span that the caller ends. Without ``parent`` it belongs to what runs just now."""
        context = None if parent is None else self._propagator.extract(dict(parent), Context())
        named = {_PREFIX + key: value for key, value in attributes.items()}
        return self._tracer.start_span(name, context, _KINDS[kind], named)

    @contextmanager
    def span(
        self, name: str, kind: str, parent: Mapping[str, str] | None, attributes: Mapping[str, str]
    ) -> Iterator[Span]:
        """A span around the block, failed when the block fails: by the error's kind, never by its words."""
        begun = self.begin(name, kind, parent, attributes)
        with use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield begun
            except BaseException as error:
                begun.set_attribute("error.type", type(error).__name__)
                begun.set_status(StatusCode.ERROR)
                raise

    def answered(self, span: Span, method: str, route: str, status: int, attributes: Mapping[str, str]) -> None:
        """Names a request's span when its route and its answer are known."""
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        span.set_attributes({_PREFIX + key: value for key, value in attributes.items()})
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(StatusCode.ERROR)

    def carrier(self) -> dict[str, str]:
        """What runs just now, as W3C headers."""
        found: dict[str, str] = {}
        self._propagator.inject(found)
        return found

    def close(self) -> None:
        """Sends what is left, within a moment: a collector that is away must not keep a process from ending."""
        closing = Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        closing.start()
        closing.join(_LAST_SECONDS)
        if closing.is_alive():
            # It would try again for many seconds more.
            self._exporter.shutdown()  # type: ignore[no-untyped-call]
            closing.join(_LAST_SECONDS)
