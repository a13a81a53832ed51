"""Documents as pages: what a template is given, the QR code, HTML and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import segno
import structlog
from starlette.requests import Request

from api.context import Context
from api.deps import Caller
from api.paper_words import (
    CHANNELS,
    LIMITS,
    OTHER,
    OTHER_NAME,
    budget,
    rows,
    standing_name,
    titles_of_form,
    titles_of_paper,
)
from api.problems import Problem
from api.promised import promised
from api.reading import Found, entries_of
from domain.act import moment_of_text
from domain.appeal import Appeal
from domain.clock import ClockName, read
from domain.documents import Paper, code_of, delivered, grouped, standing
from domain.journal import Entry
from domain.printed import papers_of
from domain.relations import is_outside, sees_personal_data
from domain.rules import Rules, budget_for
from domain.service import basis_told
from domain.vocabulary import Stage
from domain.wall import stamp
from runtime.pdf import NEEDS, PdfUnavailable, pdf_of
from storage.templates import BadTemplate

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper of an appeal, ready to be printed. ``registered`` are the rules by which it came in."""

    found: Found
    entries: Sequence[Entry]
    paper: Paper
    registered: Rules | None = None

    @property
    def code(self) -> str:
        """Its code for verification."""
        return code_of(self.paper, self.entries)


async def sheets_of(ctx: Context, me: Caller, found: Found) -> list[Sheet]:
    """What the caller may print: a paper holds names and words; the enterprise gets what has been given to it."""
    if not sees_personal_data(found.appeal, me.actor):
        return []
    entries = await entries_of(ctx, found)
    papers = papers_of(found.appeal, entries)
    outside = is_outside(me.actor)
    return [Sheet(found, entries, paper) for paper in papers if not outside or delivered(paper, found.appeal, entries)]


def sheet_view(ctx: Context, request: Request, sheet: Sheet) -> dict[str, Any]:
    """A paper as lists tell of it."""
    paper, now = sheet.paper, sheet.found.now
    base = f"/v1/appeals/{sheet.found.appeal.number}/documents/{quote(paper.kind, safe='')}"
    which = f"?document={quote(paper.number, safe='')}"
    return {
        "kind": paper.kind,
        "name": paper.name,
        "number": paper.number,
        "issued_at": stamp(paper.at),
        "unit": paper.unit or None,
        "unit_name": unit_name(ctx, sheet),
        "valid_from": paper.valid_from,
        "valid_until": paper.valid_until,
        "revoked_at": stamp(paper.revoked_at),
        "standing": standing(paper, now).value,
        "standing_name": standing_name(paper, now),
        "round": paper.round or None,
        "followed_at": stamp(paper.followed_at),
        "code": sheet.code,
        "links": {
            "html": f"{base}.html{which}",
            "pdf": f"{base}.pdf{which}",
            "verify": verify_url(ctx, request, sheet.code),
        },
    }


def html_of(ctx: Context, request: Request, sheet: Sheet) -> str:
    """The page by the template of its kind, or else of its family. Raises a 500 problem."""
    return page_of(ctx, [sheet.paper.kind, sheet.paper.family.value], given(ctx, request, sheet))


def page_of(ctx: Context, names: Sequence[str], shown: dict[str, Any]) -> str:
    """The page of the first of these templates. Raises a 500 problem that names what is wrong with it."""
    try:
        return ctx.templates.render(names, shown)
    except BadTemplate as error:
        log.error("bad_template", flaw=str(error))  # noqa: TRY400 - the flaw says it all
        detail = f"文书模板有误，请联系管理员（{error}）"
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, BadTemplate.code, detail) from None


async def pdf_page(html: str) -> bytes:
    """The page as PDF. Raises a 501 problem that says what this machine lacks."""
    try:
        return await pdf_of(html)
    except PdfUnavailable as error:
        detail = f"本机不能生成 PDF：缺少{error.lacks}。请管理员安装系统软件包 {NEEDS}；网页版文书可直接打印。"
        raise Problem(HTTPStatus.NOT_IMPLEMENTED, PdfUnavailable.code, detail) from None
    except TimeoutError:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "pdf-busy", "生成 PDF 超时，请稍后再试") from None


def verify_url(ctx: Context, request: Request, code: str) -> str:
    """Where anybody may look whether the paper is genuine."""
    base = ctx.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/verify/{code}"


