"""Whoever is there for an officer who is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from domain.substitutes import goes_round, stand_in


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


@pytest.mark.parametrize(
    ("absent", "round_"),
    [
        ({}, False),
        ({"a": ["b"]}, False),
        ({"a": ["b"], "b": ["a"]}, True),
        ({"a": ["a"]}, True),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, True),
        ({"a": ["b", "d"], "b": ["a"]}, False),
        # Nobody is there, and nobody is asked twice for it.
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, False),
        ({"a": ["x"]}, False),
    ],
)
def test_a_circle_is_known_by_its_leading_back(absent: Mapping[str, Sequence[str]], *, round_: bool) -> None:
    assert goes_round("a", absent, lambda code: code != "x") is round_
