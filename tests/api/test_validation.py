from __future__ import annotations

from typing import Any

import pytest

from api.problems import Problem
from api.validation import check, faults_of, pointer
from tests.api.bench import is_chinese


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "string"}, 1, "应为文本"),
        ({"type": ["string", "null"]}, 1, "应为文本或null"),
        ({"type": "boolean"}, 1, "应为true 或 false"),
        ({"enum": ["a", "b"]}, "c", "应为下列之一：a、b"),
        ({"enum": list(range(30))}, "c", "19等"),
        ({"const": 1}, 2, "应为 1"),
        ({"minLength": 1}, "", "不能为空"),
        ({"minLength": 2}, "a", "至少2个字符"),
        ({"maxLength": 2}, "abc", "至多2个字符"),
        ({"pattern": r"\S"}, " ", "不能为空白"),
        ({"pattern": "^a$"}, "b", "应符合 ^a$"),
        ({"minimum": 1}, 0, "不能小于1"),
        ({"maximum": 1}, 2, "不能大于1"),
        ({"exclusiveMinimum": 0}, 0, "应大于0"),
        ({"exclusiveMaximum": 0}, 0, "应小于0"),
        ({"multipleOf": 5}, 3, "5的倍数"),
        ({"minItems": 1}, [], "至少1项"),
        ({"maxItems": 1}, [1, 2], "至多1项"),
        ({"uniqueItems": True}, [1, 1], "不能重复"),
        ({"contains": {"const": 1}}, [2], "缺少必需的项"),
        ({"minProperties": 1}, {}, "至少1个字段"),
        ({"maxProperties": 0}, {"a": 1}, "至多0个字段"),
        ({"not": {"const": 1}}, 1, "不允许"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "配套"),
        ({"dependentSchemas": {"a": False}}, {"a": 1}, "不符合要求"),
        ({"oneOf": [{"minLength": 1}, {"maxLength": 3}]}, "ab", "只能符合其中一种"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "应为整数；或应为null"),
        ({"anyOf": [{"type": "integer", "minimum": 5}, {"type": "string"}]}, 1, "不能小于5"),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "至少填写其中一项：a、b"),
        ({"title": "数量", "type": "number"}, "x", "数量：应为数字"),
    ],
)
def test_every_keyword_says_in_chinese_what_it_wants(schema: dict[str, Any], value: Any, said: str) -> None:
    (fault,) = faults_of(schema, value)
    assert said in fault.detail
    assert is_chinese(fault.detail)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", ["2026-02-28", "1900-01-01"], ["2026-02-30", "20260228", "2026-W01-1", "9999-01-01", ""]),
        (
            "date-time",
            ["2026-02-28T10:00:00Z", "2026-02-28T10:00:00.5+08:00"],
            ["2026-02-28T10:00:00", "2026-02-28 10:00:00+08:00", "2026-02-28T25:00:00Z", "0001-01-01T00:00:00+14:00"],
        ),
        ("budget", ["5 working days", "end of day", "1 month"], ["5", "soon", "0 hours", "五天"]),
    ],
)
def test_formats_are_strict(name: str, good: list[str], bad: list[str]) -> None:
    assert [v for v in good if faults_of({"format": name}, v)] == []
    assert [v for v in bad if not faults_of({"format": name}, v)] == []
    assert faults_of({"format": name}, 5) == ()


def test_a_missing_field_is_pointed_at_itself_and_named() -> None:
    schema = {"properties": {"a": {"title": "甲"}}, "required": ["a", "b"]}
    assert [(f.pointer, f.detail) for f in faults_of(schema, {}, "/form")] == [
        ("/form/a", "缺少必填项：甲（a）"),
        ("/form/b", "缺少必填项：b"),
    ]


def test_an_unknown_field_is_pointed_at_with_what_there_is() -> None:
    schema = {"properties": {"a": {}}, "additionalProperties": False}
    assert [(f.pointer, f.detail) for f in faults_of(schema, {"x/y~z": 1})] == [
        ("/x~1y~0z", "不允许的字段“x/y~z”，可用：a")
    ]


def test_pointers_follow_rfc_6901() -> None:
    assert pointer(["a", 0, "m~n", "c/d", ""]) == "/a/0/m~0n/c~1d/"
    assert pointer([]) == ""


def test_a_hundred_faults_are_enough() -> None:
    assert len(faults_of({"items": {"type": "string"}}, list(range(500)))) == 100


def test_several_faults_are_counted_in_the_detail() -> None:
    with pytest.raises(Problem) as caught:
        check({"required": ["a", "b"]}, {})
    assert "共2处有误" in caught.value.detail
