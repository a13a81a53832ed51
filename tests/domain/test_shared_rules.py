"""Thousands of appeals that are measured by the same rules hold one copy of them, and nobody gets another's."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from domain.rules import Rules, shared
from tests.domain.builders import World, rules


def copy_of(kept: Rules) -> Rules:
    return deepcopy(kept)


def test_equal_rules_become_one_object() -> None:
    kept = shared(rules("appeal-general", "shared-1"))
    other = copy_of(kept)
    assert other is not kept
    assert shared(other) is kept
    assert shared(kept) is kept


def test_an_opening_holds_the_one_that_there_is() -> None:
    opening = World().opening()
    assert replace(opening, rules=copy_of(opening.rules)).rules is shared(opening.rules)


def test_a_version_with_another_content_is_never_mistaken() -> None:
    kept = shared(rules("appeal-general", "shared-2"))
    other = rules("with-statute", "shared-2")
    assert shared(other) is other
    assert shared(kept) is kept


def test_of_ever_more_versions_not_all_are_kept() -> None:
    first = shared(rules("appeal-general", "shared-first"))
    for number in range(300):
        shared(replace(first, version=f"shared-{number}-of-many"))
    again = copy_of(first)
    assert shared(again) is again
