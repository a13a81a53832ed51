"""What the bare workflow, its worker and its driver agree on."""

from __future__ import annotations

from dataclasses import dataclass

TASK_QUEUE = "bench-bare"
WORKFLOW = "Bare"
STEPS = 5


@dataclass(frozen=True, slots=True)
class Begin:
    """What a workflow begins with. ``staged``: each step is told to the engine's lists, as the product's stages are."""

    number: str
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one workflow."""

    key: str
    who: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What one step writes: its entry, and the state it leaves."""

    number: str
    seq: int
    step: Step


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to a step."""

    seq: int
