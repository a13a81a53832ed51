"""The body of an officer's absences."""

from __future__ import annotations

from typing import Any

from domain.schemas import Schema, body, code

_MOMENT: Schema = {"type": "string", "format": "date-time"}
ABSENCES: Schema = body(
    {
        "absences": {
            "type": "array",
            "title": "不在岗时间（全部；未列出的即取消）",
            "maxItems": 50,
            "items": {
                "type": "object",
                "properties": {
                    "from": {**_MOMENT, "title": "自"},
                    "until": {**_MOMENT, "title": "至（不含）"},
                    "substitutes": {
                        "type": "array",
                        "title": "代理民警（依次）",
                        "minItems": 1,
                        "maxItems": 5,
                        "uniqueItems": True,
                        "items": code("民警"),
                    },
                },
                "required": ["from", "until", "substitutes"],
                "additionalProperties": False,
            },
        },
    },
)
EXAMPLE: dict[str, Any] = {
    "absences": [
        {
            "from": "2026-12-01T00:00:00+08:00",
            "until": "2026-12-15T00:00:00+08:00",
            "substitutes": ["handler2"],
        },
    ],
}
