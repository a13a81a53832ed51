"""What an upload may be: a closed list, told by its bytes and never by its name.

Nothing in it can be run by a browser: no HTML, no SVG, no scripts. Office files with macros are left out as well.
"""

from __future__ import annotations

import unicodedata
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Final

import filetype

_HEAD: Final = 8192  # as far as the library looks
_LONGEST: Final = 200  # characters of a name
_MOST_PARTS: Final = 10_000  # of a zip's list of contents


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its media type, what people call it, and the endings of its name (the first by default)."""

    media_type: str
    title: str
    suffixes: tuple[str, ...]


_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
KINDS: Final = (
    Kind("application/pdf", "PDF", ("pdf",)),
    Kind("application/ofd", "OFD", ("ofd",)),
    Kind("image/jpeg", "JPEG 图片", ("jpg", "jpeg")),
    Kind("image/png", "PNG 图片", ("png",)),
    Kind("image/heic", "HEIC 图片", ("heic", "heif")),
    Kind(f"{_OFFICE}wordprocessingml.document", "Word 文档（docx）", ("docx",)),
    Kind(f"{_OFFICE}spreadsheetml.sheet", "Excel 表格（xlsx）", ("xlsx",)),
    Kind("video/mp4", "MP4 视频", ("mp4",)),
    Kind("video/quicktime", "MOV 视频", ("mov",)),
    Kind("audio/mpeg", "MP3 录音", ("mp3",)),
    Kind("audio/mp4", "M4A 录音", ("m4a",)),
    Kind("audio/amr", "AMR 录音", ("amr",)),
    Kind("audio/x-wav", "WAV 录音", ("wav",)),
)
_BY_TYPE: Final = {kind.media_type: kind for kind in KINDS}
_ZIPPED: Final = {
    "OFD.xml": "application/ofd",
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}


def kind_of(file: BinaryIO) -> Kind | None:
    """What the file is, if it is of the list; the file stands at its beginning before and after."""
    head = file.read(_HEAD)
    file.seek(0)
    found = _zipped(file) if head.startswith(b"PK\x03\x04") else filetype.guess_mime(head)
    file.seek(0)
    return _BY_TYPE.get(found or "")


def _zipped(file: BinaryIO) -> str | None:
    """Which of the formats that are zip files it is; the list of its contents is read, nothing is unpacked."""
    if _parts(file) > _MOST_PARTS:
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((media_type for name, media_type in _ZIPPED.items() if name in names), None)


def _parts(file: BinaryIO) -> int:
    """How many entries its list can have at most, before anybody makes objects of them."""
    found = 0
    while chunk := file.read(_HEAD * 32):
        found += chunk.count(b"PK\x01\x02")
    file.seek(0)
    return found


def proper_name(said: str, kind: Kind) -> str:
    """The name under which it is given out again: without folders and unseen characters, ending as what it is."""
    last = unicodedata.normalize("NFC", said).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix.lower() in kind.suffixes:
        return f"{stem[:_LONGEST] or '附件'}.{suffix}"
    return f"{name[:_LONGEST] or '附件'}.{kind.suffixes[0]}"
