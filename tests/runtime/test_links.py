"""Links that prove by themselves that we made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.codec import ensure_key_file
from runtime.links import ESCALATION, BadLink, ExpiredLink, Links, load_links
from runtime.settings import Settings


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Links:
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(tmp_path / "codec-keys")
    found = load_links(Settings(data_dir=tmp_path))
    assert found is not None
    return found


def test_a_link_for_a_given_moment_is_the_same_each_time_and_ends_counted_from_there(links: Links) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    token = links.sign(ESCALATION, "e", "handler", at=hour_ago)
    assert token == links.sign(ESCALATION, "e", "handler", at=hour_ago)
    assert links.read(ESCALATION, token, 3700) == ("e", "handler")
    with pytest.raises(ExpiredLink):
        links.read(ESCALATION, token, 3500)
    assert links.read(ESCALATION, links.sign(ESCALATION, "e", "handler"), 60) == ("e", "handler")


def test_a_link_serves_for_nothing_else(links: Links) -> None:
    with pytest.raises(BadLink):
        links.read("calendar", links.sign(ESCALATION, "e", "handler"))
