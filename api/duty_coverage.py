"""What would go wrong in the next days, as it is answered."""

from __future__ import annotations

from typing import Any

from api.context import Context
from api.deps import Caller
from api.duty import names, only_staff, unit_name
from api.duty_bodies import hole_view
from domain.duty_coverage import EmptyStep
from domain.wall import stamp
from storage.duty_coverage import Asked, Coverage, Unreachable, coverage
from storage.duty_words import empty_text, ladder_text, unit_text, unreachable_text


async def look_ahead(ctx: Context, me: Caller, days: int) -> dict[str, Any]:
    """The next days of every ladder and every roster."""
    only_staff(me.actor)
    asked = Asked(ctx.organisation, ctx.catalogue.policy, tuple(ctx.catalogue.services()), ctx.now(), days)
    async with ctx.database.read() as r:
        found, who = await coverage(r, asked), await names(r)
    return {
        "from": stamp(asked.start),
        "until": stamp(asked.end),
        "days": days,
        "complete": found.is_complete,
        "holes": [
            hole_view(hole, who)
            | {"unit": watch.kept.roster.unit, "unit_name": unit_text(ctx.organisation, watch.kept.roster.unit)}
            for watch in found.watches
            for hole in watch.holes
        ],
        "empty_steps": [_empty(ctx, one) for one in found.empty_steps],
        "unreachable": [_unreachable(ctx, one) for one in found.unreachable],
        "clocks_without_ladder": _clocks(found),
    }


def _empty(ctx: Context, one: EmptyStep) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "unit_name": unit_text(ctx.organisation, one.unit),
        "targets": list(one.targets),
        "from": stamp(one.starts_at),
        "until": stamp(one.ends_at),
        "steps": [{"ladder": step.ladder, "step": step.number} for step in one.steps],
        "text": empty_text(one, ctx.organisation),
    }


def _unreachable(ctx: Context, one: Unreachable) -> dict[str, Any]:
    return {
        "account": one.account.code,
        "name": one.account.name,
        "unit": one.account.unit,
        "unit_name": unit_name(ctx, one.account.unit),
        "why": one.why,
        "text": unreachable_text(one),
    }


def _clocks(found: Coverage) -> list[dict[str, Any]]:
    return [
        {
            "service": service.code,
            "service_name": service.name,
            "ladder": ladder,
            "text": ladder_text(service.name, ladder),
        }
        for service, ladder in found.clocks
    ]
