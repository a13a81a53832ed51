"""Chinese is punctuated as Chinese: （），：；？！ beside its characters, on every screen and in every message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("activities", "api", "cli", "deploy", "examples", "gateway", "runtime", "storage", "web", "worker")
"""Not domain and workflows: what they say stands in journals, whose hashes must hold."""
PAGES = (ROOT / "docs" / "clocks.zh.md", *sorted((ROOT / "docs" / "use").glob("*.md")))

_HALF = re.compile(r"[一-鿿”][,;:?!()]|[,;:?!()][一-鿿“]")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")


def half_width(source: str) -> Iterator[str]:
    """Texts in which a half-width mark touches a Chinese character; patterns and English docstrings are left out."""
    tree = ast.parse(source)
    patterns = {id(inner) for call in ast.walk(tree) if _is_pattern(call) for inner in ast.walk(call)}
    english = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and not _is_help(node.value)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) not in patterns | english | parts and _HALF.search(text := _text(node)):
            yield text


def _is_pattern(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"


def _is_help(value: ast.expr) -> bool:
    """Help of a command: Chinese / English."""
    return re.match("[一-鿿].* / ", _text(value)) is not None


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_program_says_in_chinese_is_punctuated_as_chinese(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules
    told = chain.from_iterable(map(half_width, (module.read_text(encoding="utf-8") for module in modules)))
    assert list(told) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_so_is_a_chinese_page_of_the_handbook(page: Path) -> None:
    lines = (_CODE.sub("", line) for line in page.read_text(encoding="utf-8").splitlines())
    assert [line for line in lines if _HALF.search(line)] == []


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ('print("已停用,几秒内生效")', True),
        ('print(f"核验 {n} 件,{m} 件不符")', True),
        ('print(f"已备份到 {where}(数据表)")', True),
        ('def replay():\n    """升级前:重放 / before an upgrade."""', True),
        ('print("已停用，几秒内生效 / closed, within seconds")', False),
        ('def asked():\n    """协办: a word that is owed (答复)."""', False),
        ('re.compile("清明节?")', False),
    ],
)
def test_half_width_marks_are_found_where_they_are(source: str, *, is_found: bool) -> None:
    assert bool(list(half_width(source))) is is_found
