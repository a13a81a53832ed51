"""HTML to PDF by WeasyPrint, which needs Pango and a Chinese font of the system's packages.

In a process of its own each time (``python -m runtime.pdf``): without any font Pango takes its process down, and nobody
else waits while it works. Where something is missing, the answer says what; HTML goes on working.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import warnings
from typing import Any, Final

NEEDS: Final = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk"
"""Debian's and Ubuntu's names of what must be there."""
_COMMON_HAN: Final = range(0x4E00, 0x9FA6)  # what every Chinese font has
_NO_LIBRARY, _NO_FONT = 3, 4
_LACKS: Final = {_NO_LIBRARY: "WeasyPrint，或其所需的 Pango 与 HarfBuzz", _NO_FONT: "中文字体"}
_AT_ONCE: Final = 2
_PATIENCE_SECONDS: Final = 60.0
_places = asyncio.Semaphore(_AT_ONCE)


class PdfUnavailable(Exception):  # noqa: N818 - an answer: what this machine lacks
    """No PDF can be made here; ``lacks`` says what is missing, in Chinese."""

    code = "pdf-unavailable"

    def __init__(self, lacks: str) -> None:
        super().__init__(lacks)
        self.lacks = lacks


async def pdf_of(html: str) -> bytes:
    """The page as PDF. Nothing is fetched for it: what it shows, it holds.

    Raises:
        PdfUnavailable: something of the system's packages is missing.
        TimeoutError: it took over a minute.
    """
    async with _places, asyncio.timeout(_PATIENCE_SECONDS):
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            made, _ = await process.communicate(html.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode == 0:
        return made
    raise PdfUnavailable(_LACKS.get(process.returncode or 0, "能正常运行的 WeasyPrint"))


class _Missing(logging.Handler):
    """Counts the common Chinese characters for which no font was found."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        point = record.args[1] if isinstance(record.args, tuple) and len(record.args) > 1 else None
        self.count += ".notdef" in record.msg and point in _COMMON_HAN


def main() -> int:
    """From standard input to standard output; the exit code says what is missing."""
    warnings.filterwarnings("error", message="No fonts configured")
    missing = _Missing(logging.WARNING)
    logging.getLogger("weasyprint").addHandler(missing)
    try:
        weasyprint: Any = importlib.import_module("weasyprint")
        fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"})
        made = weasyprint.HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=fetcher).write_pdf()
    except (ImportError, OSError):
        return _NO_LIBRARY
    except UserWarning:
        return _NO_FONT
    if missing.count:
        return _NO_FONT
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
