"""Rating an answer by the link in its message: whoever has the link acts as the contact that it was sent to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from starlette.requests import Request

from api.acting import perform
from api.asked import Asked
from api.context import Context
from api.deps import Caller, actor_of
from api.problems import Problem
from api.reading import Found, entries_of, find
from domain.appeal import Rating
from domain.journal import canonical
from domain.loop import allowed
from domain.vocabulary import Action
from runtime.links import RATE, BadLink
from storage.sessions import contact


@dataclass(frozen=True, slots=True)
class Ballot:
    """Who came by which link, the appeal as it stands, and the round whose answer the link is about."""

    token: str
    me: Caller
    found: Found
    round: int

    @property
    def given(self) -> Rating | None:
        """What this round was rated, if it was."""
        return next((r for r in self.found.appeal.ratings if r.round == self.round), None)

    def may(self, action: Action) -> bool:
        """Whether that may be done now; a link serves for the answer that it was sent with."""
        appeal = self.found.appeal
        if self.found.pending or appeal.round != self.round:
            return False
        return action in allowed(appeal, self.me.actor, self.found.now)


async def follow(ctx: Context, request: Request, token: str) -> Ballot:
    """What the link is about. Raises a 403 or 404 problem; changes nothing."""
    number, seq = _read(ctx, token)
    found = await find(ctx, actor_of(ctx, contact(number, "")), number)
    account = contact(number, f"{found.appeal.submission.enterprise.name}（联系人，凭评价链接）")
    request.state.account = account.code
    structlog.contextvars.bind_contextvars(actor=account.code)
    me = Caller(account, actor_of(ctx, account), request.state.request_id)
    rounds = [entry.round for entry in await entries_of(ctx, found) if entry.seq == seq]
    if not rounds:
        raise _bad_link()
    return Ballot(token, me, found, rounds[0])


async def rate(ctx: Context, ballot: Ballot, grade: int, comment: str) -> None:
    """The contact rates this round's answer. Raises what :func:`perform` does."""
    body = {"grade": grade, "comment": comment} if comment else {"grade": grade}
    await _do(ctx, ballot, Action.RATE, body)


async def confirm(ctx: Context, ballot: Ballot) -> None:
    """The contact says that the answer has arrived. Raises what :func:`perform` does."""
    await _do(ctx, ballot, Action.CONFIRM_RECEIPT, {})


async def _do(ctx: Context, ballot: Ballot, action: Action, body: dict[str, Any]) -> None:
    # What was pressed, by which link: twice in a row is once.
    pressed = f"{ballot.token}:{canonical({'action': action.value, 'body': body})}"
    key = f"rate-link:{hashlib.sha256(pressed.encode()).hexdigest()}"
    await perform(ctx, ballot.me, ballot.found, Asked(action, body, key))


def _read(ctx: Context, token: str) -> tuple[str, int]:
    try:
        said = ctx.links.read(RATE, token) if ctx.links else ()
    except BadLink:
        said = ()
    if not said:
        raise _bad_link()
    return said[0], int(said[1])


def _bad_link() -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "bad-link", "此链接无效；请凭诉求编号和验证码查询进度并评价")
