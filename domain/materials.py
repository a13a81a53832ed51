"""材料: what a service needs and nobody has brought yet."""

from __future__ import annotations

from domain.appeal import Appeal
from domain.service import Material


def missing_materials(appeal: Appeal) -> tuple[Material, ...]:
    """What the service needs and nobody has brought; what electronic licences tell is not asked for (S1·9)."""
    brought = {m.get("code") for m in appeal.submission.materials}
    for request in appeal.supplements:
        brought |= {i if isinstance(i, str) else i.get("code") for i in request.supplied}
    return tuple(m for m in appeal.rules.service.materials if not m.licence and not {m.code, m.name} & brought)
