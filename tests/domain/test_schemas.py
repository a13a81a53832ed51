"""The body of every public action is a schema that a machine can check and a person can fill in."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.schemas import BODIES, LONG
from domain.table import TABLE
from domain.vocabulary import SYSTEM_ACTIONS, Action, Effect
from tests.domain.test_transitions import GOOD_BODIES

#: API.md, *Actions*: the fields of each body; ? may be left out.
CONTRACT = """
accept commitments?
request_supplement items reason?
supplement items
reject reason legal_basis remedy
merge into
withdraw reason
add_information text evidence?
set_urgency urgent reason dry_run?
change_service service reason dry_run?
assign lead_unit cooperating? officer? second_lead?
sign
return_assignment reason
name_final_owner unit reason
reassign unit? officer? second_lead? reason
complete_step step outcome record? unit?
note text public?
ask_cooperation unit question
answer_cooperation text question?
refuse_cooperation reason question?
request_extension budget reason legal_basis
decide_extension granted reason?
pause reason_code note? until
resume
park reason review_on
approve_park granted reason?
submit_result outcome text evidence?
review approved reason?
send_answer text method
confirm_receipt
rate grade comment?
record_visit result text?
close_unreachable reason
transfer body reason
transfer_receipt transfer?
transfer_refused reason transfer?
transfer_reply text transfer?
recall_transfer reason
supervise order posted? leader? limit?
lift reason
decide_round again explanation
correct seq reason
migrate_policy version reason? dry_run?
acknowledge escalation
hand_over escalation to reason?
raise escalation reason
end escalation reason
"""
FIELDS = {line.split()[0]: line.split()[1:] for line in CONTRACT.strip().splitlines()}


_TOO_MUCH: list[dict[str, Any]] = [
    {f"field-{n}": 1 for n in range(51)},
    {"字" * 65: 1},
    {"findings": "长" * 5001},
    {"items": ["x"] * 51},
    {"items": ["长" * 301]},
    {"items": [["nested"]]},
    {"items": [{"name": {"nested": 1}}]},
    {"route": {"from": "长" * 301}},
    {"route": {"from": {"nested": 1}}},
]


def test_every_public_action_has_a_body_and_a_move() -> None:
    public = set(Action) - SYSTEM_ACTIONS
    assert set(BODIES) == public == {Action(name) for name in FIELDS}
    assert public <= set(TABLE)
    assert all(row.title for row in TABLE.values())


@pytest.mark.parametrize("action", BODIES)
def test_it_is_valid_2020_12_with_a_title_on_every_field_and_refuses_unknown_ones(action: Action) -> None:
    schema = BODIES[action]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert [name for name, field in schema["properties"].items() if not field.get("title", "").strip()] == []
    assert not Draft202012Validator(schema).is_valid({**GOOD_BODIES.get(action, {}), "unknown": 1})


@pytest.mark.parametrize("action", BODIES)
def test_it_asks_for_the_fields_of_the_contract(action: Action) -> None:
    fields = FIELDS[action]
    assert set(BODIES[action]["properties"]) == {f.removesuffix("?") for f in fields}
    assert set(BODIES[action]["required"]) == {f for f in fields if not f.endswith("?")}


@pytest.mark.parametrize("action", BODIES)
def test_a_good_body_fits_and_one_without_a_needed_field_does_not(action: Action) -> None:
    check = Draft202012Validator(BODIES[action])
    good: dict[str, Any] = GOOD_BODIES.get(action, {}) or ({"seq": 3, "reason": "点错"} if action == "correct" else {})
    assert check.is_valid(good)
    for name in BODIES[action]["required"]:
        assert not check.is_valid({k: v for k, v in good.items() if k != name})


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("rate", {"grade": 0}),
        ("rate", {"grade": 6}),
        ("rate", {"grade": 4.5}),
        ("rate", {"grade": True}),
        ("withdraw", {"reason": " \n"}),
        ("withdraw", {"reason": "长" * (LONG + 1)}),
        ("reassign", {"reason": "既不换单位也不换人"}),
        ("pause", {"reason_code": "holiday", "until": "2026-10-01"}),
        ("pause", {"reason_code": "force_majeure"}),
        ("submit_result", {"outcome": "withdrawn", "text": "x"}),
        ("send_answer", {"text": "x", "method": "fax"}),
        ("record_visit", {"result": "perhaps"}),
        ("request_supplement", {"items": []}),
        ("request_supplement", {"items": [""]}),
        ("assign", {"lead_unit": "station-a", "cooperating": ["station-b", "station-b"]}),
        ("correct", {"seq": 0, "reason": "x"}),
        ("sign", []),
        ("submit_result", {"outcome": "solved", "text": "x", "evidence": ["长" * 301]}),
        ("submit_result", {"outcome": "solved", "text": "x", "evidence": [{"reference": "长" * 301}]}),
        *(("complete_step", {"step": "review", "outcome": "complete", "record": record}) for record in _TOO_MUCH),
    ],
)
def test_a_bad_body_does_not_fit(action: Action, body: object) -> None:
    assert not Draft202012Validator(BODIES[Action(action)]).is_valid(body)


@pytest.mark.parametrize(
    "record",
    [
        {"findings": "长" * 5000, "quantity": 50, "urgent": False, "route": None},
        {"items": ["用途说明", {"code": "photos", "reference": "f-1"}]},
        {"route": {"from": "甲库", "to": "乙厂"}},
    ],
)
def test_a_step_records_texts_numbers_lists_and_small_objects(record: dict[str, Any]) -> None:
    body = {"step": "review", "outcome": "complete", "record": record}
    assert Draft202012Validator(BODIES[Action.COMPLETE_STEP]).is_valid(body)


def test_every_effect_of_the_table_is_one_that_exists() -> None:
    used = {effect for row in TABLE.values() for move in row.moves.values() for effect in move.clocks.values()}
    assert used == set(Effect)
