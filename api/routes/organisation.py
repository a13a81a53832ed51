"""Who and what: the caller, the units, an enterprise."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.context import Context
from api.deps import Caller, Ctx, Me
from api.permissions import ENTERPRISES
from api.problems import not_found
from api.rights import Subject
from api.schemas.document import answers
from domain.identity import uscc_fault
from storage.accounts import Accounts
from storage.appeals import Appeals
from storage.filters import AppealFilter

router = APIRouter(prefix="/v1", tags=["组织"])


@router.get(
    "/me",
    summary="当前调用者",
    description="当前调用者：姓名、角色、单位或企业。",
    responses=answers("Me", problems=(401, 503)),
)
async def read_me(ctx: Ctx, me: Me) -> dict[str, Any]:
    """Who calls."""
    account, unit = me.account, me.actor.unit
    enterprise = {"uscc": account.uscc, "name": account.name, "tiers": [t.value for t in account.tiers]}
    return {
        "id": account.code,
        "name": account.name,
        "roles": [role.value for role in account.roles],
        "unit": unit.code if unit else None,
        "unit_name": unit.name if unit else None,
        "enterprise": enterprise if account.uscc else None,
        "rehearsal": ctx.settings.rehearsal,
    }


@router.get(
    "/units", summary="单位列表", description="全部单位及其上级。", responses=answers("Units", problems=(401, 503))
)
async def list_units(ctx: Ctx, _me: Me) -> dict[str, Any]:
    """Every unit and its superior."""
    units = [
        {
            "code": entry.unit.code,
            "name": entry.unit.name,
            "kind": entry.unit.kind.value,
            "superior": entry.superior,
            "region": entry.region,
        }
        for entry in ctx.organisation.units()
    ]
    return {"items": units}


@router.get(
    "/enterprises/{uscc}",
    summary="企业",
    description="一家企业：本企业或民警可查。",
    responses=answers("Enterprise", problems=(401, 404, 503)),
)
async def read_enterprise(ctx: Ctx, me: Me, uscc: str) -> dict[str, Any]:
    """One enterprise."""
    found = await _enterprise(ctx, me, uscc)
    if found is None:
        raise not_found("没有这家企业的记录，或您无权查看", "unknown-enterprise")
    return found


async def _enterprise(ctx: Context, me: Caller, uscc: str) -> dict[str, Any] | None:
    """From its account, else from what it last said of itself in an appeal that the caller may read."""
    if uscc_fault(uscc) or not ENTERPRISES.allows(me.actor, Subject(uscc=uscc)):
        return None
    async with ctx.database.read() as r:
        account = await Accounts(r).by_uscc(uscc)
        wanted = AppealFilter(enterprise=uscc, reader=me.actor.id, reader_unit=me.actor.unit_code)
        page = await Appeals(r).page(wanted, ctx.now(), limit=1)
    if account:
        return {"uscc": uscc, "name": account.name, "tiers": [t.value for t in account.tiers]}
    if not page.items:
        return None
    said = page.items[0].appeal.submission.enterprise
    return {"uscc": uscc, "name": said.name, "tiers": [t.value for t in said.tiers]}
