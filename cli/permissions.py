"""`appeals permissions`: who may do what, as one table of role × relation × action."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.table import Table

from cli.words import OUT, in_words
from domain.vocabulary import OPEN_STAGES, STAFF_ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.permission_table import Line

_HEADS: Final = ("操作 / action", "", "谁 / who", "环节 / stages", "令牌范围 / scope")

RoleOption = Annotated[
    Role | None, typer.Option("--role", help="只列这个角色可办的 / what this role may do", show_default=False)
]
FormOption = Annotated[Literal["table", "json"], typer.Option("--format", help="输出格式 / form of the output")]


def permissions(role: RoleOption = None, form: FormOption = "table") -> None:
    """列出权限表：角色、与对象的关系、操作 / who may do what: role, relation, action."""
    from api.permission_table import lines

    with in_words():
        found = lines(role)
        if form == "json":
            OUT.print_json(json.dumps([line.plain(role) for line in found], ensure_ascii=False))
        else:
            OUT.print(_table(found, role))


def _table(found: Sequence[Line], role: Role | None) -> Table:
    """What is no action on an appeal first; the actions below the line."""
    table = Table()
    for head in _HEADS:
        table.add_column(head, overflow="fold")
    for line in sorted(found, key=lambda one: bool(one.stages)):
        scope = line.scope.value if line.scope else "不用令牌 / none"
        table.add_row(line.title, line.code, _who(line, role), _stages(line), scope)
        if line is _last_general(found):
            table.add_section()
    return table


def _last_general(found: Sequence[Line]) -> Line | None:
    return next((line for line in reversed(found) if not line.stages), None)


def _who(line: Line, role: Role | None) -> str:
    """Roles that stand in the same relation together: 负责人、督办人员(全部)."""
    from domain.who import ROLES

    by_relation: dict[str, list[Role]] = {}
    for one, relation in line.of(role):
        by_relation.setdefault(relation, []).append(one)
    return "\n".join(f"{_together(roles, ROLES)}：{relation}" for relation, roles in by_relation.items())


def _together(roles: Sequence[Role], names: Mapping[Role, str]) -> str:
    if set(roles) == set(Role):
        return "所有角色"
    if set(roles) == STAFF_ROLES:
        return "公安机关各角色"
    return "、".join(names[one] for one in roles)


def _stages(line: Line) -> str:
    from web.words import STAGES

    return "各环节" if set(line.stages) == OPEN_STAGES else "、".join(STAGES[stage] for stage in line.stages)
