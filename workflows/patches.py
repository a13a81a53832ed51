"""Every change of the workflow's commands that appeals in flight have to be told of; docs/changing-workflows.md.

An id is a constant, never reused, and listed here from the patch's first day to its removal.
"""

from __future__ import annotations

from temporalio import workflow

#: 2026-11: the engine's lists know stage, unit, service, colour and deadline (ADR 0015).
SEARCH_ATTRIBUTES = "search-attributes"

#: 2026-11: outside bodies are told of their transfers (ADR 0025).
OUTSIDE_BODIES = "outside-bodies"

#: 2026-11: a task in which a moment acts makes a command before it writes, so that a replay sees its time.
TIMED_TASKS = "timed-tasks"


class LatePatch:
    """A patch that an appeal in flight takes at its next chance, not only a new one.

    The engine's client keeps the first answer to ``patched`` as long as it keeps the workflow; in a loop, a replay of
    the old part would answer "no" for the rest of the appeal's life. So each time it is asked is a patch of its own,
    until one is taken: ``<id>-1`` for whatever begins with this release, ``<id>-7`` for an appeal that was at its
    seventh when the release came.
    """

    def __init__(self, patch: str) -> None:
        self._patch = patch
        self._asked = 0
        self._taken = False

    def is_taken(self) -> bool:
        """Whether the commands of this patch are made. Call it only where one of them would be made."""
        if not self._taken:
            self._asked += 1
            self._taken = workflow.patched(f"{self._patch}-{self._asked}")
        return self._taken
