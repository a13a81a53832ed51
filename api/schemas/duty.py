"""The bodies of duty rosters, and what is answered about duty."""

from __future__ import annotations

from typing import Any, Final

from api.schemas.answers import COUNT, FLAG, MOMENT, TEXT, many, maybe, shape, words
from domain.roster import Source, Span
from domain.schemas import Schema, body, code, text

_NAMED: Final = 60  # characters of a duty or an event
_WHEN: Final[Schema] = {"type": "string", "format": "date-time"}
_DATE: Final[Schema] = {"type": "string", "format": "date"}
_CLOCK: Final[Schema] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_READ_ONLY: Final = "只读，修改时忽略"


def _list(title: str, item: Schema, most: int) -> Schema:
    return {"type": "array", "title": title, "maxItems": most, "items": item}


def _maybe(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_ID = {"type": "string", "title": "编号（新增的不填）", "pattern": "^[a-z0-9-]{1,40}$"}
_DUTY = text("岗位，如 值班员、带班领导", _NAMED)
_PEOPLE = _list("人员（账号）", code("民警"), 20)
#: Who is refused by the domain has a code and words of its own, hence no ``minItems``.
_ORDER: Schema = _list("依次轮值：每班一人，或同班几人", {"anyOf": [code("民警"), _PEOPLE]}, 400)
_EVERY: Schema = {"type": "integer", "title": "每班几个单位时间（默认 1）", "minimum": 1, "maximum": 366}
_UNIT: Schema = {"type": "string", "title": "单位时间（默认 days）", "enum": [span.value for span in Span]}
_FROM, _UNTIL = {**_WHEN, "title": "自"}, {**_WHEN, "title": "至（不含）"}


def _part(required: dict[str, Schema], **optional: Schema) -> Schema:
    made = body(required, **optional)
    del made["$schema"]
    return made


_ROTATION = _part(
    {"duty": _DUTY, "order": _ORDER, "starts_on": {**_DATE, "title": "开始日期"}},
    id=_ID,
    hand_over={**_CLOCK, "title": "交接班时间（默认 08:30）"},
    every=_EVERY,
    unit=_UNIT,
    ends_on={**_maybe(_DATE), "title": "结束日期（到该日交接班时为止；不填即一直轮下去）"},
)
_OVERRIDE = {"duty": _DUTY, "from": _FROM, "until": _UNTIL, "people": {**_PEOPLE, "title": "替班人员（账号）"}}
_INSTEAD = {**_maybe(code("被替的人")), "title": "被替的人（不填即替整班）"}
_EVENT: dict[str, Schema] = {
    "name": text("勤务名称", _NAMED),
    "duty": _DUTY,
    "from": _FROM,
    "until": _UNTIL,
    "order": _ORDER,
}
_TURN = _part(
    {
        "rotation": code("轮值编号"),
        "number": {"type": "integer", "minimum": 0, "maximum": 100_000, "title": "第几班（自 0 起）"},
        "person": code("民警"),
    },
    **{"from": {"description": _READ_ONLY}, "until": {"description": _READ_ONLY}},
)
_SWAP = _part({"duty": _DUTY, "first": _TURN, "second": _TURN}, id=_ID)

ROSTER: Final[Schema] = body(
    {"rotations": _list("轮值（后写的优先）", _ROTATION, 200)},
    overrides=_list("替班", _part(_OVERRIDE, id=_ID, instead_of=_INSTEAD), 500),
    temporary=_list("临时勤务", _part(_EVENT, id=_ID, every=_EVERY, unit=_UNIT), 200),
    swaps=_list("换班", _SWAP, 500),
    **{
        name: {"description": _READ_ONLY}
        for name in ("unit", "unit_name", "version", "changed_at", "changed_by", "may_edit", "people", "links")
    },
)
OVERRIDE: Final[Schema] = body(_OVERRIDE, instead_of=_INSTEAD)
TEMPORARY: Final[Schema] = body(_EVENT, every=_EVERY, unit=_UNIT)
_SIDE = _part({"at": {**_WHEN, "title": "该班次中的任一时刻"}, "person": code("换出的人")})
SWAP: Final[Schema] = body({"duty": _DUTY, "first": _SIDE, "second": _SIDE})

EXAMPLES: Final[dict[str, Any]] = {
    "roster": {
        "rotations": [
            {
                "duty": "值班员",
                "order": ["duty", "duty-room-officer", ["duty-room-officer2", "duty-room-leader"]],
                "starts_on": "2026-12-01",
                "hand_over": "08:30",
            },
            {"duty": "带班领导", "order": ["duty-room-leader"], "starts_on": "2026-11-30", "unit": "weeks"},
        ],
    },
    "override": {
        "duty": "值班员",
        "from": "2026-12-05T08:30:00+08:00",
        "until": "2026-12-06T08:30:00+08:00",
        "people": ["duty-room-officer"],
        "instead_of": "duty",
    },
    "temporary": {
        "name": "元旦安保",
        "duty": "值班员",
        "from": "2026-12-31T18:00:00+08:00",
        "until": "2027-01-01T08:30:00+08:00",
        "order": [["duty", "duty-room-officer"]],
    },
    "swap": {
        "duty": "值班员",
        "first": {"at": "2026-12-01T12:00:00+08:00", "person": "duty"},
        "second": {"at": "2026-12-02T12:00:00+08:00", "person": "duty-room-officer"},
    },
}

_WHO = shape(account=TEXT, name=TEXT)
_PERSON = shape(account=TEXT, name=TEXT, unit=maybe(TEXT), unit_name=maybe(TEXT), active=FLAG)
_HOLE = shape(**{"duty": TEXT, "from": MOMENT, "until": MOMENT, "absent": many(_WHO), "text": TEXT})
_SHIFT = shape(
    **{"duty": TEXT, "from": MOMENT, "until": MOMENT, "people": many(_WHO), "planned": many(_WHO)},
    source=words(Source), id=maybe(TEXT), rotation=maybe(TEXT), number=maybe(COUNT),
    stand_ins=many(shape(absent=_WHO, by=maybe(_WHO))),
)  # fmt: skip
_CHANGE = shape(**{"duty": TEXT, "from": MOMENT, "until": MOMENT, "was": many(_WHO), "becomes": many(_WHO)})
_EMPTY = shape(
    **{"unit": TEXT, "unit_name": TEXT, "targets": many(TEXT), "from": MOMENT, "until": MOMENT, "text": TEXT},
    steps=many(shape(ladder=TEXT, step=COUNT)),
)
_TURN_SAID = shape(**{"rotation": TEXT, "number": COUNT, "person": TEXT, "from": MOMENT, "until": MOMENT})
_SWAP_SAID = shape(id=TEXT, duty=TEXT, first=_TURN_SAID, second=_TURN_SAID)
_OVERRIDE_SAID = shape(
    **{"id": TEXT, "duty": TEXT, "from": MOMENT, "until": MOMENT, "people": many(TEXT), "instead_of": maybe(TEXT)}
)
_ROTATION_SAID = shape(
    id=TEXT, duty=TEXT, order=many(many(TEXT)), starts_on=TEXT, hand_over=TEXT, every=COUNT, unit=words(Span),
    ends_on=maybe(TEXT),
)  # fmt: skip
_EVENT_SAID = shape(
    **{"id": TEXT, "name": TEXT, "duty": TEXT, "from": MOMENT, "until": MOMENT}, order=many(many(TEXT)), every=COUNT,
    unit=words(Span),
)  # fmt: skip

ANSWERS: Final[dict[str, Schema]] = {
    "Override": _OVERRIDE_SAID,
    "Temporary": _EVENT_SAID,
    "Swap": _SWAP_SAID,
    "Roster": shape(
        unit=TEXT, unit_name=TEXT, version=COUNT, changed_at=maybe(MOMENT), changed_by=maybe(_WHO), may_edit=FLAG,
        rotations=many(_ROTATION_SAID), overrides=many(_OVERRIDE_SAID), temporary=many(_EVENT_SAID),
        swaps=many(_SWAP_SAID), people=many(_PERSON), links=shape(now=TEXT, shifts=TEXT, calendar=maybe(TEXT)),
    ),
    "RosterImport": shape(
        **{"unit": TEXT, "unit_name": TEXT, "version": COUNT, "dry_run": FLAG, "rows": COUNT, "from": MOMENT},
        until=MOMENT, changes=many(_CHANGE), lost_swaps=many(_SWAP_SAID), holes=many(_HOLE),
    ),
    "DutyCoverage": shape(
        **{"from": MOMENT, "until": MOMENT, "days": COUNT, "complete": FLAG},
        holes=many({"allOf": [_HOLE, shape(unit=TEXT, unit_name=TEXT)]}), empty_steps=many(_EMPTY),
        unreachable=many(shape(account=TEXT, name=TEXT, unit=maybe(TEXT), unit_name=maybe(TEXT), why=TEXT, text=TEXT)),
        clocks_without_ladder=many(shape(service=TEXT, service_name=TEXT, ladder=TEXT, text=TEXT)),
    ),
    "DutyNow": shape(
        unit=TEXT, unit_name=TEXT, phone=maybe(TEXT), at=MOMENT, on_duty=many(_WHO), items=many(_SHIFT),
        holes=many(_HOLE),
    ),
    "DutyShifts": shape(
        **{"unit": TEXT, "unit_name": TEXT, "from": MOMENT, "until": MOMENT, "duties": many(TEXT)},
        items=many(_SHIFT), holes=many(_HOLE),
    ),
    "PersonShifts": shape(
        **{"account": TEXT, "name": TEXT, "from": MOMENT, "until": MOMENT},
        items=many({"allOf": [_SHIFT, shape(unit=TEXT, unit_name=TEXT)]}), links=shape(calendar=maybe(TEXT)),
    ),
}  # fmt: skip
BODIES: Final[dict[str, Schema]] = {
    "RosterBody": ROSTER,
    "OverrideBody": OVERRIDE,
    "TemporaryBody": TEMPORARY,
    "SwapBody": SWAP,
}
