"""What the fields of an action may hold: units, officers and numbers by their names, as far as this page knows them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.reading import Found
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.checks import not_again
from domain.clock_names import name_of
from domain.errors import Fault
from domain.escalation_acts import yours
from domain.materials import missing_materials
from domain.parties import complained_of, parties
from domain.people import Place
from domain.relations import may_assign_to
from domain.schemas import Schema
from domain.vocabulary import STAFF_ROLES, Action, Role, UnitKind
from storage.accounts import Accounts
from web.forms import Under
from web.forms.inputs import Options

_MOST_PEOPLE: Final = 300
"""More names than that are no list to choose from: then the account is typed."""

Pairs = list[tuple[str, str]]
Asked = tuple[Context, Caller, Found]


async def options_of(ctx: Context, me: Caller, found: Found, action: Action) -> Options:
    """For the form of this action."""
    make = _MAKERS.get(action)
    made = await make((ctx, me, found)) if make else {}
    return {name: pairs for name, pairs in made.items() if pairs}


def defaults_of(found: Found, action: Action, options: Options) -> dict[str, Any]:
    """What is filled in before anybody types: where there is but one, that one."""
    if action is Action.CORRECT:
        return {"seq": found.appeal.seq}
    return {name: options[name][0][0] for name in ("escalation", "version") if len(options.get(name, ())) == 1}


#: 改派单位(unit): what machines are told beside a title.
_CODED: Final = re.compile(r"(?<=[\u4e00-\u9fff）)])[（(][a-z_]+[）)]")
_WHOSE: Final[Mapping[Action, str]] = {
    Action.ASSIGN: "须是牵头单位的民警；不选的，由该单位签收时确定。",
    Action.REASSIGN: "须是改派到的单位的民警；单位不变的，须是现承办单位的民警。",
}

_AGREES: Final = frozenset({Action.REVIEW, Action.DECIDE_EXTENSION, Action.APPROVE_PARK})
_NOT_AGAIN: Final = "前一轮的承办民警不得再次承办，不在其中。"


def helped(schema: Schema, action: Action, appeal: Appeal) -> Schema:
    """The schema of an action with what its fields need to be told."""
    if action in _AGREES:
        return _describing(schema, "reason", "不同意的，须说明理由。")
    if action not in _WHOSE or "officer" not in schema["properties"]:
        return schema
    return _describing(schema, "officer", _WHOSE[action] + (_NOT_AGAIN if not_again(appeal) else ""))


def _describing(schema: Schema, name: str, said: str) -> Schema:
    fields = schema["properties"]
    return {**schema, "properties": {**fields, name: {**fields[name], "description": said}}}


def clear(fault: Fault, code: str, options: Options) -> Fault:
    """A fault as people read it: fields by their titles alone, an account by its name."""
    if code != "unknown-officer" or fault.pointer != "/officer":
        return Fault(fault.pointer, _CODED.sub("", fault.detail))
    names = {one: f"{title.group} {title}" for one, title in options.get("officer", ()) if isinstance(title, Under)}
    said = next((f"“{name}”" for one, name in names.items() if f"“{one}”" in fault.detail), "所选民警")
    return Fault(fault.pointer, f"{said}不是所选单位的民警：请选该单位的民警，或者不选，由该单位签收时确定")


def _places(ctx: Context, keep: Callable[[Place], bool]) -> Pairs:
    found = ((entry.unit.code, ctx.organisation.place(entry.unit.code)) for entry in ctx.organisation.units())
    return [(code, place.name) for code, place in found if place and keep(place)]


def _in_reach(asked: Asked) -> Pairs:
    ctx, me, _ = asked
    return _places(ctx, lambda place: may_assign_to(me.actor, place))


async def _officers(asked: Asked, units: Iterable[str] | None = None) -> Pairs:
    """Handlers of these units, or everybody of the house but the caller; each under the unit."""
    ctx, me, _ = asked
    wanted = None if units is None else set(units)
    async with ctx.database.read() as r:
        accounts = await Accounts(r).all()
    found = [
        (one.code, Under(one.name, place.name))
        for one in accounts
        if one.unit and (place := ctx.organisation.place(one.unit)) and one.code != me.account.code
        if (one.unit in wanted and Role.HANDLER in one.roles if wanted is not None else STAFF_ROLES & set(one.roles))
    ]
    return [*sorted(found, key=lambda pair: (pair[1].group, pair[1]))] if len(found) <= _MOST_PEOPLE else []


async def _assigning(asked: Asked) -> dict[str, Pairs]:
    reach = _in_reach(asked)
    police = _places(asked[0], lambda place: place.kind is not UnitKind.OUTSIDE)
    kept_out = {*not_again(asked[2].appeal), *_complained_of(asked[2].appeal)}
    people = [one for one in await _officers(asked, (code for code, _ in reach)) if one[0] not in kept_out]
    return {"lead_unit": reach, "unit": reach, "second_lead": reach, "cooperating": police, "officer": people}


def _complained_of(appeal: Appeal) -> Collection[str]:
    return complained_of(appeal.submission, appeal.rules.service)


async def _cooperating(asked: Asked) -> dict[str, Pairs]:
    ctx, _, found = asked
    lead = found.appeal.lead
    own = lead.code if lead else ""
    return {"unit": _places(ctx, lambda place: place.kind is not UnitKind.OUTSIDE and place.code != own)}


async def _transferring(asked: Asked) -> dict[str, Pairs]:
    return {"body": _places(asked[0], lambda place: place.kind is UnitKind.OUTSIDE)}


async def _escalating(asked: Asked) -> dict[str, Pairs]:
    ctx, me, found = asked
    appeal = found.appeal
    open_now = [
        (
            one.id,
            f"{name_of(appeal, appeal.clock_of(one.generation))}时限 · 第{one.level}级 · {_unit(ctx, one.owner_unit)}",
        )
        for one in yours(appeal, me.actor)
    ]
    return {"escalation": open_now}


async def _handing_over(asked: Asked) -> dict[str, Pairs]:
    return {**await _escalating(asked), "to": await _officers(asked)}


async def _changing_service(asked: Asked) -> dict[str, Pairs]:
    ctx, _, found = asked
    now = found.appeal.rules.service.code
    today = ctx.now().astimezone(ZONE).date()
    return {"service": [(one.code, one.name) for one in ctx.catalogue.services(today) if one.code != now]}


async def _migrating(asked: Asked) -> dict[str, Pairs]:
    """The rules by which an appeal of this service begins today, and its own by the calendar of today."""
    ctx, _, found = asked
    kept = found.appeal.rules
    today = ctx.now().astimezone(ZONE).date()
    newest = ctx.catalogue.find(kept.service.code, today)
    known = [(ctx.catalogue.rules_for(newest.code, today), "现行规则")] if newest else []
    if again := ctx.catalogue.by_todays_calendar(kept):
        known.append((again, "原规则，按现行日历"))
    return {"version": [(one.version, f"{name}（{one.version[:12]}）") for one, name in known]}


async def _accepting(asked: Asked) -> dict[str, Pairs]:
    return {"commitments": [(one.name, one.name) for one in missing_materials(asked[2].appeal) if one.deferrable]}


async def _asking(asked: Asked) -> dict[str, Pairs]:
    return {"items": [(one.name, one.name) for one in missing_materials(asked[2].appeal)]}


async def _supplying(asked: Asked) -> dict[str, Pairs]:
    """What was asked for, and what was promised."""
    appeal = asked[2].appeal
    request = appeal.open_supplement
    owed = [*(request.items if request else ()), *appeal.commitments]
    return {"items": [(said, said) for said in dict.fromkeys(map(_name, owed))]}


async def _stepping(asked: Asked) -> dict[str, Pairs]:
    ctx, _, found = asked
    service = found.appeal.rules.service
    results = [pair for step in service.procedure.steps if step.items for pair in step.items.results.items()]
    units = [(code, _unit(ctx, code)) for code in parties(service)]
    outside = _places(ctx, lambda place: place.kind is UnitKind.OUTSIDE)
    return {"result": results, "units": units, "/unit": outside}


def needs_no_unit(appeal: Appeal, ctx: Context) -> bool:
    """Whether no outside body does a step of this service: nobody records one for another."""
    service = appeal.rules.service
    codes = {code for step in service.procedure.steps for code in step.by} | {*service.cooperating}
    return not any((place := ctx.organisation.place(code)) and place.kind is UnitKind.OUTSIDE for code in codes)


def _unit(ctx: Context, code: str) -> str:
    place = ctx.organisation.place(code)
    return place.name if place else code


def _name(item: Any) -> str:
    return str(item.get("name") or item.get("code")) if isinstance(item, Mapping) else str(item)


_MAKERS: Final[Mapping[Action, Callable[[Asked], Awaitable[dict[str, Pairs]]]]] = {
    Action.ASSIGN: _assigning,
    Action.REASSIGN: _assigning,
    Action.NAME_FINAL_OWNER: _assigning,
    Action.ASK_COOPERATION: _cooperating,
    Action.TRANSFER: _transferring,
    Action.ACKNOWLEDGE: _escalating,
    Action.RAISE: _escalating,
    Action.END: _escalating,
    Action.HAND_OVER: _handing_over,
    Action.CHANGE_SERVICE: _changing_service,
    Action.MIGRATE_POLICY: _migrating,
    Action.ACCEPT: _accepting,
    Action.REQUEST_SUPPLEMENT: _asking,
    Action.SUPPLEMENT: _supplying,
    Action.COMPLETE_STEP: _stepping,
}
