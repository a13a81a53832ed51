"""What routes ask for: the shared context, who calls, which appeal, which idempotency key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Path, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context
from api.permissions import demand_scope
from api.problems import Problem, unprocessable
from api.rights import TRACKING, Scope
from api.sessions import COOKIE, session_of
from domain.people import Actor
from storage.accounts import Account, KeyKind, Opened
from storage.sessions import Kind, Session

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none", ""})

bearer = HTTPBearer(auto_error=False, bearerFormat="prefix.secret", description="API 密钥或个人令牌")
cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description=f"登录后的会话；写操作须带 {CSRF_HEADER} 请求头（docs/security.md）"
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
_Cookie = Annotated[str | None, Depends(cookie)]


async def context(request: Request) -> Context:  # FastAPI asks threads for what is not async
    """The process's shared context."""
    shared: Context = request.state.context
    return shared


Ctx = Annotated[Context, Depends(context)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the account that signed in, and the domain's actor made of it.

    ``session`` is there for people in a browser. ``scopes`` are those of a personal token; None for a key, which is the
    account, and for whoever signed in.
    ``only`` is the number of the one appeal that a session without an account follows.
    """

    account: Account
    actor: Actor
    request_id: str
    session: Session | None = None
    scopes: frozenset[str] | None = None
    only: str | None = None


async def caller(request: Request, ctx: Ctx, credentials: _Bearer, _cookie: _Cookie = None) -> Caller:
    """The account that the bearer key or the session's cookie opens.

    Raises a 401 :class:`Problem`, or a 403 for what a personal token is not for or what another site's page sent.
    """
    me = await signed_in(request, ctx, credentials)
    demand_scope(request.method, request.scope["route"].path, me.scopes)
    return me


async def signed_in(request: Request, ctx: Context, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    """As :func:`caller`, whatever the scopes."""
    if credentials is None and COOKIE in request.cookies:
        return await _by_cookie(request, ctx)
    if credentials is None:
        raise unauthorized("请在 Authorization 头中提供 Bearer 密钥", "")
    opened = await ctx.known_keys.opened(credentials.credentials)
    if opened is None:
        raise unauthorized("密钥无效、已过期或已停用", ', error="invalid_token"')
    name(request, opened.account)
    actor = actor_of(ctx, opened.account)
    return Caller(opened.account, actor, request.state.request_id, scopes=_scopes(opened))


def _scopes(opened: Opened) -> frozenset[str] | None:
    """A key is its account; a token without limits is one all the same."""
    every = frozenset(Scope) if opened.kind is KeyKind.TOKEN else None
    return every if opened.scopes is None else opened.scopes


async def visitor(request: Request, ctx: Context) -> Caller | None:
    """Whoever the session's cookie says; None without one that still holds. Forms are checked by who reads them."""
    token = request.cookies.get(COOKIE)
    return await by_session(request, ctx, token) if token else None


async def by_session(request: Request, ctx: Context, token: str) -> Caller | None:
    """Whoever the session of this cookie is; it may have begun just now."""
    found = await session_of(ctx, token)
    if found is None:
        return None
    account, session = found
    name(request, account)
    tracks = session.kind is Kind.TRACK
    return Caller(
        account,
        actor_of(ctx, account),
        request.state.request_id,
        session=session,
        scopes=TRACKING if tracks else None,
        only=session.number if tracks else None,
    )


async def _by_cookie(request: Request, ctx: Context) -> Caller:
    me = await visitor(request, ctx)
    if me is None or me.session is None:
        raise unauthorized("登录已失效，请重新登录", ', error="invalid_token"')
    if request.method not in _SAFE:
        check_origin(request, ctx.settings.public_url)
        check_csrf(me.session, request.headers.get(CSRF_HEADER, ""))
    return me


def name(request: Request, account: Account) -> None:
    """Let the log and the audit log know who it is."""
    request.state.account = account.code
    structlog.contextvars.bind_contextvars(actor=account.code)


def check_csrf(session: Session, given: str) -> None:
    """Raises a 403 problem unless ``given`` is what only our own pages of this session know."""
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise Problem(HTTPStatus.FORBIDDEN, "csrf", f"凭登录会话的写操作须带正确的 {CSRF_HEADER}")


def check_origin(request: Request, public_url: str | None) -> None:
    """Refuses what a page of another site sends with our cookie. Raises a 403 problem.

    A proxy may have changed ``Host``: then ``public_url`` says what is our own.
    """
    origin = request.headers.get("origin", "")
    own = {request.headers.get("host", ""), urlsplit(public_url or "").netloc} - {""}
    is_foreign = bool(origin) and urlsplit(origin).netloc not in own
    if is_foreign or request.headers.get("sec-fetch-site", "") not in _OWN_SITE:
        raise Problem(HTTPStatus.FORBIDDEN, "csrf", "请从本系统的页面提交")


async def who(request: Request, ctx: Ctx, credentials: _Bearer) -> Callable[[], Awaitable[Actor | None]]:
    """Asks, each time it is called, whom the request's key opens by then: for answers that take long.

    A session that only listens does not stay awake by it.
    """
    token = request.cookies.get(COOKIE) if credentials is None else None

    async def look() -> Actor | None:
        if token:
            found = await session_of(ctx, token, touch=False)
            return actor_of(ctx, found[0]) if found else None
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
        raise unprocessable("idempotency-key-missing", "写操作须带 Idempotency-Key 请求头，以便安全重试")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise unprocessable("idempotency-key-invalid", "Idempotency-Key 应为1至255个可打印的 ASCII 字符")
    return keys[0]
