"""What routes ask for: the shared context, who calls, which appeal, which idempotency key."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context
from api.problems import Problem, unprocessable
from domain.people import Actor
from storage.accounts import Account

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
bearer = HTTPBearer(auto_error=False, bearerFormat="prefix.secret", description="API 密钥或个人令牌")


async def context(request: Request) -> Context:  # FastAPI asks threads for what is not async
    """The process's shared context."""
    shared: Context = request.state.context
    return shared


Ctx = Annotated[Context, Depends(context)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the account that signed in, and the domain's actor made of it."""

    account: Account
    actor: Actor
    request_id: str


async def caller(
    request: Request,
    ctx: Ctx,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The account that the bearer key opens. Raises a 401 :class:`Problem`."""
    if credentials is None:
        raise unauthorized("请在 Authorization 头中提供 Bearer 密钥", "")
    account = await ctx.known_keys.account(credentials.credentials)
    if account is None:
        raise unauthorized("密钥无效、已过期或已停用", ', error="invalid_token"')
    request.state.account = account.code
    structlog.contextvars.bind_contextvars(actor=account.code)
    return Caller(account, actor_of(ctx, account), request.state.request_id)


async def who(
    ctx: Ctx, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Callable[[], Awaitable[Actor | None]]:
    """Asks, each time it is called, whom the request's key opens by then: for answers that take long."""

    async def look() -> Actor | None:
        account = await ctx.known_keys.account(credentials.credentials) if credentials else None
        return actor_of(ctx, account) if account else None

    return look


def actor_of(ctx: Context, account: Account) -> Actor:
    """The account as the domain knows it, with its unit's chain of superiors as of now."""
    unit = ctx.organisation.place(account.unit) if account.unit else None
    return Actor(account.code, account.name, account.roles, unit, account.uscc)


def unauthorized(detail: str, more: str) -> Problem:
    """401; ``more`` are further parameters of the challenge."""
    headers = {"WWW-Authenticate": f'Bearer realm="appeals"{more}'}
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers=headers)


Me = Annotated[Caller, Depends(caller)]
Who = Annotated[Callable[[], Awaitable[Actor | None]], Depends(who)]
Number = Annotated[str, Path(description="诉求编号", examples=["SQ20260930-00000001"])]


def idempotency_key(request: Request) -> str:
    """The key of a write. Raises a 422 :class:`Problem` when it is missing or unusable.

    Asked for by the routes themselves, not as a dependency: it comes after 401 and 404.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys or not keys[0]:
        raise unprocessable("idempotency-key-missing", "写操作须带 Idempotency-Key 请求头,以便安全重试")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise unprocessable("idempotency-key-invalid", "Idempotency-Key 应为1至255个可打印的 ASCII 字符")
    return keys[0]
