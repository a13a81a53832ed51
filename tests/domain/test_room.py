"""An appeal stays small enough to travel, and can always be brought to its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.act import Act
from domain.errors import Conflict
from domain.loop import decide
from domain.vocabulary import Action
from tests.domain.builders import ACTORS, World


def information(text: str) -> Act:
    """Words of the enterprise."""
    return Act(Action.ADD_INFORMATION, ACTORS["enterprise"], {"text": text}, key=text[:3])


def test_a_full_appeal_refuses_long_words_and_takes_short_ones() -> None:
    case = World().case()
    full = replace(case.appeal, weight=case.appeal.rules.policy.most_characters + 1)

    with pytest.raises(Conflict) as refused:
        decide(full, information("长" * 2001), case.now)

    assert refused.value.code == "appeal-full"
    assert "withdraw" in refused.value.allowed
    assert decide(full, information("短"), case.now).appeal.seq == full.seq + 1


def test_every_word_that_is_written_counts() -> None:
    case = World().case()

    after = decide(case.appeal, information("十个字的补充说明文字"), case.now).appeal

    assert case.appeal.weight > len("夜间有人翻墙")
    assert after.weight >= case.appeal.weight + 10
