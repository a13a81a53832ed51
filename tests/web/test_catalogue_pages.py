"""The catalogue in a browser: found in everyday words, read by everybody, shown as data to staff alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.finding import GROUPS, find, grouped, offered
from storage.catalogue import Catalogue
from tests.api.bench import open_api
from tests.web.people import Site
from web.service_reading import promise_of
from web.site import add_pages

CATALOGUE = Catalogue.load()
SERVICES = CATALOGUE.services()


class TestFinding:
    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("刻章", "seal-engraving"),
            ("我要办货车进城", "truck-pass"),
            ("ＴＲＵＣＫ", "truck-pass"),
            ("员工被骗了", "crime-report"),
            ("出国", "exit-entry-urgent"),
            ("账户被冻结", "coercive-measure-review"),
            ("拖欠货款", "dispute-mediation"),
            ("落户", "household-transfer"),
            ("老外来上班", "foreign-dual-permit"),
            ("投诉民警", "complaint-12389"),
            ("打架", "police-alert"),
            ("路灯太暗", "appeal-general"),
            ("氰化钠", "hazmat-toxic-purchase"),
        ],
    )
    def test_what_people_say_finds_what_the_catalogue_calls_otherwise(self, words: str, code: str) -> None:
        assert code in [service.code for service in find(SERVICES, words)[:3]]

    def test_its_own_name_finds_every_service_first(self) -> None:
        for service in SERVICES:
            assert find(SERVICES, service.name)[0] is service, service.name

    def test_words_that_say_nothing_find_nothing(self) -> None:
        assert find(SERVICES, "") == find(SERVICES, "？！") == find(SERVICES, "qqqq") == []

    def test_every_service_is_in_a_group_that_people_know(self) -> None:
        found = grouped(SERVICES)
        assert sorted(s.code for _, services in found for s in services) == sorted(s.code for s in SERVICES)
        assert {group for group, _ in found} <= set(GROUPS)


class TestServices:
    async def test_anybody_sees_all_of_them_by_group_and_how_long_each_takes(self, site: Site) -> None:
        page = await site.stranger().open("/services")
        assert page.status == 200
        for service in offered(SERVICES, inside=False):
            assert f"/services/{service.code}" in page.links
            assert f"{service.name} {promise_of(service)}" in page.text
        for group in GROUPS:
            assert group.kind in page.ids

    async def test_they_are_found_by_a_plain_form(self, site: Site) -> None:
        browser = site.stranger()
        form = (await browser.open("/services")).form("/services")
        assert (form.method, form.names) == ("get", ["q"])
        page = await browser.open("/services?q=刻章")
        assert [link for link in page.links if link.startswith("/services/")] == ["/services/seal-engraving"]
        assert "刻章" in dict(page.form("/services").pairs)["q"]

    async def test_who_finds_nothing_is_told_what_to_do(self, site: Site) -> None:
        page = await site.stranger().open("/services?q=%3Cb%3Eqqqq")
        assert page.status == 200
        assert "没有找到" in page.text
        assert "/services/appeal-general" in page.links
        assert "<b>qqqq" not in page.html

    async def test_every_service_can_be_read_and_applied_for(self, site: Site) -> None:
        browser = site.stranger()
        for service in SERVICES:
            page = await browser.open(f"/services/{service.code}")
            assert page.status == 200, service.code
            assert f"/submit/{service.code}" in page.links
            for shown in (service.name, *(m.name for m in service.materials)):
                assert shown in page.text, (service.code, shown)
            for shape in service.form.get("properties", {}).values():
                assert shape["title"] in page.text, (service.code, shape["title"])
            assert not re.search(r"[a-z]+ (?:day|hour)s?\b", page.text), service.code

    async def test_what_is_fetched_from_licences_is_not_asked_for(self, site: Site) -> None:
        page = await site.stranger().open("/services/truck-pass")
        before, after = page.text.split("不用您交")
        assert "运输合同或派车单" in before
        assert "机动车行驶证" not in before
        assert "机动车行驶证" in after
        assert "不收费" in after

    async def test_the_promise_is_a_moment_and_the_law_names_its_article(self, site: Site) -> None:
        page = await site.stranger().open("/services/hazmat-toxic-purchase")
        assert "承诺 24小时，情况特殊的 48小时" in page.text
        assert "最迟 2026年9月2日 12:00 办结" in page.text
        assert "法定时限 3个工作日：《危险化学品安全管理条例》第三十九条（2011-12-01起施行）。" in page.text

    async def test_a_service_that_is_not_there_is_a_page_of_its_own(self, site: Site) -> None:
        page = await site.stranger().open("/services/none")
        assert (page.status, "没有这个服务事项" in page.text) == (404, True)

    async def test_fields_and_diagram_are_for_staff(self, site: Site) -> None:
        for who in (site.stranger(), await site.sign_in("enterprise")):
            page = await who.open("/services/truck-pass")
            assert "内部数据" not in page.text
            assert 'class="procedure"' not in page.html
        page = await (await site.sign_in("handler")).open("/services/truck-pass")
        for shown in ("new_energy", "流程图", "升级阶梯", "通常（静默时段可缓发）", "第1版"):
            assert shown in page.text, shown
        assert page.html.count('class="procedure"') == 1

    async def test_an_offices_own_words_are_shown_and_not_run(
        self, folder: Path, keys: dict[str, str], tmp_path: Path
    ) -> None:
        services = tmp_path / "catalogue" / "services"
        services.mkdir(parents=True)
        (services / "own.yaml").write_text(
            'code: own\nname: "<b>本局"\nkind: own\nversion: "2"\nvalid_from: "2026-01-01"\nsource: "本局规定"\n'
            "handle: 3 months\nform: {type: object, properties: {}}\n",
            encoding="utf-8",
        )
        async with open_api(folder, keys, catalogue=services.parent, dress=add_pages) as api:
            browser = Site(api).stranger()
            listed, page = await browser.open("/services"), await browser.open("/services/own")
        assert "其他事项" in listed.text
        assert "<b>本局" in page.text
        assert "<b>本局" not in page.html
        assert "承诺 3个月" in page.text


class TestPolicy:
    async def test_staff_read_every_value_by_its_name(self, site: Site) -> None:
        page = await (await site.sign_in("leader")).open("/policy")
        for shown in ("受理时限 1个工作日", "签收时限（紧急） 30分钟", "预警比例（%） 75、90", "静默时段 22:00-07:00"):
            assert shown in page.text, shown
        for ladder in ("通常（静默时段可缓发）", "危险化学品 到期时", "挂牌督办（认领2小时）", "督办限期", "法定时限"):
            assert ladder in page.text, ladder
        for inside in ("ordinary", "代次", "无阶梯时"):
            assert inside not in page.text, inside
        assert f"现行政策已启用第1至第{CATALOGUE.policy.edition}批" in page.text

    async def test_the_rules_of_open_appeals_are_counted_when_asked_for(self, site: Site) -> None:
        browser = await site.sign_in("leader")
        assert "现在没有在办的诉求" in (await browser.open("/policy?used=1")).text
        for _ in range(2):
            await site.api.submit()
        assert f"第1版 2 {CATALOGUE.policy.version} cn-2026.2" in (await browser.open("/policy?used=1")).text
        assert "统计在办诉求" in (await browser.open("/policy")).text

    @pytest.mark.parametrize("path", ["/policy", "/calendar", "/clocks"])
    async def test_it_is_not_for_enterprises_and_strangers_sign_in_first(self, site: Site, path: str) -> None:
        assert (await (await site.sign_in("enterprise")).open(path)).status == 403
        stranger = await site.stranger().client.get(path, follow_redirects=False)
        assert stranger.headers["location"] == f"/sign-in?next=%2F{path[1:]}"


class TestCalendar:
    async def test_a_year_shows_what_is_off_and_what_is_worked(self, site: Site) -> None:
        page = await (await site.sign_in("window")).open("/calendar?year=2026")
        year = CATALOGUE.calendars.years[2026]
        assert page.text.count("休 ：") == len(year.holidays)
        assert page.text.count("班 ：调休上班") == len(year.workdays)
        assert "国办发明电〔2025〕7号" in page.text
        assert "国庆节 2026年10月1日 至 10月7日 7" in page.text
        for timetable in CATALOGUE.calendars.timetables:
            assert timetable.name in page.text

    async def test_a_year_without_its_notice_says_so(self, site: Site) -> None:
        browser = await site.sign_in("window")
        assert "尚未公布" in (await browser.open("/calendar?year=2027")).text
        assert "尚未公布" not in (await browser.open("/calendar")).text

    async def test_a_year_that_nobody_knows_is_not_found(self, site: Site) -> None:
        page = await (await site.sign_in("window")).open("/calendar?year=1999")
        assert (page.status, "日历里没有1999年" in page.text) == (404, True)


class TestClocks:
    async def test_a_limit_is_tried_out_with_its_working(self, site: Site) -> None:
        browser = await site.sign_in("handler")
        form = (await browser.open("/clocks")).form("/clocks")
        assert form.method == "get"
        assert dict(form.pairs)["start"].startswith("2026-09-01T12:0")
        page = await browser.open("/clocks?start=2026-09-30T16:00&count=5&unit=working+days")
        assert "2026年10月13日 17:30" in page.text
        assert "计入 调休上班" in page.text
        assert "不计 法定节假日（国庆节）" in page.text

    async def test_a_pause_and_other_hours_move_it(self, site: Site) -> None:
        browser = await site.sign_in("handler")
        plain = await browser.open("/clocks?start=2026-11-20T11:00&count=2&unit=working+hours")
        window = await browser.open("/clocks?start=2026-11-20T11:00&count=2&unit=working+hours&timetable=window")
        held = await browser.open(
            "/clocks?start=2026-11-20T08:00&count=24&unit=hours&pause_from=2026-11-20T10:00&pause_to=2026-11-20T12:00"
        )
        assert "2026年11月20日 14:30" in plain.text
        assert "2026年11月20日 13:00" in window.text
        assert "2026年11月21日 10:00" in held.text

    async def test_what_stretches_into_a_year_without_notice_is_provisional(self, site: Site) -> None:
        page = await (await site.sign_in("handler")).open("/clocks?start=2026-12-30T10:00&count=5&unit=working+days")
        assert "暂定" in page.text

    async def test_of_many_years_without_notice_the_first_and_the_last_are_named(self, site: Site) -> None:
        page = await (await site.sign_in("handler")).open(
            "/clocks?start=2026-11-20T10:00&count=99999&unit=working+days"
        )
        assert re.search(r"（2027至24\d\d年节假日安排尚未公布，暂定）", page.text)

    async def test_every_example_works(self, site: Site) -> None:
        browser = await site.sign_in("handler")
        examples = [link for link in (await browser.open("/clocks")).links if link.startswith("/clocks?")]
        assert len(examples) > 5
        for example in examples:
            page = await browser.open(example)
            assert (page.status, "到期" in page.text) == (200, True), example

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("start=yesterday&count=5&unit=hours", "起算时刻应写作"),
            ("start=2026-09-30T16:00&count=x&unit=hours", "时限多长，请填1至100000的整数；以月计的，至多1200个月"),
            ("start=2026-09-30T16:00&count=0&unit=working+days", "时限多长，请填1至100000的整数"),
            ("start=2026-09-30T16:00&count=5&unit=weeks", "请选择时长的单位"),
            ("start=2026-09-30T16:00&count=5&unit=hours&pause_from=2026-09-30T17:00", "pause"),
        ],
    )
    async def test_what_makes_no_sense_is_said_and_what_was_typed_stays(
        self, site: Site, query: str, said: str
    ) -> None:
        page = await (await site.sign_in("handler")).open(f"/clocks?{query}")
        assert (page.status, said in page.text) == (422, True), page.text
        assert ("count", query.split("count=")[1].split("&", maxsplit=1)[0]) in page.form("/clocks").pairs
