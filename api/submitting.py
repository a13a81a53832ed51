"""A new appeal: checked, kept by intake before anything else, then started."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

import structlog

from api.against import against
from api.context import Context
from api.deps import Caller
from api.idempotency import check_same, digest
from api.permissions import SUBMIT
from api.problems import Problem, unprocessable
from api.reading import Found, look_up, opening_of, waiting
from api.rights import Subject
from api.routing import first_routed
from api.schemas.submission import SUBMISSION
from api.validation import faults_of, invalid
from domain.appeal import Contact, Enterprise, Submission
from domain.calendar import ZONE
from domain.errors import Fault, Forbidden, Refusal
from domain.identity import appeal_number, is_phone, reaches_somebody, uscc_fault
from domain.materials import unknown_materials
from domain.parties import parties
from domain.people import Place
from domain.rules import Rules, Service
from domain.until import faults as bad_days
from domain.vocabulary import ANONYMOUS_CHANNELS, Action, Channel, Role, Tier
from storage.accounts import Accounts
from storage.catalogue import UnknownService
from storage.intake import IntakeReads, Kept, NumberTaken

log = structlog.get_logger(__name__)

_DRAWS = 20  # of a number; a day has a hundred million
_UNKNOWN: Final = "没有代码为“{}”的服务事项"
#: More are refused before anything is written: a 503 at once is better than one after a long wait.
_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it: 200 known already, 201 started, 202 kept."""

    status: HTTPStatus
    found: Found


async def submit(ctx: Context, me: Caller, key: str, body: dict[str, Any]) -> Submitted:
    """Keep and start a new appeal. Raises a problem or a refusal; after it has been kept, never again."""
    with ctx.starter.arrivals.one():
        _check_shape(ctx, body)
        content = digest(Action.SUBMIT.value, body)
        kept = await _take_in(ctx, me, key, body, content)
    if not kept.is_new:
        return await _known(ctx, kept, content)
    structlog.contextvars.bind_contextvars(number=kept.number)
    log.info("appeal_kept", appeal_service=kept.rules.service.code)
    return await _start(ctx, kept)


def examine(ctx: Context, me: Caller, body: dict[str, Any]) -> None:
    """Raises what is wrong with a new appeal, as :func:`submit` would; nothing is kept."""
    _check_shape(ctx, body)
    _check_references(ctx, me, body)
    _check_rights(me, body)


async def _take_in(ctx: Context, me: Caller, key: str, body: dict[str, Any], content: str) -> Kept:
    """Checked and kept: the new one, or the older one of this key."""
    try:
        rules, first_unit = _check_references(ctx, me, body)
        _check_rights(me, body)
        submission = await _submission(ctx, me, body, rules.service, first_unit)
    except (Problem, Refusal):
        # A key that is known comes first. Whoever is not refused is asked for it by the insert.
        async with ctx.database.read() as r:
            known = await IntakeReads(r).by_key(me.account.code, key)
        if known is None:
            raise
        return known
    return await _keep(ctx, me, key, content, submission, rules)


async def _known(ctx: Context, kept: Kept, content: str) -> Submitted:
    check_same(kept.digest, content)
    return Submitted(HTTPStatus.OK, await _now_of(ctx, kept))


async def _now_of(ctx: Context, kept: Kept) -> Found:
    async with ctx.database.read() as r:
        return await look_up(r, kept.number, ctx.now()) or waiting(kept, ctx.now())


def _check_shape(ctx: Context, body: dict[str, Any]) -> None:
    """A service that does not exist comes first: whoever has mistaken it fills in nothing else in vain."""
    if not (faults := faults_of(SUBMISSION, body)):
        return
    code = body.get("service")
    if isinstance(code, str) and ctx.catalogue.find(code) is None and all(f.pointer != "/service" for f in faults):
        unknown = Fault("/service", _UNKNOWN.format(code))
        raise unprocessable("unknown-service", unknown.detail, unknown, *faults)
    raise invalid(faults)


def _check_references(ctx: Context, me: Caller, body: dict[str, Any]) -> tuple[Rules, Place]:
    """What the schema cannot know: each fault with its own code; the first one names the problem."""
    found: list[tuple[str, Fault]] = []
    try:
        rules = ctx.catalogue.rules_for(body["service"], ctx.now().astimezone(ZONE).date())
    except UnknownService:
        raise _wrong("unknown-service", "/service", _UNKNOWN.format(body["service"])) from None
    if faults := faults_of(rules.service.form, body.get("form", {}), "/form"):
        raise invalid(faults)
    brought = body.get("materials", [])
    found += [("unknown-material", wrong) for wrong in unknown_materials(rules.service, brought, "/materials")]
    found += [("bad-day", wrong) for wrong in bad_days(rules.service, "form", body.get("form", {}), "/form", ctx.now())]
    place = ctx.organisation.branch_of_region(body["region"])
    if place is None:
        found.append(("unknown-region", Fault("/region", f"没有办理行政区划“{body['region']}”诉求的单位")))
    if fault := _uscc_fault(rules.service, body):
        found.append(("bad-uscc", Fault("/enterprise/uscc", fault)))
    if fault := _phone_fault(me, body["contact"]["phone"]):
        found.append(("bad-phone", Fault("/contact/phone", fault)))
    if found or place is None:
        raise unprocessable(found[0][0], found[0][1].detail, *(fault for _, fault in found))
    return rules, place


