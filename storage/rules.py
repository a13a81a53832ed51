"""The rules that appeals were begun with, kept by the digest of their content."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable

from sqlalchemy import Text, bindparam, cast, select

from domain.rules import Rules
from storage.codec import dump_rules, load_rules, rules_digest
from storage.database import Read, Write
from storage.tables import rules as table
from storage.upsert import insert_or_ignore

_MOST = 256  # versions in memory: services times the calendars and policies of some years

# A version is the digest of its content, so one cache serves every database of the process and never goes stale.
_CACHE: OrderedDict[str, Rules] = OrderedDict()

_IS_KEPT = select(table.c.version).where(table.c.version == bindparam("wanted"))


async def store_rules(w: Write, rules: Rules) -> None:
    """Keep these rules, unless they are kept already."""
    # Rules carry years of holidays; asking first is cheaper than sending them with every submission.
    if await w.value(_IS_KEPT, {"wanted": rules.version}) is None:
        await w.run(insert_or_ignore(w.dialect, table), {"version": rules.version, "body": dump_rules(rules)})


async def sound_rules(r: Read, version: str | None = None) -> frozenset[str]:
    """The versions (all, or of this one) whose kept body is what the version was made of."""
    query = select(table.c.version, cast(table.c.body, Text).label("text"))
    rows = await r.rows(query if version is None else query.where(table.c.version == version))
    return frozenset(row.version for row in rows if _is_of(row.version, row.text))


def _is_of(version: str, body: str) -> bool:
    try:
        return rules_digest(load_rules(json.loads(body))) == version
    except ValueError:  # no JSON, or no rules
        return False


async def rules_by_version(r: Read, versions: Iterable[str]) -> dict[str, Rules]:
    """Rules by version, at most one query for all that this process has not seen lately.

    Raises KeyError for a version that is not kept.
    """
    wanted = set(versions)
    found = {version: _CACHE[version] for version in wanted & _CACHE.keys()}
    missing = wanted - found.keys()
    if missing:
        query = select(table.c.version, table.c.body).where(table.c.version.in_(sorted(missing)))
        found |= {row.version: load_rules(row.body) for row in await r.rows(query)}
    for version in wanted:
        _CACHE[version] = found[version]
        _CACHE.move_to_end(version)
    while len(_CACHE) > _MOST:
        _CACHE.popitem(last=False)
    return found
