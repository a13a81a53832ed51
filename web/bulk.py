"""One action on many appeals: what of it can be done, and each done by itself, safely again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from starlette.datastructures import ImmutableMultiDict

from api.acting import find_to_act, perform, would_be_done
from api.asked import Asked
from api.context import Context
from api.deps import Caller
from api.meanwhile import is_done
from api.middleware import log_failure
from api.problems import Problem, problem_of, unprocessable
from api.reading import Found
from domain.open_work import Work
from domain.people import Actor, Place
from domain.relations import may_assign_to
from domain.vocabulary import Action, Role
from web.meanwhile import SEEN, seq_of
from web.visitor import ONCE

Fields = ImmutableMultiDict[str, Any]
"""What a form posts, or an address says."""

MOST: Final = 50
TITLES: Final = {Action.ASSIGN: "批量交办", Action.SIGN: "批量签收"}
_AT_ONCE: Final = 5
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Line:
    """One of them: what became of it, or would. ``perhaps``: nobody knows yet, and trying again is safe.

    ``seq``: how far its journal is. ``lead``: who has it already. ``effect`` is what would follow, ``note`` how it
    stands.
    """

    number: str
    title: str = ""
    refusal: str = ""
    perhaps: bool = False
    seq: int = 0
    lead: str = ""
    effect: str = ""
    note: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refusal


def in_reach(ctx: Context, me: Caller) -> list[Place]:
    """The units to which they may send an appeal, what lies below them first."""
    places = [ctx.organisation.place(entry.unit.code) for entry in ctx.organisation.units()]
    able = [place for place in places if place and may_assign_to(me.actor, place)]
    return sorted(able, key=lambda place: not place.is_under(me.actor.unit_code or ""))


def selectable(me: Actor, work: Iterable[tuple[Work, bool]]) -> Iterator[str]:
    """The actions for many that this one could be chosen for."""
    for one, theirs in work:
        by_order = one.action is Action.ASSIGN and Role.SUPERVISOR in me.roles
        if one.action in TITLES and (theirs or by_order):
            yield one.action.value


def action_of(name: str) -> Action:
    """The action of the path. Raises a 404 problem."""
    action = next((action for action in TITLES if action.value == name), None)
    if action is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-action", "没有这种批量操作")
    return action


def numbers_of(form: Fields) -> list[str]:
    """The appeals that were chosen, each once. Raises a 422 problem for too many."""
    found = dict.fromkeys(str(number) for number in form.getlist("number"))
    if len(found) > MOST:
        raise unprocessable("too-many", f"一次最多办理{MOST}件，您选了{len(found)}件")
    return [number for number in found if _NUMBER.fullmatch(number)]


def once_of(form: Fields) -> str:
    """What makes the keys of a form; it stays the same when the form is sent again. Raises a 422 problem."""
    once = str(form.get(ONCE, ""))
    if not _KEY.fullmatch(once):
        raise unprocessable("idempotency-key-invalid", "请从本系统的页面提交")
    return once


def seen_of(form: Fields) -> dict[str, int]:
    """How far each journal was when it was looked at."""
    pairs = (str(one).partition(":") for one in form.getlist(SEEN))
    return {number: seq for number, _, text in pairs if (seq := seq_of(text)) is not None}


class Many:
    """One caller's same action, with the same body, on several appeals."""

    def __init__(
        self,
        ctx: Context,
        me: Caller,
        action: Action,
        body: dict[str, Any],
        once: str = "check",
        seen: Mapping[str, int] = MappingProxyType({}),
        says: Callable[[Found, Asked], tuple[str, str]] = lambda _found, _asked: ("", ""),
    ) -> None:
        self._ctx = ctx
        self._me = me
        self._action = action
        self._body = body
        self._once = once
        self._seen = seen
        self._says = says
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def check(self, numbers: Sequence[str]) -> list[Line]:
        """What would become of each; nothing is done."""
        return await self._each(numbers, self._check)

    async def do(self, numbers: Sequence[str]) -> None:
        """Each is done, or refused, or perhaps done."""
        await self._each(numbers, self._do)

    async def look(self, numbers: Sequence[str]) -> list[Line]:
        """What became of each, as its journal says; nothing is done."""
        return await self._each(numbers, self._look)

    async def _each(self, numbers: Sequence[str], use: _Use) -> list[Line]:
        return await asyncio.gather(*(self._one(number, use) for number in numbers))

    async def _one(self, number: str, use: _Use) -> Line:
        key, title = f"{self._once}:{number}", ""
        async with self._room:
            try:
                found = await find_to_act(self._ctx, self._me, number, key)
                title = found.appeal.submission.title
                return await use(found, Asked(self._action, dict(self._body), key, self._seen.get(found.appeal.number)))
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                return _refused(number, title, error)

    async def _check(self, found: Found, asked: Asked) -> Line:
        if is_done(found, self._me, asked.key):
            return replace(_line(found), refusal="已经办理，不必再办")
        await would_be_done(self._ctx, self._me, found, asked)
        effect, note = self._says(found, asked)
        return replace(_line(found), effect=effect, note=note)

    async def _do(self, found: Found, asked: Asked) -> Line:
        await perform(self._ctx, self._me, found, asked)
        return _line(found)

    async def _look(self, found: Found, asked: Asked) -> Line:
        if is_done(found, self._me, asked.key):
            return _line(found)
        await would_be_done(self._ctx, self._me, found, asked)
        return replace(_line(found), refusal="还没有办理的记录", perhaps=True)


_Use = Callable[[Found, Asked], Awaitable[Line]]


def _line(found: Found) -> Line:
    appeal = found.appeal
    lead = appeal.lead
    return Line(appeal.number, appeal.submission.title, seq=appeal.seq, lead=lead.name if lead else "")


def _refused(number: str, title: str, error: Exception) -> Line:
    problem = problem_of(error)
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log_failure(error)
    faults = "；".join(fault.detail for fault in problem.errors)
    return Line(number, title, faults or problem.detail, problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
