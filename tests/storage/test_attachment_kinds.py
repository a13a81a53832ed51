"""What an upload is: told by its bytes, from a closed list in which nothing can run."""

from __future__ import annotations

import io
import zipfile

import pytest

from storage.attachment_kinds import kind_of, proper_name

PDF = b"%PDF-1.7\n"
OFFICE = "application/vnd.openxmlformats-officedocument."


def packed(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("made", "said", "media_type", "name"),
    [
        (PDF, "合同.pdf", "application/pdf", "合同.pdf"),
        (PDF, "x.exe", "application/pdf", "x.exe.pdf"),
        (PDF, "C:\\文件\\../合同.PDF", "application/pdf", "合同.PDF"),
        (PDF, "a\u202efdp.exe\n", "application/pdf", "afdp.exe.pdf"),
        (PDF, "", "application/pdf", "附件.pdf"),
        (PDF, "长" * 500 + ".pdf", "application/pdf", "长" * 200 + ".pdf"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "照片.jpeg", "image/jpeg", "照片.jpeg"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "图", "image/png", "图.png"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 20, "照片.heic", "image/heic", "照片.heic"),
        (packed("OFD.xml", "Doc_0/Document.xml"), "公文.ofd", "application/ofd", "公文.ofd"),
        (packed("_rels/.rels", "word/document.xml"), "说明.docx", f"{OFFICE}wordprocessingml.document", "说明.docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "清单.xlsx", f"{OFFICE}spreadsheetml.sheet", "清单.xlsx"),
    ],
)
def test_its_bytes_say_what_it_is_and_its_name_ends_so(made: bytes, said: str, media_type: str, name: str) -> None:
    file = io.BytesIO(made)
    kind = kind_of(file)
    assert kind
    assert (kind.media_type, proper_name(said, kind), file.tell()) == (media_type, name, 0)


@pytest.mark.parametrize(
    "made",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"MZ" + b"\0" * 64,
        b"GIF89a" + b"\0" * 20,
        "只是文字".encode(),
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512,
        packed("setup.exe"),
        packed("word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04 torn",
        packed("word/document.xml", *(f"word/{n}" for n in range(10_001))),
        b"\0",
    ],
)
def test_what_is_not_on_the_list_is_nothing(made: bytes) -> None:
    assert kind_of(io.BytesIO(made)) is None
