"""Following one appeal without an account: by its number and a code that is sent to the contact's phone.

Nobody learns from the answers, or from how long they take, whether there is such an appeal, or whose phone it was.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.background import BackgroundTask

from api.context import Context
from api.problems import Problem
from api.reading import Found, look_up
from domain.appeal import Appeal
from runtime.links import TRACK, Links
from storage.sessions import Failures
from storage.tracking import TrackCodes

ASKED = (
    "如果编号和手机号相符，验证码已发送到联系人的手机，10分钟内有效。15分钟内最多发送3次。"
    "没有收到的，请核对编号，并填写完整的手机号再试。"
)
_LEAST = 4
"""So many last digits of the phone must be known."""
_WHOLE = 11
"""So many are the whole of it, whatever stands before them: asked for where wrong ones were tried."""


def number_of(typed: str) -> str:
    """The number as it was meant."""
    return typed.strip().upper()


async def ask(ctx: Context, number: str, phone: str) -> tuple[str, BackgroundTask | None]:
    """Sends the contact a code, if the phone is theirs and not too many were sent.

    The digits, where a person who tries the sample organisation can get them in no other way; else none, and the work
    that is to be done once the answer is out, for its time would tell whose phone it was.
    """
    _links(ctx)
    if _shows_codes(ctx):
        return await send(ctx, number, phone), None
    return "", BackgroundTask(send, ctx, number, phone)


async def send(ctx: Context, number: str, phone: str) -> str:
    """The digits that were sent; empty when none were."""
    now, tries = ctx.now(), f"track:{number}"
    async with ctx.database.write() as w:
        # Whoever tries one phone after the other has to know the whole of it; so the contact is never locked out.
        is_suspect = await Failures(w).count(tries, now) is not None
    found = await _look_up(ctx, number)
    if found is None or not _is_theirs(found.appeal, phone, _WHOLE if is_suspect else _LEAST):
        return ""
    async with ctx.database.write() as w:
        await Failures(w).forget(tries)
        sent = await TrackCodes(w).send(number, found.appeal.submission.first_unit.code, now)
    return _links(ctx).digits(TRACK, number, at=now) if sent else ""


async def check(ctx: Context, number: str, phone: str, digits: str) -> None:
    """Whether these were sent for it. Raises the same 403 problem for wrong ones, old ones, and those of nothing.

    A try counts for whoever knows the phone: nobody else can use them up.
    """
    links, now = _links(ctx), ctx.now()
    found = await _look_up(ctx, number)
    tried = number if found and _is_theirs(found.appeal, phone) else ""
    async with ctx.database.write() as w:
        codes = TrackCodes(w)
        asked_at = await codes.tried(tried, now)
        is_right = asked_at is not None and links.are_digits(digits, TRACK, number, at=asked_at)
        if asked_at is not None and is_right:
            await codes.use(number, asked_at, now)
    if not is_right:
        raise Problem(HTTPStatus.FORBIDDEN, "bad-code", "验证码不正确或已失效；请核对，或重新获取")


async def _look_up(ctx: Context, number: str) -> Found | None:
    async with ctx.database.read() as r:
        return await look_up(r, number, ctx.now())


def _is_theirs(appeal: Appeal, phone: str, least: int = _LEAST) -> bool:
    """Whether the phone ends so; of a short one, all of it is enough."""
    known, given = _digits(appeal.submission.contact.phone), _digits(phone)
    return len(given) >= max(_LEAST, min(least, len(known))) and known.endswith(given)


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isascii() and c.isdecimal())


def _links(ctx: Context) -> Links:
    if ctx.links is None:
        raise Problem(HTTPStatus.NOT_IMPLEMENTED, "no-keys", "本系统没有配置密钥，不能发送验证码")
    return ctx.links


def _shows_codes(ctx: Context) -> bool:
    settings = ctx.settings
    return settings.sample_keys_file.exists() and settings.on_loopback and not settings.sms_gateway_url
