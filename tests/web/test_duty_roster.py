"""The month of duty on a page: seen by the house, changed by those who may, by forms that need no script."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from storage.accounts import Account, AccountsWriter
from storage.contact_points import ContactPoint, ContactPointsWriter
from tests.api.test_duty import at, rotation
from tests.api.test_duty_import import TABLE, workbook
from tests.web.people import Browser, Page, Site

STATION = "/duty/roster?unit=station-a"
OVERRIDES, SWAPS = "/duty/roster/station-a/overrides", "/duty/roster/station-a/swaps"
TEMPORARY, ABSENCES = "/duty/roster/station-a/temporary", "/duty/absences/station-a"


@pytest.fixture
async def station(site: Site) -> Site:
    """Two take turns day by day, from the last of August on."""
    body = {"rotations": [rotation("handler", "handler2")]}
    answer = await site.api.client.put("/v1/duty/station-a/roster", headers=site.api.bearer("leader"), json=body)
    assert answer.status_code == 200, answer.text
    return site


async def on_duty(site: Site, when: str, unit: str = "station-a") -> list[str]:
    answer = (await site.api.get("visitor", f"/v1/duty/{unit}/now", params={"at": when})).json()
    return [one["account"] for one in answer["on_duty"]]


def posts(page: Page) -> list[str]:
    return [form.action for form in page.forms if form.method == "post" and form.action.startswith("/duty/")]


def marked(page: Page, day: str) -> list[str]:
    """The holes in a day's cell of the month."""
    cell = page.html.split(f"day={day}#day")[1].split("</ul>")[0]
    return [" ".join(one.split("<")[0].split()) for one in cell.split('class="hole">')[1:] if "▲" in one.split("<")[0]]


async def put_in(browser: Browser, content: bytes) -> Page:
    """Chooses a file on the branch's page and has it tried."""
    page = await browser.open("/duty/roster?unit=branch")
    form = page.form("/duty/roster/branch/import")
    answer = await browser.client.post(form.action, data=dict(form.pairs), files={"file": ("值班表.xlsx", content)})
    return Page(answer)


async def test_everybody_of_the_house_reads_who_is_on_and_changes_nothing(station: Site) -> None:
    page = await (await station.sign_in("window")).open(f"{STATION}&month=2026-09&day=2026-09-02")
    assert page.status == 200
    assert "甲派出所值班表" in page.text
    assert "9月2日 周三" in page.text
    assert page.text.count("值班员") > 1
    assert posts(page) == []


async def test_whoever_takes_turns_reads_their_own_next_shifts(station: Site) -> None:
    page = await (await station.sign_in("handler")).open(STATION)
    mine = page.html.split('id="mine"')[1].split("</section>")[0]
    assert mine.count("<li>") == 5
    assert "甲派出所 值班员" in mine


async def test_a_day_far_away_breaks_no_page(station: Site) -> None:
    browser = await station.sign_in("window")
    days = ("9999-12-31", "0001-01-01", "1900-01-01", "2199-12-31", "2026-02-30", "x")
    for asked in (*(f"day={day}" for day in days), *(f"month={day[:7]}" for day in days)):
        assert (await browser.open(f"{STATION}&{asked}")).status == 200, asked


async def test_no_enterprise_reads_it(station: Site) -> None:
    assert (await (await station.sign_in("enterprise")).open("/duty/roster")).status == 403


async def test_a_month_leads_to_the_ones_beside_it(station: Site) -> None:
    page = await (await station.sign_in("window")).open(f"{STATION}&month=2026-12")
    assert "2026年12月" in page.text
    assert {f"{STATION}&month=2026-11", f"{STATION}&month=2027-01"} <= set(page.links)


async def test_hours_in_which_nobody_is_there_are_marked_in_the_month_and_listed(station: Site) -> None:
    late = [rotation("handler", "handler2", starts_on="2026-09-05", ends_on="2026-09-20")]
    await station.api.client.put(
        "/v1/duty/station-a/roster", headers=station.api.bearer("leader"), json={"rotations": late}
    )
    page = await (await station.sign_in("window")).open(f"{STATION}&month=2026-09")
    assert "空岗（2）" in page.text  # before it begins, and after it ends
    assert marked(page, "2026-09-04") == ["▲ 全天 值班员：没有排班"]
    assert marked(page, "2026-09-05") == ["▲ 00:00–08:30 值班员：没有排班"]
    assert marked(page, "2026-09-06") == []
    assert marked(page, "2026-09-20") == ["▲ 08:30–24:00 值班员：没有排班"]


