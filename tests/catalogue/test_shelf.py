"""A changed catalogue is taken by a running process, whole or not at all; what has a hole is not taken, and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.organisation import CATALOGUE
from storage.shelf import Shelf
from storage.yaml_file import BadCatalogue

PLAIN = "services/appeal-general.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small catalogue of its own."""
    for name in ("policies", "calendars", "organisation"):
        shutil.copytree(CATALOGUE / name, tmp_path / name)
    (tmp_path / "services").mkdir()
    shutil.copy(CATALOGUE / PLAIN, tmp_path / PLAIN)
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / PLAIN
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_nothing_is_read_again_as_long_as_nothing_has_changed(folder: Path) -> None:
    shelf = Shelf(folder)
    before = shelf.books
    assert not shelf.look()
    assert shelf.books is before
    assert Shelf(folder).books is before


def test_a_change_without_a_hole_is_in_use_at_once(folder: Path) -> None:
    shelf = Shelf(folder)
    kept = shelf.books.catalogue.rules_for("appeal-general")
    rewrite(folder, "handle: 5 working days", "handle: 7 working days")
    assert shelf.look()
    assert shelf.faults == ()
    assert shelf.books.catalogue.rules_for("appeal-general").service.handle == "7 working days"
    assert kept.service.handle == "5 working days"


def test_a_new_service_is_one_file(folder: Path) -> None:
    shelf = Shelf(folder)
    text = (folder / PLAIN).read_text(encoding="utf-8").replace("code: appeal-general", "code: suggestion-box")
    (folder / "services" / "suggestion-box.yaml").write_text(text, encoding="utf-8")
    assert shelf.look()
    assert {*shelf.books.catalogue.versions()} == {"appeal-general", "suggestion-box"}


@pytest.mark.parametrize("damage", ["handle: soon", "handle: [", "handel: 5 working days"])
def test_a_change_with_a_hole_is_not_taken_until_it_is_mended(folder: Path, damage: str) -> None:
    shelf = Shelf(folder)
    before = shelf.books
    rewrite(folder, "handle: 5 working days", damage)
    assert shelf.look()
    assert shelf.books is before
    assert shelf.faults
    assert not shelf.look()
    rewrite(folder, damage, "handle: 5 working days")
    assert shelf.look()
    assert shelf.faults == ()
    assert shelf.books.catalogue.service("appeal-general").handle == "5 working days"


def test_a_directory_that_cannot_be_read_starts_nothing(folder: Path) -> None:
    rewrite(folder, "handle: 5 working days", "handle: [")
    with pytest.raises(BadCatalogue):
        Shelf(folder)
