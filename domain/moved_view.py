"""Which deadlines a change moved, or would, as it is answered: each by its name, moments as everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.act import moment_of_text
from domain.appeal import Appeal
from domain.clock import ClockName
from domain.clock_names import name_by
from domain.masking import sight_of
from domain.people import Actor
from domain.wall import stamp


def render_moved(appeal: Appeal, said: Mapping[str, Any], viewer: Actor) -> dict[str, Any]:
    """What the journal says of it (:func:`domain.moved.told`), without clocks that ``viewer`` may not know of.

    ``appeal`` is as the change left it. Nothing of an entry that says nothing of deadlines: of another action, or by
    rules of an older edition.
    """
    if "moved" not in said:
        return {}
    known = [one for one in said["moved"] if not sight_of(appeal, viewer).hides(one)]
    return {"moved": [_moved(appeal, one) for one in known], "breached_by_change": said["breached_by_change"]}


def _moved(appeal: Appeal, one: Mapping[str, Any]) -> dict[str, Any]:
    dues = {name: one[name] for name in ("due_before", "due_after")}
    moments = {name: stamp(moment_of_text(due)) if due else None for name, due in dues.items()}
    return {**one, **moments, "clock_name": name_by(appeal, ClockName(one["clock"]), one["generation"])}
