"""One's own account: who I am, how I am reached, my password, my tokens, where I am signed in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api import sessions, tokens
from api.context import Context
from api.deps import Caller, Ctx
from api.handlers import told
from api.inbox import channels, set_channels
from api.problems import Problem
from api.rights import SCOPES
from domain.wall import ZONE, stamp
from domain.who import ROLES
from storage.contact_points import WAIT_SECONDS
from storage.passwords import SHORTEST
from web.shell import back, page_router, view
from web.visitor import Person, Posted

router = page_router()

_DAYS: Final = (30, 90, 180, 365)
_MINUTE: Final = 60


async def _own(me: Person) -> Caller:
    """Whoever has an account; who follows one appeal by a code has none."""
    if me.only:
        raise Problem(HTTPStatus.FORBIDDEN, "no-account", "您是凭验证码查看一件诉求，没有账号；请用账号登录")
    return me


Mine = Annotated[Caller, Depends(_own)]


@router.get("/account")
async def show(request: Request, ctx: Ctx, me: Mine) -> Response:
    """All of it."""
    return await _page(request, ctx, me)


@router.post("/account/password")
async def change_password(request: Request, ctx: Ctx, me: Mine, form: Posted) -> Response:
    """Another password."""
    old, new = _word(form, "old"), _word(form, "new")
    if new != _word(form, "again"):
        return await _page(request, ctx, me, _wrong("bad-password", "两次输入的新密码不一样"), "password")
    try:
        await sessions.change_password(ctx, me.account, me.session, old, new, request_id=me.request_id)
    except Problem as problem:
        return await _page(request, ctx, me, problem, "password")
    return back("/account", done="密码已修改，其他设备上的登录已结束。")


@router.post("/account/tokens")
async def make_token(request: Request, ctx: Ctx, me: Mine, form: Posted) -> Response:
    """A new token, shown this once."""
    chosen = [str(scope) for scope in form.getlist("scopes")]
    days = _number(_word(form, "days"), _DAYS[0])
    body = {"name": _word(form, "name").strip(), "scopes": chosen, "expires_at": stamp(_end(ctx, days))}
    typed = {"name": body["name"], "scopes": chosen}
    if not chosen:
        return await _page(request, ctx, me, _wrong("invalid", "请至少选择一个范围"), "tokens", typed=typed)
    try:
        _, secret = await tokens.make_token(ctx, me, body)
    except Problem as problem:
        return await _page(request, ctx, me, problem, "tokens", typed=typed)
    return await _page(request, ctx, me, secret=secret)


@router.post("/account/tokens/{token}/delete")
async def drop_token(ctx: Ctx, me: Mine, token: str, _form: Posted) -> Response:
    """It opens nothing any more."""
    await tokens.drop_token(ctx, me, token)
    return back("/account", done="令牌已删除。")


@router.post("/account/sessions")
async def end_others(ctx: Ctx, me: Mine, _form: Posted) -> Response:
    """Out everywhere but here."""
    ended = await sessions.end_others(ctx, me.account.code, me.session, request_id=me.request_id)
    return back("/account", done=f"已结束其他{ended}处登录。" if ended else "没有其他登录。")


@router.post("/account/channels")
async def say_channels(request: Request, ctx: Ctx, me: Mine, form: Posted) -> Response:
    """How I am reached, in the order of the numbers before them."""
    said = _channels(form)
    try:
        await set_channels(ctx, me, {"items": [dict(one) for one in said]})
    except Problem as problem:
        return await _page(request, ctx, me, problem, "channels", typed={"channels": said})
    return back("/account", done="通知渠道已保存。")


def _channels(form: FormData) -> list[dict[str, Any]]:
    """Those with an address, in the order that was chosen."""
    found = []
    for place, name in enumerate(str(one) for one in form.getlist("channel")):
        if address := _word(form, f"address.{name}").strip():
            wait = _number(_word(form, f"wait.{name}"), WAIT_SECONDS // _MINUTE) * _MINUTE
            order = (_number(_word(form, f"order.{name}"), place + 1), place)
            found.append((order, {"channel": name, "address": address, "wait": wait}))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


async def _page(
    request: Request,
    ctx: Context,
    me: Caller,
    problem: Problem | None = None,
    where: str = "",
    *,
    typed: dict[str, Any] | None = None,
    secret: str = "",
) -> Response:
    if problem:
        await told(request, problem)
    reached = await channels(ctx, me.account.code)
    given = {"name": "", "scopes": ["read"], "channels": reached["items"], **(typed or {})}
    answer = view(
        request,
        "account.html",
        problem.status if problem else HTTPStatus.OK,
        me=me,
        roles=[ROLES[role] for role in me.account.roles],
        problem={"where": where, "detail": problem.detail, "faults": problem.errors} if problem else None,
        typed=given,
        points=_points(reached["channels"], given["channels"]),
        tokens=await tokens.list_tokens(ctx, me),
        secret=secret,
        scopes=SCOPES,
        days=_DAYS,
        sessions=await sessions.sessions_of(ctx, me.account.code),
        here=me.session.digest if me.session else "",
        shortest=SHORTEST,
        now=ctx.now(),
    )
    answer.headers.update(problem.headers if problem else {})
    return answer


def _points(kinds: list[dict[str, Any]], mine: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every kind of channel: first those that are used, in their order."""
    used = {one["channel"]: (n, one) for n, one in enumerate(mine)}
    rows = [
        {
            **kind,
            "address": used[kind["channel"]][1]["address"] if kind["channel"] in used else "",
            "wait": (used[kind["channel"]][1]["wait"] if kind["channel"] in used else WAIT_SECONDS) // _MINUTE,
            "order": used[kind["channel"]][0] if kind["channel"] in used else len(kinds),
        }
        for kind in kinds
    ]
    return sorted(rows, key=lambda row: int(row["order"]))


def _wrong(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail)


def _end(ctx: Context, days: int) -> datetime:
    """The end of the day that is so many days away."""
    day = ctx.now().astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, time(), ZONE)


def _word(form: FormData, name: str) -> str:
    found = form.get(name, "")
    return found if isinstance(found, str) else ""


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(10**6)) else otherwise
