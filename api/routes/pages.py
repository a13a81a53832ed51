"""The documentation, without any outside host, and a first page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.deps import Ctx

router = APIRouter(include_in_schema=False)

_REHEARSAL = "<p><strong>预演环境</strong>:数据仅供演练。</p>"
_HOME = """<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>警企诉求闭环</title></head>
<body>
<main>
<h1>警企诉求闭环</h1>
{rehearsal}
<ul>
<li><a href="/docs">接口文档</a></li>
<li><a href="/openapi.json">OpenAPI 3.1</a></li>
<li><a href="/readyz">运行状态</a></li>
</ul>
</main>
</body>
</html>
"""
_DOCS = """<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>警企诉求闭环 · 接口文档</title>
<link rel="icon" href="/static/swagger-ui/favicon-32x32.png">
<link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css"></head>
<body>
<div id="swagger-ui"></div>
<script src="/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script>
</body>
</html>
"""


@router.get("/")
async def home(ctx: Ctx) -> HTMLResponse:
    """Where to go from here."""
    return HTMLResponse(_HOME.format(rehearsal=_REHEARSAL if ctx.settings.rehearsal else ""))


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The vendored Swagger UI on our own document."""
    return HTMLResponse(_DOCS)
