"""What a person manages of their own account: personal tokens, the password."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse, Response

from api.bodies import read_object
from api.deps import Ctx, Me
from api.schemas.account import PASSWORD
from api.schemas.document import PASSWORD_BODY, TOKEN_BODY, answers, gone
from api.sessions import change_password
from api.tokens import drop_token, list_tokens, make_token, token_view
from api.validation import check

router = APIRouter(prefix="/v1/me", tags=["账号"])
_NOT_BY_TOKEN = "须登录，或用密钥；个人令牌不能用于这里。"  # noqa: S105 - a sentence


@router.get(
    "/tokens",
    summary="我的个人令牌",
    description=f"本人的个人令牌：名称、范围、到期和最近使用时间；不含密文。{_NOT_BY_TOKEN}",
    responses=answers("Tokens", problems=(401, 403, 503)),
)
async def get_tokens(ctx: Ctx, me: Me) -> dict[str, Any]:
    """The caller's personal tokens."""
    return {"items": [token_view(token) for token in await list_tokens(ctx, me)]}


@router.post(
    "/tokens",
    status_code=HTTPStatus.CREATED,
    summary="新建个人令牌",
    description=f"新建个人令牌，须有到期时间，最多一年。令牌（token）只在此答复中出现一次。{_NOT_BY_TOKEN}",
    responses=answers("NewToken", 201, problems=(401, 403, 409, 413, 415, 422, 503)),
    openapi_extra={"requestBody": TOKEN_BODY},
)
async def post_token(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """A new token; asked twice, there are two: nobody could tell the first one's secret again."""
    token, secret = await make_token(ctx, me, await read_object(request))
    return JSONResponse({**token_view(token), "token": secret}, HTTPStatus.CREATED)


@router.delete(
    "/tokens/{token}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="删除个人令牌",
    description=f"删除后几秒内失效。{_NOT_BY_TOKEN}",
    responses=gone(401, 403, 404, 503),
)
async def delete_token(ctx: Ctx, me: Me, token: Annotated[str, Path(description="令牌的 id")]) -> Response:
    """It opens nothing any more."""
    await drop_token(ctx, me, token)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    summary="修改密码",
    description=f"修改本人的登录密码；其他登录随即结束。多次输错原密码会锁定账号一刻钟。{_NOT_BY_TOKEN}",
    responses=gone(401, 403, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": PASSWORD_BODY},
)
async def post_password(request: Request, ctx: Ctx, me: Me) -> Response:
    """Another password."""
    body = await read_object(request)
    check(PASSWORD, body)
    await change_password(ctx, me.account, me.session, body["old"], body["new"], request_id=me.request_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
