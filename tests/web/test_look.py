"""How things look everywhere: the macros of every page, and the files that pages are made of."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web import navigation, words

_ROOT: Final = Path(__file__).parents[2]
_STATIC: Final = _ROOT / "web" / "static"
_BROWSER: Final = _ROOT / "tests" / "browser" / "vendor"
_PAGES: Final = Environment(
    loader=FileSystemLoader(_ROOT / "web" / "templates"), autoescape=True, undefined=StrictUndefined
)
_PAGES.filters |= words.FILTERS
_NOW: Final = "2026-11-23T10:00:00+08:00"


def shown(call: str, **given: Any) -> str:
    """What a macro of ``look.html`` makes, without needless blanks."""
    names = ", ".join(re.findall(r"{% macro (\w+)", (_ROOT / "web/templates/macros/look.html").read_text()))
    made = _PAGES.from_string(f'{{% from "macros/look.html" import {names} %}}{{{{ {call} }}}}').render(**given)
    return " ".join(made.split())


def read(html: str) -> str:
    """What a screen reader reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def a_clock(**said: Any) -> dict[str, Any]:
    usual = {"name": "handle", "subject_name": None, "status": "running", "late": False, "ended_at": None}
    due = {"due_at": "2026-11-23T12:00:00+08:00", "remaining": 7200, "unit": "seconds", "colour": "green"}
    return {**usual, **due, "statutory": False, "provisional": False, **said}


def an_appeal(**said: Any) -> dict[str, Any]:
    usual = {"number": "SQ20261122-00000013", "title": "夜间违停", "colour": "red", "urgent": True, "stage": "handle"}
    more = {"status": "open", "service_name": "道路交通", "enterprise": {"name": "某某公司"}, "outcome": None}
    return {**usual, **more, "now": _NOW, "clocks": [a_clock()], **said}


@pytest.mark.parametrize(("code", "word"), list(words.COLOURS.items()))
def test_a_colour_is_told_by_a_word_and_not_by_itself_alone(code: str, word: str) -> None:
    assert read(shown(f"badge_colour('{code}')")) == word


def test_the_line_of_stages_says_where_the_appeal_stands_to_those_who_hear_it() -> None:
    line = shown("stage_line(appeal)", appeal=an_appeal())
    assert read(line) == "受理 （已完成） 交办 （已完成） 承办 反馈 （未开始） 评价 （未开始）"
    assert re.findall(r'aria-current="step">(\w+)<', line) == ["承办"]


def test_only_what_went_the_whole_way_is_shown_as_having_gone_it() -> None:
    through = shown("stage_line(appeal)", appeal=an_appeal(stage="closed", outcome="solved"))
    assert through.count('class="done"') == 5
    withdrawn = shown("stage_line(appeal)", appeal=an_appeal(stage="closed", outcome="withdrawn"))
    assert 'class="done"' not in withdrawn
    assert "已完成" not in withdrawn


def test_a_clock_says_its_name_its_colour_what_is_left_and_when_it_is_due() -> None:
    said = read(shown("clock(one, now)", one=a_clock(status="breached", remaining=-3600, colour="red"), now=_NOW))
    assert said == "办理 超期 超期1小时 2026年11月23日 12:00到期"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"status": "paused", "due_at": None}, "暂停计时"),
        ({"status": "waiting", "due_at": None}, "尚未开始"),
        ({"status": "met", "ended_at": _NOW}, "已完成"),
        ({"status": "met", "ended_at": _NOW, "late": True}, "超期完成"),
        ({"status": "stopped", "ended_at": _NOW}, "已停止"),
        ({"unit": "days", "remaining": 3}, "还剩3天"),
    ],
)
def test_a_clock_that_does_not_run_by_the_minute_does_not_tick(said: dict[str, Any], word: str) -> None:
    html = shown("clock(one, now)", one=a_clock(**said), now=_NOW)
    assert word in html
    assert "data-due" not in html


def test_a_clock_that_runs_ticks_by_the_appeals_own_now() -> None:
    html = shown("clock(one, now)", one=a_clock(), now=_NOW)
    assert f'data-now="{_NOW}" data-left="7200">还剩2小时</time>' in html


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"budget": "2 working hours", "remaining": 7200}, "还剩2个工作小时"),
        ({"budget": "1 working hour", "remaining": 1800}, "还剩30分钟（工作时间）"),
        ({"budget": "30 working hours", "remaining": 95_400}, "还剩26个工作小时30分钟"),
        ({"budget": "5 working days", "unit": "days", "remaining": 2}, "还剩2个工作日"),
        ({"budget": "1 working day", "unit": "days", "remaining": 0, "status": "breached"}, "超期不到1个工作日"),
        ({"budget": "24 hours", "remaining": 7200}, "还剩2小时"),
        ({"budget": "3 natural days", "unit": "days", "remaining": 2}, "还剩2天"),
    ],
)
def test_working_time_is_told_as_working_time(said: dict[str, Any], told: str) -> None:
    assert read(shown("left(one, now)", one=a_clock(**said), now=_NOW)) == told


