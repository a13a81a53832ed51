"""Reading a request's body: JSON, bounded in size and depth, with nothing in it that cannot be kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from api.problems import Problem, unprocessable
from api.validation import pointer
from domain.errors import Fault

MOST_BYTES = 131_072  # attachments go by reference; what is kept must fit into the engine's payloads
MOST_DEPTH = 32
_SAFE_INTEGER = 2**53  # beyond it the canonical form of RFC 8785, and most readers, lose digits


class _NotJsonError(ValueError):
    pass


async def read_object(request: Request) -> dict[str, Any]:
    """The body as an object; no body at all is an empty one.

    Raises a 415, 413 or 422 :class:`Problem` that says what is wrong with it.
    """
    raw = await read_bytes(request, first=_check_content_type)
    return object_of(raw) if raw else {}


def object_of(raw: bytes) -> dict[str, Any]:
    """What was read as an object. Raises a 422 :class:`Problem` that says what is wrong with it."""
    value = _parse(raw)
    if not isinstance(value, dict):
        raise unprocessable("invalid", "请求体应为 JSON 对象", Fault("", "应为对象"))
    faults = tuple(_unfit(value))
    if faults:
        raise unprocessable("bad-text", faults[0].detail, *faults[:20])
    return value


async def read_bytes(request: Request, first: Callable[[Request], None] = lambda _: None) -> bytes:
    """The body as it came, bounded; ``first`` looks at the request before any of it is read. Raises a 413."""
    declared = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        if not chunk:
            continue
        if not chunks:
            first(request)
        size += len(chunk)
        if size > MOST_BYTES or (declared.isdecimal() and int(declared) > MOST_BYTES):
            most = f"请求体不能超过{MOST_BYTES // 1024} KiB"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", most)
        chunks.append(chunk)
    return b"".join(chunks)


def _check_content_type(request: Request) -> None:
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    parameters = dict(p.strip().lower().partition("=")[::2] for p in rest.split(";") if p.strip())
    charset = parameters.get("charset", "utf-8").strip('"')
    if kind.strip().lower() != "application/json" or charset not in {"utf-8", "utf8"}:
        detail = "请求体应为 application/json(UTF-8)"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", detail)


def _parse(raw: bytes) -> Any:
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except RecursionError:
        raise _too_deep() from None
    except _NotJsonError as error:
        raise unprocessable("not-json", str(error)) from None
    except ValueError:
        raise unprocessable("not-json", "请求体不是有效的 UTF-8 编码 JSON") from None
    if _depth(value) > MOST_DEPTH:
        raise _too_deep()
    return value


def _too_deep() -> Problem:
    return unprocessable("body-too-deep", f"请求体嵌套不能超过{MOST_DEPTH}层")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotJsonError("请求体中有重复的字段名")
    return found


def _refuse(name: str) -> Any:
    raise _NotJsonError(f"JSON 不允许 {name}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotJsonError("数字超出范围")
    return number


def _bounded(text: str) -> int:
    if len(text) > len(str(_SAFE_INTEGER)) + 1 or abs(int(text)) > _SAFE_INTEGER:
        raise _NotJsonError("整数超出范围（绝对值不超过2的53次方），请改用文本")
    return int(text)


def _depth(value: Any) -> int:
    """Level by level, so that the depth of the body is not the depth of our own stack."""
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [v for item in level for v in (item.values() if isinstance(item, dict) else item)]
    return depth


def _unfit(value: Any, path: tuple[object, ...] = ()) -> Iterator[Fault]:
    """Texts that no database and no reader can take: NUL, and halves of surrogate pairs. Depth is bounded by now."""
    if isinstance(value, str):
        if not _fits(value):
            yield Fault(_readable(path), "文本中含有无法保存的字符（NUL 或不成对的代理字符）")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _unfit(item, (*path, n))
    elif isinstance(value, dict):
        for name, item in value.items():
            if not _fits(name):
                yield Fault(_readable(path), "字段名中含有无法保存的字符")
            yield from _unfit(item, (*path, name))


def _fits(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _readable(path: tuple[object, ...]) -> str:
    return pointer(path).encode(errors="replace").decode()
