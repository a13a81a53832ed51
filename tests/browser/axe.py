"""What a page must be for everybody: WCAG 2.2 AA by axe-core, and no scrolling in two directions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

_RULES: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@cache
def _source() -> str:
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """What is wrong, one line a place."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(f"{_source()}; undefined")
    found: Any = await page.evaluate("rules => axe.run(document, rules)", _RULES)
    return [_line(page.url, rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]


def _line(url: str, rule: str, node: Any) -> str:
    return f"{url} {rule}: {node['target']} {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"


async def check_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA that a machine can find, and nothing that is wider than the window."""
    wrong = await violations(page)
    wrong += await sideways(page)
    assert not wrong, "\n".join(wrong)


async def sideways(page: Page) -> list[str]:
    """The page itself is never wider than the window; a table in a box of its own may be."""
    wide, window, widest = await page.evaluate(_WIDTHS)
    return [f"{page.url} is {wide} px wide in a window of {window}: {widest}"] if wide > window else []


_WIDTHS: Final = """() => {
  const root = document.scrollingElement, window_ = root.clientWidth;
  const over = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window_ + 1);
  const name = (e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  return [root.scrollWidth, window_, over.slice(0, 5).map(name).join(' | ')];
}"""
