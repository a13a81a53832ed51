"""Whether a row of a decision table can ever be reached: is there a matter that fits it and no row before it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.routing import Conditions, Value

#: The values that one matter can say to a condition, for each of the matters that differ in it.
Atoms = Mapping[str, Sequence[frozenset[Value]]]


def is_reached(row: Conditions, earlier: Sequence[Conditions], atoms: Atoms) -> bool:
    """Whether some matter fits ``row`` and none of the ``earlier`` ones.

    One value at a time will do: a matter with more of them (an enterprise of two tiers) only fits more rows. What no
    row before asks for need not be tried, and a row that asks for nothing more stands in the way of all that is left.
    """
    if not earlier:
        return True
    if any(not before for before in earlier):
        return False
    name = next(iter(earlier[0]))
    tried = set()
    for said in atoms[name]:
        if name in row and not row[name] & said:
            continue
        stand = tuple(_without(before, name) for before in earlier if name not in before or before[name] & said)
        known = frozenset(frozenset(before.items()) for before in stand)
        if known not in tried and is_reached(row, stand, atoms):
            return True
        tried.add(known)
    return False


def _without(conditions: Conditions, name: str) -> Conditions:
    return {other: values for other, values in conditions.items() if other != name}
