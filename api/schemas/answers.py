"""What the API answers, as JSON Schema: published in the OpenAPI document, and held against real answers by a test."""

from __future__ import annotations

from typing import Any

from domain.attachments import State as AttachmentState
from domain.budget import GRAMMAR
from domain.clock import ClockName, Colour, Status
from domain.documents import Standing
from domain.schemas import Schema
from domain.vocabulary import (
    Action,
    Cause,
    Channel,
    EscalationState,
    Outcome,
    Role,
    Stage,
    StepStatus,
    Tier,
    UnitKind,
    VisitResult,
)
from domain.vocabulary import Status as AppealStatus

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer"}
FREE: Schema = {"type": "object"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def words(values: Any) -> Schema:
    """One of a closed list."""
    return {"type": "string", "enum": [v.value for v in values]}


def maybe(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


def shape(**fields: Schema) -> Schema:
    """An object that has all these fields, and perhaps more: fields are added, never taken away."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def named(name: str) -> Schema:
    """A reference to one of :data:`ANSWERS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def items(name: str) -> Schema:
    """The shape of every list."""
    return shape(items=many(named(name)))


_SPAN = shape(**{"from": MOMENT, "to": MOMENT, "counted": FLAG, "why": TEXT, "why_en": TEXT, "actor": maybe(TEXT)})
_PAUSE = shape(**{
    "cause": words(Cause), "cause_name": TEXT, "reason": TEXT, "reason_code": maybe(TEXT), "actor": maybe(TEXT),
    "actor_name": maybe(TEXT), "from": MOMENT, "to": maybe(MOMENT), "until": maybe(MOMENT),
})  # fmt: skip
_CLOCK = shape(
    name=words(ClockName), subject=maybe(TEXT), subject_name=maybe(TEXT), owner=maybe(TEXT), round=COUNT,
    status=words(Status), late=FLAG, started_at=maybe(MOMENT),
    ended_at=maybe(MOMENT), due_at=maybe(MOMENT), provisional=FLAG, budget={**TEXT, "description": GRAMMAR},
    extensions=many(TEXT), elapsed=COUNT, remaining=COUNT, unit={"type": "string", "enum": ["seconds", "days"]},
    colour=words(Colour), statutory=FLAG, basis=TEXT, pauses=many(_PAUSE), summary=TEXT, summary_en=TEXT,
    explanation=many(_SPAN),
)  # fmt: skip
_ESCALATION = shape(
    id=TEXT, number=TEXT, clock=words(ClockName), level=COUNT, state=words(EscalationState), owner_unit=TEXT,
    owner=TEXT, opened_at=MOMENT, acknowledged_by=maybe(TEXT), lease_until=maybe(MOMENT), ended_at=maybe(MOMENT),
)  # fmt: skip
_LEAD = shape(
    unit=TEXT, unit_name=TEXT, officer=maybe(TEXT), officer_name=maybe(TEXT), signed_at=maybe(MOMENT),
    report=maybe(FREE),
)  # fmt: skip
_COOPERATION = shape(
    question_no=COUNT, unit=TEXT, unit_name=TEXT, status={"enum": ["open", "answered", "refused", "ended"]},
    question=maybe(TEXT), asked_at=MOMENT, answer=maybe(TEXT), answered_at=maybe(MOMENT), refusal=maybe(TEXT),
    refused_at=maybe(MOMENT), ended_at=maybe(MOMENT),
)  # fmt: skip
_ASSIGNMENT = shape(
    lead_unit=maybe(TEXT), lead_unit_name=maybe(TEXT), officer=maybe(TEXT), officer_name=maybe(TEXT),
    second_lead=maybe(TEXT), leads=many(_LEAD), cooperating=many(TEXT), assigned_at=maybe(MOMENT),
    signed_at=maybe(MOMENT), returns=COUNT, final=FLAG, assigning_unit=TEXT,
)  # fmt: skip
_STEP = shape(
    code=TEXT, name=TEXT, status=words(StepStatus), started_at=maybe(MOMENT), finished_at=maybe(MOMENT),
    outcome=maybe(TEXT), record=FREE, unit=maybe(TEXT), unit_name=maybe(TEXT), track=maybe(TEXT), passes=COUNT,
    items=maybe(FREE),
)  # fmt: skip
_ISSUED = shape(
    kind=TEXT, name=TEXT, number=TEXT, issued_at=MOMENT, valid_from=TEXT, valid_until=maybe(TEXT),
    revoked_at=maybe(MOMENT), shows=FREE,
)  # fmt: skip
_TRANSFER = shape(
    id=TEXT, body=TEXT, body_name=TEXT, reason=TEXT, by=TEXT, at=MOMENT, receipt_at=maybe(MOMENT),
    refused_at=maybe(MOMENT), refusal=maybe(TEXT), replied_at=maybe(MOMENT), reply=maybe(TEXT),
)  # fmt: skip
_RESULT = shape(
    outcome=words(Outcome), text=TEXT, evidence=many({}), document=maybe(FREE), submitted_at=maybe(MOMENT),
    approved_at=maybe(MOMENT), answer=maybe(TEXT), method=maybe(TEXT), answered_at=maybe(MOMENT),
    received_at=maybe(MOMENT),
)  # fmt: skip
_ENTERPRISE = shape(uscc=maybe(TEXT), name=TEXT, tiers=many(words(Tier)))
_APPEAL = shape(
    number=TEXT, service=TEXT, service_name=TEXT, channel=words(Channel), enterprise=named("Enterprise"),
    contact=shape(name=TEXT, phone=TEXT), region=TEXT, title=TEXT, description=TEXT, urgent=FLAG, form=FREE,
    materials=many(FREE), external_ref=maybe(TEXT), stage=words(Stage), round=COUNT, status=words(AppealStatus),
    outcome=maybe(words(Outcome)), colour=words(Colour), pending=FLAG, created_at=MOMENT, closed_at=maybe(MOMENT),
    now=MOMENT, assignment=_ASSIGNMENT, cooperations=many(_COOPERATION),
    procedure=shape(name=TEXT, steps=many(_STEP)), accounts=many(shape(code=TEXT, name=TEXT, yuan=TEXT)),
    documents=many(_ISSUED), clocks=many(named("Clock")),
    escalations=many(named("Escalation")), supplements=many(FREE), commitments=many({}), transfers=many(_TRANSFER),
    ratings=many(shape(round=COUNT, grade=COUNT, comment=TEXT, at=MOMENT)),
    visits=many(shape(round=COUNT, result=words(VisitResult), at=MOMENT)), result=maybe(_RESULT),
    links=shape(self=TEXT, actions=TEXT, journal=TEXT, routing=TEXT, duplicates=TEXT, page=TEXT, receipt=TEXT),
)  # fmt: skip
_ENTRY = shape(
    seq=COUNT, at=MOMENT, actor=shape(id=TEXT, name=TEXT, unit=maybe(TEXT), role=TEXT), action=words(Action),
    from_stage=maybe(words(Stage)), to_stage=words(Stage), round=COUNT, reason=maybe(TEXT), data=FREE,
    salt=maybe(TEXT), sealed=FREE, hash=TEXT, previous_hash=TEXT, clock_name=maybe(TEXT), held_by=maybe(TEXT),
)  # fmt: skip
_SERVICE = shape(
    code=TEXT, name=TEXT, kind=TEXT, version=TEXT, valid_from=TEXT, valid_until=maybe(TEXT), lead=maybe(TEXT),
    cooperating=many(TEXT), automatic=FLAG, source=TEXT, summary=TEXT,
)  # fmt: skip
_SERVICE_DETAIL = shape(
    **_SERVICE["properties"], rules_version=TEXT, policy_version=TEXT, calendar_version=TEXT, form=FREE,
    materials=many(shape(code=TEXT, name=TEXT, deferrable=FLAG, licence=FLAG)), limits=FREE, procedure=FREE,
)  # fmt: skip
_HANDOVER = shape(
    seq=COUNT, at=MOMENT, round=COUNT, action=words(Action), by=TEXT, actor=TEXT, units=many(TEXT), text=TEXT,
    table=maybe(TEXT), version=maybe(TEXT), row=maybe(TEXT), why=maybe(TEXT),
    facts=many(shape(name=TEXT, value=TEXT, text=TEXT)), catch_all=maybe(TEXT),
)  # fmt: skip
_DUPLICATE = shape(
    number=TEXT, title=TEXT, service=TEXT, stage=words(Stage), created_at=MOMENT, score=COUNT, why=many(TEXT),
    mergeable=FLAG, links=shape(self=TEXT),
)  # fmt: skip
_ATTACHMENT = shape(
    id=TEXT, number=maybe(TEXT), name=TEXT, media_type=TEXT, size=COUNT, sha256=TEXT, state=words(AttachmentState),
    created_at=MOMENT, scanned_at=maybe(MOMENT), links=shape(self=TEXT, content=TEXT),
)  # fmt: skip
_DOCUMENT = shape(
    kind=TEXT, name=TEXT, number=TEXT, issued_at=MOMENT, unit=maybe(TEXT), unit_name=TEXT, valid_from=maybe(TEXT),
    valid_until=maybe(TEXT), revoked_at=maybe(MOMENT), standing=words(Standing), standing_name=TEXT, round=maybe(COUNT),
    followed_at=maybe(MOMENT), code=TEXT, links=shape(html=TEXT, pdf=TEXT, verify=TEXT),
)  # fmt: skip
_PROBLEM = {
    **shape(
        type=TEXT, title=TEXT, status=COUNT, detail=TEXT, code=TEXT, request_id=TEXT,
        errors=many(shape(pointer=TEXT, detail=TEXT)),
    ),
    "description": "RFC 9457。409 另有 stage 与 allowed；"
    "404 unknown-action 另有 actions；412 changed-meanwhile 另有 first。",
}  # fmt: skip

_MOVED = shape(
    clock=words(ClockName), clock_name=TEXT, generation=COUNT, due_before=maybe(MOMENT), due_after=maybe(MOMENT),
    breached_by_change=FLAG,
)  # fmt: skip
_CHANGED = shape(moved=many(_MOVED), breached_by_change=FLAG)
_TRIED = shape(dry_run={"const": True}, **_CHANGED["properties"])

ANSWERS: dict[str, Schema] = {
    "Appeal": _APPEAL,
    "Changed": {
        "allOf": [named("Appeal"), _CHANGED],
        "description": "调整紧急程度、更正事项、规则迁移之后的诉求：哪些时限由何时改为何时，是否因此逾期",
    },
    "Tried": {
        "allOf": [named("Appeal"), _TRIED],
        "description": "试算：诉求办理后会怎样，哪些时限会改变，是否因此逾期；什么也没有改变",
    },
    "OutOfReach": {
        **shape(number=TEXT, action=words(Action), done={"const": True}, out_of_reach={"const": True}, detail=TEXT),
        "description": "回执：已办理，诉求已移交，调用者不再有权查看",
    },
    "Acted": {"anyOf": [named("Appeal"), named("Changed"), named("Tried"), named("OutOfReach")]},
    "Appeals": items("Appeal"),
    "Attachment": _ATTACHMENT,
    "Attachments": items("Attachment"),
    "Document": _DOCUMENT,
    "Documents": items("Document"),
    "Clock": _CLOCK,
    "Escalation": _ESCALATION,
    "Enterprise": _ENTERPRISE,
    "Actions": shape(items=many(shape(action=words(Action), title=TEXT, schema=FREE))),
    "Entry": _ENTRY,
    "Journal": items("Entry"),
    "Routing": shape(
        number=TEXT, lead_unit=maybe(TEXT), second_lead=maybe(TEXT), cooperating=many(TEXT), text=TEXT,
        items=many(_HANDOVER),
    ),
    "Duplicates": shape(items=many(_DUPLICATE)),
    "Absences": shape(
        officer=TEXT, officer_name=TEXT, unit=maybe(TEXT),
        absences=many(shape(**{"from": MOMENT, "until": MOMENT, "substitutes": many(TEXT)})),
    ),
    "Service": _SERVICE_DETAIL,
    "Services": shape(items=many(_SERVICE)),
    "Me": shape(
        id=TEXT, name=TEXT, roles=many(words(Role)), unit=maybe(TEXT), unit_name=maybe(TEXT),
        enterprise=maybe(named("Enterprise")), rehearsal=FLAG,
    ),
    "Units": shape(
        items=many(shape(code=TEXT, name=TEXT, kind=words(UnitKind), superior=maybe(TEXT), region=maybe(TEXT))),
    ),
    "Preview": shape(
        start=MOMENT, budget=TEXT, statutory=FLAG, due_at=maybe(MOMENT), provisional=FLAG, calendar_version=TEXT,
        summary=TEXT, summary_en=TEXT, explanation=many(_SPAN),
    ),
    "PartnerAnswer": shape(event=TEXT, number=TEXT, transfer=maybe(TEXT), action=TEXT),
    "Deliveries": shape(
        items=many(
            shape(
                direction={"type": "string", "enum": ["out", "in"]}, id=TEXT, type=TEXT, partner=TEXT,
                partner_name=TEXT, transfer=maybe(TEXT), status=TEXT, attempts=COUNT, created_at=MOMENT,
                attempted_at=maybe(MOMENT), next_at=maybe(MOMENT), ended_at=maybe(MOMENT), error=maybe(TEXT),
                data=maybe(FREE),
            ),
        ),
    ),
    "Health": shape(status=TEXT),
    "Readiness": shape(
        status=TEXT, checks={"type": "object", "additionalProperties": TEXT}, warnings=many(TEXT),
    ),
    "Problem": _PROBLEM,
}  # fmt: skip
