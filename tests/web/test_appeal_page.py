"""The page of an appeal: everything on it, and acting from it without a line of JavaScript."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.form_check import example
from storage.organisation import CATALOGUE
from tests.api.bench import USCC2, Api, open_api, submission
from tests.web.people import Browser, Form, Page, Site
from web.site import add_pages

PERMIT = "hazmat-toxic-purchase"


@pytest.fixture(scope="module")
async def site(
    template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]
) -> AsyncIterator[Site]:
    """One application for all tests of this file; each has its own appeal."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("appeals") / "data"))
    async with open_api(folder, keys, dress=add_pages) as api:
        yield Site(api)


async def permit(api: Api) -> str:
    form = example(api.context.catalogue.service(PERMIT).form)
    enterprise = {"uscc": USCC2, "name": "宁波样本化工有限公司", "tiers": []}
    return str((await api.submit("enterprise2", service=PERMIT, enterprise=enterprise, form=form))["number"])


async def appeal(site: Site, stage: str = "accept", **changes: Any) -> str:
    number = str((await site.api.submit(**changes))["number"])
    if stage != "accept":
        await site.api.walk(number, stage)
    return number


async def doing(browser: Browser, number: str, action: str) -> Page:
    return await browser.open(f"/appeals/{number}?do={action}")


def form_of(page: Page, action: str) -> Form:
    return page.form(action if action.startswith("/") else f"/actions/{action}")


async def stage_of(site: Site, number: str) -> str:
    return (await site.api.appeal(number)).stage.value


# Reading.


async def test_it_says_where_it_is_by_when_and_with_whom(site: Site) -> None:
    number = await appeal(site, "handle")
    page = await (await site.sign_in("handler")).open(f"/appeals/{number}")
    assert page.status == 200
    for said in ("厂区夜间照明", number, "甲派出所", "郑承办", "还剩", "东门太暗,请张三增加巡逻", "13800001234"):
        assert said in page.text
    for said in ("受理", "交办", "承办", "反馈", "评价", "办理记录", "怎么算的", "时限5个工作日"):
        assert said in page.text


async def test_people_and_phones_are_masked_for_whose_business_it_is_not(site: Site) -> None:
    number = await appeal(site, "handle")
    page = await (await site.sign_in("hazmat_handler")).open(f"/appeals/{number}")
    assert page.status == 200
    assert "13800001234" not in page.html
    assert "请张三增加巡逻" not in page.html
    for words in ("显示为“***”的，不在您的查阅范围", "这件诉求的文书不在您的查阅范围。"):
        assert words in page.text
    own = await (await site.sign_in("handler")).open(f"/appeals/{number}")
    assert "查阅范围" not in own.text
    assert "受理登记回执" in own.text


async def test_whoever_sees_personal_data_stands_in_the_audit_log(site: Site) -> None:
    number = await appeal(site, "handle")
    await (await site.sign_in("handler")).open(f"/appeals/{number}")
    lines = [line for line in await site.api.audit("personal-data") if line.number == number]
    assert ("handler", "appeal") in [(line.account, line.code) for line in lines]


