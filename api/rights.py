"""What a permission is: roles, each in a relation to what something is done to, and the scope a token needs for it.

The permissions themselves stand in :mod:`api.permissions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.errors import Forbidden
from domain.people import Actor, Place
from domain.vocabulary import STAFF_ROLES, Role


class Scope(StrEnum):
    """What a personal token may be used for. A key, and a person who is signed in, may do all that the account may."""

    READ = "read"
    SUBMIT = "submit"
    ACT = "act"
    DUTY = "duty"
    MANAGE = "manage"


SCOPES: Final[Mapping[Scope, str]] = MappingProxyType(
    {
        Scope.READ: "查看",
        Scope.SUBMIT: "提交诉求",
        Scope.ACT: "办理诉求",
        Scope.DUTY: "值守（认领、移交升级督办，查收消息）",
        Scope.MANAGE: "管理（值班表、不在岗、通知渠道、预演）",
    },
)
TRACKING: Final = frozenset({Scope.READ, Scope.ACT})
"""What whoever follows one appeal by a code may do to it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is done to: a unit, a person, an enterprise, as far as there is one."""

    place: Place | None = None
    person: str | None = None
    uscc: str | None = None


Relation = Callable[[Actor, Subject], bool]


def anything(_actor: Actor, _subject: Subject) -> bool:
    """The role alone is enough."""
    return True


def readable(_actor: Actor, _subject: Subject) -> bool:
    """An appeal that they may read: ``api/reading.find`` has seen to that (``domain/relations.may_read``)."""
    return True


def in_full(_actor: Actor, _subject: Subject) -> bool:
    """An appeal of which they see more than its outline (``domain/relations.sees_personal_data``)."""
    return True


def below(actor: Actor, subject: Subject) -> bool:
    """Their own unit, or one that stands below it."""
    return actor.unit_code is not None and subject.place is not None and subject.place.is_under(actor.unit_code)


def themselves(actor: Actor, subject: Subject) -> bool:
    """What is their own."""
    return subject.person == actor.id


def own_enterprise(actor: Actor, subject: Subject) -> bool:
    """The enterprise that they are."""
    return actor.uscc is not None and subject.uscc == actor.uscc


RELATIONS: Final[Mapping[Relation, str]] = MappingProxyType(
    {
        anything: "全部",
        readable: "有权查看的诉求",
        in_full: "有权查看全文的诉求",
        below: "本单位及下级单位",
        themselves: "本人",
        own_enterprise: "本企业",
    },
)

EVERYBODY: Final = frozenset(Role)
STAFF: Final = frozenset(STAFF_ROLES)


@dataclass(frozen=True, slots=True)
class Grant:
    """These roles, to whom it stands in this relation."""

    roles: frozenset[Role]
    relation: Relation


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that may be done, through which routes, by whom. ``refusal`` is what everybody else is told.

    Without a ``scope`` it is for no personal token at all.
    """

    code: str
    title: str
    scope: Scope | None
    routes: tuple[str, ...]
    grants: tuple[Grant, ...] = (Grant(EVERYBODY, anything),)
    refusal: str = "您没有这项权限"

    @property
    def roles(self) -> frozenset[Role]:
        """Who may, in some relation at least."""
        return frozenset().union(*(grant.roles for grant in self.grants))

    def allows(self, actor: Actor, subject: Subject | None = None) -> bool:
        """Whether they may do it to this."""
        to = subject or Subject()
        return any(grant.roles & set(actor.roles) and grant.relation(actor, to) for grant in self.grants)

    def demand(self, actor: Actor, subject: Subject | None = None) -> None:
        """Raises Forbidden for whoever may not."""
        if not self.allows(actor, subject):
            raise Forbidden("forbidden", self.refusal)
