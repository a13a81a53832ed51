"""Whoever is there for an officer who is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from domain.substitutes import stand_in


def anyone(_code: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("absent", "there"),
    [
        ({}, "a"),
        ({"b": ["c"]}, "a"),
        ({"a": ["b", "c"]}, "b"),
        ({"a": ["b", "c"], "b": ["d"]}, "c"),
        ({"a": ["b"], "b": ["c"]}, "c"),
        ({"a": ["b"], "b": ["a", "d"]}, "d"),
        ({"a": ["b"], "b": ["a"]}, None),
        ({"a": ["a"]}, None),
    ],
)
def test_the_first_substitute_who_is_there_or_one_of_theirs(
    absent: Mapping[str, Sequence[str]], there: str | None
) -> None:
    assert stand_in("a", absent, anyone) == there


def test_one_who_cannot_do_it_is_passed_over() -> None:
    assert stand_in("a", {"a": ["b", "c"]}, lambda code: code != "b") == "c"
    assert stand_in("a", {"a": ["b"]}, lambda code: code != "b") is None