async def test_an_enterprise_follows_its_own_on_the_page_made_for_it(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("enterprise")
    answer = await browser.client.get(f"/appeals/{number}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/track/{number}")


async def test_nobody_is_told_whether_an_appeal_exists_that_he_may_not_read(site: Site) -> None:
    page = await (await site.sign_in("handler")).open("/appeals/SQ20260901-00000000")
    assert page.status == 404
    assert "没有这个编号的诉求" in page.text


async def test_what_intake_has_kept_is_shown_before_the_engine_has_it(site: Site) -> None:
    site.api.gateway.away = True
    answer = await site.api.post("enterprise", "/v1/appeals", submission())
    browser = await site.sign_in("window")
    number = answer.json()["number"]
    page = await browser.open(f"/appeals/{number}")
    tried = await browser.post(f"/appeals/{number}/actions/accept", form_of(page, "/sign-out").pairs)
    site.api.engine_is_back()
    assert (answer.status_code, page.status) == (202, 200)
    assert "正在登记，稍后可以办理" in page.text
    assert "东门太暗" in page.text
    assert tried.status == 503


async def test_every_entry_of_the_journal_is_told_in_words(site: Site) -> None:
    number = await appeal(site, "closed")
    page = await (await site.sign_in("leader")).open(f"/appeals/{number}")
    titles = ("提交诉求", "受理", "交办", "签收", "提交结果", "审核", "送达答复", "评价", "回访")
    assert all(title in page.text for title in titles)
    assert "station-a" not in page.text
    assert "已解决" in page.text
    assert "已办结" in page.text


async def test_a_procedure_is_drawn_with_where_it_stands_and_listed_beside(site: Site) -> None:
    number = await permit(site.api)
    page = await (await site.sign_in("hazmat_handler")).open(f"/appeals/{number}")
    assert '<svg class="procedure"' in page.html
    assert page.html.count("▶ 正在这一步") == 1
    assert "审查 正在办理" in page.text
    assert "氰化钠" in page.text


async def test_every_action_that_is_offered_opens_its_form(site: Site) -> None:
    stages = ("accept", "assign", "handle", "feedback", "evaluate", "closed")
    numbers = [await appeal(site, stage) for stage in stages]
    for who in ("window", "dispatcher", "handler", "leader", "supervisor", "visitor", "duty"):
        browser = await site.sign_in(who)
        for number in numbers:
            offered = (await site.api.get(who, f"/v1/appeals/{number}/actions")).json()["items"]
            pages = [await browser.open(f"/appeals/{number}")]
            for one in offered:
                pages.append(await doing(browser, number, one["action"]))
                assert {"csrf", "once"} <= set(form_of(pages[-1], one["action"]).names)
            assert all(page.status == 200 for page in pages)
            assert all(len(page.ids) == len(set(page.ids)) for page in pages)


async def test_what_an_action_would_do_is_said_before_it_is_done(site: Site) -> None:
    window = await site.sign_in("window")
    page = await doing(window, await appeal(site), "accept")
    assert "进入“交办”环节" in page.text
    assert "“受理”时限完成" in page.text
    assert "“办理”时限起算" in page.text
    leader = await site.sign_in("leader")
    page = await doing(leader, await appeal(site, "feedback"), "review")
    assert "不同意：进入“承办”环节" in page.text


async def test_each_outcome_of_a_step_says_what_follows(site: Site) -> None:
    page = await doing(await site.sign_in("hazmat_handler"), await permit(site.api), "complete_step")
    assert "下一步：现场勘验" in page.text
    assert "“办理”时限按新的时长重算" in page.text


# Acting.


async def test_the_likeliest_action_is_one_tap_away(site: Site) -> None:
    number = await appeal(site, "assign")
    await site.api.done("dispatcher", number, "assign", lead_unit="station-a")
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}")
    assert 'data-key="a"' in page.html
    after = await browser.send(page, "/actions/sign")
    assert after.status == 200
    assert "签收：已办理" in after.text
    assert await stage_of(site, number) == "handle"


async def test_units_and_officers_are_chosen_by_name(site: Site) -> None:
    number = await appeal(site, "assign")
    browser = await site.sign_in("dispatcher")
    page = await doing(browser, number, "assign")
    assert '<optgroup label="甲派出所">' in page.html
    assert "郑承办" in page.text
    assert "12345政务服务便民热线" not in page.text
    chosen = {"/lead_unit": "station-a", "/officer": "handler", "/cooperating": ["traffic", "legal"]}
    after = await browser.send(page, "/actions/assign", chosen)
    assert "交办：已办理" in after.text
    given = (await site.api.appeal(number)).assignment
    assert given.lead is not None
    assert given.officer is not None
    assert (given.lead.code, given.officer.id) == ("station-a", "handler")
    assert [place.code for place in given.cooperating] == ["traffic", "legal"]


async def test_a_step_is_completed_with_the_record_of_the_outcome_that_was_chosen(site: Site) -> None:
    number = await permit(site.api)
    browser = await site.sign_in("hazmat_handler")
    page = await doing(browser, number, "complete_step")
    key = "step=review&outcome=special"
    typed = {"_way": key, f"/record/reason?{key}": "首次购买", f"/record/inspector?{key}": "褚勘验"}
    after = await browser.send(page, "/actions/complete_step", typed)
    assert "已办理" in after.text
    done = {step.code: step for step in (await site.api.appeal(number)).procedure}
    assert done["review"].outcome == "special"
    assert done["review"].record == {"reason": "首次购买", "inspector": "褚勘验"}


