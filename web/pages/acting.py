"""Acting from an appeal's page: what may be done now, its forms, and what became of what was posted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData

from api.acting import Done, perform
from api.asked import Asked
from api.attaching import attach
from api.context import Context
from api.deps import Caller
from api.offers import offers
from api.problems import Problem, problem_of
from api.reading import Found
from domain.errors import Refusal
from domain.loop import CHANGED
from domain.schemas import BODIES
from domain.table import TABLE
from domain.vocabulary import Action
from gateway.errors import GatewayError
from storage.attachment_files import FilesAway
from web.forms import Form, added, body_of, form_of
from web.forms.field import WAY, fixed_by
from web.meanwhile import SEEN, seq_of
from web.pages.appeal_effects import consequences
from web.pages.appeal_files import FILES, is_upload, joined, kept, uploaded, uploads
from web.pages.appeal_menu import Menu
from web.pages.appeal_options import clear, defaults_of, helped, needs_no_unit, options_of
from web.pages.appeal_steps import form_schema
from web.visitor import ONCE

_DRY: Final = "dry_run"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Tried:
    """What was posted and is shown again: refused, perhaps done, tried only, or with one more row.

    ``once`` is the key under which it may be sent again; empty for a fresh one. ``moved`` is what a dry run would move.
    ``seen``: how far the journal was that they have read; None when this page tells them.
    """

    action: Action
    body: Mapping[str, Any]
    status: int = 200
    problem: Problem | None = None
    once: str = ""
    add: str | None = None
    moved: Mapping[str, Any] | None = None
    is_perhaps: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """The form that is open. ``kept`` are files that were uploaded already, ``seen`` as in :class:`Tried`.

    ``meant`` says what the action is for, where there are others like it.
    """

    action: str
    title: str
    form: Form
    consequences: Sequence[str]
    is_open: bool
    meant: str = ""
    files: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    can_try: bool = False
    tried: Tried | None = None
    once: str = ""
    key: str = ""
    seen: int = 0


async def doing(
    ctx: Context, me: Caller, found: Found, menu: Menu, action: Action, given: Mapping[str, str], tried: Tried | None
) -> Doing | None:
    """The form of an action; None for one that is not open and was not tried either."""
    offer = menu.find(action.value)
    if offer is None and tried is None:
        return None
    schema = helped(
        form_schema(found, offer.schema if offer else BODIES[action], tried.body if tried else {}), action, found.appeal
    )
    options = await options_of(ctx, me, found, action)
    named = {name: text for name, text in given.items() if name in schema.get("properties", {})}
    values = dict(tried.body) if tried else {**defaults_of(found, action, options), **named}
    where = FILES.get(action, "")
    before = tuple(uploads(values.get(where))) if where else ()
    if before:
        values[where] = [one for one in values[where] if not is_upload(one)]
    hidden = [f"/{_DRY}"] + (["/unit"] if action is Action.COMPLETE_STEP and needs_no_unit(found.appeal, ctx) else [])
    problem = tried.problem if tried else None
    faults = [clear(one, problem.code, options) for one in problem.errors] if problem else []
    return Doing(
        action=action.value,
        title=offer.title if offer else TABLE[action].title,
        form=form_of(schema, values, faults, options, add=tried.add if tried else None, without=hidden),
        consequences=consequences(found.appeal, me.actor, action) if offer else [],
        is_open=offer is not None,
        meant=schema.get("description", ""),
        files=f"/{where}" if where and offer else "",
        kept=before,
        can_try=_DRY in schema.get("properties", {}),
        tried=tried,
        once=tried.once if tried else "",
        key=offer.key if offer and offer.is_plain and not tried else "",
        seen=found.appeal.seq if tried is None or tried.seen is None else tried.seen,
    )


async def press(ctx: Context, me: Caller, found: Found, action: Action, form: FormData) -> Done | Tried:
    """Does what was posted; or says what to show again, with nothing lost of what was typed."""
    key, seen = key_of(form), seq_of(form.get(SEEN))
    where = FILES.get(action, "")
    body = _read(found, me, action, form)
    if (more := added(form.multi_items())) is not None:
        return Tried(action, body, add=more, once=key, seen=seen)
    try:
        body = joined(body, where, await uploaded(ctx, me, where, form, key))
        body = await attach(ctx, me, key, body, found.appeal.number)
        done = await perform(ctx, me, found, Asked(action, body, key, seen))
    except (Problem, Refusal, GatewayError, FilesAway) as error:
        return _refused(action, body, error, key, seen)
    return Tried(action, _meant(body), once=key, moved=done.view, seen=seen) if body.get(_DRY) else done


def shown_again(found: Found, me: Caller, action: Action, form: FormData) -> Tried:
    """What was typed into a form that nobody has sent yet."""
    return Tried(action, _read(found, me, action, form), once=key_of(form), seen=seq_of(form.get(SEEN)))


def _read(found: Found, me: Caller, action: Action, form: FormData) -> dict[str, Any]:
    """The body, with the files that were uploaded before."""
    offered = {one["action"]: one["schema"] for one in offers(found, me.actor)}
    body = body_of(offered.get(action.value, BODIES[action]), form.multi_items())
    return joined(body, FILES.get(action, ""), kept(form))


def title_of(found: Found, action: Action, form: FormData) -> str:
    """What was done, in a word: the action, or the step."""
    step = found.appeal.rules.service.step(fixed_by(str(form.get(WAY, ""))).get("step", ""))
    return step.name if step and action is Action.COMPLETE_STEP else TABLE[action].title


def key_of(form: FormData) -> str:
    """The idempotency key that was made with the form; a fresh one for a form without."""
    key = form.get(ONCE)
    is_one = isinstance(key, str) and _KEY.fullmatch(key)
    return str(key) if is_one else secrets.token_urlsafe(18)


def _refused(action: Action, body: dict[str, Any], error: Exception, key: str, seen: int | None) -> Tried:
    """A key that has done something else is spent. Any other may come again, and must when perhaps it was done."""
    problem = problem_of(error)
    once = "" if problem.code == "idempotency-key-reused" else key
    read = None if problem.code == CHANGED else seen
    is_perhaps = isinstance(error, GatewayError)
    return Tried(action, _meant(body), problem.status, problem, once, is_perhaps=is_perhaps, seen=read)


def _meant(body: Mapping[str, Any]) -> dict[str, Any]:
    """What was to be done, tried or not."""
    return {name: value for name, value in body.items() if name != _DRY}
