"""References to uploads: found wherever they stand in a body, and told apart from any other reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.attachments import Attachment, State, is_attachment_id, references, refers_to, with_facts
from tests.domain.walker import at

ONE, TWO = "att-" + "1" * 32, "att-" + "2" * 32
KNOWN = Attachment(
    ONE, "enterprise", "key", "合同.pdf", "application/pdf", 2048, "ab" * 32, State.CLEAN, at("2026-09-07")
)


@pytest.mark.parametrize(
    "reference",
    ["", "档案2026-17", "att-1", ONE.upper(), f"{ONE}0", f" {ONE}", f"{ONE}\n", None, 7, [ONE]],
)
def test_any_other_reference_is_free_text(reference: object) -> None:
    assert not is_attachment_id(reference)
    body = {"materials": [{"code": "x", "reference": reference}]}
    assert list(references(body)) == []
    assert with_facts(body, {ONE: KNOWN}) == body


def test_every_reference_is_found_with_its_place() -> None:
    body: dict[str, Any] = {
        "evidence": [{"code": "a", "reference": ONE}, "照片", {"code": "b", "reference": "档案"}],
        "record": {"visits": ({"proof": {"reference": TWO}},), "text": ONE},
    }
    assert list(references(body)) == [
        (("evidence", 0, "reference"), ONE),
        (("record", "visits", 0, "proof", "reference"), TWO),
    ]
    assert refers_to(body, TWO)
    assert not refers_to({"text": ONE}, ONE)


def test_the_facts_stand_beside_the_reference_whatever_stood_there() -> None:
    body = {"evidence": [{"code": "a", "reference": ONE, "sha256": "made up", "size": "0"}, {"reference": TWO}], "n": 1}
    told = with_facts(body, {ONE: KNOWN})
    assert told["evidence"][0] == {
        "code": "a",
        "reference": ONE,
        "name": "合同.pdf",
        "size": "2048",
        "sha256": "ab" * 32,
    }
    assert (told["evidence"][1], told["n"]) == ({"reference": TWO}, 1)
    # The same again: what is retried has the same digest.
    assert with_facts(told, {ONE: KNOWN}) == told
    assert with_facts(told, {ONE: replace(KNOWN, size=1)})["evidence"][0]["size"] == "1"
