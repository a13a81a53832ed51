"""Who may tell a notice: whoever did it, where the loop goes on alike."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.notice import OUTSIDE, Notice


@pytest.mark.parametrize(
    ("audience", "data", "held"),
    [
        (("enterprise",), {"stage": "accept"}, True),
        (("handler",), {}, True),
        (OUTSIDE, {"transfer": 1}, False),
        (("duty",), {"ladder": "ordinary"}, False),
    ],
)
def test_what_the_loop_or_an_outside_body_waits_for_is_told_by_the_workflow(
    audience: tuple[str, ...], data: dict[str, object], *, held: bool
) -> None:
    one = Notice("n", "SQ20261122-00000001", datetime(2026, 11, 22, tzinfo=UTC), audience, "branch", "told", data)
    assert one.may_be_held is held
