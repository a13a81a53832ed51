"""What an outside body may tell us: a CloudEvent of one of four types (docs/partners.md)."""

from __future__ import annotations

from typing import Any, Final

from api.schemas.submission import EXAMPLE, SUBMISSION
from domain.schemas import BODIES, Schema
from domain.vocabulary import Action

SUBMITTED: Final = "appeals.submission"
#: About a transfer: the type of the event, and the action that it is.
ACTIONS: Final = {
    "appeals.transfer.receipt": Action.TRANSFER_RECEIPT,
    "appeals.transfer.refused": Action.TRANSFER_REFUSED,
    "appeals.transfer.reply": Action.TRANSFER_REPLY,
}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255}

EVENT: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "外单位事件（CloudEvents 1.0）",
    "properties": {
        "specversion": {"const": "1.0", "title": "规范版本"},
        "id": {**_NAME, "title": "事件编号"},
        "source": {**_NAME, "title": "来源", "maxLength": 1000},
        "type": {"type": "string", "title": "事件类型", "enum": [*ACTIONS, SUBMITTED]},
        "subject": {
            "type": "string",
            "title": "流转编号",
            "description": "流转事件必填，如 SQ20260930-00000001/1",
            "maxLength": 64,
        },
        "data": {"type": "object", "title": "内容"},
    },
    "required": ["specversion", "id", "source", "type", "data"],
}


def _without(schema: Schema, *names: str) -> Schema:
    """The same object, which does not know these fields."""
    properties = {name: field for name, field in schema["properties"].items() if name not in names}
    return {**schema, "properties": properties, "required": [n for n in schema["required"] if n not in names]}


#: The data of each type: which transfer it is stands in the subject, by which channel a matter came is known.
DATA: Final[dict[str, Schema]] = {
    **{name: _without(BODIES[action], "transfer") for name, action in ACTIONS.items()},
    SUBMITTED: _without(SUBMISSION, "channel"),
}

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "reply": {
        "value": {
            "specversion": "1.0",
            "id": "12345-2026-000123-3",
            "source": "urn:12345",
            "type": "appeals.transfer.reply",
            "subject": "SQ20260930-00000001/1",
            "data": {"text": "管网已修复，现场照片已发企业。"},
        },
    },
    "submission": {
        "value": {
            "specversion": "1.0",
            "id": "12345-2026-000124-1",
            "source": "urn:12345",
            "type": SUBMITTED,
            "data": {name: value for name, value in EXAMPLE.items() if name != "channel"},
        },
    },
}
