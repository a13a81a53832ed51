"""One action on many appeals: what of it can be done, and each done by itself, safely again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import FormData

from api.acting import Asked, find_to_act, perform, would_be_done
from api.context import Context
from api.deps import Caller
from api.middleware import log_failure
from api.problems import Problem, problem_of, unprocessable
from api.reading import Found
from domain.open_work import Work
from domain.people import Actor
from domain.vocabulary import Action, Role
from web.visitor import ONCE

MOST: Final = 50
TITLES: Final = {Action.ASSIGN: "批量交办", Action.SIGN: "批量签收"}
_AT_ONCE: Final = 5
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Line:
    """One of them: what became of it, or would. ``perhaps``: nobody knows yet, and trying again is safe."""

    number: str
    title: str = ""
    refusal: str = ""
    perhaps: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refusal


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


def numbers_of(form: FormData) -> list[str]:
    """The appeals that were chosen, each once. Raises a 422 problem for too many."""
    found = dict.fromkeys(str(number) for number in form.getlist("number"))
    if len(found) > MOST:
        raise unprocessable("too-many", f"一次最多办理{MOST}件，您选了{len(found)}件")
    return [number for number in found if _NUMBER.fullmatch(number)]


def once_of(form: FormData) -> str:
    """What makes the keys of a form; it stays the same when the form is sent again. Raises a 422 problem."""
    once = str(form.get(ONCE, ""))
    if not _KEY.fullmatch(once):
        raise unprocessable("idempotency-key-invalid", "请从本系统的页面提交")
    return once


class Many:
    """One caller's same action, with the same body, on several appeals."""

    def __init__(self, ctx: Context, me: Caller, action: Action, body: dict[str, Any], once: str = "check") -> None:
        self._ctx = ctx
        self._me = me
        self._action = action
        self._body = body
        self._once = once
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def check(self, numbers: Sequence[str]) -> list[Line]:
        """What would become of each; nothing is done."""
        return await self._each(numbers, would_be_done)

    async def do(self, numbers: Sequence[str]) -> list[Line]:
        """Each done, or refused, or perhaps done."""
        return await self._each(numbers, perform)

    async def _each(self, numbers: Sequence[str], one: _Use) -> list[Line]:
        return await asyncio.gather(*(self._one(number, one) for number in numbers))

    async def _one(self, number: str, use: _Use) -> Line:
        key, title = f"{self._once}:{number}", ""
        async with self._room:
            try:
                found = await find_to_act(self._ctx, self._me, number, key)
                title = found.appeal.submission.title
                await use(self._ctx, self._me, found, Asked(self._action, dict(self._body), key))
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                return _refused(number, title, error)
        return Line(number, title)


_Use = Callable[[Context, Caller, Found, Asked], Awaitable[Any]]


def _refused(number: str, title: str, error: Exception) -> Line:
    problem = problem_of(error)
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log_failure(error)
    faults = "；".join(fault.detail for fault in problem.errors)
    return Line(number, title, faults or problem.detail, problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