async def test_whoever_is_away_with_nobody_instead_leaves_hours_that_are_marked(station: Site) -> None:
    for officer, other in (("handler", "handler2"), ("handler2", "handler3")):
        away = {"from": "2026-09-08T18:00:00+08:00", "until": "2026-09-09T06:00:00+08:00", "substitutes": [other]}
        answer = await station.api.client.put(
            f"/v1/officers/{officer}/absences", headers=station.api.bearer("leader"), json={"absences": [away]}
        )
        assert answer.status_code == 200, answer.text
    async with station.api.database.write() as w:
        await AccountsWriter(w).upsert(Account("handler3", "冯乙所", (), "station-b"), active=False)
    page = await (await station.sign_in("window")).open(f"{STATION}&month=2026-09")
    (evening,), (morning,) = marked(page, "2026-09-08"), marked(page, "2026-09-09")
    assert "18:00–24:00" in evening
    assert "00:00–06:00" in morning
    assert marked(page, "2026-09-10") == []


async def test_a_leader_has_somebody_stand_in_and_takes_it_back(station: Site) -> None:
    browser = await station.sign_in("leader")
    page = await browser.open(f"{STATION}&day=2026-09-02")
    noon = at(2, 12)
    (before,) = await on_duty(station, noon)
    page = await browser.send(page, OVERRIDES, {"people": "leader", "instead_of": before})
    assert page.status == 200, page.text
    assert "已安排替班" in page.text
    assert await on_duty(station, noon) == ["leader"]
    (back,) = [action for action in posts(page) if action.startswith(f"{OVERRIDES}/")]
    page = await browser.send(page, back)
    assert "已撤销" in page.text
    assert await on_duty(station, noon) == [before]


async def test_two_swap_their_shifts(station: Site) -> None:
    browser = await station.sign_in("leader")
    first, second = (await on_duty(station, at(2, 12)))[0], (await on_duty(station, at(3, 12)))[0]
    page = await browser.open(f"{STATION}&day=2026-09-02")
    page = await browser.send(page, SWAPS, {"second": f"{at(3)} {second}"})
    assert page.status == 200, page.text
    assert "已换班" in page.text
    assert (await on_duty(station, at(2, 12)), await on_duty(station, at(3, 12))) == ([second], [first])


async def test_what_is_wrong_is_said_and_what_was_chosen_is_kept(station: Site) -> None:
    browser = await station.sign_in("leader")
    page = await browser.open(f"{STATION}&day=2026-09-02")
    said: dict[str, Any] = {"people": "leader", "from": "2026-09-05T08:30", "until": "2026-09-04T08:30"}
    page = await browser.send(page, OVERRIDES, said)
    assert page.status == 422
    assert 'role="alert"' in page.html
    form = page.form(OVERRIDES)
    assert ("people", "leader") in form.pairs
    assert ("until", "2026-09-04T08:30") in form.pairs


async def test_who_may_not_change_it_is_told_who_may(station: Site) -> None:
    leader, other = await station.sign_in("leader"), await station.sign_in("handler")
    form = (await leader.open(f"{STATION}&day=2026-09-02")).form(OVERRIDES)
    door = await other.open("/duty")
    token = next(value for name, value in door.form("/sign-out").pairs if name == "csrf")
    said = [(name, value) for name, value in form.pairs if name not in {"csrf", "people"}]
    page = await other.post(OVERRIDES, [*said, ("people", "leader"), ("csrf", token)])
    assert page.status == 403
    assert "可以编排其值班表" in page.text


async def test_a_table_is_tried_and_then_written_without_choosing_it_again(site: Site) -> None:
    browser = await site.sign_in("leader")
    before = await on_duty(site, at(11, 20), "branch")
    page = await put_in(browser, TABLE)
    assert page.status == 200, page.text
    assert "导入试算（尚未写入）" in page.text
    assert await on_duty(site, at(11, 20), "branch") == before
    page = await browser.send(page, "/duty/roster/branch/import", press=("write", "1"))
    assert "已导入值班表" in page.text
    assert "dispatcher" in await on_duty(site, at(11, 20), "branch")


async def test_a_table_is_written_as_it_was_shown_or_not_at_all(site: Site) -> None:
    browser = await site.sign_in("leader")
    page = await put_in(browser, TABLE)
    changed = await site.api.client.post(
        "/v1/duty/branch/roster/import?dry_run=false",
        headers=site.api.bearer("leader"),
        files={"file": ("x.xlsx", workbook(["日期", "值班员"], ["2026-09-10", "dispatcher"]))},
    )
    assert changed.status_code == 200, changed.text
    page = await browser.send(page, "/duty/roster/branch/import", press=("write", "1"))
    assert page.status == 412
    assert "改过" in page.text


