"""What outside bodies tell us: verified, kept, done by the same way as anybody's action, answered the same each time.

An event is kept before anything is done with it, with what it was answered: also one that could not be done, because it
came too late or twice, is there to be read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request

from api.acting import perform
from api.asked import Asked
from api.bodies import object_of, read_bytes
from api.context import Context
from api.deps import Caller
from api.idempotency import check_same, digest
from api.problems import Problem, not_found, problem_of, unprocessable
from api.reading import Found, look_up
from api.schemas.partner import ACTIONS, DATA, EVENT
from api.submitting import submit
from api.validation import check, faults_of, invalid
from domain.errors import Conflict, Fault
from domain.people import Actor
from domain.vocabulary import Role
from runtime.webhooks import ID, SecretMissing, is_genuine
from storage.accounts import Account
from storage.partner_events import PartnerEvent, PartnerEvents
from storage.partners import Partner

log = structlog.get_logger(__name__)

#: What a partner's event is when nobody could prove whose it was, in the audit log.
BAD_SIGNATURE = "bad-signature"
_ID = re.compile(r"[\x21-\x7e]{1,255}")
_SUBJECT = re.compile(r"(SQ[0-9]{8}-[0-9]{8})/([1-9][0-9]{0,3})")
_TYPES = frozenset({"application/cloudevents+json", "application/json"})

Told = tuple[int, dict[str, Any]]


async def receive(ctx: Context, request: Request, unit: str) -> Told:
    """One event of ``unit``: its status and answer. Raises a problem, a refusal or a gateway error."""
    raw = await read_bytes(request)
    partner = await _sender(ctx, request, unit, raw)
    caller = _caller(partner, request)
    said = _checked(request, raw)
    async with ctx.database.write() as w:
        event = await PartnerEvents(w).keep(await _event(ctx, partner, request.headers[ID], said))
    check_same(event.digest, digest(event.type, said))
    if event.status is not None:
        return _told_before(event)
    try:
        status, answer = await _do(ctx, caller, partner, event)
    except Exception as error:
        problem = problem_of(error)
        if HTTPStatus.BAD_REQUEST <= problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            await _remember(ctx, event, problem.status, _of_problem(problem))
        raise
    await _remember(ctx, event, status, answer)
    return status, answer


async def _sender(ctx: Context, request: Request, unit: str, raw: bytes) -> Partner:
    """The outside body that signed it. Raises the same 401 whatever was wrong, and the audit log knows of it."""
    partner = ctx.partners.get(unit)
    try:
        hooks = ctx.partner_secrets.of(partner.secret) if partner else ()
    except SecretMissing:
        log.error("partner_secret_missing", partner=unit)  # noqa: TRY400 - which one, is enough
        hooks = ()
    event = request.headers.get(ID, "")
    if partner is None or not _ID.fullmatch(event) or not is_genuine(hooks, request.headers, raw):
        await ctx.trail.refused(f"partner:{unit}" if partner else None, None, BAD_SIGNATURE, request.state.request_id)
        headers = {"WWW-Authenticate": 'StandardWebhooks realm="appeals"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", "签名无效", headers=headers)
    structlog.contextvars.bind_contextvars(actor=f"partner:{unit}")
    return partner


def _caller(partner: Partner, request: Request) -> Caller:
    """The outside body as somebody who acts: a system, of its own unit."""
    code, name, roles = f"partner:{partner.code}", partner.place.name, (Role.SYSTEM,)
    request.state.account = code
    account = Account(code, name, roles, partner.code)
    return Caller(account, Actor(code, name, roles, partner.place), request.state.request_id)


def _checked(request: Request, raw: bytes) -> dict[str, Any]:
    """The event, sound in itself. Raises a 415 or 422 problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        detail = "请求体应为 application/cloudevents+json（CloudEvents 结构化 JSON）"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", detail)
    said = object_of(raw)
    check(EVENT, said)
    if faults := faults_of(DATA[said["type"]], said["data"], "/data"):
        raise invalid(faults)
    if said["type"] in ACTIONS and not _SUBJECT.fullmatch(said.get("subject", "")):
        fault = Fault("/subject", "应为流转编号，如 SQ20260930-00000001/1")
        raise unprocessable("bad-subject", fault.detail, fault)
    return said


