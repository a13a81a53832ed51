"""Documents over HTTP: who may print what, and what stands on it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdf
import pytest
import segno

from api.paper_words import budget, rows
from storage.catalogue import Catalogue
from storage.catalogue_check import example
from tests.api.bench import Api, open_api, problem, submission
from tests.runtime.test_pdf import needs_pango
from tests.support.fonts import configuration

SERVICE = "hazmat-toxic-transport"
NUMBER = "甬公剧运〔2026〕0001号"
WAY = (
    ("hazmat_handler", "review", "special", {"reason": "用量异常", "inspector": "褚勘验"}),
    (
        "hazmat_handler2",
        "inspect",
        "done",
        {"inspector": "褚勘验", "inspected_at": "2026-09-01T15:00:00+08:00", "findings": "符合储存条件"},
    ),
    ("hazmat_leader", "decide", "approve", {"valid_until": "2026-09-30", "quantity": "50千克", "route": "甲—乙"}),
    ("hazmat_handler", "issue", "done", {"document_no": NUMBER}),
)


async def issued(api: Api, *, answered: bool = True) -> str:
    """A transport permit, from application to answer."""
    form = example(Catalogue.load().service(SERVICE).form)
    brought = [{"code": c, "reference": "档案"} for c in ("quantity-statement", "route-statement", "emergency-plan")]
    number: str = (await api.submit(service=SERVICE, form=form, materials=brought))["number"]
    for who, step, outcome, record in WAY:
        await api.done(who, number, "complete_step", step=step, outcome=outcome, record=record)
    if answered:
        await api.done("hazmat_handler", number, "send_answer", text="已核发通行证", method="in_person")
    return number


async def papers(api: Api, who: str, number: str) -> dict[str, dict[str, Any]]:
    answer = await api.get(who, f"/v1/appeals/{number}/documents")
    assert answer.status_code == 200, answer.text
    return {item["kind"]: item for item in answer.json()["items"]}


async def page(api: Api, who: str, one: Mapping[str, Any]) -> str:
    answer = await api.get(who, one["links"]["html"])
    assert answer.status_code == 200, answer.text
    return answer.text


def kind_of_permit(found: Mapping[str, Any]) -> str:
    return next(kind for kind in found if kind not in {"receipt", "answer"})


class TestPrinting:
    async def test_a_paper_that_is_issued_while_the_rest_goes_on_is_the_enterprises_at_once(self, api: Api) -> None:
        form = example(Catalogue.load().service("vehicle-inspection-deferred").form)
        number: str = (await api.submit(service="vehicle-inspection-deferred", form=form))["number"]
        tests = {"safety": "合格", "emission": "合格", "overall": "不合格", "faults": ["反光标识脱落"]}
        promise = {**tests, "touches_safety": False, "commitment": "承诺书第1号", "inspector": "检验民警"}
        done = {"step": "inspect", "outcome": "deferred", "record": promise}
        await api.done("traffic-officer", number, "complete_step", **done)
        mark = (await papers(api, "enterprise", number))["inspection-mark"]
        assert mark["number"] in await page(api, "enterprise", mark)

    async def test_a_receipt_can_be_printed_at_once(self, api: Api) -> None:
        appeal = await api.submit(materials=[{"code": "x", "reference": "档案2026-17"}])
        answer = await api.get("enterprise", appeal["links"]["receipt"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        for said in (
            appeal["number"],
            "宁波示例制造有限公司",
            "张三",
            "厂区夜间照明",
            "档案2026-17",
            "承诺办结时限",
            "5个工作日",
        ):
            assert said in answer.text, said

    async def test_a_receipt_names_things_in_chinese(self, api: Api) -> None:
        appeal = await api.submit(materials=[{"code": "photo", "reference": "照片一张"}])
        shown = (await api.get("enterprise", appeal["links"]["receipt"])).text
        assert "<td>照片、文件</td><td>照片一张" in shown

    async def test_a_receipt_says_the_limits_that_were_registered_and_what_became_of_them(self, api: Api) -> None:
        appeal = await api.submit()
        shown = (await api.get("enterprise", appeal["links"]["receipt"])).text
        assert "登记后改为" not in shown
        await api.walk(appeal["number"], "handle")
        await api.done("leader", appeal["number"], "set_urgency", urgent=True, reason="停产")
        shown = (await api.get("enterprise", appeal["links"]["receipt"])).text
        row = next(line for line in shown.splitlines() if "承诺办结时限" in line)
        assert "5个工作日" in row
        assert "登记后改为：1个工作日" in row
        # It was kept long ago; the receipt says so all the same.
        assert any("受理时限" in line and "登记后改为" not in line for line in shown.splitlines())

    async def test_a_receipt_of_what_came_in_as_another_service_says_that_one_s_limits(self, api: Api) -> None:
        appeal = await api.submit()
        await api.done("window", appeal["number"], "change_service", service="suggestion", reason="登记有误")
        kept = Catalogue.load()
        was, becomes = kept.service("appeal-general").handle, kept.service("suggestion").handle
        assert was != becomes
        shown = (await api.get("enterprise", appeal["links"]["receipt"])).text
        row = next(line for line in shown.splitlines() if "承诺办结时限" in line)
        assert f"{budget(was)}<br>" in row
        assert f"登记后改为：{budget(becomes)}" in row

    async def test_an_appeal_that_still_waits_for_the_engine_has_its_receipt(self, api: Api) -> None:
        api.gateway.away = True
        kept = (await api.post("enterprise", "/v1/appeals", submission())).json()
        assert kept["pending"]
        before = await papers(api, "enterprise", kept["number"])
        assert kept["number"] in await page(api, "enterprise", before["receipt"])

    async def test_the_enterprise_has_its_permit_with_the_answer_and_not_before(self, api: Api) -> None:
        number = await issued(api, answered=False)
        assert set(await papers(api, "enterprise", number)) == {"receipt"}
        kind = kind_of_permit(await papers(api, "hazmat_handler", number))
        problem(await api.get("enterprise", f"/v1/appeals/{number}/documents/{kind}"), 404, "unknown-document")
        await api.done("hazmat_handler", number, "send_answer", text="已核发", method="in_person")
        found = await papers(api, "enterprise", number)
        assert set(found) == {"receipt", kind, "answer"}
        assert "已核发" in await page(api, "enterprise", found["answer"])

    async def test_a_permit_says_what_was_decided_and_nothing_that_is_for_the_house(self, api: Api) -> None:
        number = await issued(api)
        found = await papers(api, "enterprise", number)
        shown = await page(api, "enterprise", found[kind_of_permit(found)])
        for said in (NUMBER, "治安支队", "50千克", "甲—乙", "2026年9月30日", "浙B12345", "氰化钠"):
            assert said in shown, said
        for inside in ("褚勘验", "用量异常", "符合储存条件", "13800001234"):
            assert inside not in shown, inside

    async def test_who_reads_the_appeal_masked_prints_nothing(self, api: Api) -> None:
        number = await issued(api)
        assert await papers(api, "handler3", number) == {}
        problem(await api.get("handler3", f"/v1/appeals/{number}/documents/receipt"), 404, "unknown-document")
        problem(await api.get("enterprise2", f"/v1/appeals/{number}/documents"), 404, "unknown-appeal")

    async def test_each_paper_that_others_print_is_in_the_audit_log(self, api: Api) -> None:
        number = await issued(api)
        await api.get("enterprise", f"/v1/appeals/{number}/documents/receipt.html")
        await api.get("supervisor", f"/v1/appeals/{number}/documents/receipt.html")
        seen = [line for line in await api.audit("personal-data") if line.code.startswith("document:")]
        assert [(line.number, line.code) for line in seen] == [(number, "document:receipt")]

    async def test_of_several_the_newest_is_printed_unless_one_is_named(self, api: Api) -> None:
        number = (await api.submit())["number"]
        await api.walk(number, "evaluate")
        first = (await papers(api, "supervisor", number))["answer"]["number"]
        await api.done("enterprise", number, "rate", grade=1)
        for who, action, body in (
            ("supervisor", "assign", {"lead_unit": "station-b"}),
            ("handler3", "sign", {}),
            ("handler3", "submit_result", {"outcome": "solved", "text": "已装灯"}),
            ("leader", "review", {"approved": True}),
            ("handler3", "send_answer", {"text": "路灯已装", "method": "letter"}),
        ):
            await api.done(who, number, action, **body)
        base = f"/v1/appeals/{number}/documents/answer"
        assert "路灯已装" in (await api.get("enterprise", base)).text
        problem(await api.get("enterprise", base, params={"document": "别的"}), 404, "unknown-document")
        assert "路灯已装" not in (await api.get("enterprise", base, params={"document": first})).text

    async def test_what_people_wrote_is_shown_and_not_run(self, api: Api) -> None:
        appeal = await api.submit(title="<script>alert(1)</script>")
        answer = await api.get("enterprise", appeal["links"]["receipt"])
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")

    async def test_a_page_asks_no_other_host_for_anything(self, api: Api) -> None:
        number = await issued(api)
        for one in (await papers(api, "hazmat_handler", number)).values():
            shown = await page(api, "hazmat_handler", one)
            assert '<html lang="zh-CN">' in shown
            assert not re.findall(r'(?:src|href)="(?!data:)|url\(|@import', shown)

    async def test_the_code_on_it_leads_to_its_verification(self, api: Api) -> None:
        number = await issued(api)
        one = (await papers(api, "enterprise", number))["receipt"]
        shown = await page(api, "enterprise", one)
        assert one["links"]["verify"] == f"http://appeals.test/verify/{one['code']}"
        assert segno.make(one["links"]["verify"], error="m", micro=False).svg_data_uri(scale=4, border=2) in shown

    async def test_the_address_on_it_is_the_public_one(self, folder: Path, keys: Mapping[str, str]) -> None:
        async with open_api(folder, keys, public_url="https://appeals.example/") as api:
            number = (await api.submit())["number"]
            one = (await papers(api, "enterprise", number))["receipt"]
            assert one["links"]["verify"] == f"https://appeals.example/verify/{one['code']}"

    async def test_in_a_rehearsal_every_paper_says_so(self, rehearsal: Api) -> None:
        appeal = await rehearsal.submit()
        receipt = await rehearsal.get("enterprise", appeal["links"]["receipt"])
        assert "预演环境" in receipt.text

    async def test_an_office_edits_its_templates(self, folder: Path, keys: Mapping[str, str], tmp_path: Path) -> None:
        documents = tmp_path / "catalogue" / "documents"
        documents.mkdir(parents=True)
        (documents / "receipt.html").write_text("{{ office }}收件单 {{ appeal.number }}")
        async with open_api(folder, keys, catalogue=documents.parent) as api:
            appeal = await api.submit()
            assert (
                await api.get("enterprise", appeal["links"]["receipt"])
            ).text == f"示例市公安局收件单 {appeal['number']}"
            (documents / "receipt.html").write_text("{{ papre.number }}")
            told = problem(await api.get("enterprise", appeal["links"]["receipt"]), 500, "bad-template")
            assert "receipt.html" in told["detail"]


class TestPdf:
    @needs_pango
    @pytest.mark.parametrize("asked", ["suffix", "accept"])
    async def test_a_paper_as_pdf(self, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
        appeal = await api.submit()
        shown = (await api.get("enterprise", appeal["links"]["receipt"])).text
        monkeypatch.setenv("FONTCONFIG_FILE", str(configuration(tmp_path / "fonts", shown + "第页共0123456789")))
        if asked == "suffix":
            answer = await api.get("enterprise", appeal["links"]["receipt"] + ".pdf")
        else:
            answer = await api.get("enterprise", appeal["links"]["receipt"], headers={"Accept": "application/pdf"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        made = pypdf.PdfReader(io.BytesIO(answer.content))
        words = "".join(p.extract_text() for p in made.pages)
        assert "受理登记回执" in words
        assert appeal["number"] in words

    async def test_where_it_cannot_be_made_the_page_still_can(
        self, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FONTCONFIG_FILE", str(configuration(tmp_path / "fonts")))
        appeal = await api.submit()
        told = problem(await api.get("enterprise", appeal["links"]["receipt"] + ".pdf"), 501, "pdf-unavailable")
        assert "fonts-noto-cjk" in told["detail"]
        assert (await api.get("enterprise", appeal["links"]["receipt"] + ".html")).status_code == 200


@pytest.mark.parametrize(
    ("quantity", "told"), [("50千克", "50千克"), (50, "50千克"), ("50", "50千克"), ("不超过50千克", "不超过50千克")]
)
def test_an_amount_is_printed_with_its_unit_once(quantity: object, told: str) -> None:
    titles = {"quantity": "核准数量", "unit": "计量单位", "route": "路线"}
    printed = rows({"record.quantity": quantity, "form.unit": "千克", "route": "绕城高速"}, titles)
    assert [(one["title"], one["text"]) for one in printed] == [("核准数量", told), ("路线", "绕城高速")]
    assert [one["title"] for one in rows({"form.unit": "千克"}, titles)] == ["计量单位"]
