"""One action on many appeals: a line for each, nothing twice, and nobody sent where they do not belong."""

from __future__ import annotations

from typing import Any

from tests.web.people import Browser, Page, Site


async def accepted(site: Site, how_many: int = 2) -> list[str]:
    numbers = [(await site.api.submit(title=f"诉求{n}"))["number"] for n in range(how_many)]
    for number in numbers:
        await site.api.done("window", number, "accept")
    return numbers


async def choose(browser: Browser, numbers: list[str], **fields: Any) -> Page:
    page = await browser.open("/desk")
    return await browser.send(page, "/desk/many", {"number": numbers}, ("action", fields.get("act", "assign")))


async def checked(browser: Browser, numbers: list[str], unit: str = "station-a") -> Page:
    """As far as the page that is to be confirmed."""
    return await browser.send(await choose(browser, numbers), "/desk/many", {"lead_unit": unit})


async def test_many_are_assigned_after_each_was_looked_at(site: Site) -> None:
    numbers = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await choose(dispatcher, numbers)
    assert "已选2件" in page.text
    assert "乙派出所" in page.text
    assert "热线" not in page.text
    page = await dispatcher.send(page, "/desk/many", {"lead_unit": "station-a", "cooperating": ["station-b"]})
    assert "可以办理的2件" in page.text
    assert "甲派出所" in page.text
    page = await dispatcher.send(page, "/desk/many/assign", {"officer": "handler"})
    assert page.status == 200
    assert "2件已交办" in page.text
    for number in numbers:
        given = (await site.api.appeal(number)).assignment
        assert given.lead is not None
        assert given.officer is not None
        assert (given.lead.code, given.officer.id) == ("station-a", "handler")
        assert [place.code for place in given.cooperating] == ["station-b"]


async def test_what_cannot_be_done_is_left_out_with_the_reason(site: Site) -> None:
    good, taken = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await choose(dispatcher, [good, taken])
    await site.api.done("window", taken, "transfer", body="hotline-12345", reason="非警务")
    page = await dispatcher.send(page, "/desk/many", {"lead_unit": "station-a"})
    assert "可以办理的1件" in page.text
    assert "不能办理的1件" in page.text
    assert "当前环节不能“交办”" in page.text
    assert [v for n, v in page.form("/desk/many/assign").pairs if n == "number"] == [good]


async def test_somebody_who_was_first_is_told_of_and_the_others_go_on(site: Site) -> None:
    mine, theirs = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, [mine, theirs])
    await site.api.done("window", theirs, "transfer", body="hotline-12345", reason="非警务")
    done = await dispatcher.send(page, "/desk/many/assign")
    assert done.status == 200
    assert "1件已交办，1件未能办理" in done.text
    assert (await site.api.appeal(mine)).lead is not None


async def test_nobody_undoes_what_another_has_decided_since_they_looked(site: Site) -> None:
    mine, theirs = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, [mine, theirs])
    await site.api.done("supervisor", theirs, "assign", lead_unit="station-b")
    done = await dispatcher.send(page, "/desk/many/assign")
    assert "1件已交办，1件未能办理" in done.text
    assert "朱督办" in done.text
    assert "“交办”，交给乙派出所" in done.text
    leads = [(await site.api.appeal(number)).lead for number in (mine, theirs)]
    assert [lead and lead.code for lead in leads] == ["station-a", "station-b"]
    again = await dispatcher.open(f"/desk/many?action=assign&number={theirs}&lead_unit=station-a")
    assert "已交给乙派出所，确认后重新交办" in again.text
    assert "1件已交办" in (await dispatcher.send(again, "/desk/many/assign")).text


