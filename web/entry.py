"""Coming in and going out: the session's cookie, what the browser is, and where to go from there."""

from __future__ import annotations

import json
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from api.context import Context
from api.problems import unprocessable
from api.sessions import COOKIE, max_age_of

Pairs = list[tuple[str, str]]

_LONGEST_PATH: Final = 2000
#: In the order in which they are looked for: each also says that it is the ones after it.
_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def give_cookie(answer: Response, ctx: Context, token: str) -> None:
    """The browser keeps the session; no script reads it, and no other site's form sends it."""
    is_secure = (ctx.settings.public_url or "").startswith("https://")
    answer.set_cookie(COOKIE, token, max_age=max_age_of(ctx), path="/", secure=is_secure, httponly=True, samesite="lax")


def take_cookie(answer: Response) -> None:
    """The browser forgets the session."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def device_of(request: Request) -> str:
    """What somebody signs in with, roughly: enough to tell one's own sessions apart."""
    said = request.headers.get("user-agent", "")
    kind = "手机" if "Mobi" in said or "Android" in said else "电脑"
    browser = next((name for mark, name in _BROWSERS if mark in said), "")
    return f"{kind} · {browser}" if browser else kind


def own_path(path: str) -> str:
    """A path of our own pages, or none: nobody is led to another site after signing in."""
    is_path = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_path and len(path) <= _LONGEST_PATH and not path.startswith("/sign-") else ""


def word(form: FormData, name: str) -> str:
    """A field that holds a text."""
    found = form.get(name, "")
    return found if isinstance(found, str) else ""


def kept_of(form: FormData) -> Pairs:
    """What was typed before. Raises a 422 problem, when that is not what our own page has put together."""
    try:
        pairs = [(str(name), str(value)) for name, value in json.loads(word(form, "kept") or "[]")]
        # Half a surrogate is no text that could be sent.
        "".join(map("".join, pairs)).encode()
    except (ValueError, TypeError, RecursionError):
        raise unprocessable("kept-invalid", "请从本系统的页面提交") from None
    return pairs
