"""The OpenAPI 3.1 document: our JSON Schemas of bodies and answers, and a path for each action."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.schemas import duty
from api.schemas.absences import ABSENCES
from api.schemas.absences import EXAMPLE as AWAY
from api.schemas.account import SHAPES as ACCOUNT
from api.schemas.account import TOKEN_EXAMPLE
from api.schemas.answers import ANSWERS, named
from api.schemas.escalations import BODIES as ON_ESCALATIONS
from api.schemas.escalations import SHAPES as ESCALATIONS
from api.schemas.inbox import EXAMPLE as CHANNELS
from api.schemas.inbox import READ_EXAMPLE, SHAPES
from api.schemas.partner import EVENT, EXAMPLES
from api.schemas.statistics import SHAPES as STATISTICS
from api.schemas.submission import EXAMPLE, FAST_FORWARD, SUBMISSION
from api.uploading import FIELD
from domain.schemas import BODIES, Schema
from domain.table import TABLE
from domain.vocabulary import Action
from runtime.webhooks import ID, SIGNATURE, TIMESTAMP
from storage.attachment_kinds import KINDS

_ACTION_PATH: Final = "/v1/appeals/{number}/actions/{action}"
_MEANINGS = {
    200: "成功；或同一幂等键已办过，返回现状",
    201: "已启动办理；或已新增",
    202: "已收存，稍后启动",
    204: "已撤销",
    401: "未登录或密钥无效",
    403: "没有权限",
    404: "没有找到，或无权查看",
    409: "当前不能这样办理",
    412: "他人已先改过，请重新读取",
    413: "请求体过大",
    415: "请求体类型不支持",
    422: "内容有误",
    429: "请求过多",
    500: "系统内部错误",
    501: "本系统没有配置此功能",
    503: "暂时不可用，请用同一幂等键重试",
}


def _component(action: Action) -> str:
    return "".join(part.capitalize() for part in action.value.split("_")) + "Body"


def _json(schema: Schema, **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _body(name: str, example: Any) -> dict[str, Any]:
    return {"required": True, "content": _json(named(name), example=example)}


def answers(name: str, *statuses: int, problems: tuple[int, ...] = ()) -> dict[int | str, dict[str, Any]]:
    """The responses of a route: a named answer, and problems."""
    good = {s: {"description": _MEANINGS[s], "content": _json(named(name))} for s in statuses or (200,)}
    made: dict[int | str, dict[str, Any]] = {}
    return made | good | {s: _problem(s) for s in problems}


def gone(*problems: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that takes something away: nothing, and problems."""
    made: dict[int | str, dict[str, Any]] = {204: {"description": _MEANINGS[204]}}
    return made | {s: _problem(s) for s in problems}


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": named("Problem")}}}
    if status == 503:  # noqa: PLR2004 - the status
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒"}}
    return answer


KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "同一调用者、同一诉求内唯一；重试时不变",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
SUBMISSION_BODY: Final = {"required": True, "content": _json(named("SubmissionBody"), example=EXAMPLE)}
ABSENCES_BODY: Final = {"required": True, "content": _json(named("AbsencesBody"), example=AWAY)}
CHANNELS_BODY: Final = {"required": True, "content": _json(named("ChannelsBody"), example=CHANNELS)}
READ_UNTIL_BODY: Final = _body("ReadUntilBody", READ_EXAMPLE)
ROSTER_BODY: Final = _body("RosterBody", duty.EXAMPLES["roster"])
OVERRIDE_BODY: Final = _body("OverrideBody", duty.EXAMPLES["override"])
TEMPORARY_BODY: Final = _body("TemporaryBody", duty.EXAMPLES["temporary"])
SWAP_BODY: Final = _body("SwapBody", duty.EXAMPLES["swap"])
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "读到的 ETag；他人已先改过时以 412 拒绝。不带则不核对",
    "schema": {"type": "string"},
}
CALENDAR: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "iCalendar(RFC 5545)", "content": {"text/calendar": {"schema": {"type": "string"}}}},
    **{s: _problem(s) for s in (401, 403, 404, 503)},
}
TOKEN_BODY: Final = _body("TokenBody", TOKEN_EXAMPLE)
PASSWORD_BODY: Final = _body("PasswordBody", {"old": "原来的那句话", "new": "一句只有自己知道的话"})
ESCALATION_BODY: Final = {
    "description": "各操作的字段；认领无字段，可省略请求体",
    "content": _json({"anyOf": [named(name) for name in ON_ESCALATIONS]}),
}
FAST_FORWARD_BODY: Final = {"required": True, "content": _json(named("FastForwardBody"))}
ACTION_BODY: Final = {
    "description": "各操作的字段见同名路径；无字段时可省略请求体",
    "content": _json({"anyOf": [named(_component(action)) for action in BODIES]}),
}
EVENT_BODY: Final = {
    "required": True,
    "content": {"application/cloudevents+json": {"schema": named("PartnerEventBody"), "examples": EXAMPLES}},
}
SIGNED: Final[list[dict[str, list[str]]]] = [{"StandardWebhooks": []}]
_SIGNED: Final = {
    "type": "apiKey",
    "in": "header",
    "name": SIGNATURE,
    "description": "Standard Webhooks 签名（docs/partners.md）",
}
SIGNATURE_HEADERS: Final = [
    {"name": ID, "in": "header", "required": True, "description": "幂等键，重发时不变", "schema": {"type": "string"}},
    {"name": TIMESTAMP, "in": "header", "required": True, "description": "秒", "schema": {"type": "string"}},
    {"name": SIGNATURE, "in": "header", "required": True, "description": "v1,…", "schema": {"type": "string"}},
]
_BINARY: Final = {"type": "string", "format": "binary"}
UPLOAD_BODY: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {FIELD: _BINARY}, "required": [FIELD]},
        },
    },
}
PAGES: Final[dict[str, Any]] = {
    "description": "文书",
    "content": {"text/html": {"schema": {"type": "string"}}, "application/pdf": {"schema": _BINARY}},
}
FILE: Final[dict[str, Any]] = {
    "description": "文件内容",
    "content": {kind.media_type: {"schema": _BINARY} for kind in KINDS},
}


def _events(fields: str) -> dict[int | str, dict[str, Any]]:
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    good = {"description": f"事件流；每条 data 为 {{{fields}}}", "content": stream}
    return {200: good, **{s: _problem(s) for s in (401, 422, 503)}}


EVENTS: Final = _events("number, seq, action, stage, at")
INBOX_EVENTS: Final = _events("id, number, template, escalation, at")


def document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Makes the document once, when it is first asked for."""

    def make() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _complete(made)
        return app.openapi_schema

    return make


def _complete(made: dict[str, Any]) -> dict[str, Any]:
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas |= ANSWERS | {"SubmissionBody": SUBMISSION, "FastForwardBody": FAST_FORWARD, "PartnerEventBody": EVENT}
    schemas |= STATISTICS | SHAPES | ESCALATIONS | ON_ESCALATIONS | ACCOUNT
    schemas |= duty.ANSWERS | duty.BODIES
    schemas |= {"AbsencesBody": ABSENCES} | {_component(action): schema for action, schema in BODIES.items()}
    made["components"].setdefault("securitySchemes", {})["StandardWebhooks"] = _SIGNED
    for path in list(made["paths"].values()):
        for operation in path.values():
            _mend(operation)
    general = made["paths"][_ACTION_PATH]["post"]
    for action in BODIES:
        made["paths"][_ACTION_PATH.replace("{action}", action.value)] = {"post": _one_action(general, action)}
    # What the framework adds for its own validation never leaves this API.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return made


def _mend(operation: dict[str, Any]) -> None:
    """The framework announces its own 422, and an empty schema beside ours; any route may refuse a limited token."""
    replies = operation.get("responses", {})
    if "401" in replies:
        replies.setdefault("403", _problem(403))
    if "HTTPValidationError" in str(replies.get("422")):
        replies["422"] = _problem(422)
    for reply in replies.values():
        if MEDIA_TYPE in reply.get("content", {}):
            reply["content"].pop("application/json", None)


def _one_action(general: dict[str, Any], action: Action) -> dict[str, Any]:
    """The action's own path, so that generated clients and the documentation know its fields."""
    own = deepcopy(general)
    own["summary"] = f"{TABLE[action].title}（{action.value}）"
    own["operationId"] = f"act_{action.value}"
    own["parameters"] = [p for p in own["parameters"] if p["name"] != "action"]
    required = bool(BODIES[action].get("required"))
    own["requestBody"] = {"required": required, "content": _json(named(_component(action)))}
    return own
