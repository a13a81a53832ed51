"""A document's number is given once; who asks for it again learns nothing of whose it is."""

from __future__ import annotations

from typing import Any

from storage.catalogue import Catalogue
from storage.catalogue_check import example
from tests.api.bench import Api, problem

SERVICE = "hazmat-toxic-purchase"
NUMBER = "甬公剧购〔2026〕1"
ISSUE = {"step": "issue", "outcome": "done", "record": {"document_no": NUMBER}}


async def decided(api: Api, until: str = "2026-12-31") -> str:
    """A permit that is granted and not issued yet."""
    form = example(Catalogue.load().service(SERVICE).form)
    number: str = (await api.submit(service=SERVICE, form=form))["number"]
    await api.done("hazmat_handler", number, "complete_step", step="review", outcome="complete")
    record = {"valid_until": until, "quantity": 5}
    await api.done("hazmat_leader", number, "complete_step", step="decide", outcome="approve", record=record)
    return number


async def test_a_number_that_was_given_is_not_given_again_and_the_other_appeal_is_not_named(api: Api) -> None:
    first, second = await decided(api), await decided(api)
    issued = await api.act("hazmat_handler", first, "complete_step", "the-key", **ISSUE)
    assert issued.status_code == 200
    answer = await api.act("hazmat_handler", second, "complete_step", **ISSUE)
    told = problem(answer, 422, "number-taken")
    assert [error["pointer"] for error in told["errors"]] == ["/record/document_no"]
    assert first not in answer.text
    # The same key is answered again, and whoever may not issue hears that first.
    assert (await api.act("hazmat_handler", first, "complete_step", "the-key", **ISSUE)).status_code == 200
    problem(await api.act("handler", second, "complete_step", **ISSUE), 403, "not-yours")
    other = {**ISSUE, "record": {"document_no": "甬公剧购〔2026〕2"}}
    assert (await api.done("hazmat_handler", second, "complete_step", **other))["stage"] == "feedback"


async def test_an_end_that_is_no_day_or_over_is_pointed_at(api: Api) -> None:
    form = example(Catalogue.load().service(SERVICE).form)
    number = (await api.submit(service=SERVICE, form=form))["number"]
    await api.done("hazmat_handler", number, "complete_step", step="review", outcome="complete")
    for until, code in (("随便", "invalid"), ("2020-12-31", "bad-validity")):
        body: dict[str, Any] = {"step": "decide", "outcome": "approve", "record": {"valid_until": until, "quantity": 5}}
        told = problem(await api.act("hazmat_leader", number, "complete_step", **body), 422, code)
        assert [error["pointer"] for error in told["errors"]] == ["/record/valid_until"]


async def test_what_a_new_action_must_satisfy_is_asked_over_http(api: Api) -> None:
    clue: dict[str, Any] = {"service": "clue-report", "form": {"kind": "其他", "facts": "仓库存放假冒服装"}}
    number = (await api.submit(**clue))["number"]
    await api.done("economic-crime-officer", number, "sign")
    body = {"unit": "hotline-12345", "question": "有无来电"}
    problem(await api.act("economic-crime-officer", number, "ask_cooperation", **body), 422, "outside-body")
    await api.done("economic-crime-officer", number, "ask_cooperation", unit="traffic", question="车辆归属")
