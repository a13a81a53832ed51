"""Who is complained of, as the form says it, found in the organisation: a word that nobody knows would bar nobody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from api.context import Context
from api.problems import unprocessable
from domain.errors import Fault
from domain.service import Service
from domain.vocabulary import Role
from storage.accounts import Account, Accounts


async def against(ctx: Context, service: Service, form: dict[str, Any]) -> tuple[str, ...]:
    """The codes of the units and people that the form names, by code or by name. Raises a 422 that names the field.

    Of several people of one name all are kept out: nobody judges himself.
    """
    said = {name: word for name in service.against if isinstance(word := form.get(name), str) and word.strip()}
    if not said:
        return ()
    async with ctx.database.read() as r:
        staff = [account for account in await Accounts(r).all() if account.unit]
    named: dict[str, None] = {}
    for name, word in said.items():
        found = _called(ctx, word.strip(), staff)
        if not found:
            allowed = "可填单位名称、民警姓名或者代码（单位见 /v1/units）"
            detail = f"没有名为“{word}”的单位或者民警；{allowed}；不清楚的请留空，在诉求内容中写明"
            raise unprocessable("unknown-complained-of", detail, Fault(f"/form/{name}", detail))
        named |= dict.fromkeys(found)
    if not any(Role.SUPERVISOR in one.roles and _is_free(ctx, one, named) for one in staff):
        detail = "本机关须整体回避，无人可以办理；请向上一级公安机关或者纪检监察机关提出"
        raise unprocessable("nobody-left", detail, Fault(f"/form/{next(iter(said))}", detail))
    return tuple(named)


def _called(ctx: Context, word: str, staff: list[Account]) -> list[str]:
    units = [e.unit.code for e in ctx.organisation.units() if word in {e.unit.code, e.unit.name}]
    return units + [one.code for one in staff if word in {one.code, one.name}]


def _is_free(ctx: Context, account: Account, named: Collection[str]) -> bool:
    place = ctx.organisation.place(account.unit or "")
    return account.code not in named and not (place and place.is_under(*named))
