"""Following one appeal without an account: by its number and a code that is sent to the contact's phone.

Nobody learns from the answers whether there is such an appeal, or whose phone it was.
"""

from __future__ import annotations

from http import HTTPStatus

from api.context import Context
from api.problems import Problem
from api.reading import look_up
from domain.appeal import Appeal
from runtime.links import TRACK, Links
from storage.tracking import TrackCodes

ASKED = "如果编号和手机号相符,验证码已发送到联系人的手机,10分钟内有效。15分钟内最多发送3次。"
_LEAST = 4
"""So many last digits of the phone must be known."""


def number_of(typed: str) -> str:
    """The number as it was meant."""
    return typed.strip().upper()


async def ask(ctx: Context, number: str, phone: str) -> str:
    """Send the contact a code, if the phone is theirs and not too many were sent.

    The digits, where a person who tries the sample organisation can get them in no other way; else empty.
    """
    links, now = _links(ctx), ctx.now()
    async with ctx.database.read() as r:
        found = await look_up(r, number, now)
    if found is None or not _is_theirs(found.appeal, phone):
        return ""
    async with ctx.database.write() as w:
        unit = found.appeal.submission.first_unit.code
        sent = await TrackCodes(w).send(number, unit, now)
    return links.digits(TRACK, number, at=now) if sent and _shows_codes(ctx) else ""


async def check(ctx: Context, number: str, digits: str) -> None:
    """Whether these were sent for it. Raises the same 403 problem for wrong ones, old ones, and those of nothing."""
    links, now = _links(ctx), ctx.now()
    async with ctx.database.write() as w:
        codes = TrackCodes(w)
        asked_at = await codes.tried(number, now)
        is_right = asked_at is not None and links.are_digits(digits, TRACK, number, at=asked_at)
        if asked_at is not None and is_right:
            await codes.use(number, asked_at, now)
    if not is_right:
        raise Problem(HTTPStatus.FORBIDDEN, "bad-code", "验证码不正确或已失效;请核对,或重新获取")


def _is_theirs(appeal: Appeal, phone: str) -> bool:
    known, given = _digits(appeal.submission.contact.phone), _digits(phone)
    return len(given) >= _LEAST and known.endswith(given)


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isascii() and c.isdecimal())


def _links(ctx: Context) -> Links:
    if ctx.links is None:
        raise Problem(HTTPStatus.NOT_IMPLEMENTED, "no-keys", "本系统没有配置密钥,不能发送验证码")
    return ctx.links


def _shows_codes(ctx: Context) -> bool:
    settings = ctx.settings
    return settings.sample_keys_file.exists() and settings.on_loopback and not settings.sms_gateway_url
