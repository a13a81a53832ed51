"""Every error as RFC 9457 problem+json: one place where exceptions become a status, a code and Chinese words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.words import query_sentence
from domain.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from gateway.errors import GatewayError
from storage.attachment_files import FilesAway
from storage.database import is_transient
from storage.keyset import BadCursor

MEDIA_TYPE = "application/problem+json"
#: Seconds after which the same request with the same key may be sent again.
RETRY_AFTER = 2

_TITLES = {
    HTTPStatus.BAD_REQUEST: "请求有误",
    HTTPStatus.UNAUTHORIZED: "未登录或密钥无效",
    HTTPStatus.FORBIDDEN: "没有权限",
    HTTPStatus.NOT_FOUND: "没有找到",
    HTTPStatus.METHOD_NOT_ALLOWED: "不支持的请求方法",
    HTTPStatus.CONFLICT: "当前不能这样办理",
    HTTPStatus.PRECONDITION_FAILED: "他人已先改过",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "请求体过大",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "请求体类型不支持",
    HTTPStatus.UNPROCESSABLE_ENTITY: "提交的内容有误",
    HTTPStatus.TOO_MANY_REQUESTS: "请求过多",
    HTTPStatus.INTERNAL_SERVER_ERROR: "系统内部错误",
    HTTPStatus.NOT_IMPLEMENTED: "本系统没有配置此功能",
    HTTPStatus.SERVICE_UNAVAILABLE: "暂时不可用",
}
#: What the framework itself refuses: its status, our code, our words.
_FRAMEWORK = {
    HTTPStatus.NOT_FOUND: ("not-found", "没有这个地址"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "此地址不支持该请求方法"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("body-too-large", "请求体超过上限"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("wrong-content-type", "请求体应为 application/json"),
}


class Problem(Exception):  # noqa: N818 - an answer, not an error of ours
    """An answer that is an error. ``code`` is stable, ``detail`` a Chinese sentence, ``more`` further members."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: tuple[Fault, ...] = (),
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = HTTPStatus(status)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.more = dict(more or {})
        self.headers = dict(headers or {})
        if self.status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER))

    @property
    def title(self) -> str:
        """What kind of refusal it is, in two words."""
        return _TITLES.get(self.status, "请求未被接受")

    def response(self, request_id: str) -> JSONResponse:
        """The problem as it is sent."""
        body = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            "errors": [{"pointer": f.pointer, "detail": f.detail} for f in self.errors],
            **self.more,
        }
        return JSONResponse(body, self.status.value, self.headers, MEDIA_TYPE)


def not_found(detail: str, code: str = "not-found") -> Problem:
    """404. The same words for what does not exist and for what is another's, so that nobody learns which."""
    return Problem(HTTPStatus.NOT_FOUND, code, detail)


def unprocessable(code: str, detail: str, *faults: Fault) -> Problem:
    """422 for what the sender must mend."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, errors=faults)


def problem_of(error: Exception) -> Problem:
    """The answer that an exception means; 500 for what nobody foresaw, without a word of what went wrong inside."""
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            return answer(error)
    if is_transient(error):
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "database-away", "数据库暂时不可用，请稍后用同一幂等键重试")
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "系统内部错误，已记录；报障时请提供请求编号")


def _of_refusal(error: Any) -> Problem:
    status = HTTPStatus.FORBIDDEN if isinstance(error, Forbidden) else HTTPStatus.CONFLICT
    more = {"stage": error.stage or None, "allowed": list(error.allowed)} if isinstance(error, Conflict) else {}
    return Problem(status, error.code, error.detail, more=more)


def _of_cursor(_error: Any) -> Problem:
    fault = Fault("/cursor", "翻页游标无效，或不属于此列表")
    return unprocessable(BadCursor.code, fault.detail, fault)


def _of_framework(error: Any) -> Problem:
    status = HTTPStatus(error.status_code)
    code, detail = _FRAMEWORK.get(status, (status.phrase.lower().replace(" ", "-"), "请求未被接受"))
    return Problem(status, code, detail, headers=error.headers)


def _of_query(error: Any) -> Problem:
    """What the framework found in the query, the path or the headers; bodies are checked by our own schemas."""
    faults = tuple(Fault(_pointer(e["loc"]), query_sentence(e)) for e in error.errors())
    return unprocessable("bad-parameter", faults[0].detail if faults else "查询参数有误", *faults)


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location[1:])


_ANSWERS: tuple[tuple[type[Exception], Callable[[Any], Problem]], ...] = (
    (Problem, lambda error: error),
    (Invalid, lambda error: unprocessable(error.code, error.detail, *error.faults)),
    (Refusal, _of_refusal),
    (GatewayError, lambda error: Problem(HTTPStatus.SERVICE_UNAVAILABLE, error.code, error.detail)),
    (FilesAway, lambda error: Problem(HTTPStatus.SERVICE_UNAVAILABLE, error.code, "附件存储暂时不可用，请稍后重试")),
    (BadCursor, _of_cursor),
    (RequestValidationError, _of_query),
    (HTTPException, _of_framework),
)