async def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    number = await permit(site.api)
    browser = await site.sign_in("hazmat_handler")
    key = "step=review&outcome=special"
    page = await doing(browser, number, "complete_step")
    again = await browser.send(page, "/actions/complete_step", {"_way": key, f"/record/reason?{key}": "首次购买"})
    assert again.status == 422
    assert "请填写“" in again.text
    kept = dict(form_of(again, "complete_step").pairs)
    assert (kept["_way"], kept[f"/record/reason?{key}"]) == (key, "首次购买")
    assert kept["once"] == dict(form_of(page, "complete_step").pairs)["once"]
    typed = {f"/record/inspector?{key}": "褚勘验"}
    assert "已办理" in (await browser.send(again, "/actions/complete_step", typed)).text


async def test_what_no_field_can_show_is_said_on_top_by_the_titles_of_the_fields(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("dispatcher")
    page = await doing(browser, number, "reassign")
    again = await browser.send(page, "/actions/reassign", {"/reason": "人员调整"})
    assert again.status == 422
    assert again.text.count("至少填写其中一项：改派单位、改派民警") == 1
    assert "改派：已办理" in (await browser.send(again, "/actions/reassign", {"/officer": "handler2"})).text


async def test_rows_are_added_and_sent_without_a_script(site: Site) -> None:
    service = "batch-onsite-id"
    form = example(site.api.context.catalogue.service(service).form) | {"persons": 60}
    number = await appeal(site, service=service, form=form)
    found = await site.api.appeal(number)
    assert found.lead is not None
    lead = f"{found.lead.code}-officer"
    slot = {"slot": "2026-09-10", "place": "厂区会议室", "team": "流动办证组"}
    record = found.rules.service.step("schedule")
    assert record is not None
    schema = next(one for one in record.outcomes if one.code == "agreed").record
    given = {name: slot.get(name, "2026-09-10") for name in schema["properties"]}
    await site.api.done(lead, number, "complete_step", step="schedule", outcome="agreed", record=given)
    browser = await site.sign_in(lead)
    page = await doing(browser, number, "complete_step")
    way = "step=session&outcome=more"
    first = {"_way": way, f"/record/results/0/items?{way}": "1-40", f"/record/results/0/result?{way}": "issued"}
    more = await browser.send(page, "/actions/complete_step", first, press=("_add", f"/record/results?{way}"))
    assert more.status == 200
    second = {f"/record/results/1/items?{way}": "41,42", f"/record/results/1/result?{way}": "absent"}
    after = await browser.send(more, "/actions/complete_step", second)
    assert "已办理" in after.text, after.text
    state = next(one for one in (await site.api.appeal(number)).procedure if one.code == "session")
    assert state.items == {"issued": "1-40", "absent": "41-42"}
    assert "上门办理：已办理" in after.text
    assert "共60人次，已登记42人次" in after.text


async def test_a_rule_that_says_no_is_shown_on_top_with_the_form_still_filled_in(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "pause")
    typed = {"/reason_code": "force_majeure", "/until": "2020-01-01", "/note": "台风"}
    again = await browser.send(page, "/actions/pause", typed)
    assert again.status == 422
    assert "须晚于当前时间" in again.text
    kept = dict(form_of(again, "pause").pairs)
    assert (kept["/reason_code"], kept["/note"]) == ("force_majeure", "台风")


async def test_a_double_tap_does_it_once(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await doing(browser, number, "add_information")
    form = form_of(page, "add_information")
    pairs = [(name, "来电补充" if name == "/text" else value) for name, value in form.pairs]
    first = await browser.post(form.action, pairs)
    second = await browser.post(form.action, pairs)
    assert "已办理" in first.text
    assert "已办理" in second.text
    entries = (await site.api.get("window", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [entry["action"] for entry in entries].count("add_information") == 1


async def test_the_form_of_before_with_other_words_is_refused_and_then_sent_afresh(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await doing(browser, number, "add_information")
    await browser.send(page, "/actions/add_information", {"/text": "一"})
    again = await browser.send(page, "/actions/add_information", {"/text": "二"})
    assert again.status == 422
    kept = dict(form_of(again, "add_information").pairs)
    assert kept["/text"] == "二"
    assert kept["once"] != dict(form_of(page, "add_information").pairs)["once"]
    assert "已办理" in (await browser.send(again, "/actions/add_information")).text


async def test_perhaps_is_said_as_such_and_pressing_again_is_safe(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await doing(browser, number, "accept")
    site.api.gateway.pending = True
    perhaps = await browser.send(page, "/actions/accept")
    assert perhaps.status == 503
    assert "也许已经办理" in perhaps.text
    site.api.gateway.pending = False
    after = await browser.send(perhaps, "/actions/accept")
    assert "受理：已办理" in after.text
    entries = (await site.api.get("window", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [entry["action"] for entry in entries].count("accept") == 1


async def test_an_engine_that_is_away_loses_nothing_of_what_was_typed(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await doing(browser, number, "reject")
    typed = {"/reason": "重复反映", "/legal_basis": "第八条", "/remedy": "向上一级反映"}
    site.api.gateway.away = True
    again = await browser.send(page, "/actions/reject", typed)
    assert again.status == 503
    assert typed.items() <= dict(form_of(again, "reject").pairs).items()
    site.api.engine_is_back()
    assert "不予受理：已办理" in (await browser.send(again, "/actions/reject")).text


async def test_the_second_of_two_people_is_told_who_was_first(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await doing(browser, number, "reject")
    await site.api.done("window", number, "accept")
    typed = {"/reason": "不属受理范围", "/legal_basis": "第八条", "/remedy": "向城管反映"}
    again = await browser.send(page, "/actions/reject", typed)
    assert again.status == 409
    assert "江北分局 周首接（首接窗口）" in again.text
    assert "办理了“受理”" in again.text
    assert "不属受理范围" in again.html
    assert await stage_of(site, number) == "assign"


async def test_a_record_that_came_too_late_is_still_there_to_be_copied(site: Site) -> None:
    number = await permit(site.api)
    browser = await site.sign_in("hazmat_handler")
    page = await doing(browser, number, "complete_step")
    first = {"step": "review", "outcome": "complete", "record": {}}
    await site.api.done("hazmat_handler2", number, "complete_step", **first)
    key = "step=review&outcome=special"
    typed = {"_way": key, f"/record/reason?{key}": "首次购买,储存场所未经核查", f"/record/inspector?{key}": "褚勘验"}
    again = await browser.send(page, "/actions/complete_step", typed)
    assert again.status == 412
    assert "褚勘验（承办民警）" in again.text
    assert typed.items() <= dict(form_of(again, "complete_step").pairs).items()


async def test_another_file_may_be_sent_with_the_same_form(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "submit_result")
    data = dict(form_of(page, "submit_result").pairs) | {"/outcome": "solved", "/text": "已安装路灯"}
    action = f"/appeals/{number}/actions/submit_result"
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    two = [("_file/evidence", ("一.png", png)), ("_file/evidence", ("二.exe", b"MZ" + bytes(64)))]
    assert (await browser.client.post(action, data=data, files=two)).status_code == 415
    other = [("_file/evidence", ("三.png", png + b"3"))]
    after = Page(await browser.client.post(action, data=data, files=other))
    assert "提交结果：已办理" in after.text


async def test_a_form_that_is_open_no_longer_says_so(site: Site) -> None:
    number = await appeal(site, "assign")
    page = await doing(await site.sign_in("window"), number, "accept")
    assert page.status == 200
    assert "现在不能办理“受理”" in page.text


async def test_what_moves_is_shown_before_it_is_moved(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("leader")
    page = await doing(browser, number, "set_urgency")
    typed = {"/urgent": "true", "/reason": "影响生产"}
    shown = await browser.send(page, "/actions/set_urgency", typed, press=("/dry_run", "true"))
    assert shown.status == 200
    assert "预览（还没有办理）" in shown.text
    assert "2026年9月8日 17:30 2026年9月2日 17:30" in shown.text
    assert (await site.api.appeal(number)).urgent is False
    assert typed.items() <= dict(form_of(shown, "set_urgency").pairs).items()
    after = await browser.send(shown, "/actions/set_urgency")
    assert "已办理" in after.text
    assert (await site.api.appeal(number)).urgent is True


async def test_files_go_with_the_result_and_can_be_opened(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "submit_result")
    pairs = [*form_of(page, "submit_result").pairs, ("/outcome", "solved"), ("/text", "已安装路灯")]
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    data["/text"] = ["已安装路灯"]
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    action = f"/appeals/{number}/actions/submit_result"
    after = Page(await browser.client.post(action, data=data, files={"_file/evidence": ("现场.png", png)}))
    assert after.status == 200, after.text
    assert "现场.png" in after.text
    link = next(link for link in after.links if link.startswith("/v1/attachments/"))
    assert (await browser.client.get(link)).content == png


async def test_a_file_that_is_refused_takes_nothing_else_with_it(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "submit_result")
    data = dict(form_of(page, "submit_result").pairs) | {"/outcome": "solved", "/text": "已安装路灯"}
    action = f"/appeals/{number}/actions/submit_result"
    again = Page(await browser.client.post(action, data=data, files={"_file/evidence": ("x.exe", b"MZ" + bytes(64))}))
    assert again.status == 415
    assert "“x.exe”不接受这种文件" in again.text
    kept = dict(form_of(again, "submit_result").pairs)
    assert (kept["/outcome"], kept["/text"]) == ("solved", "已安装路灯")


async def test_a_file_that_came_stays_when_the_rest_is_refused(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "submit_result")
    data = dict(form_of(page, "submit_result").pairs) | {"/outcome": "solved"}
    action = f"/appeals/{number}/actions/submit_result"
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    again = Page(await browser.client.post(action, data=data, files={"_file/evidence": ("现场.png", png)}))
    assert again.status == 422
    assert "已上传：现场.png" in again.text
    after = await browser.send(again, "/actions/submit_result", {"/text": "已安装路灯"})
    assert "提交结果：已办理" in after.text
    assert "现场.png" in after.text


async def test_an_escalation_is_acknowledged_from_the_page(rehearsal_site: Site) -> None:
    site = rehearsal_site
    site.api.gateway.organisation = site.api.context.organisation
    number = await appeal(site, "handle")
    body = {"number": number, "seconds": 12 * 86_400}
    assert (await site.api.post("admin", "/v1/rehearsal/fast-forward", body)).status_code == 200
    browser = await site.sign_in("duty")
    page = await browser.open(f"/appeals/{number}")
    assert "待认领" in page.text
    opened = await doing(browser, number, "acknowledge")
    after = await browser.send(opened, "/actions/acknowledge")
    assert "认领升级督办：已办理" in after.text
    assert "已认领：尤值班" in after.text


@pytest.fixture
async def secretive(folder: Path, keys: Mapping[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """With a service that only those read who work on it."""
    clue = {"code": "clue", "name": "线索举报", "kind": "appeal", "version": "1", "valid_from": "2026-01-01"}
    shutil.copytree(CATALOGUE / "services", tmp_path / "services")
    text = yaml.safe_dump({**clue, "source": "S4", "secret": True}, allow_unicode=True)
    (tmp_path / "services" / "clue.yaml").write_text(text, encoding="utf-8")
    async with open_api(folder, keys, catalogue=tmp_path, dress=add_pages) as api:
        yield Site(api)


async def test_whoever_hands_a_secret_matter_on_is_told_that_it_is_done_and_no_more(secretive: Site) -> None:
    number = await appeal(secretive, "assign")
    browser = await secretive.sign_in("window")
    page = await doing(browser, number, "change_service")
    after = await browser.send(page, "/actions/change_service", {"/service": "clue", "/reason": "系举报线索"})
    assert after.status == 200
    assert "更正事项：已办理；该诉求已移交，不在您的查阅范围内" in after.text
    assert (await browser.open(f"/appeals/{number}")).status == 404
    again = await browser.send(page, "/actions/change_service", {"/service": "clue", "/reason": "系举报线索"})
    assert "更正事项：已办理" in again.text


async def test_only_the_house_acts_here(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("enterprise")
    form = [("csrf", dict((await browser.open("/account")).forms[0].pairs)["csrf"]), ("/reason", "误报")]
    page = await browser.post(f"/appeals/{number}/actions/withdraw", form)
    assert page.status == 403
    assert await stage_of(site, number) == "accept"


async def test_where_a_form_was_posted_to_leads_back_to_it(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    page = await browser.open(f"/appeals/{number}/actions/reject")
    assert "/reason" in form_of(page, "reject").names


async def test_the_matter_to_merge_into_is_one_link_away(site: Site) -> None:
    said = {"title": "消防通道被堵", "description": "西门消防通道常年堆放杂物"}
    first, second = await appeal(site, **said), await appeal(site, **said)
    browser = await site.sign_in("window")
    page = await browser.open(f"/appeals/{second}")
    link = f"/appeals/{second}?do=merge&into={first}#act"
    assert link in page.links
    opened = await browser.open(link.partition("#")[0])
    assert dict(form_of(opened, "merge").pairs)["/into"] == first
    assert "并案：已办理" in (await browser.send(opened, "/actions/merge")).text


async def test_who_was_first_is_told_before_another_undoes_it(site: Site) -> None:
    number = await appeal(site, "assign")
    dispatcher = await site.sign_in("dispatcher")
    page = await doing(dispatcher, number, "assign")
    await site.api.done("supervisor", number, "assign", lead_unit="station-b")
    action = form_of(page, "assign").action
    stopped = await dispatcher.send(page, action, {"/lead_unit": "station-a"})
    assert stopped.status == 412
    assert "朱督办" in stopped.text
    assert "“交办”，交给乙派出所" in stopped.text
    assert dict(form_of(stopped, "assign").pairs)["/lead_unit"] == "station-a"
    lead = (await site.api.appeal(number)).lead
    assert lead is not None
    assert lead.code == "station-b"
    decided = await dispatcher.send(stopped, action)
    again = await dispatcher.send(page, action, dict(form_of(stopped, "assign").pairs))
    assert (decided.status, again.status) == (200, 200)
    lead = (await site.api.appeal(number)).lead
    assert lead is not None
    assert lead.code == "station-a"


async def test_a_note_of_another_stops_nobody(site: Site) -> None:
    number = await appeal(site)
    window = await site.sign_in("window")
    page = await doing(window, number, "accept")
    await site.api.done("enterprise", number, "add_information", text="补充一句")
    assert (await window.send(page, form_of(page, "accept").action)).status == 200
    assert await stage_of(site, number) == "assign"


async def test_a_stretch_of_time_that_makes_no_sense_is_told_in_peoples_words(site: Site) -> None:
    number = await appeal(site, "handle")
    browser = await site.sign_in("handler")
    page = await doing(browser, number, "request_extension")
    form = form_of(page, "request_extension")
    refused = await browser.send(page, form.action, {"/budget": "abc", "/reason": "材料较多", "/legal_basis": "规定"})
    assert refused.status == 422
    assert "请填写整数，并选择单位" in refused.text
    assert "working days" not in refused.text


async def test_beside_an_open_form_nothing_calls_louder_than_its_own_button(site: Site) -> None:
    number = await appeal(site, "assign")
    page = await doing(await site.sign_in("supervisor"), number, "supervise")
    assert page.html.count("btn-primary big") == 1
    assert page.html.index("btn-primary big") > page.html.index("/actions/supervise")


async def test_one_more_row_does_not_pass_over_what_another_has_done(site: Site) -> None:
    service = "batch-onsite-id"
    form = example(site.api.context.catalogue.service(service).form) | {"persons": 60}
    number = await appeal(site, service=service, form=form)
    lead = (await site.api.appeal(number)).lead
    assert lead is not None
    browser = await site.sign_in(f"{lead.code}-officer")
    page = await doing(browser, number, "note")
    stale = dict(form_of(page, "note").pairs)["seen"]
    await site.api.done("supervisor", number, "set_urgency", urgent=True, reason="领导批示")
    more = await browser.send(page, form_of(page, "note").action, {}, ("_add", "/attachments"))
    assert dict(form_of(more, "note").pairs)["seen"] == stale


async def test_officers_stand_under_their_units_and_one_of_another_is_refused_at_the_field(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "assign")
    dispatcher = await site.sign_in("dispatcher")
    page = await dispatcher.open(f"/appeals/{number}?do=assign")
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page.html, re.DOTALL)
    named = {group: re.findall(r'value="([^"]+)"', options) for group, options in groups}
    assert "handler" in named["甲派出所"]
    assert "handler3" in named["乙派出所"]
    assert not {*named["甲派出所"]} & {*named["乙派出所"]}
    refused = await dispatcher.send(page, "/actions/assign", {"/lead_unit": "station-a", "/officer": "handler3"})
    assert refused.status == 422
    assert refused.text.count("“乙派出所 冯乙所”不是所选单位的民警") == 1
    assert "handler3”" not in refused.text
    kept = dict(refused.form("/actions/assign").pairs)
    assert (kept["/lead_unit"], kept["/officer"]) == ("station-a", "handler3")
    assert (await site.api.appeal(number)).lead is None


async def test_ways_to_hand_it_to_a_unit_say_each_what_it_is_for(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    page = await (await site.sign_in("supervisor")).open(f"/appeals/{number}")
    for words in ("换给另一个单位（由其重新签收），或者单位不变、只换承办民警", "交给承办单位的上一级单位"):
        assert page.text.count(words) == 1, words


async def test_a_region_is_called_by_its_name(site: Site) -> None:
    number = (await site.api.submit())["number"]
    page = await (await site.sign_in("window")).open(f"/appeals/{number}")
    assert "江北区 · " in page.text
    assert " 330205" not in page.text


async def test_in_another_round_the_handler_of_before_cannot_be_chosen_and_is_told_why_he_may_not_sign(
    site: Site,
) -> None:
    number = await appeal(site, "evaluate")
    await site.api.done("enterprise", number, "rate", grade=1, comment="没有改善")
    page = await doing(await site.sign_in("dispatcher"), number, "assign")
    officers = page.html.split('name="/officer"')[1].split("</select>")[0]
    assert '<optgroup label="甲派出所">' in officers
    assert 'value="handler2"' in officers
    assert 'value="handler"' not in officers
    assert "前一轮的承办民警不得再次承办，不在其中" in page.text
    await site.api.done("dispatcher", number, "assign", lead_unit="station-a")
    told = "您是前一轮的承办民警，本轮须由他人承办"
    former = await (await site.sign_in("handler")).open(f"/appeals/{number}")
    assert told in former.text
    assert f"/appeals/{number}?do=sign#act" not in former.links
    assert told not in (await (await site.sign_in("handler2")).open(f"/appeals/{number}")).text


async def test_a_form_knows_how_far_it_saw_and_the_page_who_acted_last(site: Site) -> None:
    """By both, a page that is refreshed while somebody types tells him that somebody else has acted (app.js)."""
    number = await appeal(site, "assign")
    page = await doing(await site.sign_in("dispatcher"), number, "assign")
    seen = int(dict(form_of(page, "assign").pairs)["seen"])
    head = page.html.split('id="state"')[1].split(">")[0]
    assert int(head.split('data-seq="')[1].split('"')[0]) <= seen
    assert "办理了“受理”" in head
    assert 'role="status" data-meanwhile hidden' in page.html
    await site.api.done("dispatcher", number, "assign", lead_unit="station-a")
    head = (await (await site.sign_in("handler")).open(f"/appeals/{number}")).html.split('id="state"')[1].split(">")[0]
    assert int(head.split('data-seq="')[1].split('"')[0]) > seen
    assert "办理了“交办”" in head


async def test_who_reviews_agrees_or_does_not_and_is_told_before_that_no_needs_a_reason(site: Site) -> None:
    number = await appeal(site, "feedback")
    page = await doing(await site.sign_in("leader"), number, "review")
    form = page.html.split("/actions/review")[1].split("</form>")[0]
    assert ">同意<" in form
    assert ">不同意<" in form
    assert ">是<" not in form
    assert "不同意的，须说明理由。" in form
    await site.api.done("leader", number, "review", approved=True)
    journal = (await (await site.sign_in("handler")).open(f"/appeals/{number}")).text.split("办理记录")[1]
    assert "是否同意 同意" in journal


async def test_the_stage_and_the_limit_are_called_what_they_are(site: Site) -> None:
    number = await appeal(site)
    browser = await site.sign_in("window")
    assert "环节：受理" in (page := await browser.open(f"/appeals/{number}")).text
    assert "受理时限" in page.html.split("now-line")[1].split("</p>")[0]
    row = (await browser.open("/desk")).html.split(f'id="r-{number}"')[1].split("</li>")[0]
    assert "环节：受理" in row
    assert "<b>受理时限</b>" in row


async def test_what_may_be_done_is_not_printed(site: Site) -> None:
    page = await (await site.sign_in("window")).open(f"/appeals/{await appeal(site)}")
    assert '<div class="card no-print" id="deeds"' in page.html
