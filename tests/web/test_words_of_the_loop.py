"""What pages call things: what is due by its name, whose a lease was, and which of four ways to hand it on is which."""

from __future__ import annotations

from tests.web.people import Site
from tests.web.test_appeal_page import appeal, doing, permit

ISSUED = (
    ("hazmat_handler", {"step": "review", "outcome": "complete", "record": {}}),
    ("hazmat_leader", {"step": "decide", "outcome": "approve", "record": {"valid_until": "2027-09-07", "quantity": 5}}),
    ("hazmat_handler", {"step": "issue", "outcome": "done", "record": {"document_no": "甬公剧购0001"}}),
)


async def issued(site: Site) -> str:
    number = await permit(site.api)
    for who, body in ISSUED:
        await site.api.done(who, number, "complete_step", **body)
    return number


async def test_of_a_permit_that_is_issued_no_page_speaks_of_a_review(rehearsal_site: Site) -> None:
    site = rehearsal_site
    number = await issued(site)
    await site.api.gateway.fast_forward(number, 3 * 86_400)
    leader = await site.sign_in("hazmat_leader")
    page = await leader.open(f"/appeals/{number}")
    assert "“送达答复”时限已用90%，本应提醒治安支队" in page.text
    assert "“送达答复”时限已到期，本应第1级升级督办（治安支队）" in page.text
    assert "“审核”时限" not in page.text
    assert "送达答复" in (await leader.open("/desk?tab=all")).text
    followed = await (await site.sign_in("enterprise2")).open(f"/track/{number}")
    assert "已有办理结果，正在送达答复" in followed.text
    assert "审核" not in followed.text


async def test_before_it_is_issued_it_says_what_runs_then(site: Site) -> None:
    number = await permit(site.api)
    for who, body in ISSUED[:2]:
        await site.api.done(who, number, "complete_step", **body)
    page = await doing(await site.sign_in("hazmat_handler"), number, "complete_step")
    assert "“送达答复”时限起算" in page.text
    assert "“审核”时限" not in page.text


async def test_a_result_that_somebody_wrote_is_still_reviewed(site: Site) -> None:
    number = await appeal(site, "handle")
    page = await doing(await site.sign_in("handler"), number, "submit_result")
    assert "“审核”时限起算" in page.text


async def test_a_service_says_whether_a_leader_reviews(site: Site) -> None:
    for service, said in (("hazmat-toxic-purchase", "按上面的步骤作出结论后"), ("appeal-general", "负责人审核后")):
        page = await site.stranger().open(f"/services/{service}")
        assert f"反馈：{said}，书面答复送达给您" in page.text.replace(" ", "").replace("\n", "")


async def test_the_journal_says_on_which_level_it_is_and_whose_lease_ended(rehearsal_site: Site) -> None:
    site = rehearsal_site
    site.api.gateway.organisation = site.api.context.organisation
    number = await appeal(site, "assign")
    await site.api.done("dispatcher", number, "assign", lead_unit="station-b")
    await site.api.gateway.fast_forward(number, 6 * 3600)
    (called,) = [e.id for e in (await site.api.appeal(number)).escalations if e.ended_at is None]
    await site.api.done("duty", number, "acknowledge", escalation=called)
    await site.api.gateway.fast_forward(number, 3600)
    page = await (await site.sign_in("supervisor")).open(f"/appeals/{number}")
    assert "第1级升级督办（代乙派出所通知情指中心值班室）" in page.text
    assert "通知乙派出所" not in page.text
    assert "尤值班认领后仍无进展，“签收”时限的第1级升级督办重新催办" in page.text


async def test_an_enterprise_is_reminded_of_what_it_owes_and_the_journal_says_so(rehearsal_site: Site) -> None:
    site = rehearsal_site
    number = await appeal(site)
    await site.api.done("window", number, "request_supplement", items=["现场照片"], reason="看不清")
    await site.api.gateway.fast_forward(number, 6 * 86_400 + 20 * 3600)
    page = await (await site.sign_in("window")).open(f"/appeals/{number}")
    assert "“补正”时限已用75%，提醒企业" in page.text


async def test_the_first_call_for_a_visit_is_no_share_of_its_time(rehearsal_site: Site) -> None:
    site = rehearsal_site
    number = await appeal(site, "evaluate")
    await site.api.gateway.fast_forward(number, 8 * 86_400)
    page = await (await site.sign_in("supervisor")).open(f"/appeals/{number}")
    assert "“回访”时限到了首次联系的时候" in page.text
    assert "first" not in page.text


async def test_of_the_ways_to_hand_it_to_a_unit_the_usual_is_on_top_and_each_says_what_it_is_for(site: Site) -> None:
    number = await appeal(site, "assign")
    supervisor = await site.sign_in("supervisor")
    page = await supervisor.open(f"/appeals/{number}")
    assert page.text.index("不常用的操作") < page.text.index("指定最终承办单位")
    assert page.text.index("交办") < page.text.index("不常用的操作")
    for action, said in (
        ("assign", "签收之前还可以重新交办"),
        ("lift", "上一级单位"),
        ("name_final_owner", "指定的单位不能再退回"),
    ):
        assert said in (await doing(supervisor, number, action)).text


async def test_once_a_unit_has_it_it_is_reassigned_and_only_seldom_assigned_again(site: Site) -> None:
    number = await appeal(site, "assign")
    await site.api.done("dispatcher", number, "assign", lead_unit="station-a")
    dispatcher = await site.sign_in("dispatcher")
    page = await dispatcher.open(f"/appeals/{number}")
    assert page.text.index("改派") < page.text.index("不常用的操作") < page.text.index("重新交办")
    assert "换给另一个单位（由其重新签收）" in (await doing(dispatcher, number, "reassign")).text


async def test_after_two_returns_naming_the_final_owner_is_what_is_called_for(site: Site) -> None:
    number = await appeal(site, "assign")
    for unit, who in (("station-a", "handler"), ("station-b", "handler3")):
        await site.api.done("dispatcher", number, "assign", lead_unit=unit)
        await site.api.done(who, number, "return_assignment", reason="不属本所辖区")
    page = await (await site.sign_in("supervisor")).open(f"/appeals/{number}")
    assert page.text.index("指定最终承办单位") < page.text.index("不常用的操作")


async def test_a_case_posted_without_its_leader_is_told_at_the_fields(site: Site) -> None:
    number = await appeal(site, "handle")
    supervisor = await site.sign_in("supervisor")
    page = await doing(supervisor, number, "supervise")
    again = await supervisor.send(page, "/actions/supervise", {"/order": "限期办结", "/posted": "true"})
    assert again.status == 422
    for said in ("挂牌督办须写明包案领导", "挂牌督办须写明督办时限"):
        assert said in again.text
