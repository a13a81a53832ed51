"""Every move is one entry: who, when, why, from where to where; chained by hashes, and nothing personal is sealed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from domain.journal import GENESIS, Entry, erased, hash_of, verify
from domain.vocabulary import Stage
from tests.promises.ways import answer, refused
from tests.support.house import House

pytestmark = pytest.mark.engine

PERSONAL = {
    "contact_name": "欧阳种植",
    "phone": "13912345678",
    "title": "种植标题",
    "description": "种植描述",
    "enterprise_name": "种植有限公司",
}
WORDS = ("种植原因", "种植记录", "种植结果", "种植答复", "种植评语", "种植回访", "种植领导", "种植说明", "种植材料")


async def a_whole_life(house: House) -> list[Entry]:
    """Through every stage, a second round included; every free text is planted."""
    number = await house.submit(**PERSONAL)
    await house.act(number, "window", "request_supplement", items=["种植材料"], reason="种植原因")
    await house.act(number, "enterprise", "supplement", items=["种植材料"])
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "return_assignment", reason="种植原因")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    await house.act(number, "handler", "note", text="种植记录", public=False)
    await house.act(number, "supervisor", "supervise", order="种植说明", posted=True, leader="种植领导")
    await house.act(number, "enterprise", "add_information", text="种植说明 13912345678")
    await house.act(number, "handler", "submit_result", outcome="solved", text="种植结果", evidence=["种植材料"])
    await house.act(number, "leader", "review", approved=True)
    await house.act(number, "handler", "send_answer", text="种植答复", method="phone")
    await house.act(number, "enterprise", "rate", grade=1, comment="种植评语")
    await answer(house, number, "handler2")
    await house.act(number, "enterprise", "rate", grade=5, comment="种植评语")
    await house.act(number, "visitor", "record_visit", result="satisfied", text="种植回访")
    return await house.journal(number)


LIFE = (
    ("submit", "enterprise", None, "accept"),
    ("request_supplement", "window", "accept", "accept"),
    ("supplement", "enterprise", "accept", "accept"),
    ("accept", "window", "accept", "assign"),
    ("assign", "dispatcher", "assign", "assign"),
    ("return_assignment", "handler", "assign", "assign"),
    ("assign", "dispatcher", "assign", "assign"),
    ("sign", "handler", "assign", "handle"),
    ("note", "handler", "handle", "handle"),
    ("supervise", "supervisor", "handle", "handle"),
    ("add_information", "enterprise", "handle", "handle"),
    ("submit_result", "handler", "handle", "feedback"),
    ("review", "leader", "feedback", "feedback"),
    ("send_answer", "handler", "feedback", "evaluate"),
    ("rate", "enterprise", "evaluate", "assign"),
    ("assign", "dispatcher", "assign", "assign"),
    ("sign", "handler2", "assign", "handle"),
    ("submit_result", "handler2", "handle", "feedback"),
    ("review", "leader", "feedback", "feedback"),
    ("send_answer", "handler2", "feedback", "evaluate"),
    ("rate", "enterprise", "evaluate", "evaluate"),
    ("record_visit", "visitor", "evaluate", "closed"),
)


async def test_every_action_is_one_entry_with_who_when_why_and_where_to(house: House) -> None:
    journal = await a_whole_life(house)

    assert [(e.action, e.actor.id, e.from_stage, e.to_stage) for e in journal] == list(LIFE)
    assert [e.seq for e in journal] == list(range(1, len(LIFE) + 1))
    assert all(a.at <= b.at for a, b in pairwise(journal))
    assert [e.round for e in journal] == [1] * 14 + [2] * 8
    assert [e.reason for e in journal if e.reason] == ["种植原因", "种植原因"]
    assert (journal[13].data["text"], journal[14].data["grade"]) == ("种植答复", 1)
    assert {e.actor.role for e in journal if e.actor.id == "handler"} == {"handler"}


async def test_anybody_can_recompute_the_chain_and_a_changed_word_shows(house: House) -> None:
    journal = await a_whole_life(house)

    assert verify(journal) == ()
    assert [e.previous_hash for e in journal] == [GENESIS, *(e.hash for e in journal[:-1])]
    assert all(hash_of(e.sealed) == e.hash for e in journal)

    forged = [replace(e, data={**e.data, "text": "已妥善解决"}) if e.action == "note" else e for e in journal]
    assert [flaw.seq for flaw in verify(forged)] == [9]
    dropped = [e for e in journal if e.action != "return_assignment"]
    assert verify(dropped)
    backdated = [replace(e, at=e.at.replace(year=2020)) if e.action == "sign" else e for e in journal]
    assert [flaw.seq for flaw in verify(backdated)] == [8, 17]


async def test_nothing_personal_is_sealed_and_erasing_a_person_leaves_the_chain_whole(house: House) -> None:
    journal = await a_whole_life(house)

    sealed = json.dumps([e.sealed for e in journal], ensure_ascii=False)
    assert [w for w in (*PERSONAL.values(), *WORDS) if w in sealed] == []
    plain = json.dumps([[e.data, e.reason] for e in journal], ensure_ascii=False)
    assert [w for w in (*PERSONAL.values(), *WORDS) if w not in plain] == []

    gone = [erased(e) for e in journal]
    assert verify(gone) == ()
    left = json.dumps([[e.data, e.reason, e.actor.name, e.salt] for e in gone], ensure_ascii=False)
    assert [w for w in (*PERSONAL.values(), *WORDS) if w in left] == []


async def test_what_was_refused_is_not_in_it(house: House) -> None:
    number = await house.submit()
    await refused(house, number, "handler", "submit_result", outcome="solved", text="已办结")
    (only,) = await house.journal(number)
    assert (only.action, only.to_stage) == ("submit", Stage.ACCEPT)
