"""Every page as somebody sees it: what is pictured (``screens``), and what everybody must be able to use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Page


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, where; ``{title}`` stands for the number of the appeal with that title."""

    name: str
    who: str
    path: str
    status: int = 200
    do: Callable[[Page], Awaitable[Any]] | None = None

    async def open(self, page: Page, numbers: Mapping[str, str]) -> None:
        """The page stands there as it will be looked at."""
        path = self.path
        for title, number in numbers.items():
            path = path.replace(f"{{{title}}}", number)
        answer = await page.goto(path)
        assert answer, path
        assert answer.status == self.status, f"{path}: {answer.status}"
        if self.do:
            await self.do(page)
        await page.evaluate("document.fonts.ready")
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def _send_empty(page: Page) -> None:
    """As a form without anything comes back."""
    await page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    await page.get_by_role("button", name="提交", exact=True).click()
    await page.wait_for_load_state()


async def _wrong_password(page: Page) -> None:
    await page.locator("input[name=name]").fill("handler")
    await page.locator("input[name=password]").fill("不是这个口令")
    await page.locator("main button[type=submit]").first.click()
    await page.wait_for_load_state()


async def _first_call(page: Page) -> None:
    await page.locator("article.call h3 a").first.click()
    await page.wait_for_url("**/duty/calls/**")


async def _many(page: Page) -> None:
    for box in (await page.locator("input[name=number]").all())[:3]:
        await box.check()
    await page.get_by_role("button", name="批量交办").click()
    await page.get_by_label("牵头单位").select_option("station-a")
    await page.get_by_role("button", name="下一步：逐件核对").click()
    await page.get_by_role("heading", name="请核对").wait_for()


async def _order(page: Page) -> None:
    """As far as the form of an order for several."""
    for box in (await page.locator("input[name=number]").all())[:3]:
        await box.check()
    await page.get_by_role("button", name="批量督办").click()
    await page.get_by_role("heading", name="填写督办内容").wait_for()


async def _ordered(page: Page) -> None:
    await _order(page)
    await page.get_by_label("督办要求").fill("三日内拿出整改方案，每日报告进展；逾期未报的，由分管领导当面说明。")
    await page.get_by_role("button", name="下一步：逐件核对").click()
    await page.get_by_role("button", name="确认督办").click()
    await page.get_by_role("heading", name="批量督办结果").wait_for()


async def _wrong_rotation(page: Page) -> None:
    """Every form of the roster open, and one of them refused."""
    await page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    await page.locator("#form-rotation > summary").click()
    await page.locator("#rotation-order").fill("没有此人")
    await page.get_by_role("button", name="新增轮值").click()
    await page.get_by_role("alert").first.wait_for()
    await page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


async def _wrong_result(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    await page.get_by_role("button", name="提交结果", exact=True).click()
    await page.get_by_role("alert").first.wait_for()


SHOTS: Final = (
    Shot("home", "", "/"),
    Shot("home-enterprise", "enterprise", "/"),
    Shot("services", "", "/services"),
    Shot("services-found", "", "/services?q=货车"),
    Shot("services-empty", "", "/services?q=没有这样的事项"),
    Shot("service", "", "/services/hazmat-toxic-purchase"),
    Shot("service-staff", "hazmat_handler", "/services/hazmat-toxic-purchase"),
    Shot("submit", "enterprise", "/submit/appeal-general"),
    Shot("submit-permit", "enterprise", "/submit/hazmat-toxic-purchase"),
    Shot("submit-error", "enterprise", "/submit/hazmat-toxic-purchase", do=_send_empty),
    Shot("track", "", "/track"),
    Shot("track-appeal", "enterprise", "/track/{门前道路施工围挡影响出入}"),
    Shot("track-rate", "enterprise", "/track/{企业内部治安隐患整改指导}"),
    Shot("track-closed", "enterprise", "/track/{财务室防盗咨询}"),
    Shot("sign-in", "", "/sign-in"),
    Shot("sign-in-error", "", "/sign-in", do=_wrong_password),
    Shot("account", "handler", "/account"),
    Shot("desk", "handler", "/desk"),
    Shot("desk-dispatcher", "dispatcher", "/desk"),
    Shot("desk-window", "window", "/desk"),
    Shot("desk-many", "dispatcher", "/desk", do=_many),
    Shot("desk-new", "window", "/desk/new"),
    Shot("desk-leader", "leader", "/desk"),
    Shot("desk-empty", "cyber-officer", "/desk"),
    Shot("appeal", "handler", "/appeals/{门前道路施工围挡影响出入}"),
    Shot("appeal-form", "handler", "/appeals/{法人身份被冒用注册公司}?do=submit_result"),
    Shot("appeal-form-error", "handler", "/appeals/{法人身份被冒用注册公司}?do=submit_result", do=_wrong_result),
    Shot("appeal-to-sign", "handler", "/appeals/{厂区外围电瓶车被盗}"),
    Shot("appeal-overdue", "supervisor", "/appeals/{工地材料反复被盗，多次反映未果}"),
    Shot("appeal-permit", "hazmat_handler", "/appeals/{剧毒化学品购买（首次）}"),
    Shot("appeal-round-two", "handler3", "/appeals/{厂区后门长期堆放垃圾影响消防}"),
    Shot("appeal-three-rounds", "supervisor", "/appeals/{相邻企业噪声纠纷长期未解决}"),
    Shot("appeal-closed", "supervisor", "/appeals/{财务室防盗咨询}"),
    Shot("appeal-error", "handler", "/appeals/SQ20260101-00000000", status=404),
    Shot("duty", "duty", "/duty"),
    Shot("duty-call", "duty", "/duty", do=_first_call),
    Shot("duty-coverage", "supervisor", "/duty/coverage"),
    Shot("duty-empty", "cyber-officer", "/duty"),
    Shot("inbox", "duty", "/inbox"),
    Shot("inbox-enterprise", "enterprise", "/inbox"),
    Shot("inbox-empty", "auxiliary-police-officer2", "/inbox"),
    Shot("roster", "duty", "/duty/roster"),
    Shot("roster-forms", "leader", "/duty/roster", do=_wrong_rotation),
    Shot("roster-empty", "leader", "/duty/roster?unit=station-a"),
    Shot("board", "supervisor", "/board"),
    Shot("board-list", "supervisor", "/board/list?open=true&colour=red"),
    Shot("board-many", "supervisor", "/board/list?open=true&stage=handle", do=_order),
    Shot("board-many-done", "supervisor", "/board/list?open=true&stage=handle", do=_ordered),
    Shot("board-empty", "supervisor", "/board?service=port-visa-urgent"),
    Shot("policy", "supervisor", "/policy"),
    Shot("calendar", "supervisor", "/calendar?year=2026"),
    Shot("calendar-provisional", "supervisor", "/calendar?year=2027"),
    Shot("clocks", "handler", "/clocks?start=2026-09-30T16:00&count=5&unit=working+days"),
    Shot("clocks-error", "handler", "/clocks?start=2026-09-30T16:00&count=0&unit=hours", status=422),
    Shot("verify", "", "/verify"),
    Shot("verify-unknown", "", "/verify/2026-0101-0000-0000", status=404),
    Shot("help", "", "/help"),
    Shot("help-staff", "handler", "/help"),
    Shot("error", "", "/nowhere", status=404),
)
