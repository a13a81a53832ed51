"""PDF where the system has what it takes, and clear words where not; never a process that goes down with it."""

from __future__ import annotations

import ctypes.util
import io
from pathlib import Path

import pypdf
import pytest

from runtime.pdf import PdfUnavailable, pdf_of
from tests.support.fonts import configuration

PAGE = "<html lang='zh-CN'><p>剧毒化学品购买许可证 No. 2026</p><img src='http://127.0.0.1:9/x.png'></html>"
needs_pango = pytest.mark.skipif(not ctypes.util.find_library("pango-1.0"), reason="Pango is not installed")


@needs_pango
async def test_a_page_becomes_a_pdf_whose_words_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", str(configuration(tmp_path / "fonts", PAGE)))
    made = pypdf.PdfReader(io.BytesIO(await pdf_of(PAGE)))
    assert "剧毒化学品购买许可证 No. 2026" in made.pages[0].extract_text()


@needs_pango
@pytest.mark.parametrize("characters", ["", "Latin only. 0123456789"], ids=["no font", "no Chinese font"])
async def test_without_a_chinese_font_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, characters: str
) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", str(configuration(tmp_path / "fonts", characters)))
    with pytest.raises(PdfUnavailable) as lacking:
        await pdf_of(PAGE)
    assert lacking.value.lacks == "中文字体"


async def test_without_pango_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What WeasyPrint does where its libraries are missing."""
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfUnavailable) as lacking:
        await pdf_of(PAGE)
    assert "Pango" in lacking.value.lacks


async def test_a_renderer_that_dies_takes_nobody_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weasyprint.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfUnavailable):
        await pdf_of(PAGE)
