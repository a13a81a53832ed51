from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from api.permissions import SUBMIT
from api.schemas.submission import EXAMPLE
from api.starting import AT_ONCE, AWAY
from domain.opening import Opening
from domain.vocabulary import Channel, Role
from storage.accounts import Account, account_row, key_row, new_key, upsert_accounts, upsert_keys
from storage.catalogue import Catalogue
from storage.intake import Keeper, Kept
from storage.organisation import Organisation
from tests.api.bench import NOON, USCC, USCC2, Api, pointers, problem, submission


async def test_a_new_appeal_is_answered_as_it_stands_after_its_first_moment(api: Api) -> None:
    answer = await api.post("enterprise", "/v1/appeals", submission())
    assert answer.status_code == 201
    appeal = answer.json()
    assert answer.headers["location"] == f"/v1/appeals/{appeal['number']}" == appeal["links"]["self"]
    assert appeal["stage"] == "accept"
    assert appeal["pending"] is False
    assert [c["name"] for c in appeal["clocks"]] == ["accept"]
    assert appeal["clocks"][0]["started_at"] == appeal["created_at"]
    assert (await api.get("enterprise", appeal["links"]["self"])).json()["number"] == appeal["number"]


async def test_a_permit_is_in_handling_at_once_with_its_review_open(api: Api) -> None:
    service = Catalogue.load().service("hazmat-toxic-purchase")
    form = {name: field["examples"][0] for name, field in service.form["properties"].items()}
    appeal = await api.submit(service=service.code, form=form)
    assert appeal["stage"] == "handle"
    assert appeal["assignment"]["lead_unit"] == "public-order"
    assert [s["status"] for s in appeal["procedure"]["steps"]] == ["active", "waiting", "waiting", "waiting"]


@pytest.mark.parametrize("service", Catalogue.load().services(), ids=lambda s: s.code)
async def test_the_examples_of_all_fields_together_are_accepted_through_any_channel(api: Api, service: Any) -> None:
    form = {name: field["examples"][0] for name, field in service.form["properties"].items()}
    for channel in Channel:
        appeal = await api.submit("system", service=service.code, channel=channel.value, form=form)
        assert appeal["form"] == form


async def test_a_day_that_ends_a_limit_is_neither_over_nor_further_ahead_than_ten_years(api: Api) -> None:
    service = Catalogue.load().service("freight-green-channel")
    form = {name: field["examples"][0] for name, field in service.form["properties"].items()}
    for day in ("2026-08-31", "2036-09-03", "2099-01-01"):
        body = submission(service=service.code, form={**form, "arrives_on": day})
        refused = problem(await api.post("enterprise", "/v1/appeals", body), 422, "bad-day")
        assert pointers(refused) == ["/form/arrives_on"]
    assert (await api.submit(service=service.code, form={**form, "arrives_on": "2026-09-01"}))["form"]


@pytest.mark.parametrize("service", Catalogue.load().services(), ids=lambda s: s.code)
async def test_an_empty_form_is_accepted_where_nothing_is_required(api: Api, service: Any) -> None:
    answer = await api.post("system", "/v1/appeals", submission(service=service.code, form={}))
    required = service.form.get("required", [])
    if required:
        assert pointers(problem(answer, 422, "invalid")) == [f"/form/{name}" for name in required]
    else:
        assert answer.status_code == 201


async def test_missing_materials_are_no_error_of_the_submission(api: Api) -> None:
    assert (await api.submit(materials=[]))["materials"] == []
    assert (await api.submit(materials=[{"code": "x", "reference": "y"}]))["materials"] == [
        {"code": "x", "reference": "y"}
    ]


async def test_who_receives_it_at_a_window_stays_answerable_else_the_branch_of_the_region(api: Api) -> None:
    for name in ("window", "enterprise", "visitor"):
        number = (await api.submit(name))["number"]
        assert (await api.appeal(number)).submission.first_unit.code == "branch"


@pytest.mark.parametrize("channel", ["alert_110", "hotline_12345"])
async def test_an_alert_or_a_call_may_come_before_anyone_knows_the_enterprise(api: Api, channel: str) -> None:
    appeal = await api.submit("system", channel=channel, enterprise={"uscc": None, "name": "不详"})
    assert appeal["enterprise"]["uscc"] is None


