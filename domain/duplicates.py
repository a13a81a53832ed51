"""疑似重复: how alike two matters of one enterprise are. Offered to people, never acted upon by itself.

Texts are compared by the pairs of neighbouring characters they have in common (Dice): Chinese has no spaces, a pair is
about a word, and the order of sentences does not matter.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

#: So much of a description is compared: the cost of a look is bounded, and what a matter is about stands first.
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Matter:
    """What is compared of an appeal."""

    title: str
    description: str
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike, in per cent, and why in Chinese."""

    percent: int
    why: tuple[str, ...]


Pairs = Counter[str]


def pairs_of(text: str) -> Pairs:
    """The text's pairs of neighbouring characters, whatever their width and case, without spaces and punctuation."""
    plain = [c for c in unicodedata.normalize("NFKC", text[:LONGEST]).casefold() if c.isalnum()]
    return Counter(map("".join, pairwise(plain))) if len(plain) > 1 else Counter(plain)


def alike(one: Pairs, other: Pairs) -> float:
    """The share of pairs they have in common, from 0 to 1; two empty texts have nothing in common."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


class Likenesses:
    """Others held against one matter, whose own pairs are counted once."""

    def __init__(self, one: Matter) -> None:
        self._ref = (one.external_ref or "").strip()
        self._title, self._whole = pairs_of(one.title), pairs_of(f"{one.title} {one.description}")

    def to(self, other: Matter, least: int) -> Likeness | None:
        """How alike the other one is; None below ``least`` per cent, unless both name the same external reference.

        Titles weigh a third: many different matters are called the same.
        """
        title = alike(self._title, pairs_of(other.title))
        whole = alike(self._whole, pairs_of(f"{other.title} {other.description}"))
        percent = round(100 * (title + 2 * whole) / 3)
        same_ref = bool(self._ref) and self._ref == (other.external_ref or "").strip()
        if percent < least and not same_ref:
            return None
        why = [f"来源系统编号相同（{self._ref}）"] if same_ref else []
        why += [f"标题和内容相近（{percent}%）"] if percent >= least else []
        return Likeness(100 if same_ref else percent, tuple(why))
