"""Who stands in for an officer who is away (DOMAIN.md, *officer*)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence


def stand_in(code: str, absent: Mapping[str, Sequence[str]], fits: Callable[[str], bool]) -> str | None:
    """Whoever is there for the officer: himself, else the first of his substitutes that ``fits``, else one of theirs.

    ``absent`` are the substitutes of everybody who is away just now. None when nobody is there.
    """
    if code not in absent:
        return code
    asked, seen = deque(absent[code]), {code}
    while asked:
        one = asked.popleft()
        if one in seen:
            continue
        seen.add(one)
        if one in absent:
            asked.extend(absent[one])
        elif fits(one):
            return one
    return None


def goes_round(code: str, absent: Mapping[str, Sequence[str]], fits: Callable[[str], bool]) -> bool:
    """Whether nobody is there for the officer because those who stand in lead back to himself."""
    if stand_in(code, absent, fits) is not None:
        return False
    asked, seen = deque(absent[code]), set[str]()
    while asked:
        one = asked.popleft()
        if one not in seen:
            seen.add(one)
            asked.extend(absent.get(one, ()))
    return code in seen
