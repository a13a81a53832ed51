"""Absences of officers: who may say them, and what makes sense of what is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from api.context import Context
from api.deps import Caller, actor_of
from api.permissions import ABSENCES, SET_ABSENCES
from api.problems import not_found, unprocessable
from api.rights import Subject
from api.schemas.absences import ABSENCES as BODY
from api.validation import check
from domain.duty_holes import absent_at
from domain.errors import Fault
from domain.people import Actor, Place
from domain.substitutes import goes_round, stand_in
from domain.wall import stamp
from storage.absences import Absence, Absences, AbsencesWriter
from storage.accounts import Account, Accounts
from storage.database import Read, Write

_FOR_EVER: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer with the units he stands below."""

    account: Account
    actor: Actor


async def read_absences(ctx: Context, me: Caller, code: str) -> dict[str, Any]:
    """All of an officer, for anybody of the house. Raises a 404 problem."""
    officer = await find_officer(ctx, me, code)
    async with ctx.database.read() as r:
        return _view(officer, await Absences(r).of(code))


async def absences_of_unit(ctx: Context, me: Caller, unit: Place) -> list[dict[str, Any]]:
    """Those of the unit's people that are not over, earliest first, with names, for anybody of the house."""
    ABSENCES.demand(me.actor)
    async with ctx.database.read() as r:
        people = {account.code for account in await Accounts(r).of_unit(unit.code)}
        known = [one for one in await Absences(r).between(ctx.now(), _FOR_EVER) if one.account in people]
        names = await Accounts(r).names() if known else {}
    return [
        {
            "officer": one.account,
            "officer_name": names.get(one.account, one.account),
            "substitute_names": [names.get(code, code) for code in one.substitutes],
            **_said(one),
        }
        for one in known
    ]


async def set_absences(ctx: Context, me: Caller, code: str, body: dict[str, Any]) -> dict[str, Any]:
    """These are all from here on. Raises a problem or a refusal."""
    officer = await find_officer(ctx, me, code)
    check(BODY, body)
    SET_ABSENCES.demand(me.actor, Subject(place=officer.actor.unit))
    async with _changing(ctx) as w:
        await _replace(ctx, me, w, officer, body)
        return _view(officer, await Absences(w).of(code))


async def add_absence(ctx: Context, me: Caller, code: str, said: dict[str, Any]) -> None:
    """One more beside those there are; the same twice is one. Raises a problem or a refusal: ``said`` is number 0."""
    officer = await find_officer(ctx, me, code)
    check(BODY, {"absences": [said]})
    SET_ABSENCES.demand(me.actor, Subject(place=officer.actor.unit))
    async with _changing(ctx) as w:
        known = await Absences(w).of(code)
        if _absence(code, said) not in known:
            body = {"absences": [said, *map(_said, known)]}
            check(BODY, body)
            await _replace(ctx, me, w, officer, body)


async def remove_absence(ctx: Context, me: Caller, code: str, start: str) -> None:
    """The one that begins then, as it was told, is taken back. Raises a problem or a refusal."""
    officer = await find_officer(ctx, me, code)
    SET_ABSENCES.demand(me.actor, Subject(place=officer.actor.unit))
    async with _changing(ctx) as w:
        known = [_said(one) for one in await Absences(w).of(code)]
        left = [one for one in known if one["from"] != start]
        if len(left) == len(known):
            raise not_found("没有这一条，可能已被撤销", "unknown-absence")
        await _replace(ctx, me, w, officer, {"absences": left})


@asynccontextmanager
async def _changing(ctx: Context) -> AsyncIterator[Write]:
    """One at a time: two who change them at once lose nothing, and make no circle together."""
    async with ctx.database.write() as w:
        await AbsencesWriter(w).alone()
        yield w


