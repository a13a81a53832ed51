"""Links that prove by themselves that we made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.calendar import ZONE
from runtime.codec import Keyring, ensure_key_file
from runtime.links import ESCALATION, TRACK, BadLink, ExpiredLink, Links, load_links
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


def test_digits_are_those_of_their_words_and_moment_whatever_zone_it_is_told_in(links: Links) -> None:
    now = datetime(2026, 9, 1, 4, tzinfo=UTC)
    digits = links.digits(TRACK, "SQ1", at=now)
    assert len(digits) == 6
    assert digits.isdecimal()
    assert links.digits(TRACK, "SQ1", at=now.astimezone(ZONE)) == digits
    assert links.are_digits(digits, TRACK, "SQ1", at=now)
    others = {
        links.digits(TRACK, "SQ2", at=now),
        links.digits("else", "SQ1", at=now),
        links.digits(TRACK, "SQ1", at=now + timedelta(microseconds=1)),
    }
    assert digits not in others
    assert not any(links.are_digits(one, TRACK, "SQ1", at=now) for one in (*others, "", "一二三四五六"))


def test_digits_that_an_older_key_made_are_known_until_it_leaves_the_ring() -> None:
    now = datetime(2026, 9, 1, 4, tzinfo=UTC)
    old, new = ("old", b"1" * 32), ("new", b"2" * 32)
    digits = Links(Keyring((old,))).digits(TRACK, "SQ1", at=now)
    assert Links(Keyring((new, old))).are_digits(digits, TRACK, "SQ1", at=now)
    assert Links(Keyring((new, old))).digits(TRACK, "SQ1", at=now) != digits
    assert not Links(Keyring((new,))).are_digits(digits, TRACK, "SQ1", at=now)
