"""疑似重复: the same matter in other words is found, another matter of the same enterprise is not."""

from __future__ import annotations

import pytest

from domain.duplicates import LONGEST, Likenesses, Matter, alike, pairs_of

ONE = Matter("厂区东门夜间货车违停", "每天晚上十点以后厂区东门外停满货车,我公司车辆无法进出,希望加强巡逻。")
LEAST = 60


@pytest.mark.parametrize(
    "same",
    [
        ONE,
        Matter("厂区东门夜间货车违停!", "每天晚上 10 点以后,厂区东门外停满货车,我公司车辆无法进出。希望加强巡逻"),
        Matter("夜间货车违停,厂区东门", "希望加强巡逻:厂区东门外每天晚上十点以后停满货车,公司车辆无法进出"),
    ],
)
def test_the_same_matter_in_other_words_is_alike(same: Matter) -> None:
    found = Likenesses(ONE).to(same, LEAST)
    assert found is not None
    assert found.percent >= LEAST
    assert found.why == (f"标题和内容相近（{found.percent}%）",)


@pytest.mark.parametrize(
    "other",
    [
        Matter("员工居住证集中办理", "我公司有六十名外地员工需要办理居住证,希望上门集中受理。"),
        Matter("厂区东门夜间货车违停", "仓库昨晚被盗,损失铜缆三百米,已保护现场,请派员勘查并调取周边视频。"),
        Matter("", ""),
    ],
)
def test_another_matter_is_not_even_under_the_same_title(other: Matter) -> None:
    assert Likenesses(ONE).to(other, LEAST) is None


def test_the_same_external_reference_is_enough() -> None:
    ours = Matter(ONE.title, ONE.description, " 12345-0007 ")
    found = Likenesses(ours).to(Matter("回访", "催办", "12345-0007"), LEAST)
    assert found is not None
    assert (found.percent, found.why) == (100, ("来源系统编号相同（12345-0007）",))
    both = Likenesses(ours).to(ours, LEAST)
    assert both is not None
    assert both.why == ("来源系统编号相同（12345-0007）", "标题和内容相近（100%）")


def test_no_reference_is_no_reference_in_common() -> None:
    blank = Matter("甲", "乙", "  ")
    assert Likenesses(blank).to(Matter("丙", "丁", ""), LEAST) is None


def test_width_case_spaces_and_punctuation_do_not_matter() -> None:
    assert pairs_of("ABC 违停!") == pairs_of("abc,违 停")


def test_how_alike_is_the_same_either_way_and_between_nothing_and_all() -> None:
    one, other = pairs_of("东门违停"), pairs_of("西门违停车")
    assert alike(one, other) == alike(other, one) == pytest.approx(4 / 7)
    assert (alike(one, one), alike(pairs_of(""), pairs_of("")), alike(pairs_of("证"), pairs_of("证"))) == (1, 0, 1)


def test_a_long_description_costs_no_more_than_its_beginning() -> None:
    assert pairs_of("长" * 10 * LONGEST).total() == LONGEST - 1