async def test_an_enterprise_without_a_code_may_not_submit_for_an_unknown_one(api: Api) -> None:
    nobody, key = Account("nobody", "无代码企业", (Role.ENTERPRISE,)), new_key()
    async with api.database.write() as w:
        await w.run(upsert_accounts(w.dialect), account_row(nobody))
        await w.run(upsert_keys(w.dialect), key_row(nobody.code, key, NOON))
    headers = {"Authorization": f"Bearer {key}"}
    for uscc in (None, USCC):
        body = submission(channel="hotline_12345", enterprise={"uscc": uscc, "name": "不详"})
        problem(await api.post(None, "/v1/appeals", body, headers=headers), 403, "not-your-enterprise")


@pytest.mark.parametrize("channel", list(Channel))
async def test_an_enterprise_gives_its_own_code_whatever_the_channel(api: Api, channel: Channel) -> None:
    await api.submit("enterprise", channel=channel.value)
    other = submission(channel=channel.value, enterprise={"uscc": USCC2, "name": "乙"})
    problem(await api.post("enterprise", "/v1/appeals", other), 403, "not-your-enterprise")


@pytest.mark.parametrize("name", ["enterprise", "system"])
async def test_the_example_that_is_published_is_accepted(api: Api, name: str) -> None:
    document = (await api.get(None, "/openapi.json")).json()
    posted = document["paths"]["/v1/appeals"]["post"]["requestBody"]["content"]["application/json"]
    assert posted["example"].items() <= EXAMPLE.items()  # the document leaves out what is null
    for body in (posted["example"], EXAMPLE):
        assert (await api.post(name, "/v1/appeals", body)).status_code == 201


async def test_an_enterprise_does_not_give_itself_tiers_but_an_upstream_system_may(api: Api) -> None:
    said = {"uscc": USCC, "name": "甲", "tiers": ["key"]}
    assert (await api.submit("enterprise", enterprise=said))["enterprise"]["tiers"] == []
    assert (await api.submit("system", enterprise=said))["enterprise"]["tiers"] == ["key"]
    known = {"uscc": USCC2, "name": "乙"}
    assert (await api.submit("system", enterprise=known))["enterprise"]["tiers"] == ["scaled", "key"]


async def test_the_same_key_and_body_again_is_the_same_appeal_as_it_is_now(api: Api) -> None:
    first = await api.submit(key="k1")
    await api.done("window", first["number"], "accept")
    again = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert again.status_code == 200
    assert again.json()["number"] == first["number"]
    assert again.json()["stage"] == "assign"
    assert api.gateway.starts == 1


