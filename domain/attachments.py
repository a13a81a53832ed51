"""Attachments: evidence and materials travel by reference; here is what a reference may say of them.

An object anywhere in a body, ``{"code": …, "reference": …}``, may refer to an upload by its id. Any other reference
(the number of a file in an archive, say) is free text and stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

_ID = re.compile(r"att-[0-9a-f]{32}\Z")
#: What is written beside a reference: the journal tells of which file somebody spoke, also when the file is gone.
FACTS = ("name", "size", "sha256")


class State(StrEnum):
    """Whether it may be given out.

    Without a scanner everything is clean, and nobody has looked (``scanned_at``). ``expired``: nothing refers to it,
    its bytes are being deleted.
    """

    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Attachment:
    """附件: one uploaded file. ``number`` is the appeal it belongs to, None until somebody refers to it.

    ``bound_at`` is when somebody last did; ``settled``: the appeal is known to keep that reference.
    """

    id: str
    account: str
    idempotency_key: str
    name: str
    media_type: str
    size: int
    sha256: str
    state: State
    created_at: datetime
    number: str | None = None
    scanned_at: datetime | None = None
    bound_at: datetime | None = None
    settled: bool = False

    @property
    def facts(self) -> dict[str, str]:
        """What is written beside a reference; texts, as everything in those objects is."""
        return {"name": self.name, "size": str(self.size), "sha256": self.sha256}


def is_attachment_id(reference: object) -> bool:
    """Whether a reference has the form of an upload's id."""
    return isinstance(reference, str) and _ID.match(reference) is not None


def references(value: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], str]]:
    """Every upload that ``value`` refers to, with the place where it does, in order."""
    if isinstance(value, Mapping):
        if is_attachment_id(value.get("reference")):
            yield (*path, "reference"), value["reference"]
        for name, item in value.items():
            yield from references(item, (*path, name))
    elif isinstance(value, list | tuple):
        for n, item in enumerate(value):
            yield from references(item, (*path, n))


def refers_to(value: Any, attachment: str) -> bool:
    """Whether ``value`` refers to this upload."""
    return any(found == attachment for _, found in references(value))


def with_facts(value: Any, known: Mapping[str, Attachment]) -> Any:
    """``value`` with the facts of each upload beside its reference, whatever stood there."""
    if isinstance(value, Mapping):
        said = {name: with_facts(item, known) for name, item in value.items()}
        found = known.get(said["reference"]) if is_attachment_id(said.get("reference")) else None
        return {**said, **found.facts} if found else said
    return [with_facts(item, known) for item in value] if isinstance(value, list) else value
