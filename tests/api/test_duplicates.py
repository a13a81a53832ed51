"""疑似重复: offered to whoever may read both, with a score and why; merged by people, never by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jsonschema import Draft202012Validator

from tests.api.bench import USCC2, Api

Said = dict[str, Any]
SAME: Said = {"title": "厂区东门夜间货车违停", "description": "每晚十点后东门外停满货车,我公司车辆无法进出。"}
AGAIN: dict[str, Any] = {
    "title": "东门夜间货车违停无人管",
    "description": "每晚十点以后,东门外停满货车,公司车辆无法进出!",
}
OTHER: Said = {"title": "员工居住证集中办理", "description": "六十名员工需要上门集中办理居住证。"}
ANOTHER: Said = {"enterprise": {"uscc": USCC2, "name": "宁波样本化工有限公司"}}


async def like(api: Api, number: str, who: str = "window") -> list[dict[str, Any]]:
    answer = await api.get(who, f"/v1/appeals/{number}/duplicates")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_the_same_matter_of_the_same_enterprise_is_offered_with_why(api: Api) -> None:
    first = await api.submit(**SAME)
    await api.submit(**OTHER)
    await api.submit("system", **SAME, **ANOTHER)
    second = await api.submit(**AGAIN)
    (one,) = await like(api, second["number"])
    assert (one["number"], one["stage"], one["mergeable"]) == (first["number"], "accept", True)
    assert one["score"] >= 60
    assert one["why"] == [f"标题和内容相近（{one['score']}%）"]
    assert second["links"]["duplicates"] == f"/v1/appeals/{second['number']}/duplicates"
    # Offered only: both stand where they stood, until somebody merges them.
    assert {(await api.appeal(a["number"])).stage for a in (first, second)} == {"accept"}
    merged = await api.done("window", second["number"], "merge", into=one["number"])
    assert merged["outcome"] == "merged"
    (other_way,) = await like(api, first["number"])
    assert (other_way["number"], other_way["mergeable"]) == (second["number"], False)


async def test_the_likest_come_first_and_the_same_reference_above_all(api: Api) -> None:
    by_text = (await api.submit("system", **SAME))["number"]
    by_ref = (await api.submit("system", **OTHER, external_ref="12345-0007"))["number"]
    both = await api.submit("system", **AGAIN, external_ref="12345-0007")
    found = await like(api, both["number"])
    assert [one["number"] for one in found] == [by_ref, by_text]
    assert (found[0]["score"], found[0]["why"]) == (100, ["来源系统编号相同（12345-0007）"])


async def test_an_enterprise_is_offered_its_own_only(api: Api) -> None:
    first = await api.submit(**SAME)
    second = await api.submit(**AGAIN)
    assert [one["number"] for one in await like(api, second["number"], "enterprise")] == [first["number"]]
    answer = await api.get("enterprise2", f"/v1/appeals/{second['number']}/duplicates")
    assert answer.status_code == 404


async def test_an_unverified_namesake_is_not_shown_to_the_enterprise_but_to_the_window(api: Api) -> None:
    named: Said = {"enterprise": {"uscc": None, "name": "宁波示例制造有限公司"}}
    unknown = await api.submit("system", channel="alert_110", **SAME, **named)
    own = await api.submit(**AGAIN)
    assert await like(api, own["number"], "enterprise") == []
    assert [one["number"] for one in await like(api, own["number"])] == [unknown["number"]]
    assert [one["number"] for one in await like(api, unknown["number"])] == [own["number"]]


async def test_what_lies_outside_the_window_is_no_duplicate(api: Api) -> None:
    first = (await api.submit(**SAME))["number"]
    api.clock.now += timedelta(days=91)
    assert await like(api, (await api.submit(**AGAIN))["number"]) == []
    assert await like(api, first) == []


async def test_the_answer_is_what_the_document_says(api: Api) -> None:
    document = (await api.get(None, "/openapi.json")).json()
    await api.submit(**SAME)
    number = (await api.submit(**AGAIN))["number"]
    content = document["paths"]["/v1/appeals/{number}/duplicates"]["get"]["responses"]["200"]["content"]
    whole = {**content["application/json"]["schema"], "components": document["components"]}
    answer = {"items": await like(api, number)}
    assert answer["items"]
    assert list(Draft202012Validator(whole).iter_errors(answer)) == []