@pytest.mark.parametrize("content", [b"no table", workbook(["日期", "值班员"], ["2026-09-10", "没有此人"])])
async def test_what_is_wrong_with_a_table_is_said_by_its_line(site: Site, content: bytes) -> None:
    page = await put_in(await site.sign_in("leader"), content)
    assert page.status == 422
    assert 'role="alert"' in page.html


async def test_a_form_without_a_table_is_refused(site: Site) -> None:
    browser = await site.sign_in("leader")
    page = await browser.send(await browser.open("/duty/roster?unit=branch"), "/duty/roster/branch/import")
    assert page.status == 422
    assert "请选择值班安排表" in page.text


async def test_what_would_go_wrong_is_seen_before_it_does(station: Site) -> None:
    page = await (await station.sign_in("window")).open("/duty/coverage")
    assert page.status == 200
    assert "值班预检：今后30天" in page.text
    assert "没有空岗" in page.text


async def test_holes_stand_apart_from_people_who_have_an_inbox_only(station: Site) -> None:
    late = [rotation("handler", "handler2", ends_on="2026-09-20")]
    await station.api.client.put(
        "/v1/duty/station-a/roster", headers=station.api.bearer("leader"), json={"rotations": late}
    )
    page = await (await station.sign_in("leader")).open("/duty/coverage")
    assert "有1处要补：空岗1处。" in page.text
    holes, weak = page.text.split("只能在收件箱看到通知的人（")
    assert "甲派出所" in holes
    assert "值班员：没有排班" in holes
    assert "/duty/roster?unit=station-a&month=2026-09" in page.links
    assert "/account#channels" in page.links
    assert "其中有您自己" in weak
    assert weak.count("没有登记任何通知渠道") == 1  # a cause is told once, and not with every name
    assert re.search(r"[\u4e00-\u9fff][,:;]", page.text) is None


async def test_whom_nothing_reaches_although_they_have_a_channel_is_told_apart(station: Site) -> None:
    async with station.api.database.write() as w:
        point = ContactPoint("sms", "13900000001")
        await ContactPointsWriter(w).replace("leader", [point], station.api.clock(), "r")
    page = await (await station.sign_in("leader")).open("/duty/coverage")
    assert "其中有您自己" not in page.text


ROTATIONS = "/duty/rotations/station-a"


async def rotations(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await site.api.get("visitor", "/v1/duty/station-a/roster")).json()["rotations"]
    return found


async def test_a_leader_writes_a_rotation_by_names_one_shift_a_line(site: Site) -> None:
    browser = await site.sign_in("leader")
    page = await browser.open(STATION)
    order = "郑承办\n王协理、甲派出所民警一\n\n"
    page = await browser.send(page, ROTATIONS, {"duty": "值班员", "order": order, "starts_on": "2026-09-01"})
    assert "已新增轮值" in page.text
    (kept,) = await rotations(site)
    assert kept["order"] == [["handler"], ["handler2", "station-a-officer"]]
    assert (kept["every"], kept["unit"], kept["hand_over"], kept["ends_on"]) == (1, "days", "08:30", None)
    assert await on_duty(site, at(2, 12)) == ["handler2", "station-a-officer"]


async def test_the_same_rotation_pressed_twice_is_kept_once(site: Site) -> None:
    browser = await site.sign_in("leader")
    page = await browser.open(STATION)
    said = {"duty": "值班员", "order": "郑承办", "starts_on": "2026-09-01"}
    for _ in range(2):
        assert "已新增轮值" in (await browser.send(page, ROTATIONS, said)).text
    assert len(await rotations(site)) == 1


async def test_a_rotation_is_changed_where_it_stands_and_ended(station: Site) -> None:
    browser = await station.sign_in("leader")
    (before,) = await rotations(station)
    page = await browser.open(STATION)
    form = page.form(f"{ROTATIONS}/{before['id']}")
    assert ("order", "郑承办\n王协理") in form.pairs
    page = await browser.send(page, form.action, {"order": "王协理", "ends_on": "2026-09-20"})
    assert "已修改轮值" in page.text
    (after,) = await rotations(station)
    assert after == {**before, "order": [["handler2"]], "ends_on": "2026-09-20"}


