"""Refusals cross the engine whole; what is no refusal is not taken for one."""

from __future__ import annotations

import pytest
from temporalio.exceptions import ApplicationError

from domain.budget import BadBudget, parse
from domain.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from workflows.appeal import _opening
from workflows.contract import AppealStart, from_error, to_error


def conflict() -> Conflict:
    """A conflict as the loop fills it in."""
    refusal = Conflict("illegal-transition", "当前环节不能“签收”")
    refusal.stage, refusal.allowed = "evaluate", ("note", "rate")
    return refusal


@pytest.mark.parametrize(
    "refusal",
    [
        conflict(),
        Forbidden("not-yours", "不由您的单位办理"),
        Invalid("unknown-unit", "没有这个单位", (Fault("/unit", "没有这个单位"),)),
    ],
)
def test_a_refusal_comes_back_as_it_was_raised(refusal: Refusal) -> None:
    back = from_error(to_error(refusal))

    assert type(back) is type(refusal)
    assert vars(back) == vars(refusal)


def test_a_more_special_refusal_comes_back_as_its_kind() -> None:
    with pytest.raises(BadBudget) as bad:
        parse("two weeks")

    assert isinstance(from_error(to_error(bad.value)), Invalid)


@pytest.mark.parametrize(
    "error",
    [
        ApplicationError("no details", type="x"),
        ApplicationError("no type", {"kind": "forbidden"}),
        ApplicationError("another kind", {"kind": "weather"}, type="rain"),
    ],
)
def test_an_error_that_is_no_refusal_is_not_taken_for_one(error: ApplicationError) -> None:
    with pytest.raises(ValueError, match=str(error.type)):
        from_error(error)


def test_a_refusal_outside_the_tree_raises() -> None:
    with pytest.raises(AssertionError):
        to_error(Refusal("new-kind", "新的一类"))


def test_a_first_run_without_its_opening_raises() -> None:
    with pytest.raises(ValueError, match="opening"):
        _opening(AppealStart())
