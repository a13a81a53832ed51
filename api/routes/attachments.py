"""Attachments: upload, look at, download."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse, StreamingResponse

from api.attaching import attachment_view, open_to, shown_with
from api.context import Context
from api.deps import Caller, Ctx, Me, Number, idempotency_key
from api.problems import Problem
from api.reading import Found, find, is_privileged
from api.schemas.document import FILE, KEY_HEADER, UPLOAD_BODY, answers
from api.uploading import keep_upload, read_upload
from domain.attachments import Attachment, State
from storage.attachment_files import FilesAway

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1", tags=["附件"])

#: Nothing of it runs, whatever a browser makes of it.
_LOCKED = "sandbox; default-src 'none'"

Id = Annotated[str, Path(description="附件编号", examples=["att-" + "0" * 32])]


@router.post(
    "/attachments",
    summary="上传附件",
    description=(
        "上传一个文件（字段 file），得到附件编号；可在提交诉求之前上传，之后在材料、补正、佐证中以 reference 引用。"
        "引用前只有上传者可见；一直未被引用的，到期删除。"
    ),
    status_code=201,
    responses=answers("Attachment", 200, 201, problems=(401, 413, 415, 422, 429, 503)),
    openapi_extra={"requestBody": UPLOAD_BODY, "parameters": [KEY_HEADER]},
)
async def upload(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """One file."""
    key = idempotency_key(request)
    file = await read_upload(request, ctx.settings.attachment_megabytes)
    try:
        kept, is_new = await keep_upload(ctx, me, file, key)
    finally:
        await file.close()
    view = attachment_view(kept)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return JSONResponse(view, status.value, {"Location": view["links"]["self"]})


@router.get(
    "/attachments/{attachment}/metadata",
    summary="附件信息",
    description="附件的名称、类型、大小、SHA-256、查毒状态。",
    responses=answers("Attachment", problems=(401, 404, 503)),
)
async def read_metadata(ctx: Ctx, me: Me, attachment: Id) -> dict[str, Any]:
    """What it is."""
    one, _ = await open_to(ctx, me, attachment)
    return attachment_view(one)


@router.get(
    "/attachments/{attachment}",
    summary="下载附件",
    description="能看到引用的人可以下载；待查毒（pending）的稍后再试，查出病毒（infected）的不再提供。每次查看记入审计日志。",
    responses={**answers("Attachment", problems=(401, 404, 409, 503)), 200: FILE},
    response_class=StreamingResponse,
)
async def download(ctx: Ctx, me: Me, attachment: Id) -> StreamingResponse:
    """Its bytes."""
    one, found = await open_to(ctx, me, attachment)
    if one.state is not State.CLEAN:
        raise _withheld(one)
    try:
        content = await ctx.vault.open(one)
    except FileNotFoundError:
        log.error("attachment_missing", attachment=one.id)  # noqa: TRY400 - the id says it all
        raise FilesAway from None
    await _audit(ctx, me, found, one)
    headers = {
        "Content-Length": str(one.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(one.name, safe='')}",
        "Content-Security-Policy": _LOCKED,
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(one.sha256)).decode()}:",
    }
    return StreamingResponse(content, headers=headers, media_type=one.media_type)


@router.get(
    "/appeals/{number}/attachments",
    summary="诉求的附件",
    description="一件诉求中调用者能看到的附件。",
    responses=answers("Attachments", problems=(401, 404, 503)),
)
async def list_attachments(ctx: Ctx, me: Me, number: Number) -> dict[str, Any]:
    """Those of an appeal."""
    found = await find(ctx, me.actor, number)
    return {"items": [attachment_view(one) for one in await shown_with(ctx, found, me.actor)]}


async def _audit(ctx: Context, me: Caller, found: Found | None, one: Attachment) -> None:
    if found and is_privileged(found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, one.id, me.request_id)


def _withheld(one: Attachment) -> Problem:
    if one.state is State.INFECTED:
        return Problem(HTTPStatus.CONFLICT, "attachment-infected", "附件查出病毒，已封存，不能下载")
    headers = {"Retry-After": "60"}
    return Problem(HTTPStatus.CONFLICT, "attachment-pending", "附件还没有查毒，请稍后再试", headers=headers)