async def test_a_rotation_is_deleted_unless_something_leans_on_it(station: Site) -> None:
    browser = await station.sign_in("leader")
    (known,) = await rotations(station)
    gone = f"{ROTATIONS}/{known['id']}/remove"
    page = await browser.open(f"{STATION}&day=2026-09-02")
    page = await browser.send(page, OVERRIDES, {"people": "leader"})
    page = await browser.send(page, gone)
    assert page.status == 422
    assert "请先撤销它们再改" in page.text
    (back,) = [action for action in posts(page) if action.startswith(f"{OVERRIDES}/")]
    page = await browser.send(await browser.send(page, back), gone)
    assert "已删去轮值" in page.text
    assert await rotations(station) == []
    page = await browser.post(gone, [pair for pair in page.form(ROTATIONS).pairs if pair[0] in {"csrf", "match", "by"}])
    assert page.status == 404
    assert "可能已被他人删去" in page.text


@pytest.mark.parametrize(
    ("said", "field", "word"),
    [
        ({"order": "郑承办\n没有此人"}, "order", "第2班：“没有此人”不是甲派出所或其上下级单位的人"),
        ({"order": "冯乙所"}, "order", "第1班：“冯乙所”不是甲派出所或其上下级单位的人"),
        ({"order": "郑承办、郑承办"}, "order", "写了两次"),
        ({"order": " "}, "order", "没有人轮值：至少排一人"),
        ({"starts_on": "明天"}, "starts_on", "日期"),
        ({"ends_on": "2026-08-01"}, "ends_on", "须晚于开始时间"),
        ({"every": "0"}, "every", "1"),
        ({"every": "x"}, "every", "整数"),
        ({"duty": " "}, "duty", "空"),
    ],
)
async def test_what_is_wrong_with_a_rotation_stands_at_its_field_and_all_else_is_kept(
    site: Site, said: dict[str, str], field: str, word: str
) -> None:
    browser = await site.sign_in("leader")
    good = {"duty": "带班领导", "order": "郑承办", "starts_on": "2026-09-02", "hand_over": "09:15"}
    page = await browser.send(await browser.open(STATION), ROTATIONS, {**good, **said})
    assert page.status == 422, page.text
    assert "没有保存" in page.text
    fault = page.html.split(f'id="rotation-{field}-fault"')[1].split("</div>")[0]
    assert word in fault
    kept = dict(page.form(ROTATIONS).pairs)
    assert {name: kept[name] for name in {**good, **said}} == {**good, **said}
    assert await rotations(site) == []


async def test_whoever_comes_second_is_told_who_was_first_and_loses_nothing(station: Site) -> None:
    browser = await station.sign_in("leader")
    shown = await browser.open(STATION)
    override = {"duty": "值班员", "people": ["handler2"], "from": at(2), "until": at(3)}
    answer = await station.api.client.post(
        "/v1/duty/station-a/overrides", headers=station.api.bearer("admin"), json=override
    )
    assert answer.status_code == 201, answer.text
    said = {"duty": "带班领导", "order": "甲派出所负责人", "starts_on": "2026-09-01"}
    page = await browser.send(shown, ROTATIONS, said)
    assert page.status == 412
    assert "值班表已由何管理于2026年9月1日" in page.text
    assert "您填的还在" in page.text
    page = await browser.send(page, ROTATIONS)
    assert "已新增轮值" in page.text
    assert [one["duty"] for one in await rotations(station)] == ["值班员", "带班领导"]


async def test_who_may_not_write_rotations_finds_no_form_and_is_told_who_may(station: Site) -> None:
    leader, other = await station.sign_in("leader"), await station.sign_in("handler")
    form = (await leader.open(STATION)).form(ROTATIONS)
    door = await other.open(STATION)
    assert posts(door) == []
    assert "由本单位或上级单位的领导、管理员编排" in door.text
    own = {name: value for name, value in door.form("/sign-out").pairs if name in {"csrf", "by"}}
    said = [(name, value) for name, value in form.pairs if name not in {"csrf", "by", "order"}]
    page = await other.post(ROTATIONS, [*said, ("order", "郑承办"), *own.items()])
    assert page.status == 403
    assert "可以编排其值班表" in page.text


