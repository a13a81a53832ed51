"""Pictures of every page, at a desk and on a phone, of a town full of appeals: ``make screens`` → docs/screens/.

``python -m tests.browser.screens desk board`` makes only those whose name begins so; ``--url`` and ``--data-dir`` name
a rehearsal that runs already, and is not filled again.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.browser import chromium
from tests.browser.people import SIZES, People
from tests.browser.scenery import fill
from tests.browser.shots import SHOTS, Shot
from tests.support.running import ROOT, Running

SCREENS: Final = ROOT / "docs" / "screens"
_COLOURS: Final = 256
_TALLEST: Final = 3000  # px; what is below is more of the same


async def take(running: Running, numbers: dict[str, str], wanted: list[str]) -> list[str]:
    """Every picture; what could not be taken, in words."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium.options())
        known: dict[str, Any] = {}
        for shot in SHOTS:
            if not wanted or any(shot.name.startswith(name) for name in wanted):
                wrong += await _both(shot, running, browser, known, numbers)
        await browser.close()
    return wrong


async def _both(
    shot: Shot, running: Running, browser: Browser, known: dict[str, Any], numbers: dict[str, str]
) -> list[str]:
    wrong: list[str] = []
    for size, options in SIZES.items():
        people = People(running, browser, known)
        try:
            page = await (people.person(shot.who, options) if shot.who else people.stranger(options))
            await _take(shot, page, numbers, SCREENS / f"{shot.name}-{size}.png")
            await people.leave()
        except Exception as error:  # noqa: BLE001 - the other pictures are taken all the same
            wrong.append(f"{shot.name}-{size}: {error}")
    return wrong


async def _take(shot: Shot, page: Page, numbers: dict[str, str], to: Path) -> None:
    await shot.open(page, numbers)
    # The window as tall as the page: what sticks to its end stands there, not across the middle.
    size = page.viewport_size
    assert size
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), _TALLEST)})
    taken = Image.open(io.BytesIO(await page.screenshot(animations="disabled", scale="css"))).convert("RGB")
    _fewer_colours(taken).save(to, optimize=True)


def _fewer_colours(picture: Image.Image) -> Image.Image:
    """The commonest colours as they are, the edges of letters by the nearest of them: a third of the bytes."""
    pixels: list[tuple[int, int, int]] = list(picture.get_flattened_data())  # type: ignore[arg-type]
    counted = Counter(pixels)
    kept = [colour for colour, _ in counted.most_common(_COLOURS)]
    nearest = {colour: _nearest(colour, kept) for colour in counted} | {colour: n for n, colour in enumerate(kept)}
    made = Image.new("P", picture.size)
    made.putpalette([part for colour in kept for part in colour])
    made.putdata([nearest[colour] for colour in pixels])
    return made


def _nearest(colour: tuple[int, int, int], kept: list[tuple[int, int, int]]) -> int:
    red, green, blue = colour
    away = [(r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2 for r, g, b in kept]
    return away.index(min(away))


@contextmanager
def _town(url: str, data_dir: str) -> Iterator[tuple[Running, dict[str, str]]]:
    if url:
        running = Running(Path(data_dir), rehearsal=True)
        running.url = url.rstrip("/")
        found = running.ask("supervisor", "/v1/appeals?limit=500")["items"]
        yield running, {appeal["title"]: appeal["number"] for appeal in found}
        return
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder) / "data", rehearsal=True)
        running.start()
        try:
            yield running, fill(running).numbers
        finally:
            running.stop()


def main() -> None:
    """The pictures that were asked for; by default all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*")
    asked.add_argument("--url", default="")
    asked.add_argument("--data-dir", default="")
    given = asked.parse_args()
    with _town(given.url, given.data_dir) as (running, numbers):
        wrong = asyncio.run(take(running, numbers, given.names))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
