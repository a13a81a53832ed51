"""Personal tokens: stand-ins of a person for machines, limited in what they may do and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.problems import Problem, not_found, unprocessable
from api.schemas.account import TOKEN
from api.validation import check
from domain.errors import Fault
from domain.wall import stamp
from storage.accounts import Accounts, AccountsWriter, Token, new_key, split_key

LONGEST: Final = timedelta(days=366)
MOST: Final = 50
"""Tokens of one account, those that have expired too until they are deleted."""


async def list_tokens(ctx: Context, me: Caller) -> list[Token]:
    """The caller's own, the newest first."""
    async with ctx.database.read() as r:
        return await Accounts(r).tokens(me.account.code)


async def make_token(ctx: Context, me: Caller, body: dict[str, Any]) -> tuple[Token, str]:
    """A new one, and its secret, which nobody sees again. Raises a 409 or 422 problem."""
    check(TOKEN, body)
    now, expires_at = ctx.now(), datetime.fromisoformat(body["expires_at"])
    if not now < expires_at <= now + LONGEST:
        fault = Fault("/expires_at", "到期时间应在此刻之后、一年之内")
        raise unprocessable("invalid", fault.detail, fault)
    secret = new_key()
    scopes = None if body["scopes"] is None else tuple(body["scopes"])
    token = Token(split_key(secret)[0], body["name"].strip(), scopes, now, expires_at, None)
    async with ctx.database.write() as w:
        if len(await Accounts(w).tokens(me.account.code)) >= MOST:
            raise Problem(HTTPStatus.CONFLICT, "too-many-tokens", f"最多{MOST}个令牌，请先删除不用的")
        await AccountsWriter(w).add_token(me.account.code, secret, token)
    await ctx.trail.session(me.account.code, "token", me.request_id)
    return token, secret


async def drop_token(ctx: Context, me: Caller, prefix: str) -> None:
    """It opens nothing any more; in other processes within seconds. Raises a 404 problem."""
    async with ctx.database.write() as w:
        there = await AccountsWriter(w).drop_token(me.account.code, prefix)
    if not there:
        raise not_found("没有这个令牌，或不是您的", "unknown-token")
    ctx.known_keys.forget()
    await ctx.trail.session(me.account.code, "token-dropped", me.request_id)


def token_view(token: Token) -> dict[str, Any]:
    """A token as answers tell of it."""
    return {
        "id": token.prefix,
        "name": token.name,
        "scopes": None if token.scopes is None else list(token.scopes),
        "created_at": stamp(token.created_at),
        "expires_at": stamp(token.expires_at),
        "last_used_at": stamp(token.last_used_at),
    }