def unit_name(ctx: Context, sheet: Sheet) -> str:
    """Who issued it; what the system issued, the unit that leads."""
    place = ctx.organisation.place(sheet.paper.unit) if sheet.paper.unit else None
    appeal = sheet.found.appeal
    return (place or appeal.lead or appeal.submission.first_unit).name


def given(ctx: Context, request: Request, sheet: Sheet) -> dict[str, Any]:
    """What templates may show (docs/documents.md)."""
    appeal, paper, now = sheet.found.appeal, sheet.paper, sheet.found.now
    said, url = appeal.submission, verify_url(ctx, request, sheet.code)
    return {
        "office": ctx.organisation.name,
        "unit": unit_name(ctx, sheet),
        "paper": {
            "family": paper.family.value,
            "kind": paper.kind,
            "name": paper.name,
            "number": paper.number,
            "at": paper.at,
            "valid_from": paper.valid_from,
            "valid_until": paper.valid_until,
            "revoked_at": paper.revoked_at,
            "standing": standing(paper, now).value,
            "standing_name": standing_name(paper, now),
            "round": paper.round,
            "is_last_round": paper.round >= appeal.rules.policy.max_rounds,
            "followed_at": paper.followed_at,
            "shows": paper.shows,
            "rows": rows(paper.shows, titles_of_paper(appeal.rules.service, paper, said.form)),
        },
        "appeal": {
            "number": appeal.number,
            "service": appeal.rules.service.code,
            "service_name": appeal.rules.service.name,
            "title": said.title,
            "description": said.description,
            "channel_name": CHANNELS[said.channel],
            "created_at": appeal.created_at,
            "rows": rows(said.form, titles_of_form(appeal.rules.service)),
            "limits": _limits(sheet),
            "materials": _materials(sheet.found),
        },
        "enterprise": {"name": said.enterprise.name, "uscc": said.enterprise.uscc},
        "contact": {"name": said.contact.name, "phone": said.contact.phone},
        "verify": {"code": sheet.code, "grouped": grouped(sheet.code), "url": url, "qr": qr_of(url)},
        "rehearsal": ctx.settings.rehearsal,
        "printed_at": now,
    }


def qr_of(url: str) -> str:
    """The QR code of an address, as an image that stands in the page itself."""
    made: str = segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=2)
    return made


def _limits(sheet: Sheet) -> list[dict[str, Any]]:
    """What was promised or owed when it was registered, by when, and what became of the limit since.

    What has not begun has no day yet. A later round has limits of its own, which no receipt spoke of.
    """
    appeal, limits = sheet.found.appeal, []
    rules, urgent = sheet.registered or appeal.rules, appeal.submission.urgent
    for name, title in LIMITS.items():
        clock = next((c for c in reversed(appeal.clocks) if c.name is name and c.round == 1), None)
        first = budget_for(rules, name, urgent=urgent)
        now = clock.budget if clock else budget_for(appeal.rules, name, urgent=appeal.urgent)
        if not (first or now):
            continue
        due_at = read(clock, appeal.calendar_of(clock), sheet.found.now).due_at if clock else None
        limits.append(
            {
                "name": title,
                "budget": _length(first),
                "changed": _length(now) if now != first else "",
                "due_at": due_at,
                "promised_by": None if clock else _promised_by(sheet, name),
                "waits": "暂停计时" if clock else _waits(appeal),
                "basis": basis_told(clock.basis, inside=False) if clock else "",
            }
        )
    return limits


def _promised_by(sheet: Sheet, name: ClockName) -> datetime | None:
    """What the page promises before the time for handling begins: counted from the last moment for accepting it."""
    appeal = sheet.found.appeal
    if name is not ClockName.HANDLE or not appeal.is_open:
        return None
    first = appeal.submission.first_unit.chain[0]
    done_by = promised(appeal.rules, first, appeal.created_at, urgent=appeal.urgent).done_by
    return moment_of_text(done_by) if done_by else None


def _waits(appeal: Appeal) -> str:
    """Of a limit that has not begun."""
    return "自受理起算" if appeal.stage is Stage.ACCEPT and not appeal.rules.service.waits else "尚未起算"


def _length(said: str) -> str:
    return budget(said) if said else "无此时限"


def _materials(found: Found) -> list[dict[str, str]]:
    names = {OTHER: OTHER_NAME} | {m.code: m.name for m in found.appeal.rules.service.materials}
    return [
        {
            "name": names.get(m.get("code", ""), m.get("code", "")),
            "file": m.get("name") or m.get("reference") or "",
            "sha256": m.get("sha256", ""),
        }
        for m in found.appeal.submission.materials
    ]
