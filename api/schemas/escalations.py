"""Bodies and answers of escalations."""

from __future__ import annotations

from typing import Any

from api.schemas.answers import ANSWERS, COUNT, FLAG, MOMENT, TEXT, items, many, maybe, shape, words
from domain.schemas import BODIES as OF_APPEALS
from domain.schemas import Schema
from domain.vocabulary import Action
from storage.messages import MessageStatus


def _without_the_escalation(action: Action) -> Schema:
    """What an appeal's own action takes, but for what stands in the address."""
    whole = OF_APPEALS[action]
    return {**whole, "required": [name for name in whole["required"] if name != "escalation"]}


#: By name, as the document has them.
BODIES: dict[str, Schema] = {
    "AcknowledgeEscalation": _without_the_escalation(Action.ACKNOWLEDGE),
    "HandOverEscalation": _without_the_escalation(Action.HAND_OVER),
    "RaiseEscalation": _without_the_escalation(Action.RAISE),
    "EndEscalation": _without_the_escalation(Action.END),
}
_CALLED: Schema = shape(
    account=TEXT,
    name=maybe(TEXT),
    unit=maybe(TEXT),
    unit_name=maybe(TEXT),
    unit_phone=maybe(TEXT),
    level=maybe(COUNT),
    template=TEXT,
    at=MOMENT,
    status=words(MessageStatus),
    delivered_at=maybe(MOMENT),
    read_at=maybe(MOMENT),
)
_HANDED: Schema = shape(account=maybe(TEXT), name=maybe(TEXT), instead_of=maybe(TEXT), instead_of_name=maybe(TEXT))
_MORE: dict[str, Any] = {
    "clock_name": TEXT,
    "owner_unit_name": maybe(TEXT),
    "owner_unit_phone": maybe(TEXT),
    "acknowledged_by_name": maybe(TEXT),
    "title": maybe(TEXT),
    "service": maybe(TEXT),
    "service_name": maybe(TEXT),
    "due_at": maybe(MOMENT),
    "next_at": maybe(MOMENT),
    "level_since": maybe(MOMENT),
    "lease": TEXT,
    "mine": FLAG,
    "called": many(_CALLED),
    "handed_to": maybe(_HANDED),
    "links": shape(self=TEXT, appeal=TEXT),
}
SHAPES: dict[str, Schema] = {
    "EscalationSeen": shape(**ANSWERS["Escalation"]["properties"], **_MORE),
    "Escalations": items("EscalationSeen"),
}
