"""The work desk: whoever has work sees it, what is due first on top, and is told what is to be done."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

from tests.api.bench import NOON
from tests.web.people import Page, Site


def rows(page: Page) -> list[str]:
    """The numbers of the lines, in order."""
    return [name.removeprefix("r-") for name in page.ids if name.startswith("r-SQ")]


async def test_each_finds_what_waits_for_them_and_nobody_else_does(site: Site) -> None:
    number = (await site.api.submit())["number"]
    names = ("window", "dispatcher", "handler", "station-a-leader", "visitor")
    people = {name: await site.sign_in(name) for name in names}
    for stage, who, words in (
        ("", "window", "待您受理"),
        ("accept", "dispatcher", "待您交办"),
        ("assign", "handler", "待您签收"),
        ("sign", "handler", "待您办理并提交结果"),
        ("submit_result", "station-a-leader", "待您审核"),
        ("review", "handler", "待您送达答复"),
        ("send_answer", "visitor", "待您回访"),
    ):
        await _take(site, number, stage)
        for name, browser in people.items():
            page = await browser.open("/desk")
            assert page.status == 200, page.text
            # Whoever handles it keeps it in sight; this leader is an officer of the station, too.
            handles = name == "handler" and stage in {"submit_result", "send_answer"}
            has_turn = name == who or (name == "station-a-leader" and stage == "assign")
            assert (number in rows(page)) == (has_turn or handles), (stage, name, page.text)
            assert (words in page.text) == has_turn, (stage, name, page.text)


async def _take(site: Site, number: str, action: str) -> None:
    way: dict[str, tuple[str, dict[str, Any]]] = {
        "": ("", {}),
        "accept": ("window", {}),
        "assign": ("dispatcher", {"lead_unit": "station-a"}),
        "sign": ("handler", {}),
        "submit_result": ("handler", {"outcome": "solved", "text": "已增加巡逻"}),
        "review": ("station-a-leader", {"approved": True}),
        "send_answer": ("handler", {"text": "已增加巡逻", "method": "phone"}),
    }
    by, body = way[action]
    if by:
        await site.api.done(by, number, action, **body)


async def test_what_somebody_handles_stays_theirs_while_others_have_their_turn(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "feedback")
    page = await (await site.sign_in("handler")).open("/desk")
    assert rows(page) == [number]
    assert "待甲派出所负责人审核" in page.text


async def test_a_matter_asked_of_another_unit_is_on_its_desk(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    assert rows(await (await site.sign_in("handler3")).open("/desk")) == []
    await site.api.done("handler", number, "ask_cooperation", unit="station-b", question="请提供监控")
    page = await (await site.sign_in("handler3")).open("/desk")
    assert rows(page) == [number]
    assert "待您答复协办" in page.text


async def test_what_is_due_first_stands_first(site: Site) -> None:
    late = (await site.api.submit())["number"]
    soon = (await site.api.submit(urgent=True, title="停产"))["number"]
    page = await (await site.sign_in("window")).open("/desk")
    assert rows(page) == [soon, late]
    assert "还剩" in page.text
    assert "到期" in page.text


async def test_a_list_is_narrowed_by_its_address(site: Site) -> None:
    one = (await site.api.submit(title="货车通行证"))["number"]
    two = (await site.api.submit(urgent=True, title="夜间照明"))["number"]
    window = await site.sign_in("window")
    for query, found in (
        ("q=货车", [one]),
        ("urgent=true", [two]),
        ("stage=accept", [two, one]),
        ("stage=handle", []),
        ("colour=green", [two, one]),
        ("colour=red", []),
        ("channel=window", []),
        ("service=appeal-general", [two, one]),
        ("open=false", [two, one]),
    ):
        page = await window.open(f"/desk?tab=mine&{query}")
        assert rows(page) == found, query
    assert "没有符合条件" in (await window.open("/desk?stage=handle")).text
    assert (await window.open("/desk?stage=nowhere")).status == 422


async def test_a_number_leads_straight_to_its_appeal(site: Site) -> None:
    number = (await site.api.submit())["number"]
    window = await site.sign_in("window")
    answer = await window.client.get(f"/desk?q={number.lower()}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/appeals/{number}")
    page = await window.open("/desk?q=SQ20990101-00000001")
    assert "没有编号为 SQ20990101-00000001 的诉求" in page.text


async def test_pages_follow_each_other(site: Site) -> None:
    numbers = {(await site.api.submit())["number"] for _ in range(32)}
    window = await site.sign_in("window")
    first = await window.open("/desk")
    assert len(rows(first)) == 20
    following = next(link for link in first.links if "cursor=" in link)
    second = await window.open(following)
    assert set(rows(first)) | set(rows(second)) == numbers
    assert len(rows(second)) == 12


async def test_tabs_and_colours_say_how_many_there_are(site: Site) -> None:
    for _ in range(3):
        await site.api.submit()
    page = await (await site.sign_in("window")).open("/desk")
    assert "我的 3 件" in page.text
    assert "本单位 3 件" in page.text
    assert "全部 3 件" in page.text
    assert "正常 3" in page.text
    handler = await (await site.sign_in("handler")).open("/desk")
    assert "我的 0 件" in handler.text
    assert "全部 3 件" in handler.text


async def test_words_and_what_is_closed_are_looked_for_and_not_counted(site: Site) -> None:
    """They stand among all there ever was, and nobody waits for that to be counted."""
    await site.api.submit(title="货车进城")
    window = await site.sign_in("window")
    found = await window.open("/desk?tab=all&q=货车")
    assert len(rows(found)) == 1
    assert "件" not in found.text.split("全部")[1].split("货车")[0]
    assert "正常 1" not in found.text
    closed = await window.open("/desk?tab=all&open=false")
    assert "全部 0 件" not in closed.text
    assert "正常 0" not in closed.text
    assert "我的 1 件" in closed.text


async def test_the_unit_has_what_it_answers_for_and_what_stands_below_it(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    for name, found in (("leader", [number]), ("handler2", [number]), ("handler3", []), ("supervisor", [number])):
        assert rows(await (await site.sign_in(name)).open("/desk?tab=unit")) == found, name


async def test_an_empty_desk_promises_messages_to_those_only_who_are_sent_any(site: Site) -> None:
    for name, sent, quiet in (
        ("window", "", "企业新提交的只列在这里，不另发消息"),
        ("handler", "交给您办理的，另发消息", ""),
        ("station-a-leader", "等您审核、审批的，另发消息", ""),
        ("visitor", "到了首次回访日子的，另发消息", "可以提前回访的只列在这里"),
        ("supervisor", "", "等督办人员决定的只列在这里"),
    ):
        page = await (await site.sign_in(name)).open("/desk?tab=mine")
        said = page.html.split("轮到您时，会出现在这里。")[1].split("<")[0]
        assert sent.split("，")[0] in said, name
        assert quiet in said, name
        assert ("另发消息到收件箱" in said) == bool(sent), name


async def test_an_empty_desk_says_what_will_be_there(site: Site) -> None:
    page = await (await site.sign_in("handler")).open("/desk")
    assert "现在没有等您办理的诉求" in page.text


async def test_a_line_is_marked_when_something_was_done_to_it_since_the_page_was_opened(site: Site) -> None:
    old = (await site.api.submit())["number"]
    window = await site.sign_in("window")
    page = await window.open("/desk")
    assert "有变化" not in page.text
    site.api.clock.now = NOON.replace(hour=13)
    refresh = (await window.open("/desk")).html.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    site.api.clock.now = NOON.replace(hour=14)
    new = (await site.api.submit())["number"]
    again = await window.open(refresh)
    assert set(rows(again)) == {old, new}
    assert again.text.count("有变化") == 1


async def test_whoever_stands_in_for_an_absent_officer_has_their_work(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    assert rows(await (await site.sign_in("handler2")).open("/desk")) == []
    away = {"from": "2026-09-01T00:00:00+08:00", "until": "2026-09-03T00:00:00+08:00", "substitutes": ["handler2"]}
    answer = await site.api.client.put(
        "/v1/officers/handler/absences", json={"absences": [away]}, headers=site.api.bearer("leader")
    )
    assert answer.status_code == 200, answer.text
    page = await (await site.sign_in("handler2")).open("/desk")
    assert rows(page) == [number]
    assert "待您办理并提交结果" in page.text


async def test_an_enterprise_has_no_desk(site: Site) -> None:
    assert (await (await site.sign_in("enterprise")).open("/desk")).status == 403
    stranger = await site.stranger().open("/desk")
    assert "登录" in stranger.text


async def test_the_list_is_taken_away_as_a_file_with_its_filter_on_it(site: Site) -> None:
    number = (await site.api.submit(title="=1+1"))["number"]
    window = await site.sign_in("window")
    page = await window.open("/desk?stage=accept")
    answer = await window.client.get(next(link for link in page.links if "export.xlsx" in link))
    assert answer.status_code == 200
    with ZipFile(BytesIO(answer.content)) as book:
        sheet = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    for words in (number, "=1+1", "待您受理", "范围：我的", "环节：受理"):
        assert words in sheet, words


async def test_a_clock_that_stands_still_says_so_and_until_when(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    reason = {"reason_code": "force_majeure", "note": "台风", "until": "2026-09-10"}
    await site.api.done("handler", number, "pause", **reason)
    page = await (await site.sign_in("handler")).open("/desk?tab=mine")
    assert "暂停计时 至" in page.text
    assert "2026年9月" in page.text.partition("暂停计时 至")[2][:12]