def test_a_time_that_somebody_wrote_is_shown_as_they_wrote_it() -> None:
    assert words.minute("2026-11-23T05:11") == "2026年11月23日 05:11"
    assert words.minute("2026-11-22T21:11:00Z") == "2026年11月23日 05:11"


@pytest.mark.parametrize(("amount", "said"), [(1, "1 KB"), (602_300, "589 KB"), (2_516_582, "2.4 MB")])
def test_a_size_is_said_the_same_way_everywhere(amount: int, said: str) -> None:
    assert words.size(amount) == said
    for template in (_ROOT / "web/templates").rglob("*.html"):
        assert "filesizeformat" not in template.read_text()


def test_the_stage_where_it_stands_has_no_colour_that_means_a_deadline() -> None:
    css = (_STATIC / "appeal.css").read_text()
    (bar,) = re.findall(r"\.loop > \.now \{ border-top-color: ([^;]+);", css)
    assert bar == "var(--tblr-primary)"


def test_a_row_leads_to_its_appeal_and_shows_the_clock_that_is_due_first() -> None:
    later, ended = a_clock(due_at="2026-11-25T12:00:00+08:00"), a_clock(name="sign", ended_at=_NOW)
    clocks = [later, a_clock(), ended]
    html = shown("appeal_row(appeal)", appeal=an_appeal(title="<b>违停</b>", clocks=clocks))
    assert 'href="/appeals/SQ20261122-00000013">&lt;b&gt;违停&lt;/b&gt;</a>' in html
    assert html.count("到期") == 1
    assert "2026年11月23日 12:00到期" in html
    assert "紧急" in html


def test_a_row_of_a_closed_appeal_has_no_clock() -> None:
    html = shown("appeal_row(appeal)", appeal=an_appeal(stage="closed", status="closed", clocks=[], colour="green"))
    assert "到期" not in html
    assert "办结" in html


def test_an_empty_place_says_what_can_be_done() -> None:
    html = shown("empty('目前没有', ('/services', '登记一件'))")
    assert 'href="/services">登记一件</a>' in html


def test_facts_that_are_empty_are_left_out_and_those_typed_by_people_are_escaped() -> None:
    html = shown("kv([('名称', '<i>'), ('电话', '')])")
    assert "&lt;i&gt;" in html
    assert "电话" not in html


def test_pages_lead_on_and_back() -> None:
    html = shown("pager('/desk?cursor=x', '/desk')")
    assert 'href="/desk?cursor=x" rel="next"' in html
    assert 'href="/desk"' in html
    assert shown("pager(None)") == ""


def test_a_number_to_dial_is_shown_as_it_was_written() -> None:
    html = shown("dial('010-6788 1234')")
    assert 'href="tel:01067881234"' in html
    assert "010-6788 1234" in html


def test_every_place_of_the_navigation_has_its_icon() -> None:
    places = [place for place in vars(navigation).values() if isinstance(place, navigation.Place)]
    places += [p for group in vars(navigation).values() if isinstance(group, tuple) for p in group]
    assert places
    for place in places:
        page = _PAGES.from_string('{% from "macros/icons.html" import icon %}{{ icon(name) }}').render(name=place.icon)
        assert "<path" in page


def test_every_file_of_others_is_named_with_its_licence() -> None:
    packages = json.loads((_STATIC / "vendor.lock").read_text())["packages"]
    named = {name for package in packages for name in package["files"]}
    there = {str(p.relative_to(_STATIC)) for p in (_STATIC / "vendor").rglob("*") if p.is_file()}
    assert there <= named
    for package in packages:
        assert any("LICENSE" in name for name in package["files"]), package["name"]
        assert package["integrity"].startswith("sha512-")


def test_what_browsers_are_tested_with_is_what_its_lock_names() -> None:
    (package,) = json.loads((_BROWSER / "vendor.lock").read_text())["packages"]
    for name, digest in package["files"].items():
        assert hashlib.sha256((_BROWSER / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", ["vendor/tabler/tabler.min.css", "app.css"])
def test_a_stylesheet_fetches_nothing_from_anywhere(name: str) -> None:
    css = (_STATIC / name).read_text()
    fetched = re.findall(r"url\(\s*['\"]?([^'\")]{0,40})", css)
    assert [url for url in fetched if not url.startswith("data:")] == []
    assert "@import" not in css


def test_scripts_of_the_house_need_no_eval_and_no_other_host() -> None:
    for script in ("app.js",):
        text = (_STATIC / script).read_text()
        assert not re.search(r"\beval\(|new Function|https?://|innerHTML", text)
