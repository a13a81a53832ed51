"""The body of a new appeal; the service's own form is checked against the service's own schema."""

from __future__ import annotations

from typing import Any

from domain.schemas import SHORT, Schema, body, code, flag, free, one_of, text
from domain.vocabulary import Channel, Tier

_ENTERPRISE: Schema = {
    "type": "object",
    "title": "企业",
    "properties": {
        "uscc": {
            "type": ["string", "null"],
            "title": "统一社会信用代码",
            "maxLength": 64,
            "description": "18位，含校验位；仅警情和热线渠道可为空",
        },
        "name": text("企业名称", SHORT),
        "tiers": {
            "type": "array",
            "title": "企业分层",
            "uniqueItems": True,
            "items": one_of("分层", [t.value for t in Tier]),
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}
_CONTACT: Schema = {
    "type": "object",
    "title": "联系人",
    "properties": {"name": text("联系人姓名", 100), "phone": text("联系电话", 40)},
    "required": ["name", "phone"],
    "additionalProperties": False,
}
_FACTS = {"name": "附件名称", "size": "附件字节数", "sha256": "附件的 SHA-256"}
_MATERIAL: Schema = {
    "type": "object",
    "properties": {
        "code": code("材料代码"),
        "reference": free("附件编号，或材料的存放位置、档案编号", 1000),
        # Written by us beside the id of an upload.
        **{name: {**free(title, 300), "readOnly": True} for name, title in _FACTS.items()},
    },
    "required": ["code"],
    "additionalProperties": False,
}

SUBMISSION: Schema = body(
    {
        "service": code("服务事项"),
        "channel": {
            **one_of("渠道", [c.value for c in Channel]),
            "description": "诉求怎样来的，由提交方如实写明，统计按此分列；企业用自己的系统提交的，可写 system",
        },
        "enterprise": _ENTERPRISE,
        "contact": _CONTACT,
        "region": {"type": "string", "title": "行政区划代码", "pattern": "^[0-9]{6}$"},
        "title": text("标题", SHORT),
        "description": text("诉求内容", 5000),
    },
    urgent=flag("是否紧急"),
    form={"type": "object", "title": "事项表单", "maxProperties": 200},
    materials={"type": "array", "title": "材料", "maxItems": 50, "items": _MATERIAL},
    external_ref={"type": ["string", "null"], "title": "来源系统编号", "maxLength": SHORT},
)

EXAMPLE: dict[str, Any] = {
    "service": "appeal-general",
    "channel": "system",
    "enterprise": {"uscc": "91330205MA2AEX0011", "name": "宁波示例制造有限公司", "tiers": []},
    "contact": {"name": "张示例", "phone": "13800001234"},
    "region": "330205",
    "title": "厂区夜间照明与巡逻",
    "description": "厂区东门夜间照明不足，希望增加巡逻。",
    "urgent": False,
    "form": {},
    "external_ref": None,
}

FAST_FORWARD: Schema = body(
    {
        "number": code("诉求编号"),
        "seconds": {"type": "integer", "title": "快进秒数", "minimum": 1, "maximum": 400 * 86_400},
    },
)
