"""Orders for several appeals at once, from the board's list: looked at one by one, each done by itself, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import unquote, urlencode

import httpx2

from api.kept_forms import sweep_forms
from tests.web.people import Browser, Page, Site

LIST = "/board/list?open=true&stage=handle"
ORDER = {"/order": "三日内办结，每日报告进展"}
CHECKED = r"/board/many/[a-z]+/[\w-]+"


async def led(site: Site, count: int = 2) -> list[str]:
    """Appeals that station-a handles."""
    numbers = [(await site.api.submit(title=f"厂区违停{n}"))["number"] for n in range(count)]
    for number in numbers:
        await site.api.walk(number, "handle")
    return numbers


async def chosen(browser: Browser, numbers: list[str], deed: str = "supervise") -> Page:
    """As far as the page that asks what is to be ordered."""
    return await get(browser, await browser.open(LIST), "/board/many", {"number": numbers, "do": deed})


async def fill(browser: Browser, page: Page, fields: Mapping[str, object]) -> Page:
    """Fills in what is to be ordered, and goes on to look at each."""
    return await browser.send(page, goes(page, "/board/many/[a-z]+"), fields)


async def confirm(browser: Browser, page: Page) -> Page:
    """Presses the button below what would become of each; or the one to try again."""
    return await browser.send(page, goes(page, CHECKED))


def goes(page: Page, address: str) -> str:
    """Where the one form goes that goes to such an address."""
    (action,) = [form.action for form in page.forms if form.method == "post" and re.fullmatch(address, form.action)]
    return action


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
    assert "督办时限可以不填：不填的，只下达督办要求，不另计时" in page.text
    page = await fill(supervisor, page, ORDER)
    assert "可以督办的2件" in page.text
    assert "三日内办结，每日报告进展" in page.text
    assert "通知办理人员及其负责人" in page.text
    assert "承办 · 甲派出所" in page.text
    done = await confirm(supervisor, page)
    assert "2件已督办" in done.text
    assert done.answer.request.method == "GET"
    for number in numbers:
        (order,) = (await site.api.appeal(number)).supervisions
        assert (order.order, order.by.id, order.posted) == ("三日内办结，每日报告进展", "supervisor", False)
    again = await fill(supervisor, await chosen(supervisor, numbers), ORDER)
    assert "已督办1次" in again.text
    desk = await (await site.sign_in("handler")).open("/desk")
    assert desk.html.count('<span class="tag strong">督办</span>') == len(numbers)


async def test_an_order_on_the_list_names_its_leader_and_its_limit(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, numbers, "posted")
    refused = await fill(supervisor, page, ORDER)
    assert refused.status == 422
    assert "请填写“包案领导”" in refused.text
    assert "请填写“督办时限”" in refused.text
    assert "三日内办结，每日报告进展" in refused.html
    form = dict(refused.form("/board/many/posted").pairs)
    limit = next(name for name in form if name.endswith("/limit") and name[0] == "/")
    unit = next(name for name in form if name != limit and "limit" in name)
    page = await fill(supervisor, refused, {"/leader": "周局长", limit: "3", unit: "working days"})
    assert "3个工作日" in page.text
    assert "“督办”时限起算" in page.text
    assert "2件已挂牌督办" in (await confirm(supervisor, page)).text
    (order,) = (await site.api.appeal(numbers[0])).supervisions
    assert (order.posted, order.leader, order.limit) == (True, "周局长", "3 working days")


async def test_several_are_lifted_and_several_go_to_another_unit(site: Site) -> None:
    lifted, moved = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await fill(supervisor, await chosen(supervisor, [lifted], "lift"), {"/reason": "久拖不决"})
    assert "进入“交办”环节" in page.text
    assert "1件已提级" in (await confirm(supervisor, page)).text
    page = await chosen(supervisor, [moved], "reassign")
    assert "乙派出所" in page.text
    assert "热线" not in page.text
    page = await fill(supervisor, page, {"/unit": "station-b", "/reason": "辖区调整"})
    assert "1件已改派" in (await confirm(supervisor, page)).text
    leads = [(await site.api.appeal(number)).lead for number in (lifted, moved)]
    assert [lead and lead.code for lead in leads] == ["branch", "station-b"]


async def test_pressed_twice_each_is_done_once_and_the_result_has_an_address(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await fill(supervisor, await chosen(supervisor, numbers), ORDER)
    first, done = [await confirm(supervisor, page) for _ in range(2)]
    assert "2件已督办" in first.text
    assert "2件已督办" in done.text
    assert "2件已督办" in (await supervisor.open(str(done.answer.request.url))).text
    checked = await supervisor.open(page.answer.request.url.path)
    assert checked.text.count("已经办理，不必再办") == len(numbers)
    assert [len((await site.api.appeal(number)).supervisions) for number in numbers] == [1, 1]


async def test_what_another_has_done_since_is_told_and_the_others_go_on(site: Site) -> None:
    mine, theirs = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, [mine, theirs], "reassign")
    page = await fill(supervisor, page, {"/unit": "station-b", "/reason": "辖区调整"})
    await site.api.done("handler", theirs, "submit_result", outcome="solved", text="已增加巡逻")
    done = await confirm(supervisor, page)
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
    asked = [("do", "supervise"), *(("number", n) for n in numbers)]
    page = await fill(leader, Page(await leader.client.get(f"/board/many?{urlencode(asked)}")), ORDER)
    assert "选中的诉求都不能督办" in page.text
    assert not [form for form in page.forms if form.method == "post" and re.fullmatch(CHECKED, form.action)]
    csrf = dict(page.form("/sign-out").pairs)["csrf"]
    assert "2件未能办理" in (await leader.post(page.answer.request.url.path, [("csrf", csrf), *asked])).text
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
    long = await fill(supervisor, page, {"/order": "办" * 2001})
    assert long.status == 422
    assert "办" * 2001 in long.html
    ticked = await supervisor.open(f"{LIST}&pick=lift")
    assert [value for name, value in ticked.form("/board/many").pairs if name == "number"] == [number]
    assert re.search(r"open=true&amp;stage=handle", ticked.html)
    outside = await supervisor.open(f"/board/many?do=lift&number={number}&back=https://elsewhere.example/")
    assert "elsewhere" not in outside.html


async def test_what_nobody_knows_yet_is_tried_again_under_the_same_key(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await fill(supervisor, await chosen(supervisor, numbers), ORDER)
    site.api.gateway.away = True
    unsure = await confirm(supervisor, page)
    assert "2件尚不确定" in unsure.text
    site.api.engine_is_back()
    assert "2件已督办" in (await confirm(supervisor, unsure)).text
    assert [len((await site.api.appeal(number)).supervisions) for number in numbers] == [1, 1]


async def test_no_word_of_an_order_stands_in_an_address_however_long_it_is(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    asked: list[str] = []

    async def note(request: httpx2.Request) -> None:
        asked.append(unquote(str(request.url)))

    supervisor.client.event_hooks["request"].append(note)
    words = "涉密线索，仅限本人查办。" * 160
    page = await fill(supervisor, await chosen(supervisor, numbers), {"/order": words})
    done = await confirm(supervisor, page)
    assert "2件已督办" in done.text
    assert words in done.text
    assert words in (await supervisor.open(page.answer.request.url.path)).text
    assert not [address for address in asked if "涉密" in address]
    assert [(await site.api.appeal(number)).supervisions[0].order for number in numbers] == [words] * 2


async def test_what_was_filled_in_is_shown_to_nobody_else_and_goes_after_a_day(site: Site) -> None:
    numbers = await led(site)
    supervisor, leader = await site.sign_in("supervisor"), await site.sign_in("leader")
    page = await fill(supervisor, await chosen(supervisor, numbers), ORDER)
    path = page.answer.request.url.path
    csrf = [("csrf", dict((await leader.open("/account")).form("/sign-out").pairs)["csrf"])]
    for answer in (await leader.open(path), await leader.open(f"{path}/done"), await leader.post(path, csrf)):
        assert (answer.status, ORDER["/order"] in answer.html) == (404, False)
    await sweep_forms(site.api.database, site.api.clock() + timedelta(days=1))
    gone = await supervisor.open(path)
    assert gone.status == 404
    assert "只保留一天" in gone.text


async def test_an_order_is_not_lost_with_the_session(site: Site) -> None:
    numbers = await led(site)
    supervisor = await site.sign_in("supervisor")
    page = await chosen(supervisor, numbers)
    supervisor.client.cookies.clear()
    limit = {"/limit": "3", "_unit/limit": "working days"}
    page = await back_in(supervisor, await fill(supervisor, page, {**ORDER, **limit}))
    assert "批量办理：督办" in page.text
    assert f"督办要求： {ORDER['/order']}" in page.text
    assert "督办时限： 3个工作日" in page.text
    assert "working days" not in page.text
    page = await supervisor.send(page, "/board/many/supervise")
    assert "可以督办的2件" in page.text
    supervisor.client.cookies.clear()
    page = await back_in(supervisor, await confirm(supervisor, page))
    assert "批量办理：督办" in page.text
    assert "2件已督办" in (await confirm(supervisor, page)).text
    assert [len((await site.api.appeal(number)).supervisions) for number in numbers] == [1, 1]


async def back_in(browser: Browser, page: Page) -> Page:
    assert page.status == 401
    return await browser.send(page, "/sign-in", {"name": "supervisor", "password": browser.api.keys["supervisor"]})
