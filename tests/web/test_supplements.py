"""What an enterprise was asked for and what it brought is told item by item, whatever words it came in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.vocabulary import Stage
from storage.catalogue import Catalogue
from tests.domain.states import plain
from web.following import AGAIN, thanks
from web.supplements import Item, item_by_item, lacking

SERVICE = Catalogue.load().service("hazmat-toxic-purchase")
FIRST, SECOND = SERVICE.materials[:2]
UPLOAD = "att-" + "0" * 32


def told(items: Any, supplied: Any) -> list[Item]:
    return item_by_item({"items": items, "supplied": supplied}, SERVICE)


@pytest.mark.parametrize(
    ("brought", "came"),
    [
        ({"code": FIRST.code, "reference": UPLOAD, "name": "说明.pdf"}, ("说明.pdf",)),
        ({"code": FIRST.name, "reference": "已寄出"}, ("已寄出",)),
        (FIRST.name, ()),
        ({"name": FIRST.name}, ()),
    ],
)
def test_a_material_is_known_by_its_code_and_by_its_name(brought: Any, came: tuple[str, ...]) -> None:
    asked = [FIRST.name, {"code": SECOND.code}]
    assert told(asked, [brought]) == [Item(FIRST.name, is_there=True, came=came), Item(SECOND.name)]


def test_what_came_besides_is_told_besides() -> None:
    file = {"reference": UPLOAD, "name": "灯.png"}
    assert told(["现场照片"], [file, "电话里说过"]) == [
        Item("现场照片"),
        Item("", is_there=True, came=("灯.png", "电话里说过")),
    ]


def test_whoever_may_not_read_the_words_reads_no_items() -> None:
    assert told([], []) == told("***", "***") == []


def test_what_is_lacking_is_named_with_its_place_and_where_nothing_comes_nothing_is_asked() -> None:
    assert lacking(["照片", "说明"], [{"code": "说明", "reference": "无"}, "别的"]) == ("第1项“照片”",)
    assert lacking(["照片", "说明"], []) == ()


def test_the_dissatisfied_are_told_who_takes_it_up() -> None:
    answered = plain(Stage.EVALUATE, "appeal-general").appeal
    assert thanks(answered, 3) == "感谢您的评价！"
    again = replace(answered, stage=Stage.ASSIGN, round=2)
    assert thanks(again, 2) == (
        f"已收到您的评价。第2轮办理已经开始：{AGAIN}。现在由{again.assigning_unit.name}重新交办。"
    )
    assert thanks(replace(answered, decision_due=True), 1) == "已收到您的评价。将由督办人员决定是否再次办理。"
    assert thanks(replace(answered, stage=Stage.CLOSED), 1) == "已收到您的评价。诉求已办结。"
