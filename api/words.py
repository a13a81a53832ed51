"""Chinese sentences for what is wrong with a value: one for each JSON Schema keyword and each kind of bad parameter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import ValidationError

from domain.budget import GRAMMAR

_TYPES = {
    "string": "文本",
    "integer": "整数",
    "number": "数字",
    "boolean": "true 或 false",
    "object": "对象",
    "array": "列表",
    "null": "null",
}
_FORMATS = {
    "date": "应为日期，写作 YYYY-MM-DD",
    "date-time": "应为带时区的日期时间，如 2026-09-30T16:00:00+08:00",
    "budget": f"应为时长：{GRAMMAR}",
}
_SHOWN = 20  # of a long list of allowed values


def shown(values: list[Any]) -> str:
    """Allowed values as people read them."""
    texts = [v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]
    return "、".join(texts[:_SHOWN]) + ("等" if len(texts) > _SHOWN else "")


def given(error: ValidationError) -> Any:
    """The keyword's value in the schema."""
    return error.validator_value


def _type(error: ValidationError) -> str:
    kinds = given(error) if isinstance(given(error), list) else [given(error)]
    return f"应为{'或'.join(_TYPES.get(kind, kind) for kind in kinds)}"


def _pattern(error: ValidationError) -> str:
    return "不能为空白" if given(error) == r"\S" else f"格式不正确，应符合 {given(error)}"


def _least_length(error: ValidationError) -> str:
    return "不能为空" if given(error) == 1 else f"至少{given(error)}个字符"


def _format(error: ValidationError) -> str:
    return _FORMATS.get(str(given(error)), f"格式应为 {given(error)}")


_SENTENCES: Mapping[str, Callable[[ValidationError], str]] = {
    "type": _type,
    "enum": lambda e: f"应为下列之一：{shown(list(given(e)))}",
    "const": lambda e: f"应为 {shown([given(e)])}",
    "minLength": _least_length,
    "maxLength": lambda e: f"至多{given(e)}个字符",
    "pattern": _pattern,
    "minimum": lambda e: f"不能小于{given(e)}",
    "maximum": lambda e: f"不能大于{given(e)}",
    "exclusiveMinimum": lambda e: f"应大于{given(e)}",
    "exclusiveMaximum": lambda e: f"应小于{given(e)}",
    "multipleOf": lambda e: f"应为{given(e)}的倍数",
    "minItems": lambda e: f"至少{given(e)}项",
    "maxItems": lambda e: f"至多{given(e)}项",
    "uniqueItems": lambda _: "各项不能重复",
    "contains": lambda _: "缺少必需的项",
    "minProperties": lambda e: f"至少{given(e)}个字段",
    "maxProperties": lambda e: f"至多{given(e)}个字段",
    "format": _format,
    "not": lambda _: "不允许的值",
    "dependentRequired": lambda _: "缺少与其他字段配套的必填项",
}


def sentence(error: ValidationError) -> str:
    """What is wrong, in Chinese, whatever the keyword; names the field where the schema gives it a title."""
    make = _SENTENCES.get(str(error.validator))
    said = make(error) if make else "不符合要求"
    title = error.schema.get("title") if isinstance(error.schema, Mapping) else None
    return f"{title}：{said}" if title else said


def titled(name: str, schema: Any) -> str:
    """A field by its title, where its schema gives it one, and its name."""
    field = schema.get("properties", {}).get(name, {}) if isinstance(schema, Mapping) else {}
    title = field.get("title") if isinstance(field, Mapping) else None
    return f"{title}（{name}）" if title else name


def missing(name: str, schema: Any) -> str:
    """A required field is not there."""
    return f"缺少必填项：{titled(name, schema)}"


def unknown(name: str, known: list[str]) -> str:
    """A field that does not belong there."""
    return f"不允许的字段“{name}”" + (f"，可用：{shown(known)}" if known else "")


_QUERY: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "缺少必填参数",
    "extra_forbidden": lambda _: "没有这个查询参数",
    "enum": lambda c: f"应为下列之一：{_expected(c)}",
    "literal_error": lambda c: f"应为下列之一：{_expected(c)}",
    "int_parsing": lambda _: "应为整数",
    "int_type": lambda _: "应为整数",
    "int_from_float": lambda _: "应为整数",
    "int_parsing_size": lambda _: "整数过大",
    "bool_parsing": lambda _: "应为 true 或 false",
    "greater_than_equal": lambda c: f"不能小于{c['ge']}",
    "less_than_equal": lambda c: f"不能大于{c['le']}",
    "string_too_short": lambda c: f"至少{c['min_length']}个字符",
    "string_too_long": lambda c: f"至多{c['max_length']}个字符",
    "string_pattern_mismatch": lambda _: "含有不允许的字符",
    "too_long": lambda c: f"至多{c['max_length']}项",
}


def _expected(context: dict[str, Any]) -> str:
    return str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")


def query_sentence(error: Any) -> str:
    """What is wrong with a parameter that the framework checked; names the parameter."""
    name = str(error["loc"][-1])
    if error["type"] == "value_error":
        return f"{name}：{error['ctx']['error']}"
    make = _QUERY.get(error["type"])
    return f"{name}：{make(error.get('ctx', {})) if make else '取值不正确'}"