async def test_the_steps_and_the_result_have_addresses_that_do_nothing_again(site: Site) -> None:
    numbers = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, numbers)
    assert "可以办理的2件" in (await dispatcher.open(str(page.answer.request.url))).text
    done = await dispatcher.send(page, "/desk/many/assign")
    assert done.answer.request.method == "GET"
    for number in numbers:
        await site.api.done("handler", number, "sign")
    assert "2件已交办" in (await dispatcher.open(str(done.answer.request.url))).text
    assert [(await site.api.appeal(number)).seq for number in numbers] == [4, 4]
    for path in ("/desk/many", "/desk/many/assign"):
        assert (await dispatcher.open(path)).answer.request.url.path == "/desk"


async def test_pressed_twice_each_is_done_once(site: Site) -> None:
    numbers = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, numbers)
    first = await dispatcher.send(page, "/desk/many/assign")
    again = await dispatcher.send(page, "/desk/many/assign")
    assert "2件已交办" in first.text
    assert "2件已交办" in again.text
    assert [(await site.api.appeal(number)).seq for number in numbers] == [3, 3]


async def test_what_nobody_knows_yet_is_tried_again_under_the_same_key(site: Site) -> None:
    numbers = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, numbers)
    site.api.gateway.away = True
    unsure = await dispatcher.send(page, "/desk/many/assign")
    assert "2件尚不确定" in unsure.text
    site.api.engine_is_back()
    done = await dispatcher.send(unsure, "/desk/many/assign")
    assert "2件已交办" in done.text
    assert [(await site.api.appeal(number)).seq for number in numbers] == [3, 3]


async def test_what_was_written_too_late_for_an_answer_is_told_as_done(site: Site) -> None:
    numbers = await accepted(site)
    dispatcher = await site.sign_in("dispatcher")
    page = await checked(dispatcher, numbers)
    site.api.gateway.pending = True
    done = await dispatcher.send(page, "/desk/many/assign")
    site.api.gateway.pending = False
    assert "2件已交办" in done.text


async def test_a_handler_signs_for_many_at_once(site: Site) -> None:
    numbers = await accepted(site)
    for number in numbers:
        await site.api.done("dispatcher", number, "assign", lead_unit="station-a")
    handler = await site.sign_in("handler")
    page = await choose(handler, numbers, act="sign")
    assert "可以办理的2件" in page.text
    done = await handler.send(page, "/desk/many/sign")
    assert "2件已签收" in done.text
    assert {(await site.api.appeal(number)).stage for number in numbers} == {"handle"}


async def test_nobody_does_for_many_what_they_may_not_do_for_one(site: Site) -> None:
    numbers = await accepted(site)
    handler = await site.sign_in("handler")
    page = await handler.open("/desk?tab=all")
    csrf = dict(page.form("/sign-out").pairs)["csrf"]
    pairs = [("csrf", csrf), ("once", "a-key-of-some-length"), *(("number", n) for n in numbers)]
    done = await handler.post("/desk/many/assign", [*pairs, ("lead_unit", "station-a")])
    assert done.status == 200
    assert "2件未能办理" in done.text
    assert all([(await site.api.appeal(number)).lead is None for number in numbers])
    assert (await handler.post("/desk/many/reject", pairs)).status == 404


async def test_more_than_fifty_are_refused_and_none_is_asked_for(site: Site) -> None:
    numbers = await accepted(site, 1)
    dispatcher = await site.sign_in("dispatcher")
    page = await dispatcher.open("/desk")
    many = await dispatcher.send(
        page, "/desk/many", {"number": numbers + [f"SQ20260901-{n:08}" for n in range(50)]}, ("action", "assign")
    )
    assert many.status == 422
    assert "一次最多办理50件" in many.text
    none = await dispatcher.send(page, "/desk/many", press=("action", "assign"))
    assert "请先选中要办理的诉求" in none.text


async def test_all_of_a_page_are_chosen_by_a_link(site: Site) -> None:
    numbers = await accepted(site, 3)
    dispatcher = await site.sign_in("dispatcher")
    page = await dispatcher.open(next(link for link in (await dispatcher.open("/desk")).links if "pick=assign" in link))
    assert sorted(v for n, v in page.form("/desk/many").pairs if n == "number") == sorted(numbers)
