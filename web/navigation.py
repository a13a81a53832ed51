"""Which pages lead where, for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.deps import Caller
from api.permissions import STATISTICS
from api.rights import Subject
from domain.vocabulary import STAFF_ROLES, Role


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation."""

    path: str
    name: str
    icon: str


_OUTSIDE: Final = (
    Place("/", "首页", "home"),
    Place("/services", "服务事项", "list"),
    Place("/track", "查进度", "search"),
)
_DESK: Final = Place("/desk", "工作台", "inbox")
_DUTY: Final = (Place("/duty", "值守", "bell"), Place("/duty/roster", "值班表", "calendar"))
_BOARD: Final = Place("/board", "督办看板", "chart")
_SERVICES: Final = Place("/services", "服务事项", "list")


def navigation(me: Caller | None) -> tuple[Place, ...]:
    """The pages open to them, in the order in which they are used."""
    roles = set(me.actor.roles) if me and me.only is None else set()
    if me is None or not roles & STAFF_ROLES:
        return _OUTSIDE
    board = (_BOARD,) if STATISTICS.allows(me.actor, Subject(place=me.actor.unit)) else ()
    return (_DESK, *_DUTY, *board, _SERVICES)


def home_of(me: Caller) -> str:
    """The page that somebody who has just signed in sees first."""
    roles = set(me.actor.roles)
    if not roles & STAFF_ROLES:
        return "/"
    if Role.SUPERVISOR in roles:
        return "/board"
    return "/duty" if roles == {Role.DUTY} else "/desk"