async def test_an_event_has_its_own_order_and_is_taken_back(station: Site) -> None:
    browser = await station.sign_in("leader")
    said = {
        "name": "国庆安保", "duty": "值班员", "from": "2026-09-05T18:00", "until": "2026-09-06T08:30",
        "order": "杨分局、甲派出所民警一",
    }  # fmt: skip
    page = await browser.send(await browser.open(STATION), TEMPORARY, said)
    assert "已安排临时勤务" in page.text
    assert "临时勤务：国庆安保" in page.text
    assert await on_duty(station, at(5, 20)) == ["leader", "station-a-officer"]
    (back,) = [action for action in posts(page) if action.startswith(f"{TEMPORARY}/")]
    assert "已撤销" in (await browser.send(page, back)).text
    assert len(await on_duty(station, at(5, 20))) == 1


async def test_what_is_wrong_with_an_event_stands_at_its_field(station: Site) -> None:
    browser = await station.sign_in("leader")
    said = {"name": "安保", "from": "2026-09-06T18:00", "until": "2026-09-05T08:30", "order": "杨分局"}
    page = await browser.send(await browser.open(STATION), TEMPORARY, said)
    assert page.status == 422
    assert "须晚于开始时间" in page.html.split('id="temporary-until-fault"')[1].split("</div>")[0]
    kept = dict(page.form(TEMPORARY).pairs)
    assert {name: kept[name] for name in said} == said


async def test_leave_is_written_down_with_who_stands_in_and_taken_back(station: Site) -> None:
    browser = await station.sign_in("leader")
    (there,) = await on_duty(station, at(2, 12))
    other = {"handler": "handler2", "handler2": "handler"}[there]
    said = {"officer": there, "from": "2026-09-02T00:00", "until": "2026-09-03T00:00", "substitutes": [other, ""]}
    shown = await browser.open(STATION)
    for _ in range(2):  # pressed twice
        page = await browser.send(shown, ABSENCES, said)
        assert "已登记请假与代理" in page.text
    assert await on_duty(station, at(2, 12)) == [other]
    page = await browser.send(page, f"{ABSENCES}/remove")
    assert "已撤销" in page.text
    assert "没有人登记请假" in page.text
    assert await on_duty(station, at(2, 12)) == [there]


async def test_leaders_who_write_down_leave_at_the_same_time_lose_none(station: Site) -> None:
    browser = await station.sign_in("leader")
    page = await browser.open(STATION)
    said = [
        {"officer": "handler", "from": f"2026-09-{day:02}T00:00", "until": f"2026-09-{day:02}T12:00"}
        for day in range(2, 10)
    ]
    stands_in = {"substitutes": ["handler2", ""]}
    await asyncio.gather(*(browser.send(page, ABSENCES, {**one, **stands_in}) for one in said))
    kept = (await station.api.get("leader", "/v1/officers/handler/absences")).json()["absences"]
    assert [one["from"][:16] for one in kept] == [one["from"] for one in said]
    page = await browser.open(STATION)
    forms = [form for form in page.forms if form.action == f"{ABSENCES}/remove"]
    await asyncio.gather(*(browser.post(form.action, form.pairs) for form in forms[1:]))
    kept = (await station.api.get("leader", "/v1/officers/handler/absences")).json()["absences"]
    assert [one["from"][:16] for one in kept] == [said[0]["from"]]


@pytest.mark.parametrize(
    ("said", "field", "word"),
    [
        ({"officer": ""}, "officer", "请选择请假的人"),
        ({"until": "2026-09-01T00:00"}, "until", "须晚于开始时间"),
        ({"substitutes": ["handler", ""]}, "substitutes", "不能由本人代理"),
        ({"substitutes": ["", ""]}, "substitutes", "至少"),
        ({"from": "昨天"}, "from", "时间"),
    ],
)
async def test_what_is_wrong_with_leave_stands_at_its_field(
    station: Site, said: dict[str, Any], field: str, word: str
) -> None:
    browser = await station.sign_in("leader")
    good = {"officer": "handler", "from": "2026-09-02T00:00", "until": "2026-09-03T00:00"}
    page = await browser.send(await browser.open(STATION), ABSENCES, {**good, "substitutes": ["handler2", ""], **said})
    assert page.status == 422, page.text
    assert word in page.html.split(f'id="absence-{field}-fault"')[1].split("</div>")[0]
    assert dict(page.form(ABSENCES).pairs)["from"] == {**good, **said}["from"]


async def test_the_telephone_of_a_unit_s_duty_is_dialled_from_its_roster(station: Site) -> None:
    page = await (await station.sign_in("window")).open(STATION)
    assert "tel:057400002110" in page.links


async def test_a_unit_that_does_not_exist_is_not_found(site: Site) -> None:
    assert (await (await site.sign_in("window")).open("/duty/roster?unit=nowhere")).status == 404
