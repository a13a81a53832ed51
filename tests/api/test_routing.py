"""Why was it sent there? Told from the journal, so that it stays true when the table is another one."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from storage.organisation import CATALOGUE
from tests.api.bench import Api, open_api, submission
from tests.api.test_catalogue_changes import until

PERMIT = "hazmat-toxic-purchase"


async def why(api: Api, number: str, who: str = "dispatcher") -> dict[str, Any]:
    answer = await api.get(who, f"/v1/appeals/{number}/routing")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def permit(api: Api) -> dict[str, Any]:
    form = (await api.get("enterprise", f"/v1/services/{PERMIT}")).json()["form"]
    example = {name: field["examples"][0] for name, field in form["properties"].items()}
    return await api.submit(service=PERMIT, form=example)


async def test_general_appeals_are_left_to_the_dispatcher_and_it_says_by_which_row(api: Api) -> None:
    number = (await api.submit())["number"]
    assert await why(api, number) == {
        "number": number, "lead_unit": None, "second_lead": None, "cooperating": [], "text": "尚未交办", "items": [],
    }  # fmt: skip
    assert (await api.walk(number, "assign"))["assignment"]["lead_unit"] is None
    (told,) = (await why(api, number))["items"]
    assert (told["by"], told["table"], told["version"], told["row"]) == ("table", "sample", "1", "dispatcher-decides")
    assert [(f["name"], f["text"]) for f in told["facts"]] == [("service", "服务事项为“企业诉求”")]
    assert told["text"] == (
        "按交办规则“sample”第1版“dispatcher-decides”行（内容各异，由交办人员逐件研判后交办）"
        "，因服务事项为“企业诉求”：江北分局周首接受理后由交办人员交办"
    )


async def test_each_hand_over_by_people_is_told_in_order(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    await api.done("dispatcher", number, "assign", lead_unit="station-a", cooperating=["station-b"])
    await api.done("handler", number, "return_assignment", reason="不属本所辖区")
    await api.done("supervisor", number, "name_final_owner", unit="station-b", reason="主要场所在乙所")
    await api.done("supervisor", number, "reassign", unit="station-c", reason="另有安排")
    await api.done("supervisor", number, "lift", reason="重大")
    told = await why(api, number)
    assert [(i["action"], i["by"], i["units"]) for i in told["items"]] == [
        ("accept", "table", []),
        ("assign", "person", ["station-a"]),
        ("return_assignment", "person", []),
        ("name_final_owner", "person", ["station-b"]),
        ("reassign", "person", ["station-c"]),
        ("lift", "person", []),
    ]
    assert [i["text"] for i in told["items"][1:4]] == [
        "江北分局吴分派交甲派出所承办，乙派出所配合",
        "甲派出所郑承办退回，待重新交办。理由：不属本所辖区",
        "市公安局朱督办指定乙派出所为最终承办单位。理由：主要场所在乙所",
    ]
    assert (told["lead_unit"], told["text"]) == ("branch", "市公安局朱督办提级到上级单位办理。理由：重大")
    # Another officer of the same unit is no hand-over.
    await api.done("dispatcher", number, "reassign", officer="leader", reason="换人")
    assert len((await why(api, number))["items"]) == len(told["items"])


async def test_what_goes_outside_and_comes_back_is_told_too(api: Api) -> None:
    number = (await api.submit(service="non-police"))["number"]
    await api.done("window", number, "transfer", body="hotline-12345", reason="属于住建部门职责")
    await api.done("system", number, "transfer_refused", reason="不属本单位")
    await api.done("window", number, "transfer", body="housing-bureau", reason="另转")
    await api.done("window", number, "recall_transfer", reason="无回音")
    assert [i["text"].partition("。")[0] for i in (await why(api, number))["items"]] == [
        "江北分局周首接流转到12345政务服务便民热线",
        "上游业务系统外单位退回，待重新交办",
        "江北分局周首接流转到市住房和城乡建设局",
        "江北分局周首接追回流转，待重新交办",
    ]


async def test_a_permit_goes_to_its_services_lead_with_its_helpers(api: Api) -> None:
    told = await why(api, (await permit(api))["number"])
    (one,) = told["items"]
    assert (told["lead_unit"], one["by"], one["row"], one["actor"]) == ("public-order", "service", None, "system")
    assert one["text"] == "没有适用的交办规则，按服务事项的牵头单位办理：系统交治安支队承办"


async def test_an_alert_goes_to_two_units_at_once_and_is_in_the_lists_of_both(api: Api) -> None:
    alert = {"service": "police-alert", "channel": "alert_110", "form": {"category": "交通"}}
    appeal = await api.submit("system", "", **alert)
    given = appeal["assignment"]
    assert (appeal["stage"], given["lead_unit"], given["second_lead"]) == ("assign", "station-a", "traffic")
    told = await why(api, appeal["number"])
    assert told["text"] == (
        "按交办规则“sample”第1版“alert-traffic”行（一警双派：属地派出所与交警支队同时受派，分别签收、分别反馈）"
        "，因服务事项为“涉企警情“一警双派””，警情类别为“交通”：系统交甲派出所和交警支队（一警双派）承办"
    )
    api.gateway.away = True
    kept = (await api.post("system", "/v1/appeals", submission(**alert))).json()
    assert kept["pending"] is True
    for unit in ("station-a", "traffic"):
        listed = (await api.get("supervisor", f"/v1/appeals?unit={unit}")).json()["items"]
        assert [one["number"] for one in listed] == [kept["number"], appeal["number"]]
    assert (await api.get("supervisor", "/v1/appeals?unit=station-b")).json()["items"] == []


async def test_the_enterprise_reads_where_it_went_but_no_names_and_no_words_of_the_house(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "assign")
    await api.done("dispatcher", number, "assign", lead_unit="station-a")
    await api.done("handler", number, "return_assignment", reason="内部意见")
    texts = [i["text"] for i in (await why(api, number, "enterprise"))["items"]]
    assert texts[1:] == ["江北分局吴**交甲派出所承办", "甲派出所郑**退回，待重新交办"]
    other = await api.get("enterprise2", f"/v1/appeals/{number}/routing")
    assert other.status_code == 404


async def test_the_answer_is_what_the_document_says(api: Api) -> None:
    document = (await api.get(None, "/openapi.json")).json()
    schema = document["paths"]["/v1/appeals/{number}/routing"]["get"]["responses"]["200"]["content"]
    whole = {**schema["application/json"]["schema"], "components": document["components"]}
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    assert list(Draft202012Validator(whole).iter_errors(await why(api, number))) == []


@pytest.fixture
async def other(
    template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]
) -> AsyncIterator[tuple[Api, Path]]:
    """An API with routing of its own, and the table's file."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("routed") / "data"))
    catalogue = Path(shutil.copytree(CATALOGUE, tmp_path_factory.mktemp("catalogue") / "c"))
    table = catalogue / "routing" / "sample.yaml"
    rows: list[dict[str, Any]] = [
        {"code": "urgent", "why": "紧急的直达", "when": {"services": ["appeal-general"], "urgent": True},
         "lead": "station-b", "cooperating": ["traffic"]},
        {"code": "exporters", "why": "出海企业", "when": {"services": ["non-police"], "form": {"department": ["住建"]}},
         "lead": "exit-entry"},
    ]  # fmt: skip
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    table.write_text(yaml.safe_dump({**content, "rows": rows}, allow_unicode=True), encoding="utf-8")
    async with open_api(folder, keys, catalogue=catalogue) as opened:
        yield opened, table


