"""Every permission in one list: what the routes ask for, and the actions of the transition table, derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from api.permissions import PERMISSIONS
from api.rights import RELATIONS, Scope
from domain import relations as of
from domain.escalation_acts import is_called
from domain.steps import takes_part
from domain.table import TABLE
from domain.vocabulary import Role, Stage

#: The relations of the transition table, as the table of permissions tells them.
TO_APPEALS: Final[Mapping[of.Relation, str]] = MappingProxyType(
    {
        of.anyone: "全部",
        of.owner: "本企业的；凭验证码的联系人，所查的一件",
        of.first_contact: "本单位首接的",
        of.still_answerable: "本单位首接、尚无单位签收的",
        of.leads: "本单位承办的",
        of.not_handling: "本单位未承办的",
        of.visits: "本单位未承办的，保密事项除外",
        of.visits_instead: "联络员不能回访的",
        of.above: "本单位及下级单位承办的",
        of.assigns: "由本单位或下级单位交办的",
        of.assigns_work: "由本单位或下级单位交办、答复尚未送达的",
        of.cooperates: "请本单位协办的",
        of.assists: "交本单位协办的",
        of.transferred: "本单位流转出去的",
        of.handed_on: "本单位流转、外单位在办的",
        takes_part: "本单位（或本人、本企业）有步骤要办的",
        is_called: "升级督办通知到本人的",
    },
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that may be done, and by whom: roles with the relation they must stand in.

    ``stages`` are those of an appeal, for an action on one. ``scope`` is what a personal token needs; None: no token.
    """

    code: str
    title: str
    who: tuple[tuple[Role, str], ...]
    scope: Scope | None
    stages: tuple[Stage, ...] = ()

    def of(self, role: Role | None) -> tuple[tuple[Role, str], ...]:
        """Those of the role; of everybody for None."""
        return tuple(pair for pair in self.who if role in {None, pair[0]})

    def plain(self, role: Role | None) -> dict[str, Any]:
        """As JSON tells it."""
        return {
            "action": self.code,
            "title": self.title,
            "who": [{"role": one.value, "relation": relation} for one, relation in self.of(role)],
            "stages": [stage.value for stage in self.stages],
            "scope": self.scope.value if self.scope else None,
        }


def lines(role: Role | None = None) -> list[Line]:
    """All of it, or what this role may do in some relation at least."""
    return [line for line in (*_of_routes(), *_of_actions()) if line.of(role)]


def _of_routes() -> Iterator[Line]:
    for one in PERMISSIONS:
        who = [(role, RELATIONS[grant.relation]) for grant in one.grants for role in Role if role in grant.roles]
        yield Line(one.code, one.title, tuple(who), one.scope)


def _of_actions() -> Iterator[Line]:
    for action, row in TABLE.items():
        who = tuple((role, TO_APPEALS[relation]) for role, relation in row.who)
        yield Line(action.value, row.title, who, Scope.ACT, tuple(stage for stage in Stage if stage in row.sources))
