"""A duplicate goes on in another appeal, which is open and of the same enterprise: no matter is lost by merging."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.act import MergeTarget
from domain.appeal import Enterprise
from domain.errors import Conflict, Invalid
from domain.loop import decide
from domain.vocabulary import Channel, Outcome, Stage
from tests.domain.builders import INTO, INTO_CLOSED, INTO_OTHERS, OTHER_USCC, TARGETS, USCC, World


def test_merged_it_is_closed_and_says_into_what() -> None:
    case = World().case().do("window", "merge", into=INTO)
    assert (case.stage, case.appeal.outcome, case.last.data) == (Stage.CLOSED, Outcome.MERGED, {"into": INTO})


def test_what_a_merger_needs_to_know_of_an_appeal() -> None:
    case = World().case()
    assert MergeTarget.of(case.appeal) == MergeTarget(case.appeal.number, USCC, "示例制造", is_open=True)
    assert not MergeTarget.of(case.do("enterprise", "withdraw", reason="已解决").appeal).is_open


@pytest.mark.parametrize(
    ("into", "code"), [("SQ20260901-00000099", "unknown-appeal"), (INTO_OTHERS, "other-enterprise")]
)
def test_what_is_not_there_or_anothers_is_pointed_at(into: str, code: str) -> None:
    refusal = World().case().refused("window", "merge", into=into)
    assert isinstance(refusal, Invalid)
    assert (refusal.code, [f.pointer for f in refusal.faults]) == (code, ["/into"])


def test_a_target_other_than_the_one_named_is_none() -> None:
    case = World().case()
    act = replace(case.act("window", "merge", into=INTO), target=TARGETS[INTO_CLOSED])
    with pytest.raises(Invalid, match="unknown-appeal"):
        decide(case.appeal, act, case.now)


def test_nothing_goes_on_in_what_is_closed() -> None:
    refusal = World().case().refused("window", "merge", into=INTO_CLOSED)
    assert isinstance(refusal, Conflict)
    assert (refusal.code, refusal.stage) == ("target-closed", "accept")
    assert "accept" in refusal.allowed


@pytest.mark.parametrize(
    ("ours", "theirs", "name", "same"),
    [
        (USCC, USCC, "改名后的企业", True),
        (USCC, OTHER_USCC, "示例制造", False),
        (None, USCC, "示例制造", True),
        (USCC, None, "示例制造", True),
        (None, None, "示例制造", True),
        (None, USCC, "样本化工", False),
        (USCC, None, "样本化工", False),
    ],
)
def test_the_code_tells_enterprises_apart_and_where_it_is_not_known_the_name(
    ours: str | None, theirs: str | None, name: str, *, same: bool
) -> None:
    case = World().case(enterprise=Enterprise(ours, "示例制造"), channel=Channel.ALERT_110)
    act = replace(case.act("window", "merge", into=INTO), target=MergeTarget(INTO, theirs, name, is_open=True))
    if same:
        assert decide(case.appeal, act, case.now).appeal.outcome is Outcome.MERGED
    else:
        with pytest.raises(Invalid, match="other-enterprise"):
            decide(case.appeal, act, case.now)
