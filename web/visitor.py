"""Who is in front of a page, and what they posted."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api import deps
from api.context import Context
from api.deps import Caller, Ctx
from api.inbox import unread_count
from api.problems import Problem
from api.sessions import COOKIE, was_opened
from domain.vocabulary import STAFF_ROLES

CSRF = "csrf"
"""The hidden field of every form: a value that only our own pages of this session know."""
ONCE = "once"
"""The hidden field of forms that write: the idempotency key, made when the form was shown."""
OWNER = "by"
"""The hidden field that says whose page the form stood on: what was typed is handed on to nobody else."""
HELD = "held"
"""The hidden field of a form that was kept past the end of a session: once it is done, it is forgotten."""
ANYWAY = "anyway"
"""The hidden field of a form that has been asked about what is lacking."""
STRANGERS = 1
"""So many megabytes whoever is not signed in may post, beside what the form itself needs."""
_MEGABYTE = 1024 * 1024
_ATTACHMENTS = 5
_MOST_FIELDS = 2000
_MOST_FILES = 20
_MOST_TEXT = 256 * 1024
_NOT_CARRIED = frozenset({CSRF, OWNER, HELD, "username", "password", "old", "new", "again"})


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer: the page of signing in takes over, with all that was typed."""


class StaleFormError(Exception):
    """A form of an earlier session: it is shown once more to be confirmed, with all that was typed."""


async def visitor(request: Request, ctx: Ctx) -> Caller | None:
    """Whoever the session's cookie says; None without one that still holds."""
    found = await deps.visitor(request, ctx)
    request.state.caller = found
    request.state.unread = await unread_count(ctx, found) if found else 0
    return found


Maybe = Annotated[Caller | None, Depends(visitor)]


async def person(me: Maybe) -> Caller:
    """Whoever is signed in. Raises :class:`SignInNeededError`."""
    if me is None:
        raise SignInNeededError
    return me


Person = Annotated[Caller, Depends(person)]


async def staff(me: Person) -> Caller:
    """An officer who is signed in. Raises :class:`SignInNeededError`, or a 403 problem for everybody else."""
    if not is_staff(me):
        raise Problem(HTTPStatus.FORBIDDEN, "staff-only", "此页面供公安机关工作人员使用")
    return me


def is_staff(me: Caller | None) -> bool:
    """Whether they work for the police; administrators do."""
    return me is not None and me.only is None and bool(STAFF_ROLES & set(me.actor.roles))


Staff = Annotated[Caller, Depends(staff)]


async def posted(request: Request, ctx: Ctx, me: Maybe) -> AsyncIterator[FormData]:
    """The form that was posted, by a page of ours; its files are open as long as the request lasts.

    Raises a 403 or 413 problem; :class:`StaleFormError` for a form that another session was shown.
    """
    deps.check_origin(request, ctx.settings.public_url)
    form = await read_form(request, await most_megabytes(request, ctx))
    session = me.session if me else None
    if session and not hmac.compare_digest(str(form.get(CSRF, "")).encode(), session.csrf.encode()):
        await form.close()
        raise StaleFormError
    request.state.held = request.url.path if HELD in form else ""
    try:
        yield form
    finally:
        await form.close()


Posted = Annotated[FormData, Depends(posted)]


async def most_megabytes(request: Request, ctx: Context) -> int:
    """How much may be posted: several attachments by whoever has a session, also one that has just ended; else text."""
    token = request.cookies.get(COOKIE)
    is_known = token is not None and await was_opened(ctx, token)
    return ctx.settings.attachment_megabytes * _ATTACHMENTS if is_known else STRANGERS


async def read_form(request: Request, megabytes: int) -> FormData:
    """What was posted, bounded. Raises a 413 problem."""
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal() or int(declared) > (megabytes + 1) * _MEGABYTE:
        where = "未登录时，" if megabytes == STRANGERS else ""
        detail = f"{where}提交的内容不能超过{megabytes} MB"
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)
    return await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_MOST_TEXT)


def typed(form: FormData) -> Sequence[tuple[str, str]]:
    """What was typed, without what our own page put in: files cannot be carried on, and passwords must not be."""
    pairs = form.multi_items()
    return [(name, value) for name, value in pairs if not isinstance(value, UploadFile) and name not in _NOT_CARRIED]
