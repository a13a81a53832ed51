"""The body of each action as JSON Schema (2020-12): what the API checks, publishes and shows as a form.

Unknown fields are refused; a free text has at most ``LONG`` characters.
"""

from __future__ import annotations

from typing import Any

from domain.vocabulary import Action, Method, Outcome, PauseReason, VisitResult

Schema = dict[str, Any]
SHORT, LONG = 200, 2000
_LIST, _WORDS, _CODE = 50, 300, 64  # entries of a list, characters of each, characters of a name of ours
_FINDINGS = 5000  # what a step records may be longer: findings on the spot, the grounds of a decision
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text(title: str, longest: int = LONG) -> Schema:
    """A text that is not blank."""
    return {"type": "string", "title": title, "minLength": 1, "maxLength": longest, "pattern": r"\S"}


def free(title: str, longest: int = LONG) -> Schema:
    """A text that may be empty."""
    return {"type": "string", "title": title, "maxLength": longest}


def one_of(title: str, values: list[str]) -> Schema:
    """One of a closed list."""
    return {"type": "string", "title": title, "enum": values}


def flag(title: str) -> Schema:
    """Yes or no."""
    return {"type": "boolean", "title": title}


def code(title: str) -> Schema:
    """A code of ours: unit, officer, step."""
    return {"type": "string", "title": title, "minLength": 1, "maxLength": _CODE}


def items(title: str, *, least: int = 0) -> Schema:
    """A list of things named in words or by code and reference (materials, evidence)."""
    return {
        "type": "array",
        "title": title,
        "minItems": least,
        "maxItems": _LIST,
        "items": {
            "anyOf": [
                text("名称", _WORDS),
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 10,
                    "additionalProperties": {"type": "string", "maxLength": _WORDS},
                },
            ],
        },
    }


def record(title: str) -> Schema:
    """What a step records: the step's own schema says which fields, this one how much at most."""
    plain = ["string", "number", "boolean", "null"]
    small = {"type": plain, "maxLength": _WORDS}
    names = {"maxProperties": _LIST, "propertyNames": {"maxLength": _CODE}}
    entry = {**small, **names, "type": [*plain, "object"], "additionalProperties": small}
    value = {**entry, "type": [*plain, "object", "array"], "maxLength": _FINDINGS, "maxItems": _LIST, "items": entry}
    return {"type": "object", "title": title, **names, "additionalProperties": value}


def body(required: dict[str, Schema] | None = None, **optional: Schema) -> Schema:
    """An object of exactly these fields."""
    needed = required or {}
    return {
        "$schema": _DIALECT,
        "type": "object",
        "properties": {**needed, **optional},
        "required": list(needed),
        "additionalProperties": False,
    }


_REASON = {"reason": text("理由")}
_ESCALATION = {"escalation": text("升级督办编号", _CODE)}
_BUDGET = {
    "type": "string",
    "title": "时长",
    "format": "budget",
    "maxLength": 40,
    "description": "如 5 working days、7 natural days、24 hours",
}
_TRANSFER = {
    "type": "integer",
    "title": "第几次流转",
    "minimum": 1,
    "description": "不填即当前的流转；所指的流转已结束时拒绝",
}
_QUESTION = {
    "type": "integer",
    "title": "第几项协办",
    "minimum": 1,
    "description": "不填即本单位全部待答复的协办事项",
}
_UNITS = {"type": "array", "title": "配合单位", "maxItems": 20, "uniqueItems": True, "items": code("单位")}
_SECOND = code("第二牵头单位（一警双派）")
_DATE = {"type": "string", "format": "date"}
_DATE_TIME = {"type": "string", "format": "date-time"}


def _meant(said: str, schema: Schema) -> Schema:
    """With what the action is for, where there is another like it."""
    return {**schema, "description": said}