async def test_it_is_routed_as_it_stands_when_it_is_accepted(other: tuple[Api, Path]) -> None:
    api, _ = other
    appeal = await api.submit()
    await api.done("leader", appeal["number"], "set_urgency", urgent=True, reason="停产")
    accepted = await api.done("window", appeal["number"], "accept")
    assert (accepted["assignment"]["lead_unit"], accepted["assignment"]["cooperating"]) == ("station-b", ["traffic"])
    assert (await why(api, appeal["number"]))["items"][0]["row"] == "urgent"


async def test_a_changed_table_holds_for_whatever_is_routed_next_also_for_what_came_in_before(
    folder: Path, keys: Mapping[str, str], tmp_path: Path
) -> None:
    catalogue = Path(shutil.copytree(CATALOGUE, tmp_path / "own"))
    table = catalogue / "routing" / "sample.yaml"
    row = {"code": "urgent", "why": "紧急的直达", "when": {"services": ["appeal-general"], "urgent": True}}
    async with open_api(folder, keys, catalogue=catalogue) as api:
        older = (await api.submit(urgent=True))["number"]
        content = yaml.safe_load(table.read_text(encoding="utf-8"))
        rows = [{**row, "lead": "station-c"}, *content["rows"]]
        table.write_text(yaml.safe_dump({**content, "rows": rows}, allow_unicode=True), encoding="utf-8")

        async def taken() -> bool:
            said = (await api.appeal((await api.submit(urgent=True))["number"])).submission.routed
            return said is not None and said.row == "urgent"

        await until(taken)
        assert (await api.done("window", older, "accept"))["assignment"]["lead_unit"] == "station-c"
        assert (await why(api, older))["items"][0]["row"] == "urgent"


async def test_another_service_is_routed_as_that_one(other: tuple[Api, Path]) -> None:
    api, _ = other
    appeal = await api.submit(form={"department": "住建"}, service="non-police")
    await api.done("window", appeal["number"], "change_service", service="appeal-general", reason="误登")
    await api.done("leader", appeal["number"], "set_urgency", urgent=True, reason="停产")
    assert (await api.done("window", appeal["number"], "accept"))["assignment"]["lead_unit"] == "station-b"


async def test_what_nobody_leads_goes_to_a_named_person_and_is_counted(other: tuple[Api, Path]) -> None:
    api, _ = other
    before = (await api.get(None, "/metrics")).text
    number = (await api.submit())["number"]
    await api.done("window", number, "accept")
    (told,) = (await why(api, number))["items"]
    assert (told["by"], told["catch_all"]) == ("catch_all", "supervisor")
    assert told["text"] == (
        "交办规则和服务事项均未指明承办单位：江北分局周首接受理后没有可派的单位，交朱督办（supervisor）决定"
    )
    offered = (await api.get("supervisor", f"/v1/appeals/{number}/actions")).json()["items"]
    assert "assign" in {one["action"] for one in offered}
    assert counted((await api.get(None, "/metrics")).text, "catch_all") == counted(before, "catch_all") + 1


async def test_the_words_of_a_form_are_for_whoever_may_read_them(other: tuple[Api, Path]) -> None:
    api, _ = other
    number = (await api.submit(service="non-police", form={"department": "住建"}))["number"]
    await api.done("window", number, "accept")
    shown = (await why(api, number, "supervisor"))["items"][0]
    hidden = (await why(api, number, "handler3"))["items"][0]
    assert (shown["facts"][1]["text"], hidden["facts"][1]["text"]) == (
        "企业认为的主管部门为“住建”",
        "企业认为的主管部门为***",
    )
    assert hidden["row"] == shown["row"] == "exporters"


def counted(exposition: str, by: str) -> float:
    (line,) = [one for one in exposition.splitlines() if one.startswith(f'appeals_routed_total{{by="{by}"}}')]
    return float(line.rpartition(" ")[2])
