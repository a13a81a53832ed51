"""Documents of an appeal: which there are, as a page to print, as PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import Ctx, Me, Number
from api.printing import html_of, pdf_page, sheet_view, sheets_of
from api.problems import not_found
from api.reading import find, is_privileged, registered_rules
from api.schemas.document import PAGES, answers

router = APIRouter(prefix="/v1/appeals/{number}/documents", tags=["文书"])

_PDF = "application/pdf"
#: A page of ours shows what stands in it: no scripts, nothing from elsewhere.
_LOCKED = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'"

Kind = Annotated[
    str,
    Path(description="文书种类：receipt、permit、answer、rejection、results，或事项自己的证件种类；可带 .html 或 .pdf"),
]
Wanted = Annotated[
    str | None, Query(alias="document", max_length=200, description="文书编号；同一种类有多份时指明，缺省为最新一份")
]


@router.get(
    "",
    summary="文书列表",
    description="诉求已形成的文书：回执、证件、答复、结果清单；企业只看到已送达的。有效状态按诉求自己的当前时间计算。",
    responses=answers("Documents", problems=(401, 404, 503)),
)
async def list_documents(request: Request, ctx: Ctx, me: Me, number: Number) -> dict[str, Any]:
    """Those that the caller may print."""
    found = await find(ctx, me.actor, number)
    return {"items": [sheet_view(ctx, request, sheet) for sheet in await sheets_of(ctx, me, found)]}


@router.get(
    "/{kind}",
    summary="打印文书",
    description="一份文书：网页（可直接打印）或 PDF，以路径后缀或 Accept 选择。"
    "本机没有 Pango 或中文字体的，PDF 为 501。",
    responses={**answers("Documents", problems=(401, 404, 500, 501, 503)), 200: PAGES},
    response_class=HTMLResponse,
)
async def print_document(
    request: Request, ctx: Ctx, me: Me, number: Number, kind: Kind, document: Wanted = None
) -> Response:
    """One of them."""
    found = await find(ctx, me.actor, number)
    name, form = _split(kind, request.headers.get("accept", ""))
    fitting = [
        s for s in await sheets_of(ctx, me, found) if s.paper.kind == name and document in {None, s.paper.number}
    ]
    if not fitting:
        raise not_found("没有这份文书，或尚未送达", "unknown-document")
    sheet = fitting[-1]
    page = html_of(ctx, request, replace(sheet, registered=await registered_rules(ctx, found, sheet.entries)))
    content: str | bytes = await pdf_page(page) if form == _PDF else page
    if is_privileged(found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, f"document:{name}", me.request_id)
    ending = "pdf" if form == _PDF else "html"
    file = quote(f"{sheet.paper.name} {sheet.paper.number}.{ending}", safe="")
    headers = {"Content-Security-Policy": _LOCKED, "Content-Disposition": f"inline; filename*=UTF-8''{file}"}
    return Response(content, headers=headers, media_type=form)


def _split(kind: str, accept: str) -> tuple[str, str]:
    """The kind without its ending, and the media type that is asked for."""
    for ending, form in ((".pdf", _PDF), (".html", "text/html")):
        if kind.endswith(ending):
            return kind.removesuffix(ending), form
    return kind, _PDF if accept.startswith(_PDF) else "text/html"
