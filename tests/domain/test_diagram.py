"""A procedure is drawn whole: every step, every outcome, every way, and nothing from another host."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from domain.condition_words import in_words
from domain.diagram import mermaid, svg
from domain.papers import spoken
from domain.service import Items, Named
from tests.domain.stepwise import service, step, to

DRAWN = service(
    step("sort", to("both", ("left", "right")), automatic=True, roles=()),
    step("left", to("ok", "met")),
    step("right", to("ok", "met"), to("again", "right")),
    step("met", to("back", "left"), to("over", "feedback"), join=True),
)
NOTES = {"left": '牵头单位 · 3个"工作日" <&>'}
_SVG = "{http://www.w3.org/2000/svg}"


def test_the_mermaid_text_names_every_step_and_every_way() -> None:
    assert mermaid(DRAWN, NOTES).splitlines() == [
        "flowchart TD",
        '  sort{{"步骤sort"}}',
        '  left["步骤left<br/>牵头单位 · 3个#quot;工作日#quot; <&>"]',
        '  right["步骤right"]',
        '  met[["步骤met"]]',
        '  feedback(["反馈"])',
        '  sort -->|"结论both"| left',
        '  sort -->|"结论both"| right',
        '  left -->|"结论ok"| met',
        '  right -->|"结论ok"| met',
        '  right -->|"结论again"| right',
        '  met -->|"结论back"| left',
        '  met -->|"结论over"| feedback',
    ]


def test_the_drawing_is_well_formed_and_asks_no_other_host() -> None:
    text = svg(DRAWN, NOTES)
    root = ET.fromstring(text)  # noqa: S314 - our own
    words = ["".join(node.itertext()) for node in root.iter(f"{_SVG}text")]
    assert {"步骤sort", "结论both → 步骤left、步骤right", "结论over → 反馈", '牵头单位 · 3个"工作日" <&>'} <= {*words}
    assert text.count("http") == 1  # the namespace
    ways = [node for node in root.iter(f"{_SVG}path") if node.get("marker-end")]
    assert [way.get("class") for way in ways] == ["way", "way", "way", "way", "again", "again", "way"]


def test_ways_that_pass_the_same_height_have_lanes_of_their_own() -> None:
    root = ET.fromstring(svg(DRAWN, NOTES))  # noqa: S314 - our own
    ways = []
    for node in root.iter(f"{_SVG}path"):
        if node.get("marker-end"):
            # M<edge> <from>H<lane>V<to>H<edge>
            _, start, lane, end, _ = (int(n) for n in re.findall(r"\d+", node.get("d") or ""))
            ways.append((lane, min(start, end), max(start, end)))
    for (lane, low, high), (other, first, last) in combinations(ways, 2):
        assert lane != other or high < first or last < low


def test_a_service_without_steps_is_drawn_as_its_end() -> None:
    assert "反馈" in svg(service(), {})


READ = [
    ("", ""),
    ("form.q <= form.l", "数量不超过许可数量"),
    ("form.q >= 50 and 'key' in tiers", "数量不少于50，且企业分层含“重点企业”"),
    ("(form.q == 1 or form.q > 3) and 'key' not in tiers", "（数量为1，或数量大于3），且企业分层不含“重点企业”"),
    ("form.kind in ('一类', '二类')", "kind属于“一类”、“二类”"),
    ("form.kind not in ['一类']", "kind不属于“一类”"),
    ("not form.risk and not (form.q < 1)", "无风险，且非（数量小于1）"),
    ("urgent == true", "紧急为是"),
    ("len(form.people) != 2", "people的个数不为2"),
    ("accounts.paid + accounts.fee - 1 == accounts.none", "垫付+规费-1为none"),
    (
        "items.open == 0 and items.done > 0 and items.x == 1",
        "未有结果的分项数为0，且已有结果的分项数大于0，且结果为“x”的分项数为1",
    ),
    ("record.n > 0 and record.m > 0", "次数大于0，且m大于0"),
    ("passes.work > 2", "“步骤work”的次数大于2"),
    (
        "count.work.ok > 1 and count.work.no > 1",
        "“步骤work”结论为“结论ok”的单位数大于1，且“步骤work”结论为“no”的单位数大于1",
    ),
    ("steps.work.outcome == 'ok'", "“步骤work”的结论为“结论ok”"),
    ("steps.work.outcome in ('ok', 'gone')", "“步骤work”的结论属于“结论ok”、“gone”"),
    ("steps.none.outcome == 'ok'", "steps.none.outcome为“ok”"),
    ("channel == 'alert_110' and region != 'x'", "渠道为“110报警”，且行政区划不为“x”"),
    ("form.first", "是否首套为是"),
    ("form.first and not form.first", "是否首套为是，且是否首套为否"),
    ("form.first == True and len(form.q) > 1", "是否首套为是，且数量的个数大于1"),
    ("steps.work.n == 1 and steps.work.z == 1", "“步骤work”记录的次数为1，且“步骤work”记录的z为1"),
    ("steps.none.n == 1", "steps.none.n为1"),
]


@pytest.mark.parametrize(("text", "words"), READ)
def test_a_condition_is_read_out_with_the_titles_of_its_facts(text: str, words: str) -> None:
    record = {"properties": {"n": {"title": "次数"}}}
    form = {"properties": {"q": {"title": "数量"}, "l": {"title": "许可数量"}, "risk": {"title": "风险"}}}
    form["properties"]["first"] = {"title": "是否首套"}
    kept = service(
        step("work", to("ok", "feedback", record=record), items=Items("form.q", {"done": "办结"})),
        form=form,
        accounts=(Named("paid", "垫付"), Named("fee", "规费")),
    )
    assert in_words(text, kept, kept.step("work"), record) == words


def test_a_value_is_read_out_as_people_say_it() -> None:
    values = [True, False, ["甲", 2], {"品名": "甲", "在用": True}, 1.5]
    assert [spoken(value) for value in values] == ["是", "否", "甲、2", "甲 是", "1.5"]


def test_results_of_sub_items_are_read_out_by_name() -> None:
    kept = service(step("work", to("ok", "feedback"), items=Items("form.q", {"issued": "已制证"})))
    assert in_words("items.issued == 1", kept, kept.step("work")) == "结果为“已制证”的分项数为1"


def test_a_box_is_as_wide_as_its_longest_line() -> None:
    drawn = service(step("one", to("结" * 60, "feedback")), step("two", to("ok", "feedback")))
    root = ET.fromstring(svg(drawn, {}))  # noqa: S314 - our own
    wide = {int(box.get("width", "0")) for box in root.iter(f"{_SVG}rect")}
    assert len(wide) == 1
    assert wide.pop() > 60 * 14
    whole = int(root.get("width", "0"))
    assert all(int(n) < whole for way in root.iter(f"{_SVG}path") for n in re.findall(r"H(\d+)", way.get("d", "")))


def test_the_step_at_which_it_stands_stands_out() -> None:
    assert 'class="step here"' not in svg(DRAWN, NOTES)
    assert svg(DRAWN, NOTES, {"left"}).count('class="step here"') == 1
