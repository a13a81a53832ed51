"""Appeals: submit, read, act."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse

from api.acting import find_to_act, perform
from api.asked import Asked, known_action
from api.attaching import attach, bind
from api.bodies import read_object
from api.calling import with_calls
from api.context import Context
from api.deps import Caller, Ctx, Me, Number, idempotency_key
from api.meanwhile import etag, read_of
from api.offers import offers
from api.reading import Found, entries_of, find, full_view, is_privileged, journal_view
from api.schemas.document import ACTION_BODY, IF_MATCH, KEY_HEADER, SUBMISSION_BODY, answers
from api.submitting import submit

router = APIRouter(prefix="/v1/appeals", tags=["诉求"])


@router.post(
    "",
    summary="提交诉求",
    description="提交诉求。先收存，后启动；引擎不可用时返回 202，稍后自动启动。同一幂等键重复提交返回同一诉求。",
    status_code=201,
    responses=answers("Appeal", 200, 201, 202, problems=(401, 403, 413, 415, 422, 503)),
    openapi_extra={"requestBody": SUBMISSION_BODY, "parameters": [KEY_HEADER]},
)
async def submit_appeal(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """A new appeal: kept first, then started."""
    key = idempotency_key(request)
    body = await attach(ctx, me, key, await read_object(request))
    done = await submit(ctx, me, key, body)
    await bind(ctx, body, done.found.appeal.number)
    if done.status is HTTPStatus.OK:
        # An old one, as it is now. A new one shows its sender nothing but what it has just said itself.
        await _audit(ctx, me, done.found, "submit")
    view = full_view(done.found, me.actor)
    headers = {"Location": view["links"]["self"], "ETag": etag(done.found.appeal)}
    return JSONResponse(view, done.status.value, headers)


@router.get(
    "/{number}",
    summary="查看诉求",
    description=(
        "诉求详情，按读者权限遮蔽个人信息；时限、颜色按诉求自己的当前时间计算。"
        "ETag 是最近一条办理记录的序号，办理时可用 If-Match 带回。"
    ),
    responses=answers("Appeal", problems=(401, 404, 503)),
)
async def read_appeal(ctx: Ctx, me: Me, number: Number) -> JSONResponse:
    """One appeal at its own now."""
    found = await find(ctx, me.actor, number)
    await _audit(ctx, me, found, "appeal")
    return JSONResponse(full_view(found, me.actor), headers={"ETag": etag(found.appeal)})


@router.get(
    "/{number}/actions",
    summary="此刻可办的操作",
    description="当前调用者此刻可以办理的操作，附各操作的表单。",
    responses=answers("Actions", problems=(401, 404, 503)),
)
async def read_actions(ctx: Ctx, me: Me, number: Number) -> dict[str, Any]:
    """What the caller may do now."""
    found = await find(ctx, me.actor, number)
    return {"items": offers(found, (await with_calls(ctx, me, found)).actor)}


@router.get(
    "/{number}/journal",
    summary="办理记录",
    description="办理记录，按序号排列，以哈希相连；任何人可据 sealed 部分复核。",
    responses=answers("Journal", problems=(401, 404, 503)),
)
async def read_journal(ctx: Ctx, me: Me, number: Number) -> JSONResponse:
    """The journal, chained by hashes."""
    found = await find(ctx, me.actor, number)
    entries = await entries_of(ctx, found)
    await _audit(ctx, me, found, "journal")
    return JSONResponse(journal_view(found, entries, me.actor))


@router.post(
    "/{number}/actions/{action}",
    summary="办理",
    description=(
        "办理一项操作。成功返回办理后的诉求；503 表示“也许已办”，请用同一幂等键重试。"
        "把保密诉求移交出去、自己不再有权查看的（改派、提级、更正为保密事项），返回 200 和一句回执（out_of_reach），"
        "不再返回诉求内容；用同一幂等键重试也是如此，其他请求一律 404。"
        "If-Match 带上读到的 ETag 的，此后已有别人先办理（不算记一笔进展、补充说明，也不算时限自己到点）即以 412 拒绝，"
        "first 说明是谁、何时、办理了什么；两人同时办理也只有一人办成。"
    ),
    responses=answers("Acted", problems=(401, 403, 404, 409, 412, 413, 415, 422, 503)),
    openapi_extra={"requestBody": ACTION_BODY, "parameters": [KEY_HEADER, IF_MATCH]},
)
async def act(
    request: Request, ctx: Ctx, me: Me, number: Number, action: Annotated[str, Path(description="操作")]
) -> JSONResponse:
    """One action."""
    found = await find_to_act(ctx, me, number, request.headers.get("idempotency-key", ""))
    request.state.number = found.appeal.number
    known = known_action(action)
    structlog.contextvars.bind_contextvars(action=known.value)
    key = idempotency_key(request)
    body = await attach(ctx, me, key, await read_object(request), found.appeal.number)
    asked = Asked(known, body, key, read_of(request.headers.get("if-match")))
    done = await perform(ctx, me, found, asked)
    if done.found and not done.is_new:
        await _audit(ctx, me, done.found, known.value)
    elif done.found and is_privileged(done.found, me.actor):
        ctx.trail.did(me.account.code, number, known.value, me.request_id)
    if done.found is None or done.view.get("dry_run"):
        return JSONResponse(done.view)
    return JSONResponse(done.view, headers={"ETag": etag(done.found.appeal)})


async def _audit(ctx: Context, me: Caller, found: Found, what: str) -> None:
    if is_privileged(found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, what, me.request_id)
