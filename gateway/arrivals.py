"""Who is being taken in: accepting comes first, and starting shares its processor and its machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CROWD: Final = 32
"""More than so many submissions that are not kept yet are a queue, in which each start would keep them longer."""


class Arrivals:
    """The submissions of one process that are not kept yet."""

    def __init__(self) -> None:
        self._here = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """One of them, from its arrival until it is kept or refused."""
        self._here += 1
        try:
            yield
        finally:
            self._here -= 1

    @property
    def crowded(self) -> bool:
        """Whether they wait for each other; then starting holds back."""
        return self._here > CROWD
