"""Putting right what a dossier showed to be wrong: rows that are as they should be stay, with their positions.

A line that is written anew gets a new position, as a ghost's successor does: whoever follows the stream is told what is
true now.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from domain.journal import Entry
from domain.rules import Rules
from storage.codec import dump_rules, dump_submission, rules_digest
from storage.comparison import Claim, is_line_of
from storage.database import Write
from storage.dossier import Dossier, Dossiers, entry_from
from storage.rows import appeal_row
from storage.rules import sound_rules, store_rules
from storage.tables import appeals, held_notices, intake, journal
from storage.tables import rules as rules_table
from storage.upsert import insert_or_ignore
from storage.writer import AppealWriter


class Overtaken(Exception):  # noqa: N818 - an answer, which rolls the transaction back
    """A later attempt has written."""


class AppealMender(AppealWriter):
    """Makes every row of an appeal say what it should."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._dossiers = Dossiers(w)

    async def keep_rules(self, rules: Rules) -> None:
        """The rules under their version, also in place of a body that is not what the version names."""
        await store_rules(self._w, rules)
        if rules_digest(rules) == rules.version and not await sound_rules(self._w, rules.version):
            wrong = update(rules_table).where(rules_table.c.version == rules.version)
            await self._w.run(wrong.values(body=dump_rules(rules)))

    async def mend(self, claim: Claim, entries: Sequence[Entry], *, lower: int | None = None) -> None:
        """Every row as ``claim`` and the whole journal ``entries`` say. The rules are there.

        Raises Overtaken. ``lower`` is a fence that nobody can have written: while it still stands, it gives way.
        """
        appeal = claim.appeal
        await self._w.rows(select(appeals.c.number).where(appeals.c.number == appeal.number).with_for_update())
        if lower is not None:
            wrong = update(appeals).where(appeals.c.number == appeal.number, appeals.c.fence == lower)
            await self._w.run(wrong.values(fence=claim.fence))
        await self._keep_intake(claim, entries)
        dossier = (await self._dossiers.of([appeal.number]))[appeal.number]
        kept = await self._keep_lines(dossier, entries)
        if not await self._replace(appeal, kept, appeal_row(appeal, claim.fence, claim.moments)):
            raise Overtaken
        await self._mark(claim)

    async def unmark(self, number: str) -> None:
        """Intake waits for the engine again."""
        await self._w.run(update(intake).where(intake.c.number == number).values(started_at=None))

    async def _keep_lines(self, dossier: Dossier, entries: Sequence[Entry]) -> list[Entry]:
        """Takes away the lines that are wrong; the journal to be, with what was erased still erased."""
        wanted, kept = {e.seq: e for e in entries}, dict[int, Entry]()
        wrong = []
        for line in dossier.journal:
            entry, found = wanted.get(line["seq"]), entry_from(line)
            if entry and found and is_line_of(line, entry):
                kept[entry.seq] = found
            else:
                wrong.append(line)
        if wrong:
            # Nobody is to hear of what never was.
            unheard = delete(held_notices).where(held_notices.c.number == dossier.number)
            await self._w.run(unheard.where(held_notices.c.seq.in_([line["seq"] for line in wrong])))
            await self._w.run(delete(journal).where(journal.c.position.in_([line["position"] for line in wrong])))
        return [kept.get(e.seq, e) for e in entries]

    async def _keep_intake(self, claim: Claim, entries: Sequence[Entry]) -> None:
        """What came in, as the appeal remembers it. Its caller's key is lost: nobody else can have used the number."""
        appeal = claim.appeal
        row = {
            "number": appeal.number,
            "caller": appeal.submission.submitter.id,
            "idempotency_key": appeal.number,
            "digest": "",
            "created_at": appeal.created_at,
            "rules_version": appeal.rules.version,
            "salt": entries[0].salt if entries else "",
            "body": dump_submission(appeal.submission),
            "started_at": appeal.created_at,
        }
        await self._w.run(insert_or_ignore(self._w.dialect, intake), row)

    async def _mark(self, claim: Claim) -> None:
        unmarked = update(intake).where(intake.c.number == claim.appeal.number, intake.c.started_at.is_(None))
        await self._w.run(unmarked.values(started_at=claim.appeal.created_at, last_error=None))