def _phone_fault(me: Caller, phone: str) -> str | None:
    """Codes and ratings go to it. What a system passes on, an alert above all, is taken with any number."""
    if not (phone.isascii() and phone.isprintable()):
        return "不是有效的电话号码"
    if Role.SYSTEM in me.actor.roles:
        return None if is_phone(phone) else "不是有效的电话号码"
    return None if reaches_somebody(phone) else "请填写手机号，或带区号的固定电话"


def _wrong(code: str, pointer: str, detail: str) -> Exception:
    return unprocessable(code, detail, Fault(pointer, detail))


def _uscc_fault(service: Service, body: dict[str, Any]) -> str | None:
    uscc = body["enterprise"].get("uscc")
    if uscc is not None:
        return uscc_fault(uscc)
    may_lack = service.anonymous or Channel(body["channel"]) in ANONYMOUS_CHANNELS
    return None if may_lack else "本事项、本渠道须填写统一社会信用代码"


def _check_rights(me: Caller, body: dict[str, Any]) -> None:
    if not SUBMIT.roles & set(me.actor.roles):
        raise Forbidden("forbidden", SUBMIT.refusal)
    # An account whose own code is unknown may not speak for an unknown enterprise either.
    if not SUBMIT.allows(me.actor, Subject(uscc=body["enterprise"].get("uscc"))):
        raise Forbidden("not-your-enterprise", "企业只能为本企业提交诉求")


async def _submission(ctx: Context, me: Caller, body: dict[str, Any], service: Service, branch: Place) -> Submission:
    """What came in, as the domain keeps it; who took it in at a window stays answerable for it (S2)."""
    at_window = me.actor.unit if Role.WINDOW in me.actor.roles else None
    said, contact = body["enterprise"], body["contact"]
    submission = Submission(
        channel=Channel(body["channel"]),
        enterprise=Enterprise(said.get("uscc"), said["name"], await _tiers(ctx, me, said)),
        contact=Contact(contact["name"], contact["phone"]),
        region=body["region"],
        title=body["title"],
        description=body["description"],
        submitter=me.actor,
        first_unit=(ctx.organisation.place(service.first) if service.first else None) or at_window or branch,
        urgent=body.get("urgent", False),
        form=body.get("form", {}),
        materials=tuple(body.get("materials", ())),
        external_ref=body.get("external_ref"),
        parties=tuple(place for code in parties(service) if (place := ctx.organisation.place(code))),
        against=await against(ctx, service, body.get("form", {})),
    )
    return await first_routed(ctx, submission, service)


async def _tiers(ctx: Context, me: Caller, said: dict[str, Any]) -> tuple[Tier, ...]:
    """Tiers open faster ways, so an enterprise does not give them to itself: its account says them."""
    if Role.ENTERPRISE in me.actor.roles:
        return me.account.tiers
    if "tiers" in said:
        return tuple(Tier(t) for t in said["tiers"])
    if said.get("uscc") is None:
        return ()
    async with ctx.database.read() as r:
        account = await Accounts(r).by_uscc(said["uscc"])
    return account.tiers if account else ()


async def _keep(ctx: Context, me: Caller, key: str, content: str, submission: Submission, rules: Rules) -> Kept:
    """One committed row: from here on nothing can be lost. Raises a 503 when too many wait for theirs."""
    if ctx.keeper.waiting >= _MOST_WAITING:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "提交的人太多，请稍后用同一幂等键重试")
    now = ctx.now()
    for _ in range(_DRAWS):
        number, salt = appeal_number(now, secrets.randbelow(10**8)), secrets.token_hex(16)
        try:
            return await ctx.keeper.keep(Kept(number, me.account.code, key, content, now, submission, rules, salt))
        except NumberTaken:
            continue
    raise RuntimeError("no free number was drawn")


async def _start(ctx: Context, kept: Kept) -> Submitted:
    """A started one stands in the tables as its beginning says: it need not be read there."""
    begun = waiting(kept, ctx.now())
    if await ctx.starter.start(opening_of(kept)):
        return Submitted(HTTPStatus.CREATED, replace(begun, now=ctx.now(), pending=False))
    return Submitted(HTTPStatus.ACCEPTED, begun)
