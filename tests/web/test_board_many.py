"""Orders for several appeals at once, from the board's list: looked at one by one, each done by itself, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from tests.web.people import Browser, Page, Site

LIST = "/board/list?open=true&stage=handle"
ORDER = {"/order": "三日内办结，每日报告进展"}


async def led(site: Site, count: int = 2) -> list[str]:
    """Appeals that station-a handles."""
    numbers = [(await site.api.submit(title=f"厂区违停{n}"))["number"] for n in range(count)]
    for number in numbers:
        await site.api.walk(number, "handle")
    return numbers


async def chosen(browser: Browser, numbers: list[str], deed: str = "supervise") -> Page:
    """As far as the page that asks what is to be ordered."""
    return await get(browser, await browser.open(LIST), "/board/many", {"number": numbers, "do": deed})


async def get(browser: Browser, page: Page, action: str, fields: Mapping[str, object]) -> Page:
    """Fills in a form that only asks, and sends it."""
    form = page.form(action)
    assert form.method == "get"
    pairs = [pair for pair in form.pairs if pair[0] not in fields]
    for name, given in fields.items():
        pairs += [(name, str(one)) for one in (given if isinstance(given, list) else [given])]
    return Page(await browser.client.get(f"{form.action}?{urlencode(pairs)}"))


async def test_several_are_supervised_after_each_was_looked_at(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, numbers)
    assert "已选2件" in page.text
    page = await get(supervisor, page, "/board/many", ORDER)
    assert "可以督办的2件" in page.text
    assert "三日内办结，每日报告进展" in page.text
    assert "只记入办理记录，不改变环节和时限" in page.text
    assert "承办 · 甲派出所" in page.text
    done = await supervisor.send(page, "/board/many/supervise")
    assert "2件已督办" in done.text
    assert done.answer.request.method == "GET"
    for number in numbers:
        (order,) = (await site.api.appeal(number)).supervisions
        assert (order.order, order.by.id, order.posted) == ("三日内办结，每日报告进展", "supervisor", False)
    again = await get(supervisor, await chosen(supervisor, numbers), "/board/many", ORDER)
    assert "已督办1次" in again.text


async def test_an_order_on_the_list_names_its_leader_and_its_limit(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, numbers, "posted")
    refused = await get(supervisor, page, "/board/many", ORDER)
    assert refused.status == 422
    assert "请填写“包案领导”" in refused.text
    assert "请填写“督办时限”" in refused.text
    assert "三日内办结，每日报告进展" in refused.html
    limit = next(name for name in refused.form("/board/many").names if name.endswith("/limit") and name[0] == "/")
    form = dict(refused.form("/board/many").pairs)
    unit = next(name for name in form if name != limit and "limit" in name)
    page = await get(supervisor, refused, "/board/many", {"/leader": "周局长", limit: "3", unit: "working days"})
    assert "3个工作日" in page.text
    assert "“督办”时限起算" in page.text
    assert "2件已挂牌督办" in (await supervisor.send(page, "/board/many/posted")).text
    (order,) = (await site.api.appeal(numbers[0])).supervisions
    assert (order.posted, order.leader, order.limit) == (True, "周局长", "3 working days")


async def test_several_are_lifted_and_several_go_to_another_unit(site: Site) -> None:
    lifted, moved = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await get(supervisor, await chosen(supervisor, [lifted], "lift"), "/board/many", {"/reason": "久拖不决"})
    assert "进入“交办”环节" in page.text
    assert "1件已提级" in (await supervisor.send(page, "/board/many/lift")).text
    page = await chosen(supervisor, [moved], "reassign")
    assert "乙派出所" in page.text
    assert "热线" not in page.text
    page = await get(supervisor, page, "/board/many", {"/unit": "station-b", "/reason": "辖区调整"})
    assert "1件已改派" in (await supervisor.send(page, "/board/many/reassign")).text
    leads = [(await site.api.appeal(number)).lead for number in (lifted, moved)]
    assert [lead and lead.code for lead in leads] == ["branch", "station-b"]


async def test_pressed_twice_each_is_done_once_and_the_result_has_an_address(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await get(supervisor, await chosen(supervisor, numbers), "/board/many", ORDER)
    first, done = [await supervisor.send(page, "/board/many/supervise") for _ in range(2)]
    assert "2件已督办" in first.text
    assert "2件已督办" in done.text
    assert "2件已督办" in (await supervisor.open(str(done.answer.request.url))).text
    assert [len((await site.api.appeal(number)).supervisions) for number in numbers] == [1, 1]


async def test_what_another_has_done_since_is_told_and_the_others_go_on(site: Site) -> None:
    mine, theirs = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, [mine, theirs], "reassign")
    page = await get(supervisor, page, "/board/many", {"/unit": "station-b", "/reason": "辖区调整"})
    await site.api.done("handler", theirs, "submit_result", outcome="solved", text="已增加巡逻")
    done = await supervisor.send(page, "/board/many/reassign")
    assert "1件已改派，1件未能办理" in done.text
    assert "“提交结果”" in done.text
    lead = (await site.api.appeal(theirs)).lead
    assert lead is not None
    assert lead.code == "station-a"


async def test_nobody_orders_for_many_what_they_may_not_order_for_one(site: Site) -> None:
    numbers = await led(site)
    leader = await site.sign_in("leader")
    page = await leader.open(LIST)
    assert not [form for form in page.forms if form.action == "/board/many"]
    asked = [("do", "supervise"), ("checked", "1"), *(("number", n) for n in numbers), *ORDER.items()]
    page = Page(await leader.client.get(f"/board/many?{urlencode(asked)}"))
    assert "选中的诉求都不能督办" in page.text
    csrf = dict(page.form("/sign-out").pairs)["csrf"]
    pairs = [("csrf", csrf), ("once", "a-key-of-some-length"), *asked]
    assert "2件未能办理" in (await leader.post("/board/many/supervise", pairs)).text
    assert not [n for n in numbers if (await site.api.appeal(n)).supervisions]
    handler = await site.sign_in("handler")
    assert (await handler.open(f"/board/many?do=lift&number={numbers[0]}")).status == 403
    supervisor = await site.sign_in("supervisor")
    assert (await supervisor.open(f"/board/many?do=reject&number={numbers[0]}")).status == 404


async def test_without_a_choice_or_an_order_nothing_is_done(site: Site) -> None:
    (number,) = await led(site, 1)
    supervisor = await site.sign_in("supervisor")
    none = await get(supervisor, await supervisor.open(LIST), "/board/many", {"do": "lift"})
    assert "请先选中诉求" in none.text
    assert none.answer.request.url.path == "/board/list"
    page = await chosen(supervisor, [number])
    long = await get(supervisor, page, "/board/many", {"/order": "办" * 401})
    assert long.status == 422
    assert "办" * 401 in long.html
    ticked = await supervisor.open(f"{LIST}&pick=lift")
    assert [value for name, value in ticked.form("/board/many").pairs if name == "number"] == [number]
    assert re.search(r"open=true&amp;stage=handle", ticked.html)
    outside = await supervisor.open(f"/board/many?do=lift&number={number}&back=https://elsewhere.example/")
    assert "elsewhere" not in outside.html


async def test_what_nobody_knows_yet_is_tried_again_under_the_same_key(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await get(supervisor, await chosen(supervisor, numbers), "/board/many", ORDER)
    site.api.gateway.away = True
    unsure = await supervisor.send(page, "/board/many/supervise")
    assert "2件尚不确定" in unsure.text
    site.api.engine_is_back()
    assert "2件已督办" in (await supervisor.send(unsure, "/board/many/supervise")).text
    assert [len((await site.api.appeal(number)).supervisions) for number in numbers] == [1, 1]
