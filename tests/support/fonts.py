"""A font of our own and a configuration that knows no other: no test depends on what is installed."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

FAMILY = "Test Han"
_UNITS = 1000


def configuration(folder: Path, characters: str = "") -> Path:
    """A file for ``FONTCONFIG_FILE``; fonts with these characters, or none at all."""
    folder.mkdir()
    if characters:
        _font(folder / "test.ttf", sorted({ord(c) for c in characters}))
    made = folder / "fonts.conf"
    made.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{folder}</dir><cachedir>{folder / 'cache'}</cachedir></fontconfig>"
    )
    return made


def _font(path: Path, points: list[int]) -> None:
    """Every character is the same box."""
    pen = TTGlyphPen(None)
    for n, corner in enumerate(((100, 0), (900, 0), (900, 800), (100, 800))):
        (pen.lineTo if n else pen.moveTo)(corner)
    pen.closePath()
    box = pen.glyph()
    names = {point: f"u{point:04X}" for point in points}
    order = [".notdef", *names.values()]
    font = FontBuilder(_UNITS)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(order, box))
    font.setupHorizontalMetrics(dict.fromkeys(order, (_UNITS, 100)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": "TestHan-Regular"})
    font.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    font.setupPost()
    font.save(path)
