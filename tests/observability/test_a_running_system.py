"""What is seen of a real system from outside: its scrapes, its logs, its traces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import yaml

from tests.observability.story import BROKEN, CALLERS_SPAN, CALLERS_TRACE, PERSONAL, Story, until
from tests.support.running import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ACTION = "POST /v1/appeals/{number}/actions/{action}"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
#: What a scraper adds itself.
ADDED = {"job", "instance", "le"}


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    """Everything that dashboards and alerts ask."""
    asked = [expr for path in DASHBOARDS for expr in _expressions(yaml.safe_load(path.read_text()))]
    return [*asked, *(alert["expr"] for alert in alerts())]


def _expressions(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["expr"]] if "expr" in node else []
        return own + [e for child in node.values() for e in _expressions(child)]
    return [e for child in node for e in _expressions(child)] if isinstance(node, list) else []


@pytest.mark.parametrize("process", ["api", "worker"])
def test_one_scrape_has_our_own_and_the_sdks_metrics(story: Story, process: str) -> None:
    rooms = {s.name.partition("_")[0] for s in story.scrape(process)}
    assert {"appeals", "temporal", "process"} <= rooms


def test_whatever_a_dashboard_or_an_alert_asks_for_is_there(story: Story) -> None:
    """By name and by label: a metric that was renamed would leave an alert silent for ever."""
    until(lambda: any(s.name == "temporal_workflow_task_execution_failed_total" for s in story.scrape("worker")))
    shown: dict[str, set[str]] = {"up": set()}
    for sample in story.scrape("api") + story.scrape("worker"):
        shown.setdefault(sample.name, set()).update(sample.labels)
    asked = {match for query in queries() for match in re.findall(r"\b((?:appeals|temporal|process)_\w+)", query)}
    assert asked - set(shown) == set()
    assert len(asked) > 30
    for name, selector in (m for q in queries() for m in re.findall(r"\b([a-z]\w+)\{([^}]*)\}", q)):
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|=)", selector)) - ADDED <= shown[name], (name, selector)
    labels = {label for found in shown.values() for label in found} | ADDED
    for query in queries():
        for by in re.findall(r"by \(([^)]*)\)", query):
            assert set(re.split(r",\s*", by)) <= labels, query


def test_no_label_names_a_person_or_an_appeal(story: Story) -> None:
    for sample in story.scrape("api") + story.scrape("worker"):
        values = " ".join(sample.labels.values())
        assert story.number not in values
        assert not any(word in values for word in PERSONAL), sample


def test_every_alert_is_said_in_chinese_and_leads_to_its_section_of_the_handbook() -> None:
    handbook = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (Appeals\w+)$", handbook, re.MULTILINE))
    assert {a["alert"] for a in alerts()} == headings
    for alert in alerts():
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert re.search("[一-鿿]", alert["annotations"]["summary"])
        assert alert["annotations"]["runbook"] == f"docs/operate.md#{alert['alert'].lower()}"
        section = handbook.partition(f"### {alert['alert']}\n")[2].partition("\n### ")[0]
        assert section.strip().startswith(f"*{alert['labels']['severity']}.*"), alert["alert"]


def test_requests_are_counted_by_route_and_refusals_by_code(story: Story) -> None:
    acted = {"method": "POST", "route": "/v1/appeals/{number}/actions/{action}"}
    assert story.sample("api", "appeals_http_requests_total", status="409", **acted) == 1
    assert story.sample("api", "appeals_http_requests_total", status="503", **acted) == 1
    assert story.sample("api", "appeals_problems_total", status="409", code="illegal-transition") == 1
    assert story.sample("api", "appeals_problems_total", status="503", code="write-pending") == 1
    assert story.sample("api", "appeals_update_seconds_count", action="accept") == 2


def test_a_write_that_waits_is_seen_waiting_and_what_it_waits_for(story: Story) -> None:
    assert story.lag_while_locked > 0
    assert story.lag() == 0
    failed = {"activity": "write_records"}
    assert story.sample("worker", "appeals_activity_failures_total", kind="out-of-time", **failed) == 1
    assert story.sample("worker", "appeals_activity_failures_total", kind="stale-write", **failed) == 0
    assert story.sample("worker", "appeals_activity_seconds_count", quick="false", **failed) is not None


def test_open_appeals_are_counted_by_stage(story: Story) -> None:
    until(lambda: story.sample("api", "appeals_open", stage="handle") == 1)
    assert story.sample("api", "appeals_open", stage="accept") == 0


def test_the_worker_says_that_it_lives(story: Story) -> None:
    answer = httpx2.get(f"{story.worker_url}/healthz", trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert httpx2.get(f"{story.worker_url}/else", trust_env=False).status_code == 404


def test_no_log_holds_anything_personal(story: Story) -> None:
    logs = list((story.running.directory / "logs").glob("*.log*"))
    assert {"api.log", "worker.log", "up.log", "engine.log"} <= {path.name for path in logs}
    for path in logs:
        text = path.read_text(encoding="utf-8")
        for word in PERSONAL:
            assert word not in text, path
            assert quote(word) not in text, path


def test_every_line_about_a_request_says_whose_it_is_and_which_appeal(story: Story) -> None:
    requests = [line for line in story.lines("api") if line["event"] == "request"]
    about = {line["request_id"]: line for line in requests}
    for request in ("req-submit", "req-accept", "req-refused", "req-assign", "req-locked"):
        assert about[request]["number"] == story.number
        assert about[request]["actor"]
    assert about["req-accept"]["action"] == "accept"
    for line in requests:
        assert line["request_id"]
        assert line["service"] == "api"
        if line["status"] == 404:
            assert "number" not in line  # who may not read it is not told, and what was typed is not kept
        elif line["route"] not in {"/readyz", "/healthz", "/metrics"}:  # nobody signs in for these
            assert line["actor"]


def test_the_workers_lines_name_the_appeal_and_the_request(story: Story) -> None:
    done = [line for line in story.lines("worker") if line["event"] == "activity"]
    assert {line["number"] for line in done} == {story.number}
    written = {line.get("request_id") for line in done if line["activity"] == "write_records"}
    assert {"req-submit", "req-accept", "req-told", "req-assign", "req-locked"} <= written
    assert list(dict.fromkeys(story.told())) == ["req-submit", "req-accept", "req-assign", "req-tells"]


def test_the_sdks_own_lines_name_the_appeal_too(story: Story) -> None:
    def of(words: str) -> set[str | None]:
        return {line.get("number") for line in story.lines("worker") if words in line["event"]}

    assert of("Completing activity as failed") == {story.number}
    assert of("Failed activation") == {BROKEN}
    assert until(lambda: of("Failing workflow task")) == {BROKEN}
    assert all(line["service"] == "worker" for line in story.lines("worker"))
    assert "object at 0x" not in (story.running.directory / "logs" / "worker.log").read_text()


def test_a_submission_is_one_trace_from_its_caller_to_its_rows(story: Story) -> None:
    trace = story.traces.trace_with(
        "POST /v1/appeals", "start Appeal", "workflow opened", "write_records", **{"appeals.request_id": "req-submit"}
    )
    request, start, write = trace["POST /v1/appeals"], trace["start Appeal"], trace["write_records"]
    assert (request.trace, request.parent) == (CALLERS_TRACE, CALLERS_SPAN)
    assert start.parent == request.id
    assert {write.parent, trace["workflow opened"].parent} == {start.id}
    assert (request.service, start.service, write.service) == ("appeals-api", "appeals-api", "appeals-worker")
    assert request.attributes["appeals.number"] == write.attributes["appeals.number"] == story.number


def test_an_action_is_a_trace_of_its_own_though_the_submission_began_the_workflow(story: Story) -> None:
    trace = story.traces.trace_with(
        ACTION, "update act", "workflow act", "write_records", **{"appeals.request_id": "req-accept"}
    )
    assert trace[ACTION].attributes["appeals.action"] == "accept"
    assert trace[ACTION].trace != CALLERS_TRACE
    assert trace["update act"].parent == trace[ACTION].id
    assert {trace["write_records"].parent, trace["workflow act"].parent} == {trace["update act"].id}


def test_a_message_belongs_to_the_request_that_it_tells_of(story: Story) -> None:
    trace = story.traces.trace_with(ACTION, "write_records", "tell", **{"appeals.request_id": "req-tells"})
    assert trace["tell"].parent == trace[ACTION].id


def test_every_attempt_of_a_write_is_in_the_trace_with_what_was_wrong(story: Story) -> None:
    trace = story.traces.trace_with(ACTION, "workflow act", **{"appeals.request_id": "req-locked"})[ACTION].trace
    attempts = [s for s in story.traces.spans if s.trace == trace and s.name == "write_records"]
    assert [s.failed for s in attempts].count(False) == 1
    assert "CancelledError" in {s.attributes.get("error.type") for s in attempts}


def test_no_span_holds_anything_personal_and_probes_make_none(story: Story) -> None:
    assert story.traces.paths == {"/v1/traces"}
    for word in PERSONAL:
        assert word.encode() not in story.traces.raw
        assert quote(word).encode() not in story.traces.raw
    assert not any("/readyz" in s.name or "/metrics" in s.name for s in story.traces.spans)


def test_whoever_looks_is_told_where(story: Story) -> None:
    assert f"{story.worker_url}/metrics" in Path(story.running.log).read_text()
