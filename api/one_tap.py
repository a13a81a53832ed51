"""Taking an escalation by the link in a message: whoever has the link acts as the account that it was sent to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.requests import Request

from api.asked import Asked
from api.context import Context
from api.deps import Caller, actor_of
from api.escalations import Seen, act_on, find_escalation
from api.problems import Problem
from domain.clock import due_at
from domain.clock_names import name_of
from domain.vocabulary import Action, EscalationState
from runtime.links import ESCALATION, BadLink, ExpiredLink
from storage.accounts import Accounts
from storage.message_texts import page_of

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Tap:
    """Who came by which link, and the escalation as it stands."""

    token: str
    me: Caller
    one: Seen


async def follow(ctx: Context, request: Request, token: str) -> Tap:
    """Whom the link was sent to, and what it is about. Raises a 403, 404 or 410 problem; changes nothing."""
    try:
        said = ctx.links.read(ESCALATION, token, ctx.settings.link_hours * _HOUR) if ctx.links else ()
    except ExpiredLink:
        raise Problem(HTTPStatus.GONE, "link-expired", "此链接已过期；请登录系统办理，或使用最新通知中的链接") from None
    except BadLink:
        said = ()
    account = None
    if said:
        async with ctx.database.read() as r:
            account = await Accounts(r).get(said[1])
    if account is None:
        raise Problem(HTTPStatus.FORBIDDEN, "bad-link", "此链接无效；请登录系统办理")
    request.state.account = account.code
    structlog.contextvars.bind_contextvars(actor=account.code)
    me = Caller(account, actor_of(ctx, account), request.state.request_id)
    return Tap(token, me, await find_escalation(ctx, me, said[0]))


async def press(ctx: Context, tap: Tap) -> None:
    """The receiver takes it; whoever has it already has nothing to do. Raises what :func:`act_on` does."""
    if _is_theirs(tap):
        return
    # What was pressed, and where the appeal stood: twice in a row is once, and after a lease the link works again.
    pressed = f"{tap.token}:{tap.one.found.appeal.seq}"
    key = f"one-tap:{hashlib.sha256(pressed.encode()).hexdigest()}"
    body = {"escalation": tap.one.escalation.id}
    await act_on(ctx, tap.me, tap.one, Asked(Action.ACKNOWLEDGE, body, key))


def _is_theirs(tap: Tap) -> bool:
    escalation = tap.one.escalation
    return escalation.state is EscalationState.ACKNOWLEDGED and escalation.acknowledged_by == tap.me.account.code


def shown(ctx: Context, tap: Tap) -> dict[str, Any]:
    """What the page says: of a secret matter the number and the call only."""
    appeal, escalation, clock = tap.one.found.appeal, tap.one.escalation, tap.one.clock
    is_secret = appeal.rules.service.secret
    return {
        "name": tap.me.account.name,
        "number": appeal.number,
        "service": "" if is_secret else appeal.rules.service.name,
        "clock": "" if is_secret else name_of(appeal, clock),
        "due_at": due_at(clock, appeal.calendar_of(clock)),
        "level": escalation.level,
        "state": escalation.state.value,
        "is_mine": _is_theirs(tap),
        "taken_by": escalation.acknowledged_name,
        "lease_until": escalation.lease_until,
        "page": page_of(ctx.settings.public_url, appeal.number, to_enterprise=False),
    }
