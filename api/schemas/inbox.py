"""Bodies and answers of the inbox, of channels, and of what became of messages."""

from __future__ import annotations

from typing import Any, Final

from api.schemas.answers import COUNT, FLAG, MOMENT, TEXT, items, many, maybe, named, shape, words
from domain.schemas import Schema, body
from domain.vocabulary import EscalationState
from storage.contact_points import KINDS, MOST_WAIT_SECONDS, WAIT_SECONDS
from storage.messages import MessageStatus, Result

_CHANNEL: Schema = {"type": "string", "enum": list(KINDS), "title": "渠道"}
_LONGEST: Final = 254
CHANNELS: Schema = body(
    {
        "items": {
            "type": "array",
            "title": "通知渠道（依次；以此为准，未列出的即取消）",
            "maxItems": len(KINDS),
            "items": {
                "type": "object",
                "properties": {
                    "channel": _CHANNEL,
                    "address": {"type": "string", "title": "地址", "minLength": 1, "maxLength": _LONGEST},
                    "wait": {
                        "type": "integer",
                        "title": "督办未认领时，等多少秒后改用下一渠道",
                        "minimum": 0,
                        "maximum": MOST_WAIT_SECONDS,
                        "default": WAIT_SECONDS,
                    },
                },
                "required": ["channel", "address"],
                "additionalProperties": False,
            },
        },
    },
)
EXAMPLE: dict[str, Any] = {
    "items": [
        {"channel": "sms", "address": "13800001234", "wait": 300},
        {"channel": "email", "address": "officer@example.com"},
    ],
}
READ_UNTIL: Schema = body({"until": {"type": "integer", "title": "读到哪一条（编号）", "minimum": 0, "maximum": 2**62}})
READ_EXAMPLE: dict[str, Any] = {"until": 1}
_MESSAGE: Schema = shape(
    id=COUNT,
    number=TEXT,
    template=TEXT,
    text=TEXT,
    link=maybe(TEXT),
    escalation=maybe(TEXT),
    level=maybe(COUNT),
    escalation_state=maybe(words(EscalationState)),
    status=words(MessageStatus),
    channels=many(shape(channel=TEXT, result=maybe(words(Result)))),
    at=MOMENT,
    read_at=maybe(MOMENT),
)
_ATTEMPT: Schema = shape(
    channel=TEXT,
    started_at=MOMENT,
    ended_at=maybe(MOMENT),
    result=maybe(words(Result)),
    answer=maybe(TEXT),
)
_SENT: Schema = shape(
    id=COUNT,
    notice=TEXT,
    template=TEXT,
    unit=maybe(TEXT),
    to=maybe(TEXT),
    to_contact=FLAG,
    escalation=maybe(TEXT),
    rung=maybe(TEXT),
    at=MOMENT,
    created_at=MOMENT,
    status=words(MessageStatus),
    next_at=maybe(MOMENT),
    ended_at=maybe(MOMENT),
    error=maybe(TEXT),
    read_at=maybe(MOMENT),
    attempts=many(named("MessageAttempt")),
)
#: By name, as the document has them.
SHAPES: dict[str, Schema] = {
    "ChannelsBody": CHANNELS,
    "ReadUntilBody": READ_UNTIL,
    "Unread": shape(unread=COUNT),
    "InboxMessage": _MESSAGE,
    "Inbox": shape(items=many(named("InboxMessage")), unread=COUNT),
    "MessageAttempt": _ATTEMPT,
    "SentMessage": _SENT,
    "SentMessages": items("SentMessage"),
    "Channels": shape(
        items=many(shape(channel=_CHANNEL, address=TEXT, wait=COUNT)),
        channels=many(shape(channel=_CHANNEL, title=TEXT, hint=TEXT)),
    ),
    "Reachable": shape(
        officer=TEXT,
        officer_name=TEXT,
        unit=maybe(TEXT),
        channels=many(_CHANNEL),
        reachable=FLAG,
        why=maybe({"type": "string", "enum": ["no-channel", "failing"]}),
    ),
}
