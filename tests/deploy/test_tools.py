"""`make cluster` on a machine that lacks something."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.cluster import tools
from runtime.errors import OperatorError


@pytest.fixture
def nothing_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tools, "TOOLS", tmp_path / "temporal")
    return tmp_path


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_without_go_it_says_so(nothing_built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(nothing_built))
    with pytest.raises(OperatorError, match="no go on PATH"):
        tools.build()


def test_a_go_that_is_too_old_is_told_with_its_version(nothing_built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = 'if [ "$1" = version ]; then echo go version go1.20; else echo "requires go >= 1.26" >&2; exit 1; fi'
    program(nothing_built / "bin" / "go", answer)
    monkeypatch.setenv("PATH", f"{nothing_built / 'bin'}:/bin:/usr/bin")
    with pytest.raises(OperatorError, match=r"go1\.20") as told:
        tools.build()
    assert "requires go >= 1.26" in told.value.mend
    assert not tools.TOOLS.exists()


def test_what_is_built_is_not_built_again(nothing_built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("temporal-server", "temporal-sql-tool"):
        program(tools.TOOLS / name, "")
    monkeypatch.setenv("PATH", str(nothing_built))
    assert tools.build() == tools.TOOLS


def test_the_newest_postgresql_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for major in (12, 14, 16):
        program(tmp_path / f"{major}" / "bin" / "postgres", f"echo 'postgres (PostgreSQL) {major}.3'")
        program(tmp_path / f"{major}" / "bin" / "initdb", "")
    monkeypatch.delenv("APPEALS_POSTGRES_BIN", raising=False)
    monkeypatch.setattr(tools, "_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.find_postgres() == tmp_path / "16" / "bin"

    monkeypatch.setattr(tools, "_PLACES", (f"{tmp_path}/12/bin",))
    with pytest.raises(OperatorError, match="no PostgreSQL server"):
        tools.find_postgres()
