"""Whether everything that an appeal needs is there."""

from __future__ import annotations

import asyncio

from api.context import Context

_PATIENCE = 3.0  # seconds; whoever asks has a limit, too


async def checks(ctx: Context) -> dict[str, str]:
    """Each part with ``ok`` or the code of what is wrong."""
    database, engine = await asyncio.gather(_database(ctx), _engine(ctx))
    return {"database": database, **engine, "catalogue": "ok" if ctx.catalogue.services() else "empty"}


async def _database(ctx: Context) -> str:
    try:
        async with asyncio.timeout(_PATIENCE):
            await ctx.database.ping()
    except Exception:  # noqa: BLE001 - whatever the driver says, it is not ready
        return "database-away"
    return "ok"


async def _engine(ctx: Context) -> dict[str, str]:
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await ctx.gateway.readiness()
    except Exception:  # noqa: BLE001 - as above
        return {"engine": "engine-away", "worker": "unknown"}
    return {name: found.get(name, "unknown") for name in ("engine", "worker")}
