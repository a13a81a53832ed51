"""Templates of documents: an office may edit them, and can do no harm with them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from domain.calendar import ZONE
from storage.templates import BadTemplate, Templates


def office(folder: Path, **files: str) -> Templates:
    (folder / "documents").mkdir()
    for name, text in files.items():
        (folder / "documents" / f"{name}.html").write_text(text, encoding="utf-8")
    return Templates(folder)


def test_an_offices_own_file_takes_the_place_of_the_packaged_one_and_the_others_stay(tmp_path: Path) -> None:
    templates = office(tmp_path, permit="本局的{{ x }}", _page="本局的版式")
    assert templates.render(["permit"], {"x": "许可证"}) == "本局的许可证"
    assert templates.render(["receipt"], {}) == "本局的版式"  # the packaged one, which stands on it


def test_the_first_that_there_is_is_taken(tmp_path: Path) -> None:
    templates = office(tmp_path, **{"truck-pass": "通行证", "permit": "许可证"})
    assert templates.render(["truck-pass", "permit"], {}) == "通行证"
    assert templates.render(["household", "permit"], {}) == "许可证"


def test_a_file_that_is_edited_holds_at_once(tmp_path: Path) -> None:
    templates = office(tmp_path, permit="一")
    assert templates.render(["permit"], {}) == "一"
    (tmp_path / "documents" / "permit.html").write_text("改过的")
    assert templates.render(["permit"], {}) == "改过的"


def test_what_people_wrote_is_shown_and_not_run(tmp_path: Path) -> None:
    templates = office(tmp_path, permit='<p>{{ x }}</p><style>a { content: "{{ x | css }}" }</style>')
    shown = templates.render(["permit"], {"x": '<script>"\\'})
    assert "<p>&lt;script&gt;" in shown
    assert 'content: "script"' in shown


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.append(1) }}",
        "{{ misspelt }}",
        "{{ d.misspelt }}",
        "{% for %}",
        "{{ x | nofilter }}",
        "{% include '../policies/default.yaml' %}",
        "{% include '/etc/passwd' %}",
        "{% for n in range(1000000000) %}{% endfor %}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_a_template_may_not_or_cannot_do_is_told_with_its_name(tmp_path: Path, template: str) -> None:
    with pytest.raises(BadTemplate) as told:
        office(tmp_path, permit=template).render(["permit"], {"x": [], "d": {}})
    assert "permit.html" in str(told.value) or "etc/passwd" in str(told.value) or "policies" in str(told.value)


def test_a_kind_without_any_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate):
        office(tmp_path).render(["../../etc/passwd", "nothing"], {})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-09-01", "2026年9月1日"),
        ("2026-09-01T12:00:00+08:00", "2026年9月1日"),
        ("长期", "长期"),
        (None, ""),
        (datetime(2026, 8, 31, 20, 0, tzinfo=ZONE), "2026年8月31日"),
    ],
)
def test_days_are_written_as_people_write_them(tmp_path: Path, value: object, shown: str) -> None:
    assert office(tmp_path, permit="{{ x | day }}").render(["permit"], {"x": value}) == shown


def test_every_packaged_template_is_sound() -> None:
    assert Templates().faults() == []


def test_what_is_wrong_with_any_template_is_found_before_it_is_used(tmp_path: Path) -> None:
    templates = office(
        tmp_path, permit="{% if %}", receipt="{{ paper.name }}{{ papre.number }}", answer="{{ paper.name }}"
    )
    assert [fault.partition(":")[0] for fault in templates.faults()] == [
        "documents/permit.html",
        "documents/receipt.html",
    ]
