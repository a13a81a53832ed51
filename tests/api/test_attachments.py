"""Attachments over HTTP: uploaded once, bound to the appeal that refers to them, opened by whoever sees that."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from storage.tables import attachments
from tests.api.bench import Api, open_api, pointers, problem, submission
from tests.support.clamd import EICAR, clamd

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
MEGABYTE = 1024 * 1024


async def send(
    api: Api, who: str | None = "enterprise", content: bytes = PDF, name: str = "合同.pdf", key: str | None = ""
) -> httpx2.Response:
    return await api.post(who, "/v1/attachments", key=key, files={"file": (name, content, "text/html")})


async def uploaded(api: Api, who: str = "enterprise", **changes: Any) -> dict[str, Any]:
    answer = await send(api, who, **changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def opened(api: Api, who: str, one: Mapping[str, Any]) -> int:
    return (await api.get(who, one["links"]["content"])).status_code


def reference(one: Mapping[str, Any], code: str = "statement") -> dict[str, str]:
    return {"code": code, "reference": one["id"]}


async def set_state(api: Api, one: Mapping[str, Any], state: str) -> None:
    async with api.database.write() as w:
        await w.run(update(attachments).where(attachments.c.id == one["id"]).values(state=state))


class TestUploading:
    async def test_it_comes_back_byte_for_byte_and_no_browser_guesses_what_it_is(self, api: Api) -> None:
        one = await uploaded(api)
        answer = await api.get("enterprise", one["links"]["content"])
        assert (answer.status_code, answer.content) == (200, PDF)
        headers = answer.headers
        assert headers["content-type"] == "application/pdf"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf"
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
        digest = base64.b64encode(hashlib.sha256(PDF).digest()).decode()
        assert headers["repr-digest"] == f"sha-256=:{digest}:"
        assert (await api.get("enterprise", one["links"]["self"])).json() == one

    async def test_the_same_key_and_file_again_is_the_same_attachment(self, api: Api) -> None:
        first, again = await send(api, key="k"), await send(api, key="k")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        problem(await send(api, key="k", content=PDF + b"%"), 422, "idempotency-key-reused")

    async def test_a_key_is_asked_for_and_nobody_uploads_unknown(self, api: Api) -> None:
        problem(await send(api, key=None), 422, "idempotency-key-missing")
        problem(await send(api, who=None), 401, "unauthorized")

    @pytest.mark.parametrize("content", [b"<html><script>alert(1)</script></html>", b"MZ\0\0", b"just text"])
    async def test_other_kinds_of_file_are_refused_whatever_they_are_called(self, api: Api, content: bytes) -> None:
        said = problem(await send(api, content=content, name="合同.pdf"), 415, "attachment-type")
        assert "PDF" in said["detail"]

    async def test_a_file_that_is_too_large_is_refused_with_the_limit(self, small: Api) -> None:
        await uploaded(small, content=PDF.ljust(MEGABYTE, b"%"))
        for size in (MEGABYTE + 1, 3 * MEGABYTE):
            said = problem(await send(small, content=PDF.ljust(size, b"%")), 413, "attachment-too-large")
            assert (said["limit"], "1 MB" in said["detail"]) == (MEGABYTE, True)

    async def test_a_body_without_end_is_cut_off(self, small: Api) -> None:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
        read = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal read
            yield head
            while True:
                read += MEGABYTE // 4
                yield b"%" * (MEGABYTE // 4)

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = await small.post("enterprise", "/v1/attachments", headers=headers, content=body())
        problem(answer, 413, "attachment-too-large")
        assert read < 3 * MEGABYTE

    async def test_what_is_no_form_with_one_file_is_refused(self, api: Api) -> None:
        path = "/v1/attachments"
        problem(await api.post("enterprise", path, {"file": "x"}), 415, "wrong-content-type")
        problem(await send(api, content=b""), 422, "attachment-empty")
        problem(await api.post("enterprise", path, files={"other": ("a.pdf", PDF)}), 422, "bad-multipart")
        two = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]
        problem(await api.post("enterprise", path, files=two), 422, "bad-multipart")
        torn: dict[str, Any] = {"headers": {"Content-Type": "multipart/form-data; boundary=b"}, "content": b"--b\r\nX"}
        problem(await api.post("enterprise", path, **torn), 422, "bad-multipart")
        plain = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n'
        problem(await api.post("enterprise", path, **{**torn, "content": plain}), 422, "bad-multipart")


class TestReferences:
    async def test_materials_say_which_file_was_meant_and_the_journal_seals_it(self, api: Api) -> None:
        one = await uploaded(api)
        appeal = await api.submit(materials=[reference(one), {"code": "other", "reference": "档案2026-17"}])
        facts = {"name": "合同.pdf", "size": str(len(PDF)), "sha256": one["sha256"]}
        expected = [{**reference(one), **facts}, {"code": "other", "reference": "档案2026-17"}]
        assert appeal["materials"] == expected
        journal = (await api.get("window", appeal["links"]["journal"])).json()["items"]
        assert journal[0]["data"]["materials"] == expected
        assert (await api.appeal(appeal["number"])).submission.materials == tuple(expected)

    async def test_a_submission_that_is_sent_again_is_the_same(self, api: Api) -> None:
        one = await uploaded(api)
        first = await api.submit(key="k", materials=[reference(one)])
        again = await api.post("enterprise", "/v1/appeals", submission(materials=[reference(one)]), "k")
        assert (again.status_code, again.json()["number"]) == (200, first["number"])

    async def test_evidence_and_supplements_refer_to_uploads_as_well(self, api: Api) -> None:
        number = (await api.submit())["number"]
        await api.done("window", number, "request_supplement", items=["情况说明"])
        brought = await uploaded(api)
        told = await api.done("enterprise", number, "supplement", items=[reference(brought), "另附照片"])
        assert told["supplements"][0]["supplied"][0]["sha256"] == brought["sha256"]
        await api.walk(number, "handle")
        proof = await uploaded(api, "handler", name="巡逻记录.pdf")
        body = {"outcome": "solved", "text": "已巡逻", "evidence": [reference(proof)]}
        done = await api.act("handler", number, "submit_result", "k", **body)
        assert done.json()["result"]["evidence"][0]["name"] == "巡逻记录.pdf"
        assert (await api.act("handler", number, "submit_result", "k", **body)).status_code == 200
        assert api.gateway.acts[-1].body["evidence"][0] == {
            **reference(proof),
            "name": "巡逻记录.pdf",
            "size": str(len(PDF)),
            "sha256": proof["sha256"],
        }

    async def test_what_is_not_there_or_anothers_is_not_referred_to(self, api: Api) -> None:
        theirs = await uploaded(api, "system")
        for unknown in ({"id": "att-" + "0" * 32}, theirs):
            body = submission(materials=[{"code": "x"}, reference(unknown)])
            said = problem(await api.post("enterprise", "/v1/appeals", body), 422, "unknown-attachment")
            assert pointers(said) == ["/materials/1/reference"]

    async def test_what_one_appeal_keeps_is_not_used_in_another(self, api: Api) -> None:
        one = await uploaded(api)
        await api.submit(materials=[reference(one)])
        body = submission(materials=[reference(one)])
        problem(await api.post("enterprise", "/v1/appeals", body), 422, "attachment-bound")

    async def test_an_action_that_was_refused_keeps_nothing(self, api: Api) -> None:
        one, number = await uploaded(api), (await api.submit())["number"]
        refused = await api.act("enterprise", number, "supplement", items=[reference(one)])
        assert refused.status_code == 409
        assert await opened(api, "window", one) == 404
        other = await api.submit(materials=[reference(one)])
        assert await opened(api, "window", one) == 200
        assert other["materials"][0]["sha256"] == one["sha256"]

    async def test_what_is_infected_is_not_referred_to(self, api: Api) -> None:
        one = await uploaded(api)
        await set_state(api, one, "infected")
        body = submission(materials=[reference(one)])
        problem(await api.post("enterprise", "/v1/appeals", body), 422, "attachment-infected")

    async def test_what_is_being_deleted_is_unknown(self, api: Api) -> None:
        one = await uploaded(api)
        await set_state(api, one, "expired")
        body = submission(materials=[reference(one)])
        problem(await api.post("enterprise", "/v1/appeals", body), 422, "unknown-attachment")
        problem(await api.get("enterprise", one["links"]["content"]), 404, "unknown-attachment")


class TestWhoMayOpenIt:
    async def test_until_it_is_used_only_who_uploaded_it(self, api: Api) -> None:
        one = await uploaded(api)
        assert [await opened(api, who, one) for who in ("enterprise", "window", "supervisor")] == [200, 404, 404]

    async def test_then_whoever_sees_it_referred_to(self, api: Api) -> None:
        one = await uploaded(api)
        appeal = await api.submit(materials=[reference(one)])
        seen = {who: await opened(api, who, one) for who in ("enterprise", "window", "supervisor", "handler3", "admin")}
        # Whoever reads the appeal masked reads no words, and opens no files.
        assert seen == {"enterprise": 200, "window": 200, "supervisor": 200, "handler3": 404, "admin": 404}
        listed = (await api.get("window", appeal["links"]["attachments"])).json()["items"]
        assert [item["id"] for item in listed] == [one["id"]]
        assert (await api.get("handler3", appeal["links"]["attachments"])).json() == {"items": []}

    async def test_evidence_is_the_enterprises_to_see_once_it_is_answered(self, api: Api) -> None:
        number = (await api.submit())["number"]
        await api.walk(number, "handle")
        proof = await uploaded(api, "handler")
        await api.done("handler", number, "submit_result", outcome="solved", text="已办", evidence=[reference(proof)])
        assert (await opened(api, "handler", proof), await opened(api, "enterprise", proof)) == (200, 404)
        await api.done("leader", number, "review", approved=True)
        await api.done("handler", number, "send_answer", text="已办", method="phone")
        assert await opened(api, "enterprise", proof) == 200
        # In the next round the result is empty; the house finds it in the journal.
        await api.done("enterprise", number, "rate", grade=1)
        assert await opened(api, "supervisor", proof) == 200

    async def test_each_view_by_others_is_in_the_audit_log(self, api: Api) -> None:
        one = await uploaded(api)
        number = (await api.submit(materials=[reference(one)]))["number"]
        await opened(api, "enterprise", one)
        await opened(api, "window", one)
        lines = [(line.account, line.number, line.code) for line in await api.audit("personal-data")]
        assert (lines[0][1:], len(lines)) == ((number, one["id"]), 1)

    async def test_what_waits_for_the_scanner_or_is_infected_is_not_given_out(self, api: Api) -> None:
        one = await uploaded(api)
        await set_state(api, one, "pending")
        waits = await api.get("enterprise", one["links"]["content"])
        problem(waits, 409, "attachment-pending")
        assert waits.headers["retry-after"]
        await set_state(api, one, "infected")
        problem(await api.get("enterprise", one["links"]["content"]), 409, "attachment-infected")
        assert (await api.get("enterprise", one["links"]["self"])).json()["state"] == "infected"

    async def test_bytes_that_are_away_are_no_fault_of_the_caller(self, api: Api, folder: Path) -> None:
        one = await uploaded(api)
        for path in (folder / "attachments").rglob("att-*"):
            path.unlink()
        problem(await api.get("enterprise", one["links"]["content"]), 503, "attachments-away")

    @pytest.mark.parametrize("attachment", ["att-" + "0" * 32, "x", "..%5cappeals.db"])
    async def test_what_there_is_not_is_not_found(self, api: Api, attachment: str) -> None:
        problem(await api.get("enterprise", f"/v1/attachments/{attachment}"), 404, "unknown-attachment")


async def test_a_virus_is_refused_and_remembered(folder: Path, keys: Mapping[str, str]) -> None:
    async with clamd() as daemon, open_api(folder, keys, clamd=daemon.address) as api:
        problem(await send(api, content=PDF + EICAR), 422, "attachment-infected")
        refused = [(line.account, line.code) for line in await api.audit("refused")]
        assert [code for _, code in refused] == ["attachment-infected"]
        assert (await uploaded(api))["scanned_at"]


async def test_a_store_that_is_away_says_so(folder: Path, keys: Mapping[str, str]) -> None:
    (folder / "attachments").write_text("in the way")
    async with open_api(folder, keys) as api:
        answer = await send(api)
        problem(answer, 503, "attachments-away")
        assert answer.headers["retry-after"]


@pytest.fixture
async def small(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    async with open_api(folder, keys, attachment_megabytes=1) as opened_:
        yield opened_
