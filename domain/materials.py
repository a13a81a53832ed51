"""材料: what a service needs and nobody has brought yet; and what is none of its materials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.appeal import Appeal
from domain.errors import Fault
from domain.service import Material, Service


def missing_materials(appeal: Appeal) -> tuple[Material, ...]:
    """What the service needs and nobody has brought; what electronic licences tell is not asked for (S1·9)."""
    brought = {m.get("code") for m in appeal.submission.materials}
    for request in appeal.supplements:
        brought |= {i if isinstance(i, str) else i.get("code") for i in request.supplied}
    return tuple(m for m in appeal.rules.service.materials if not m.licence and not {m.code, m.name} & brought)


def unknown_materials(
    service: Service, brought: Iterable[Any], pointer: str, asked: Iterable[Any] = ()
) -> Iterator[Fault]:
    """What would count for nothing: its code is none of the service's materials, nor ``asked`` for besides.

    A service that names no materials takes any, and so does everybody who says in words what is brought.
    """
    besides = [word for item in asked for word in (item.values() if isinstance(item, Mapping) else (item,))]
    known = {word for material in service.materials for word in (material.code, material.name)} | {*besides}
    told = "、".join(dict.fromkeys((*(f"{m.name}（{m.code}）" for m in service.materials), *besides)))
    for n, one in enumerate(brought if service.materials else ()):
        if isinstance(one, Mapping) and "code" in one and one["code"] not in known:
            yield Fault(f"{pointer}/{n}/code", f"本事项没有材料“{one['code']}”；可用：{told}")
