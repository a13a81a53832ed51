"""What outside bodies are told: for each notice that concerns one, a message in the outbox. A worker delivers it.

Commanded with the notices, as a regular activity: nothing leaves the house for a row that the engine does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from domain.appeal import Appeal, Transfer
from domain.clock import Clock, ClockName, due_at
from domain.journal import Entry
from domain.notice import Notice
from domain.outside import RESULT as RESULT_WORD
from domain.outside import result_call
from domain.vocabulary import Action
from domain.wall import stamp
from storage.appeals import Appeals
from storage.database import Write
from storage.deliveries import Deliveries, Message
from storage.journal import JournalReads
from storage.partners import Partner

log = structlog.get_logger(__name__)

#: The types of events.
TRANSFER, RECALL, REMINDER = "appeals.transfer", "appeals.transfer.recall", "appeals.transfer.reminder"
RESULT: Final = "appeals.result"
#: Instead of a transfer's number, of what is about the matter itself.
NO_TRANSFER: Final = 0
#: The clocks of a transfer, and what each waits for.
_CHASED: Final = {ClockName.TRANSFER_RECEIPT.value: "receipt", ClockName.TRANSFER_REPLY.value: "reply"}


class Outbox:
    """Writes messages; the same notice twice leaves one."""

    def __init__(self, partners: Mapping[str, Partner], source: str, *, rehearsal: bool = False) -> None:
        """``partners`` by unit; a body that is none of them is told by people. ``source`` names this system."""
        self._partners = partners
        self._source = source
        self._rehearsal = rehearsal

    def hears_results(self, channel: str) -> bool:
        """Whether a partner brings matters by this channel, and is told what became of them."""
        return any(partner.channel == channel for partner in self._partners.values())

    async def post(self, w: Write, notices: Sequence[Notice]) -> None:
        """In the transaction that keeps the notices."""
        for notice in notices:
            if notice.is_for_outside and notice.template == RESULT_WORD:
                await self._post_result(w, notice)
            elif notice.is_for_outside or notice.data.get("clock") in _CHASED:
                await self._post(w, notice)

    async def _post(self, w: Write, notice: Notice) -> None:
        stored, outbox = await Appeals(w).get(notice.number), Deliveries(w)
        number = _transfer_of(stored.appeal, notice) if stored else None
        if stored is None or number is None:
            return
        transfer = stored.appeal.transfers[number - 1]
        partner, kind = self._partners.get(transfer.body.code), _kind(notice)
        # Whoever was never told by machine that a matter is theirs, is not reminded of it or relieved of it either.
        if partner is None or (kind != TRANSFER and not await outbox.is_told(notice.number, number)):
            return
        subject = f"{notice.number}/{number}"
        data = _DATA[kind](stored.appeal, transfer, notice) | await _reason(w, notice)
        event = self._event(notice, kind, subject, {"transfer": subject, **data})
        await outbox.add(
            Message(notice.id, partner.code, notice.number, number, kind, event, created_at=datetime.now(UTC))
        )
        log.info("outbox", number=notice.number, partner=partner.code, kind=kind)

    async def _post_result(self, w: Write, notice: Notice) -> None:
        """To the partner that brings matters by the channel of this one, if there is one."""
        partner = next((p for p in self._partners.values() if p.channel == notice.unit), None)
        stored = await Appeals(w).get(notice.number)
        if partner is None or stored is None:
            return
        entry = await _entry(w, notice)
        data = _became(stored.appeal, notice, entry) | _rejection(entry)
        event = self._event(notice, RESULT, notice.number, data)
        created = datetime.now(UTC)
        await Deliveries(w).add(Message(notice.id, partner.code, notice.number, NO_TRANSFER, RESULT, event, created))
        log.info("outbox", number=notice.number, partner=partner.code, kind=RESULT)

    def _event(self, notice: Notice, kind: str, subject: str, data: dict[str, Any]) -> str:
        attributes: dict[str, Any] = {
            "id": notice.id,
            "source": self._source,
            "type": kind,
            "subject": subject,
            "time": notice.at.astimezone(UTC),
            "datacontenttype": "application/json",
        }
        if self._rehearsal:
            attributes["rehearsal"] = "true"
        event = CloudEvent(attributes, {"number": notice.number, **data})
        return JSONFormat().write(event).decode()


def _kind(notice: Notice) -> str:
    if not notice.is_for_outside:
        return REMINDER
    return TRANSFER if notice.template == Action.TRANSFER else RECALL


def _transfer_of(appeal: Appeal, notice: Notice) -> int | None:
    """Which transfer it is about: as it says, or the one whose clock rang, if that one still waits."""
    if notice.is_for_outside:
        number: int = notice.data["transfer"]
        # Tables that were restored from an older backup may not know it.
        return number if number <= len(appeal.transfers) else None
    clock = _clock_of(appeal, notice)
    if clock is None or clock.ended_at:
        return None
    return next((n for n, t in enumerate(appeal.transfers, 1) if t.is_open and t.at == clock.started_at), None)


def _clock_of(appeal: Appeal, notice: Notice) -> Clock | None:
    return next((c for c in appeal.clocks if c.generation == notice.data["generation"]), None)


def _became(appeal: Appeal, notice: Notice, entry: Entry | None) -> dict[str, Any]:
    """How it stood at the notice's moment: by now there may be another round, with another answer or none.

    The words of a secret matter are for the enterprise alone.
    """
    result = appeal.result
    text = result.answer if result and result.answered_at else None
    if entry is not None and entry.action is Action.SEND_ANSWER:
        text = entry.data["text"]
    return {
        "external_ref": appeal.submission.external_ref,
        "closed": notice.data["closed"],
        # Notices of the release before did not say it.
        "outcome": notice.data.get("outcome", result_call(appeal, closed=True).data["outcome"]),
        "text": None if appeal.rules.service.secret else text or None,
        "at": stamp(notice.at),
    }


def _rejection(entry: Entry | None) -> dict[str, Any]:
    """Why it was not taken up, and where to go instead."""
    if entry is None or entry.action is not Action.REJECT:
        return {}
    return {"reason": entry.reason, "legal_basis": entry.data["legal_basis"], "remedy": entry.data["remedy"]}


async def _entry(w: Write, notice: Notice) -> Entry | None:
    seq, entries = notice.entry, await JournalReads(w).of(notice.number)
    return next((entry for entry in entries if entry.seq == seq), None)


async def _reason(w: Write, notice: Notice) -> dict[str, Any]:
    """Why it was taken back, if that was written for the body; why somebody else took it out of its hands, is ours."""
    if notice.template != Action.RECALL_TRANSFER:
        return {}
    entry = await _entry(w, notice)
    return {"reason": entry.reason} if entry and entry.action is Action.RECALL_TRANSFER else {}


def _handed_over(appeal: Appeal, transfer: Transfer, _notice: Notice) -> dict[str, Any]:
    """The matter itself; people by name, because they are to be called."""
    said = appeal.submission
    return {
        "reason": transfer.reason,
        "transferred_at": stamp(transfer.at),
        "service": {"code": appeal.rules.service.code, "name": appeal.rules.service.name},
        "enterprise": {"uscc": said.enterprise.uscc, "name": said.enterprise.name},
        "contact": {"name": said.contact.name, "phone": said.contact.phone},
        "region": said.region,
        "title": said.title,
        "description": said.description,
        "form": said.form,
        "urgent": appeal.urgent,
        "external_ref": said.external_ref,
        "receipt_due_at": _due(appeal, ClockName.TRANSFER_RECEIPT),
        "reply_due_at": _due(appeal, ClockName.TRANSFER_REPLY),
    }


def _taken_back(_appeal: Appeal, transfer: Transfer, _notice: Notice) -> dict[str, Any]:
    return {"recalled_at": stamp(transfer.ended_at)}


def _reminded(appeal: Appeal, _transfer: Transfer, notice: Notice) -> dict[str, Any]:
    """What is waited for, until when, and how far the ladder is: 75, 90, 100 per cent, then +1, +2 and so on."""
    clock = _clock_of(appeal, notice)
    due = due_at(clock, appeal.calendar_of(clock)) if clock else None
    return {
        "waiting_for": _CHASED[notice.data["clock"]],
        "due_at": stamp(due),
        "rung": notice.data["rung"],
        "overdue": due is not None and due <= notice.at,
    }


_DATA: Final = {TRANSFER: _handed_over, RECALL: _taken_back, REMINDER: _reminded}


def _due(appeal: Appeal, name: ClockName) -> str | None:
    clock = appeal.open_clock(name)
    return stamp(due_at(clock, appeal.calendar_of(clock))) if clock else None
