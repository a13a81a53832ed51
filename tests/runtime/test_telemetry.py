from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runtime import tracing
from runtime.cause import HEADER, Cause
from runtime.codec import ensure_key_file
from runtime.errors import SettingsError
from runtime.ports import free_port
from runtime.settings import Settings
from runtime.telemetry import exposition
from runtime.temporal import connect
from tests.support.otlp import collector


async def test_the_scrape_has_our_metrics_and_behind_them_the_sdks(settings: Settings) -> None:
    ensure_key_file(settings.key_file)
    away = settings.model_copy(update={"engine_address": f"127.0.0.1:{free_port()}"})
    client = await connect(away, lazy=True, measured=True)
    with pytest.raises(RuntimeError):
        await client.count_workflows()
    text = exposition().decode()
    assert "\nappeals_build_info{version=" in text
    client.service_client.config.runtime.metric_meter.create_counter("proof").add(1)  # type: ignore[union-attr]
    assert "\nproof_total" in exposition().decode()


def test_nothing_that_makes_traces_is_loaded_while_they_are_off() -> None:
    heavy = ("opentelemetry.sdk", "opentelemetry.exporter", "runtime.otlp")
    program = f"import sys, api.app, gateway.temporal, worker.main; print([m for m in sys.modules if m in {heavy}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"


def test_while_traces_are_off_nothing_is_carried(settings: Settings) -> None:
    with tracing.traced(settings, "api"), tracing.span("request", "server") as span:
        assert span is None
        assert tracing.begin("handler", "server") is None
        assert Cause.current() == Cause()
        assert Cause.current().headers() == {}


def test_a_span_fails_with_its_block_by_kind_and_says_no_word(settings: Settings) -> None:
    with collector() as traces:
        with (
            tracing.traced(settings.model_copy(update={"traces": traces.url + "/"}), "api"),
            pytest.raises(LookupError),
            tracing.span("request", "server", number="SQ-1"),
        ):
            raise LookupError("欧阳慕容雪")
        seen = traces.trace_with("request")["request"]
    assert seen.failed
    assert seen.attributes == {"appeals.number": "SQ-1", "error.type": "LookupError"}
    assert "欧阳慕容雪".encode() not in traces.raw


def test_a_cause_travels_through_a_header_and_an_unreadable_one_is_none(settings: Settings) -> None:
    with collector() as traces, tracing.traced(settings.model_copy(update={"traces": traces.url}), "api"):
        with tracing.span("request", "server"):
            cause = Cause("req-1", tracing.carrier())
        headers = cause.headers()
        assert set(cause.trace) == {"traceparent"}
        assert Cause.of(headers) == cause
        headers[HEADER].data = b"["
        assert Cause.of(headers) == Cause.of({}) == Cause()


def test_a_collector_that_is_away_disturbs_nobody(settings: Settings) -> None:
    away = settings.model_copy(update={"traces": f"http://127.0.0.1:{free_port()}"})
    with tracing.traced(away, "api"):
        for _ in range(10):
            with tracing.span("request", "server"):
                pass
    assert tracing.carrier() == {}
    # Nor does anything go on trying behind the back of what comes next.
    assert not [t for t in threading.enumerate() if t.name == "last traces"]


def test_traces_without_what_they_need_are_refused_in_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "runtime.otlp", None)
    with (
        pytest.raises(SettingsError, match="APPEALS_TRACES"),
        tracing.traced(settings.model_copy(update={"traces": "http://collector:4318"}), "api"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APPEALS_TRACES", "collector:4318"),
        ("APPEALS_TRACES", "http://"),
        ("APPEALS_METRICS_BIND", "9464"),
        ("APPEALS_METRICS_BIND", "0.0.0.0:http"),
        ("APPEALS_METRICS_BIND", "127.0.0.1:65536"),
    ],
)
def test_an_address_that_is_none_is_refused_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings.load()
