"""Uploads: multipart/form-data with one file, bounded before it is read to its end; and keeping what came."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.context import Context
from api.deps import Caller
from api.problems import Problem, unprocessable
from domain.attachments import Attachment
from domain.errors import Fault
from storage.attachment_kinds import KINDS
from storage.vault import MOST_UNUSED, Upload, UploadRefused

FIELD = "file"
_AROUND = 64 * 1024  # what the form itself takes
_MEGABYTE = 1024 * 1024
_KINDS = "、".join(kind.title for kind in KINDS)
_REFUSED: dict[str, tuple[HTTPStatus, str]] = {
    "attachment-type": (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        f"不接受这种文件（以内容为准，不看文件名）。可以上传：{_KINDS}",
    ),
    "attachment-infected": (HTTPStatus.UNPROCESSABLE_ENTITY, "文件查出病毒，没有保存；请查杀后重新上传"),
    "idempotency-key-reused": (HTTPStatus.UNPROCESSABLE_ENTITY, "该幂等键已用于另一个文件"),
    "too-many-uploads": (HTTPStatus.TOO_MANY_REQUESTS, f"已有{MOST_UNUSED}个附件上传后没有使用，请先提交，或等其过期"),
}


async def read_upload(request: Request, megabytes: int) -> UploadFile:
    """The file, at its beginning, in a temporary place; whoever asked closes it. Raises a 413, 415 or 422 problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        detail = f"上传附件应为 multipart/form-data，文件放在字段 {FIELD}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", detail)
    stream = _bounded(request, megabytes)
    try:
        form = await MultiPartParser(request.headers, stream, max_files=1, max_fields=4, max_part_size=1024).parse()
    except MultiPartException:
        raise _wrong("请求体不是有效的 multipart/form-data，或其中的文件不止一个") from None
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        await form.close()
        raise _wrong(f"缺少文件：请放在字段 {FIELD} 中，并带上文件名")
    if not file.size or file.size > megabytes * _MEGABYTE:
        await form.close()
        raise too_large(megabytes) if file.size else unprocessable("attachment-empty", "文件是空的")
    return file


async def keep_upload(ctx: Context, me: Caller, file: UploadFile, key: str) -> tuple[Attachment, bool]:
    """Keeps a file for the caller, once by its key; whether it is new. Raises a 413, 415, 422 or 429 problem."""
    most = ctx.settings.attachment_megabytes
    if not file.size or file.size > most * _MEGABYTE:
        raise too_large(most) if file.size else unprocessable("attachment-empty", "文件是空的")
    try:
        return await ctx.vault.keep(Upload(file.file, file.filename or "", me.account.code, key), ctx.now())
    except UploadRefused as refusal:
        if refusal.code == "attachment-infected":
            await ctx.trail.refused(me.account.code, None, refusal.code, me.request_id)
        status, detail = _REFUSED[refusal.code]
        raise Problem(status, refusal.code, detail) from None


def too_large(megabytes: int) -> Problem:
    """413 with the limit."""
    more: dict[str, Any] = {"limit": megabytes * _MEGABYTE}
    detail = f"附件不能超过{megabytes} MB，请压缩或分开上传"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "attachment-too-large", detail, more=more)


async def _bounded(request: Request, megabytes: int) -> AsyncGenerator[bytes, None]:
    most, size = megabytes * _MEGABYTE + _AROUND, 0
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large(megabytes)
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise too_large(megabytes)
        yield chunk


def _wrong(detail: str) -> Problem:
    return unprocessable("bad-multipart", detail, Fault(f"/{FIELD}", detail))
