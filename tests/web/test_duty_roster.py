"""The month of duty on a page: seen by the house, changed by those who may, by forms that need no script."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_duty import at, rotation
from tests.api.test_duty_import import TABLE, workbook
from tests.web.people import Browser, Page, Site

STATION = "/duty/roster?unit=station-a"
OVERRIDES, SWAPS = "/duty/roster/station-a/overrides", "/duty/roster/station-a/swaps"


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
    assert "我的班次 ：" in page.text
    assert "甲派出所值班员" in page.text


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


async def test_days_on_which_nobody_is_there_are_marked_and_listed(station: Site) -> None:
    late = [rotation("handler", "handler2", ends_on="2026-09-20")]
    await station.api.client.put(
        "/v1/duty/station-a/roster", headers=station.api.bearer("leader"), json={"rotations": late}
    )
    page = await (await station.sign_in("window")).open(f"{STATION}&month=2026-09")
    assert "空岗（2）" in page.text  # before it begins, and after it ends
    assert "值班员:没有排班" in page.text


async def test_a_leader_has_somebody_stand_in_and_takes_it_back(station: Site) -> None:
    browser = await station.sign_in("leader")
    page = await browser.open(f"{STATION}&day=2026-09-02")
    noon = at(2, 12)
    (before,) = await on_duty(station, noon)
    page = await browser.send(page, OVERRIDES, {"people": "leader", "instead_of": before})
    assert page.status == 200, page.text
    assert "已安排替班" in page.text
    assert await on_duty(station, noon) == ["leader"]
    (back,) = [action for action in posts(page) if action.endswith("/remove")]
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
    assert "联系不上的人" in page.text


async def test_a_unit_that_does_not_exist_is_not_found(site: Site) -> None:
    assert (await (await site.sign_in("window")).open("/duty/roster?unit=nowhere")).status == 404
