"""Attachments and appeals: what a body refers to, what becomes of it, and who may open it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.context import Context
from api.deps import Caller
from api.problems import Problem, not_found, unprocessable
from api.reading import Found, entries_of, full_view, journal_view, look_up
from api.validation import pointer
from domain.attachments import Attachment, State, references, refers_to, with_facts
from domain.errors import Fault
from domain.people import Actor
from domain.relations import may_read
from domain.wall import stamp
from storage.attachments import AttachmentReads, Attachments
from storage.database import Read
from storage.intake import IntakeReads


async def attach(ctx: Context, me: Caller, key: str, body: dict[str, Any], number: str | None = None) -> dict[str, Any]:
    """The body with name, size and hash beside each reference to an upload, which from now on is the appeal's.

    Without a ``number`` for a new appeal: then :func:`bind` follows, as soon as it has one. Either way before anything
    is kept that refers to it, so that the sweep leaves it alone. Raises a 422 for what the caller may not refer to.
    """
    named = list(references(body))
    if not named:
        return body
    async with ctx.database.read() as r:
        known = await AttachmentReads(r).many({found for _, found in named})
        if number is None:
            # Sent again: by now they are that appeal's.
            kept = await IntakeReads(r).by_key(me.account.code, key)
            number = kept.number if kept else None
        faults = [(code, path) for path, one in named if (code := await _fault(r, me, known.get(one), number))]
    if faults:
        said = [Fault(pointer(path), _FAULTS[code]) for code, path in faults[:_TOLD]]
        raise unprocessable(faults[0][0], said[0].detail, *said)
    if await bind(ctx, body, number) < len(known):
        raise unprocessable("unknown-attachment", _FAULTS["unknown-attachment"])
    made: dict[str, Any] = with_facts(body, known)
    return made


async def bind(ctx: Context, body: Mapping[str, Any], number: str | None) -> int:
    """What the body refers to is this appeal's; how many uploads that are."""
    named = {found for _, found in references(body)}
    if not named:
        return 0
    async with ctx.database.write() as w:
        return await Attachments(w).bind(named, number, ctx.now())


_TOLD = 100  # faults at once
_FAULTS = {
    "unknown-attachment": "没有这个附件，或不是您上传的；可能已过期，请重新上传",
    "attachment-bound": "这个附件已用于另一件诉求，请重新上传一份",
    "attachment-infected": "这个附件查出病毒，不能使用",
}


async def _fault(r: Read, me: Caller, one: Attachment | None, number: str | None) -> str:
    """Why the caller may not refer to it, if so. What is the appeal's already may be referred to again."""
    is_the_appeals = one is not None and one.number is not None and one.number == number
    if one is None or one.state is State.EXPIRED or not (is_the_appeals or one.account == me.account.code):
        return "unknown-attachment"
    if one.state is State.INFECTED:
        return "attachment-infected"
    # An action that was refused has left its mark, but nothing that refers to it.
    elsewhere = one.number is not None and not is_the_appeals
    return "attachment-bound" if elsewhere and await AttachmentReads(r).referred_by(one) else ""


def unknown_attachment() -> Problem:
    """404 for an attachment: the same for what there is not and for what is another's."""
    return not_found("没有这个附件，或您无权查看", "unknown-attachment")


async def open_to(ctx: Context, me: Caller, attachment: str) -> tuple[Attachment, Found | None]:
    """An attachment that the caller may open, and the appeal it belongs to, if it belongs to one yet.

    Whoever sees a reference to it, in the appeal or in its journal, may open it; and whoever uploaded it, as long as no
    appeal has it. Raises a 404 problem.
    """
    async with ctx.database.read() as r:
        one = await AttachmentReads(r).get(attachment)
        found = await look_up(r, one.number, ctx.now()) if one and one.number else None
    if one is None or one.state is State.EXPIRED:
        raise unknown_attachment()
    if found is None:
        if one.account != me.account.code:
            raise unknown_attachment()
    elif not await _shows(ctx, found, me.actor, one):
        raise unknown_attachment()
    return one, found


async def _shows(ctx: Context, found: Found, actor: Actor, one: Attachment) -> bool:
    if not may_read(found.appeal, actor):
        return False
    if refers_to(full_view(found, actor), one.id):
        return True
    return refers_to(journal_view(found, await entries_of(ctx, found), actor), one.id)


async def shown_with(ctx: Context, found: Found, actor: Actor) -> list[Attachment]:
    """The attachments of an appeal of which its reader sees a reference, oldest first."""
    seen = {"appeal": full_view(found, actor), "journal": journal_view(found, await entries_of(ctx, found), actor)}
    named = {one for _, one in references(seen)}
    async with ctx.database.read() as r:
        return [one for one in await AttachmentReads(r).of_appeal(found.appeal.number) if one.id in named]


def attachment_view(one: Attachment) -> dict[str, Any]:
    """An attachment as answers tell of it."""
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "media_type": one.media_type,
        "size": one.size,
        "sha256": one.sha256,
        "state": one.state.value,
        "created_at": stamp(one.created_at),
        "scanned_at": stamp(one.scanned_at),
        "links": {"self": f"/v1/attachments/{one.id}/metadata", "content": f"/v1/attachments/{one.id}"},
    }
