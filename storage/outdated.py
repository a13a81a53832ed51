"""Which rules of open appeals go by a calendar that is no longer today's, and what replaces them."""

from __future__ import annotations

from sqlalchemy import select, union

from domain.rules import Rules
from storage.catalogue import Catalogue
from storage.database import Read
from storage.rules import rules_by_version
from storage.tables import appeals, intake


async def outdated(r: Read, catalogue: Catalogue) -> dict[str, Rules]:
    """The rules by today's calendar that replace those of open appeals, by the version that they go by now.

    Submissions that wait for the engine are appeals, too. Service and policy stay what they were: a new holiday is no
    reason for another limit. Rules that already go by today's calendar are left out: empty means nothing to do.
    """
    of_appeals = select(appeals.c.rules_version).where(appeals.c.closed_at.is_(None))
    of_intake = select(intake.c.rules_version).where(intake.c.started_at.is_(None))
    versions = [row.rules_version for row in await r.rows(union(of_appeals, of_intake))]
    known = await rules_by_version(r, versions)
    again = {version: catalogue.by_todays_calendar(rules) for version, rules in known.items()}
    return {version: rules for version, rules in sorted(again.items()) if rules is not None}
