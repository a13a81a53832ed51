"""Who may do something, in words: for whoever is told that he may not."""

from __future__ import annotations

from functools import lru_cache

from domain import relations as of
from domain.escalation_acts import is_called
from domain.relations import Relation
from domain.steps import takes_part
from domain.vocabulary import Role

ROLES = {
    Role.ENTERPRISE: "企业",
    Role.SYSTEM: "外部系统",
    Role.WINDOW: "首接窗口",
    Role.DISPATCHER: "分派员",
    Role.HANDLER: "承办民警",
    Role.LEADER: "负责人",
    Role.SUPERVISOR: "督办人员",
    Role.VISITOR: "联络员",
    Role.DUTY: "值班员",
    Role.INSPECTOR: "督察人员",
    Role.ADMIN: "管理员",
}
#: Whose people; of those who stand in no particular relation to it, nobody's.
_OF: dict[Relation, str] = {
    of.anyone: "",
    of.owner: "",
    takes_part: "",
    of.first_contact: "首接单位的",
    of.still_answerable: "首接单位的",
    of.transferred: "首接单位的",
    of.handed_on: "首接单位的",
    of.leads: "承办单位的",
    of.above: "承办单位或其上级单位的",
    of.assigns: "负责交办的单位的",
    of.assigns_work: "负责交办的单位的",
    of.cooperates: "协办单位的",
    of.assists: "协办单位的",
    of.not_handling: "未承办的单位的",
    of.visits: "未承办的单位的",
    of.visits_instead: "未承办的单位的",
}
#: Whoever stands so to it, whatever his role is.
_WHOEVER: dict[Relation, str] = {is_called: "收到通知的人"}


@lru_cache
def spoken(roles: tuple[tuple[Role, Relation], ...]) -> str:
    """承办单位或其上级单位的负责人、督办人员."""
    return "、".join(dict.fromkeys(_one(role, relation) for role, relation in roles))


def _one(role: Role, relation: Relation) -> str:
    return _WHOEVER.get(relation) or f"{_OF[relation]}{ROLES[role]}"
