"""In an exercise, whoever may moves an appeal's clock on, by a form."""

from __future__ import annotations

from typing import Any

from tests.web.people import Browser, Page, Site


async def post(browser: Browser, number: str, **fields: Any) -> Page:
    csrf = dict((await browser.open("/desk")).form("/sign-out").pairs)["csrf"]
    return await browser.post(f"/rehearsal/{number}", [("csrf", csrf), *fields.items()], follow_redirects=False)


async def test_whoever_leads_the_exercise_moves_an_appeals_clock_on(rehearsal_site: Site) -> None:
    number = (await rehearsal_site.api.submit())["number"]
    admin = await rehearsal_site.sign_in("admin")
    page = await admin.open(f"/appeals/{number}")
    moved = await admin.send(page, f"/rehearsal/{number}", {"amount": "3", "unit": "days"})
    assert moved.answer.request.url.path == f"/appeals/{number}"
    assert "时钟已拨快3天，本诉求现在是2026年9月4日" in moved.text
    seen = (await rehearsal_site.api.get("window", f"/v1/appeals/{number}")).json()
    assert seen["now"].startswith("2026-09-04")
    assert seen["colour"] == "red"


async def test_nobody_else_is_shown_that_form(rehearsal_site: Site) -> None:
    number = (await rehearsal_site.api.submit())["number"]
    page = await (await rehearsal_site.sign_in("window")).open(f"/appeals/{number}")
    assert "预演时钟" not in page.text


async def test_nobody_else_does(rehearsal_site: Site) -> None:
    number = (await rehearsal_site.api.submit())["number"]
    assert (await post(await rehearsal_site.sign_in("window"), number, amount="3", unit="days")).status == 403


async def test_only_a_sensible_time(rehearsal_site: Site) -> None:
    number = (await rehearsal_site.api.submit())["number"]
    admin = await rehearsal_site.sign_in("admin")
    for amount, unit in (
        ("", "days"),
        ("0", "hours"),
        ("401", "days"),
        ("-1", "days"),
        ("1", "years"),
        ("²", "days"),
        ("9999999", "days"),
    ):
        page = await post(admin, number, amount=amount, unit=unit)
        assert page.status == 422, (amount, unit)
        # On the appeal's page, at the field, with what was typed.
        assert "办理记录" in page.text
        assert page.text.count("请填写整数，在1分钟至400天之间") == 1
        assert dict(page.form(f"/rehearsal/{number}").pairs)["amount"] == amount


async def test_outside_an_exercise_there_is_no_such_page(site: Site) -> None:
    number = (await site.api.submit())["number"]
    assert (await post(await site.sign_in("admin"), number, amount="1", unit="days")).status == 404