async def test_the_same_key_sent_several_times_at_once_makes_one_appeal(api: Api) -> None:
    answers = await asyncio.gather(*(api.post("enterprise", "/v1/appeals", submission(), "k1") for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201]
    assert len({a.json()["number"] for a in answers}) == 1


async def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    await api.submit(key="k1")
    problem(await api.post("enterprise", "/v1/appeals", submission(title="别的"), "k1"), 422, "idempotency-key-reused")


async def test_keys_are_scoped_to_the_caller(api: Api) -> None:
    mine = await api.submit("enterprise", "k1")
    theirs = await api.submit("system", "k1")
    assert mine["number"] != theirs["number"]


async def test_while_the_engine_is_away_it_is_kept_and_shown_as_pending(api: Api) -> None:
    api.gateway.away = True
    answer = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert answer.status_code == 202
    appeal = answer.json()
    assert appeal["pending"] is True
    assert answer.headers["location"] == appeal["links"]["self"]
    shown = (await api.get("enterprise", appeal["links"]["self"])).json()
    assert shown["pending"] is True
    assert shown["clocks"][0]["started_at"] == shown["created_at"]
    assert (await api.get("enterprise", appeal["links"]["actions"])).json() == {"items": []}
    journal = (await api.get("enterprise", appeal["links"]["journal"])).json()["items"]
    assert [e["action"] for e in journal] == ["submit"]
    again = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert (again.status_code, again.json()["number"]) == (200, appeal["number"])


async def test_actions_on_what_still_waits_are_perhaps(api: Api) -> None:
    api.gateway.away = True
    number = (await api.post("enterprise", "/v1/appeals", submission())).json()["number"]
    api.gateway.away = False
    answer = await api.act("window", number, "accept")
    problem(answer, 503, "engine-away")
    assert int(answer.headers["retry-after"]) > 0


async def test_an_engine_that_was_away_is_not_waited_for_by_each(api: Api) -> None:
    api.gateway.away = True
    for _ in range(5):
        assert (await api.post("system", "/v1/appeals", submission())).status_code == 202
    assert api.gateway.asked == 1
    api.clock.now += AWAY
    assert (await api.post("system", "/v1/appeals", submission())).status_code == 202
    assert api.gateway.asked == 2
    api.engine_is_back()
    await api.submit()


async def test_no_more_wait_for_the_engine_than_it_can_start_the_others_are_kept(api: Api) -> None:
    api.gateway.open.clear()
    first = [asyncio.create_task(api.post("system", "/v1/appeals", submission())) for _ in range(AT_ONCE)]
    async with asyncio.timeout(60):
        while True:
            if api.gateway.asked == AT_ONCE:
                break
            await asyncio.sleep(0.01)
    late = await api.post("system", "/v1/appeals", submission())
    assert (late.status_code, late.json()["pending"]) == (202, True)
    api.gateway.open.set()
    assert {answer.status_code for answer in await asyncio.gather(*first)} == {201}
    await api.submit()


async def test_while_a_crowd_is_taken_in_the_others_are_kept_and_started_later(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.arrivals.CROWD", 0)
    here, keep = asyncio.Semaphore(0), Keeper.keep

    async def arrive(keeper: Keeper, new: Kept) -> Kept:
        here.release()
        return await keep(keeper, new)

    monkeypatch.setattr(Keeper, "keep", arrive)
    async with api.database.write():  # the tables' one writer is taken
        tried = [asyncio.create_task(api.post("system", "/v1/appeals", submission())) for _ in range(5)]
        for _ in tried:
            await here.acquire()
    answers = await asyncio.gather(*tried)
    # Nobody waits behind the last one.
    assert sorted(answer.status_code for answer in answers) == [201] + [202] * 4
    assert api.gateway.asked == 1


async def test_after_it_is_kept_no_trouble_is_answered_as_an_error(api: Api) -> None:
    api.gateway.broken = ValueError("a word of 张三")
    answer = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert (answer.status_code, answer.json()["pending"]) == (202, True)
    assert (await api.post("enterprise", "/v1/appeals", submission(), "k1")).status_code == 200


async def test_after_it_is_started_no_connection_to_the_tables_is_needed(api: Api) -> None:
    async def start_and_take_them_all(opening: Opening) -> None:
        await started(opening)
        for _ in range(20):  # as many as a process has
            await taken.enter_async_context(api.database.read())

    started, api.gateway.start = api.gateway.start, start_and_take_them_all  # type: ignore[method-assign]
    async with AsyncExitStack() as taken:
        assert (await api.post("enterprise", "/v1/appeals", submission())).status_code == 201


async def test_too_many_at_once_are_refused_before_anything_is_written(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.submitting._MOST_WAITING", 2)
    async with api.database.write():  # the tables' one writer is taken
        tried = [asyncio.create_task(api.post("system", "/v1/appeals", submission())) for _ in range(9)]
        refused, _ = await asyncio.wait(tried, return_when=asyncio.FIRST_COMPLETED)
    for one in refused:
        problem(one.result(), 503, "busy")
        assert int(one.result().headers["retry-after"]) > 0
    answers = await asyncio.gather(*tried)
    assert {a.status_code for a in answers} == {201, 503}
    kept = [a for a in answers if a.status_code == 201]
    assert len((await api.get("system", "/v1/appeals")).json()["items"]) == len(kept)


async def test_a_known_key_is_answered_before_references_and_rights(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await api.submit(key="k1")
    monkeypatch.setattr("api.submitting.SUBMIT", replace(SUBMIT, grants=()))
    again = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    problem(await api.post("enterprise", "/v1/appeals", submission(title="别的"), "k1"), 422, "idempotency-key-reused")
    problem(await api.post("enterprise", "/v1/appeals", submission(), "k2"), 403, "forbidden")
    monkeypatch.setattr(Organisation, "branch_of_region", lambda *_: None)
    again = await api.post("enterprise", "/v1/appeals", submission(), "k1")
    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    problem(await api.post("enterprise", "/v1/appeals", submission(), "k2"), 422, "unknown-region")


async def test_its_clocks_start_at_intake_not_when_the_engine_gets_to_it(api: Api) -> None:
    appeal = await api.submit()
    assert appeal["created_at"] >= NOON.isoformat(timespec="milliseconds")


async def test_what_a_system_passes_on_is_taken_with_a_number_that_reaches_nobody_else(api: Api) -> None:
    said: dict[str, Any] = {"channel": "alert_110", "contact": {"name": "路人", "phone": "110"}}
    assert (await api.submit("system", **said))["number"]


@pytest.mark.parametrize("phone", ["12345", "110", "87654321"])
async def test_what_a_person_types_must_reach_somebody(api: Api, phone: str) -> None:
    for name in ("enterprise", "window"):
        answer = await api.post(name, "/v1/appeals", submission(contact={"name": "张三", "phone": phone}))
        assert pointers(problem(answer, 422, "bad-phone")) == ["/contact/phone"]