async def _event(ctx: Context, partner: Partner, event: str, said: dict[str, Any]) -> PartnerEvent:
    """As it is kept: with the appeal that it is about, if it is about a transfer to this body."""
    kept = PartnerEvent(
        partner.code, event, digest(said["type"], said), said["type"], None, None, said["data"], ctx.now()
    )
    about = _SUBJECT.fullmatch(said.get("subject", ""))
    if said["type"] not in ACTIONS or about is None:
        return kept
    number, transfer = about[1], int(about[2])
    found = await _transferred(ctx, partner, number, transfer)
    return replace(kept, number=number, transfer=transfer) if found else kept


async def _transferred(ctx: Context, partner: Partner, number: str, transfer: int) -> Found | None:
    """The appeal, if this transfer of it is, or was, in the hands of this body."""
    async with ctx.database.read() as r:
        found = await look_up(r, number, ctx.now())
    if found is None or transfer > len(found.appeal.transfers):
        return None
    return found if found.appeal.transfers[transfer - 1].body.code == partner.code else None


async def _do(ctx: Context, me: Caller, partner: Partner, event: PartnerEvent) -> Told:
    if event.type not in ACTIONS:
        return await _submit(ctx, me, partner, event)
    found = None
    if event.number and event.transfer:
        found = await _transferred(ctx, partner, event.number, event.transfer)
    if found is None:
        raise not_found("没有这个编号的流转，或它不在贵单位", "unknown-transfer")
    structlog.contextvars.bind_contextvars(number=event.number)
    action = ACTIONS[event.type]
    try:
        await perform(ctx, me, found, Asked(action, {**event.data, "transfer": event.transfer}, event.event))
    except Conflict as refusal:
        now = await _transferred(ctx, partner, found.appeal.number, event.transfer or 0)
        raise _in_their_words(refusal, now or found, event) from None
    subject = f"{event.number}/{event.transfer}"
    return HTTPStatus.OK, {"event": event.event, "number": event.number, "transfer": subject, "action": action.value}


def _in_their_words(refusal: Conflict, found: Found, event: PartnerEvent) -> Exception:
    """Why it came too late; our stages mean nothing outside, and are not told."""
    transfer = found.appeal.transfers[(event.transfer or 0) - 1]
    if transfer.is_open:
        return Problem(HTTPStatus.CONFLICT, refusal.code, refusal.detail)
    by_them = "已由贵单位退回" if transfer.refused_at else "已由贵单位答复"
    how = by_them if transfer.refused_at or transfer.replied_at else "已追回"
    detail = f"该流转{how}，本次事件未予采纳，已留存"
    return Problem(HTTPStatus.CONFLICT, "transfer-not-open", detail)


async def _submit(ctx: Context, me: Caller, partner: Partner, event: PartnerEvent) -> Told:
    if partner.channel is None:
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", "贵单位未开通诉求转入")
    done = await submit(ctx, me, event.event, {**event.data, "channel": partner.channel.value})
    number = done.found.appeal.number
    # A repetition that the intake knew, because this table did not, began it nevertheless.
    status = HTTPStatus.ACCEPTED if done.found.pending else HTTPStatus.CREATED
    return status, {"event": event.event, "number": number, "transfer": None, "action": "submit"}


async def _remember(ctx: Context, event: PartnerEvent, status: int, answer: dict[str, Any]) -> None:
    number = answer.get("number") if event.type not in ACTIONS else None
    async with ctx.database.write() as w:
        await PartnerEvents(w).answered(event, int(status), answer, number)


def _of_problem(problem: Problem) -> dict[str, Any]:
    errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors]
    return {"code": problem.code, "detail": problem.detail, "errors": errors, "more": problem.more}


def _told_before(event: PartnerEvent) -> Told:
    """What this event was told, once more. Raises the problem, if it was one."""
    status, answer = event.status or 0, event.answer
    if status < HTTPStatus.BAD_REQUEST:
        return status, answer
    errors = tuple(Fault(**fault) for fault in answer["errors"])
    raise Problem(status, answer["code"], answer["detail"], errors=errors, more=answer["more"])
