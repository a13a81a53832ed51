"""A service as one HTML page that needs no other host."""

from __future__ import annotations

from html import escape

from api.service_words import Reader
from domain.diagram import svg

_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>
body {{ font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1c2733;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ font-size: 1.1rem; margin: 1.5rem 0 .3rem; }}
dl {{ display: grid; grid-template-columns: 14rem 1fr; gap: .2rem 1rem; margin: 0; }}
dt {{ color: #5b6b7b; }} dd {{ margin: 0; }} svg {{ max-width: 100%; height: auto; }}
</style>
<h1>{name}</h1>
{drawing}
{sections}
</html>
"""


def page(reader: Reader) -> str:
    """The service with its procedure drawn, and every section."""
    found = []
    for title, lines in reader.sections():
        rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(said)}</dd>" for label, said in lines)
        found += [f"<h2>{escape(title)}</h2><dl>{rows}</dl>"] if rows else []
    drawing = svg(reader.service, reader.notes()) if reader.service.procedure.steps else ""
    return _PAGE.format(name=escape(reader.service.name), drawing=drawing, sections="\n".join(found))