async def _replace(ctx: Context, me: Caller, w: Write, officer: Officer, body: dict[str, Any]) -> None:
    wanted = [_absence(officer.account.code, said) for said in body["absences"]]
    known = {account.code: account for account in await Accounts(w).all()}
    if faults := _faults(officer.account, wanted, known) or await _circles(w, officer.account, wanted, known):
        raise unprocessable(faults[0][0], faults[0][1].detail, *(fault for _, fault in faults))
    await AbsencesWriter(w).replace(officer.account.code, wanted, me.account.code, ctx.now(), me.request_id)


async def on_duty(r: Read, officer: Account, now: datetime) -> Account:
    """The officer, or the first of his substitutes of the same unit who is there; he himself where nobody is."""
    absent = await Absences(r).at(now)
    if officer.code not in absent:
        return officer
    known = {account.code: account for account in await Accounts(r).all()}

    def fits(code: str) -> bool:
        return code in known and known[code].unit == officer.unit and not _unfit(officer, known[code])

    there = stand_in(officer.code, absent, fits)
    return known[there] if there else officer


async def find_officer(ctx: Context, me: Caller, code: str) -> Officer:
    """An officer, for anybody of the house. Raises a 404 problem."""
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
    if account is None or account.unit is None or not ABSENCES.allows(me.actor):
        raise not_found("没有这个代码的民警，或您无权查看", "unknown-officer")
    return Officer(account, actor_of(ctx, account))


def _absence(code: str, said: dict[str, Any]) -> Absence:
    start, end = (datetime.fromisoformat(said[name]) for name in ("from", "until"))
    return Absence(code, start, end, tuple(said["substitutes"]))


def _faults(officer: Account, wanted: list[Absence], known: dict[str, Account]) -> list[tuple[str, Fault]]:
    found: list[tuple[str, Fault]] = []
    for n, one in enumerate(wanted):
        if one.ends_at <= one.starts_at:
            found.append(("bad-absence", Fault(f"/absences/{n}/until", "须晚于开始时间")))
        for m, code in enumerate(one.substitutes):
            if detail := _unfit(officer, known.get(code)):
                found.append(("bad-substitute", Fault(f"/absences/{n}/substitutes/{m}", detail)))
    by_start = sorted(wanted, key=lambda one: one.starts_at)
    for earlier, later in pairwise(by_start):
        if earlier.ends_at > later.starts_at:
            found.append(("absences-overlap", Fault(f"/absences/{wanted.index(later)}/from", "与另一段不在岗时间重叠")))
    return found


async def _circles(
    r: Read, officer: Account, wanted: list[Absence], known: dict[str, Account]
) -> list[tuple[str, Fault]]:
    """Absences during which those who stand in are away too, and it is the officer who stands in for them."""
    found: list[tuple[str, Fault]] = []
    for n, one in enumerate(wanted):
        others = [a for a in await Absences(r).between(one.starts_at, one.ends_at) if a.account != officer.code]
        moments = {one.starts_at, *(a.starts_at for a in others if a.starts_at > one.starts_at)}
        if any(goes_round(officer.code, absent_at([*others, one], at), known.__contains__) for at in moments):
            detail = "代理民警此时也不在岗，又由本人代理，结果无人在岗"
            found.append(("substitutes-circle", Fault(f"/absences/{n}/substitutes", detail)))
    return found


def _unfit(officer: Account, other: Account | None) -> str:
    """Why somebody cannot stand in; whoever does must be able to do the same work."""
    if other is None or other.unit is None:
        return "没有这个代码的民警"
    if other.code == officer.code:
        return "不能由本人代理"
    if not set(officer.roles) & set(other.roles):
        return "与本人没有相同的岗位，不能代理"
    return ""


def _view(officer: Officer, absences: list[Absence]) -> dict[str, Any]:
    return {
        "officer": officer.account.code,
        "officer_name": officer.account.name,
        "unit": officer.account.unit,
        "absences": [_said(one) for one in absences],
    }


def _said(one: Absence) -> dict[str, Any]:
    return {"from": stamp(one.starts_at), "until": stamp(one.ends_at), "substitutes": list(one.substitutes)}
