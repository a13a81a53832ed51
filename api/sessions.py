"""Signing in and out, and whose a session is (docs/security.md).

A person signs in by the name of an account and a password; in the sample organisation also by a key of its file. Too
many failures lock the name, whether there is such an account or not, and both cost the same time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from api.context import Context
from api.last_used import EVERY
from api.problems import Problem
from domain.wall import ZONE
from storage.accounts import Account, Accounts, KeyKind
from storage.meta import SAMPLE, MetaReads
from storage.passwords import Passwords, PasswordsWriter, fault_of, hashed, matches
from storage.sessions import Failures, Kind, Session, Sessions, SessionsWriter, digest_of, lock_of, new_secret

COOKIE: Final = "appeals_session"
_LONGEST_NAME: Final = 200


async def sign_in(ctx: Context, name: str, password: str, *, request_id: str, device: str = "") -> str:
    """The cookie of a new session for the account called ``name``.

    Raises a 401 ``sign-in-failed``, or a 429 ``locked-out`` that says until when.
    """
    name = name.strip().lower()[:_LONGEST_NAME]
    now = ctx.now()
    async with ctx.database.write() as w:
        locked_until = await Failures(w).count(name, now)
    account = await _account(ctx, name)
    code = account.code if account else None
    if locked_until:
        await ctx.trail.refused(code, None, "locked-out", request_id)
        raise _locked(locked_until, now)
    if account is None or not await _is_theirs(ctx, account, password, now):
        if account is None:
            await matches(password, None)
        await ctx.trail.refused(code, None, "sign-in-failed", request_id)
        await _tell_lock(ctx, name, now)
        raise Problem(HTTPStatus.UNAUTHORIZED, "sign-in-failed", "账号或密码不对")
    token = await _open(ctx, Kind.ACCOUNT, account=account.code, device=device, forget=name)
    await ctx.trail.session(account.code, "sign-in", request_id)
    return token


async def open_tracking(ctx: Context, number: str, *, request_id: str, device: str = "") -> str:
    """The cookie of a new session that follows one appeal and nothing else. Whoever calls has seen the proof."""
    token = await _open(ctx, Kind.TRACK, number=number, device=device)
    await ctx.trail.session(None, "track", request_id, number=number)
    return token


async def sign_out(ctx: Context, session: Session, *, request_id: str) -> None:
    """The session ends, here and now; in every other process, too."""
    async with ctx.database.write() as w:
        await SessionsWriter(w).end(session.digest)
    await ctx.trail.session(session.account, "sign-out", request_id, number=session.number)


async def session_of(ctx: Context, token: str, *, touch: bool = True) -> tuple[Account, Session] | None:
    """Whose session the cookie opens; None when it is over, was idle for too long, or its account was closed.

    ``touch``: whether it counts as used by that.
    """
    now = ctx.now()
    async with ctx.database.read() as r:
        found = await Sessions(r).find(token, now, idle_of(ctx))
    if found is None:
        return None
    session = found.session
    if touch and now - session.seen_at >= EVERY:
        ctx.used.note(session.digest, lambda w: SessionsWriter(w).seen(session.digest, now))
    return found.account, session


async def was_opened(ctx: Context, token: str) -> bool:
    """Whether the cookie is one that we gave, though the session may have been idle for too long since."""
    async with ctx.database.read() as r:
        return await Sessions(r).is_known(token)


async def sessions_of(ctx: Context, account: str) -> list[Session]:
    """Where the account is signed in, the one used last first."""
    async with ctx.database.read() as r:
        return await Sessions(r).of(account, ctx.now(), idle_of(ctx))


async def end_others(ctx: Context, account: str, session: Session | None, *, request_id: str) -> int:
    """Every other session of the account ends; how many there were."""
    async with ctx.database.write() as w:
        ended = await SessionsWriter(w).end_all(account, session.digest if session else "")
    await ctx.trail.session(account, "sign-out-others", request_id)
    return ended


async def change_password(
    ctx: Context, account: Account, session: Session | None, old: str, new: str, *, request_id: str
) -> None:
    """Another password for the account; its other sessions end.

    Raises a 403 ``wrong-password`` or a 422 ``bad-password``; a 429 ``locked-out`` after too many tries.
    """
    if fault := fault_of(new, account.code, account.name):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-password", fault)
    now = ctx.now()
    async with ctx.database.write() as w:
        locked_until = await Failures(w).count(account.code, now)
    if locked_until:
        await ctx.trail.refused(account.code, None, "locked-out", request_id)
        raise _locked(locked_until, now)
    if not await _is_theirs(ctx, account, old, now):
        await _tell_lock(ctx, account.code, now)
        raise Problem(HTTPStatus.FORBIDDEN, "wrong-password", "原密码不对")
    kept = await hashed(new)
    async with ctx.database.write() as w:
        await PasswordsWriter(w).set(account.code, kept, ctx.now())
        await Failures(w).forget(account.code)
        await SessionsWriter(w).end_all(account.code, session.digest if session else "")
    await ctx.trail.session(account.code, "password", request_id)


def idle_of(ctx: Context) -> timedelta:
    """So long a session lasts without being used."""
    return timedelta(hours=ctx.settings.session_hours)


def max_age_of(ctx: Context) -> int:
    """Seconds after which the browser may forget the cookie."""
    return ctx.settings.session_days * 86_400


async def _account(ctx: Context, name: str) -> Account | None:
    async with ctx.database.read() as r:
        return await Accounts(r).get(name)


async def _is_theirs(ctx: Context, account: Account, password: str, now: datetime) -> bool:
    async with ctx.database.read() as r:
        kept = await Passwords(r).of(account.code)
        opened = await Accounts(r).by_key(password, now) if await MetaReads(r).get(SAMPLE) else None
    by_key = opened is not None and opened.account.code == account.code and opened.kind is KeyKind.KEY
    # Asked also where the key has opened it: so both take the same time.
    return await matches(password, kept) or by_key


async def _open(
    ctx: Context, kind: Kind, *, account: str | None = None, number: str | None = None, device: str, forget: str = ""
) -> str:
    token, now = new_secret(), ctx.now()
    ends = now + timedelta(days=ctx.settings.session_days)
    session = Session(digest_of(token), kind, account, number, new_secret(), device, now, now, ends)
    async with ctx.database.write() as w:
        if forget:
            await Failures(w).forget(forget)
        await SessionsWriter(w).open(session)
    return token


async def _tell_lock(ctx: Context, name: str, now: datetime) -> None:
    """Raises the 429, if this failure was the one that has locked the name."""
    async with ctx.database.read() as r:
        until = await lock_of(r, name, now)
    if until:
        raise _locked(until, now)


def _locked(until: datetime, now: datetime) -> Problem:
    seconds = max(1, int((until - now).total_seconds()))
    detail = f"连续多次登录失败，此账号已锁定至{until.astimezone(ZONE):%H:%M}，请届时再试或联系管理员"
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "locked-out", detail, headers={"Retry-After": str(seconds)})
