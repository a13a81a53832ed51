"""A form that is carried on past the end of its session: where it goes and what it holds, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from starlette.routing import Match

from api.context import Context
from domain.schemas import BODIES
from domain.table import TABLE
from domain.vocabulary import Action
from web.deeds import DEEDS, Deed
from web.forms.field import UNIT, WAY, fixed_by
from web.forms.shape import UNITS, VALUES
from web.held import ACTION

_SUBMIT: Final = re.compile(r"/submit/(?P<service>[^/]+)")
_BULK: Final = re.compile(r"/desk/many/(?P<action>[a-z_]+)")
_ORDER: Final = re.compile(r"/board/many/(?P<deed>[a-z]+)(?:/[^/]+)?")
#: Other forms with a page of their own, by how their addresses begin.
_PLACES: Final = (
    ("/account/password", "修改密码"),
    ("/account/channels", "通知渠道"),
    ("/account/tokens", "访问令牌"),
    ("/account", "我的账号"),
    ("/duty/roster", "值班表"),
    ("/duty/rotations", "值班表：轮值规则"),
    ("/duty/absences", "值班表：请假与代理"),
    ("/inbox", "收件箱"),
    ("/duty", "值守"),
    ("/board/views", "督办看板的视图"),
    ("/desk/intake", "窗口登记"),
)
_FLAGS: Final = {"true": "是", "false": "否"}
_MACHINE: Final = re.compile(r"[a-z_-]*|[0-9]{1,3}")
_NO_TEXT: Final = frozenset({"csrf", "once", "seen", "back", "username", "match", "content"})

Pairs = Sequence[tuple[str, str]]


def whither(ctx: Context, path: str) -> str:
    """What a form that goes to this path does, and to which appeal; the path itself where nothing more is known."""
    if (found := ACTION.fullmatch(path)) and (action := _action(found["action"])):
        return f"诉求 {found['number']}：{TABLE[action].title}"
    if (found := _BULK.fullmatch(path)) and (action := _action(found["action"])):
        return f"批量办理：{TABLE[action].title}"
    if deed := _deed(path):
        return f"批量办理：{deed.title}"
    if found := _SUBMIT.fullmatch(path):
        return f"提交：{_service_names(ctx).get(found['service'], found['service'])}"
    return next((name for begins, name in _PLACES if path.startswith(begins)), path)


def told(ctx: Context, path: str, pairs: Pairs) -> list[tuple[str, str]]:
    """What was typed and chosen: each with its title, which is empty where the page alone knew it."""
    schema, said = _schema(ctx, path), [(name, value) for name, value in pairs if value.strip()]
    units = {name.removeprefix(UNIT): UNITS.get(value, value) for name, value in said if name.startswith(UNIT)}
    typed = [(name, value + units.get(name, "")) for name, value in said if not name.startswith(UNIT)]
    return [line for name, value in typed for line in _lines(ctx, schema, name, value)]


def page_for(request: Request, path: str) -> str:
    """The page that a form without anything typed stood on: the nearest one above its address that can be opened."""
    while path:
        scope = {**request.scope, "method": "GET", "path": path}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
        path = path.rpartition("/")[0]
    return ""


def _lines(ctx: Context, schema: Mapping[str, Any], name: str, value: str) -> Iterator[tuple[str, str]]:
    if name.startswith(WAY):
        for field, code in fixed_by(value).items():
            yield _title(schema, f"/{field}"), _step_word(ctx, field, code)
    elif title := _title(schema, name.partition("?")[0]):
        place = ctx.organisation.place(value)
        yield title, place.name if place else VALUES.get(value) or _FLAGS.get(value, value)
    elif name[:1] != "_" and name not in _NO_TEXT and not _MACHINE.fullmatch(value):
        yield "", value


def _schema(ctx: Context, path: str) -> Mapping[str, Any]:
    """What is known of the form's fields."""
    if (found := ACTION.fullmatch(path)) and (action := _action(found["action"])):
        return BODIES.get(action, {})
    if (found := _BULK.fullmatch(path)) and (action := _action(found["action"])):
        return BODIES.get(action, {})
    if deed := _deed(path):
        return deed.schema
    if found := _SUBMIT.fullmatch(path):
        forms = {service.code: service.form for service in ctx.catalogue.services()}
        form: Mapping[str, Any] = {"properties": {"form": forms.get(found["service"], {})}}
        return form
    return {}


def _deed(path: str) -> Deed | None:
    found = _ORDER.fullmatch(path)
    return DEEDS.get(found["deed"]) if found else None


def _title(schema: Mapping[str, Any], pointer: str) -> str:
    """The title of the field; of a row, that of the list."""
    title = ""
    for name in pointer.split("/")[1:]:
        schema = schema.get("properties", {}).get(name, {})
        title = str(schema.get("title", title))
    return title


def _step_word(ctx: Context, field: str, code: str) -> str:
    """A step or an outcome by its name, where all services call it so."""
    steps = [step for service in ctx.catalogue.services() for step in service.procedure.steps]
    if field == "step":
        names = {step.name for step in steps if step.code == code}
    else:
        names = {outcome.name for step in steps for outcome in step.outcomes if outcome.code == code}
    return names.pop() if len(names) == 1 else VALUES.get(code) or _FLAGS.get(code, code)


def _action(name: str) -> Action | None:
    return next((action for action in TABLE if action.value == name), None)


def _service_names(ctx: Context) -> dict[str, str]:
    return {service.code: service.name for service in ctx.catalogue.services()}