BODIES: dict[Action, Schema] = {
    Action.ACCEPT: body(commitments=items("容缺材料（承诺补交）", least=1)),
    Action.REQUEST_SUPPLEMENT: body({"items": items("需补正的材料", least=1)}, reason=free("说明")),
    Action.SUPPLEMENT: body({"items": items("补交的材料", least=1)}),
    Action.REJECT: body({**_REASON, "legal_basis": text("法律依据"), "remedy": text("救济途径或应去的部门")}),
    Action.MERGE: body({"into": code("并入的诉求编号")}),
    Action.WITHDRAW: body(_REASON),
    Action.ADD_INFORMATION: body({"text": text("补充说明")}, evidence=items("照片或文件")),
    Action.SET_URGENCY: body({"urgent": flag("是否紧急"), **_REASON}, dry_run=flag("仅试算")),
    Action.CHANGE_SERVICE: body({"service": code("应为事项"), **_REASON}, dry_run=flag("仅试算")),
    Action.ASSIGN: _meant(
        "交给承办单位，可以同时指定配合单位；签收之前还可以重新交办。已经交办的，只换单位或者民警，用“改派”。",
        body(
            {"lead_unit": code("牵头单位")},
            cooperating=_UNITS,
            officer=code("承办民警"),
            second_lead=_SECOND,
        ),
    ),
    Action.SIGN: body(),
    Action.RETURN_ASSIGNMENT: body(_REASON),
    Action.NAME_FINAL_OWNER: _meant(
        "各单位互相退回时用：指定的单位不能再退回，此后只有督办人员能换单位。多次退回的，只能这样交办。",
        body({"unit": code("最终承办单位"), **_REASON}),
    ),
    Action.REASSIGN: _meant(
        "已经交办的，换给另一个单位（由其重新签收），或者单位不变、只换承办民警。",
        {
            **body(
                _REASON, unit=code("改派单位"), officer=code("改派民警"), second_lead=code("第二牵头单位（一警双派）")
            ),
            "anyOf": [{"required": ["unit"]}, {"required": ["officer"]}],
        },
    ),
    Action.COMPLETE_STEP: body(
        {"step": code("步骤"), "outcome": code("办理结论")},
        record=record("办理记录"),
        unit=code("代为登记的外单位"),
    ),
    Action.NOTE: body({"text": text("进展记录")}, public=flag("企业可见")),
    Action.ASK_COOPERATION: body({"unit": code("配合单位"), "question": text("需配合的事项")}),
    Action.ANSWER_COOPERATION: body({"text": text("配合意见")}, question=_QUESTION),
    Action.REFUSE_COOPERATION: body(_REASON, question=_QUESTION),
    Action.REQUEST_EXTENSION: body({"budget": _BUDGET, **_REASON, "legal_basis": text("法律依据")}),
    Action.DECIDE_EXTENSION: body({"granted": flag("是否同意")}, reason=free("意见")),
    Action.PAUSE: body(
        {
            "reason_code": one_of("暂停原因", [r.value for r in PauseReason]),
            # A pause without an end would be a pause for ever.
            "until": {"title": "暂停至", "type": "string", "anyOf": [_DATE_TIME, _DATE]},
        },
        note=free("说明"),
    ),
    Action.RESUME: body(),
    Action.PARK: body({**_REASON, "review_on": {"title": "复核日期", **_DATE}}),
    Action.APPROVE_PARK: body({"granted": flag("是否同意")}, reason=free("意见")),
    Action.SUBMIT_RESULT: body(
        {
            "outcome": one_of("办理结果", [Outcome.SOLVED, Outcome.PARTLY_SOLVED, Outcome.NOT_SOLVABLE]),
            "text": text("结果说明"),
        },
        evidence=items("佐证材料"),
    ),
    Action.REVIEW: body({"approved": flag("是否同意")}, reason=free("审核意见")),
    Action.SEND_ANSWER: body({"text": text("书面答复"), "method": one_of("送达方式", [m.value for m in Method])}),
    Action.CONFIRM_RECEIPT: body(),
    Action.RATE: body(
        {"grade": {"type": "integer", "title": "评价（5为最满意）", "minimum": 1, "maximum": 5}},
        comment=free("评价意见"),
    ),
    Action.RECORD_VISIT: body(
        {"result": one_of("回访结果", [r.value for r in VisitResult])},
        text=free("回访记录"),
    ),
    Action.CLOSE_UNREACHABLE: body(_REASON),
    Action.TRANSFER: body({"body": code("流转至"), **_REASON}),
    Action.TRANSFER_RECEIPT: body(transfer=_TRANSFER),
    Action.TRANSFER_REFUSED: body(_REASON, transfer=_TRANSFER),
    Action.TRANSFER_REPLY: body({"text": text("办理答复")}, transfer=_TRANSFER),
    Action.RECALL_TRANSFER: body(_REASON),
    Action.SUPERVISE: body(
        {"order": text("督办要求")},
        posted=flag("挂牌督办"),
        leader=text("包案领导", SHORT),
        limit={**_BUDGET, "title": "督办时限"},
    ),
    Action.LIFT: _meant(
        "交给承办单位的上一级单位（尚未交办的，交办单位的上一级），不必选单位；由其重新签收。", body(_REASON)
    ),
    Action.DECIDE_ROUND: body({"again": flag("是否再办一轮"), "explanation": text("书面说明")}),
    Action.CORRECT: body({"seq": {"type": "integer", "title": "更正的记录序号", "minimum": 1}, **_REASON}),
    Action.MIGRATE_POLICY: body({"version": code("规则版本")}, reason=free("理由"), dry_run=flag("仅试算")),
    Action.ACKNOWLEDGE: body(_ESCALATION),
    Action.HAND_OVER: body({**_ESCALATION, "to": code("移交给")}, reason=free("说明")),
    Action.RAISE: body({**_ESCALATION, **_REASON}),
    Action.END: body({**_ESCALATION, **_REASON}),
}
