"""A late permit climbs over two nights: by the roster, the override and the absence of each moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.roster import Override, Roster, Rotation
from storage.absences import Absence, AbsencesWriter
from storage.notices import NoticeReads
from storage.rosters import RostersWriter
from tests.promises.ways import due, start, until
from tests.support.house import House

pytestmark = [pytest.mark.engine, pytest.mark.alone]

STORY = """
+18:00 75 → hazmat_handler, hazmat_handler2, hazmat_leader, public-order-leader, public-order-officer, public-order-officer2
+21:36 90 → public-order-leader, hazmat_handler2（替 hazmat_leader）
+24:00 100 → duty-room-officer2, public-order-leader, hazmat_handler2（替 hazmat_leader）
+28:00 +1 → supervisor
+52:00 +2 → supervisor
"""  # noqa: E501 - a line is a rung


async def test_whoever_is_there_at_each_step_is_called_and_the_story_is_right(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    appeal = await house.look(number)
    begun, over = start(appeal, "handle"), due(appeal, "handle")
    hour = timedelta(hours=1)
    async with house.database.write() as w:
        rosters = RostersWriter(w)
        before = await rosters.of("duty-room")
        turns = (Rotation("turns", "值班员", (("duty",),), (begun - 7 * 24 * hour).date()),)
        comes = (Override("event", "值班员", over - hour, over + hour, ("duty-room-officer2",), "duty"),)
        planned = Roster("duty-room", turns, overrides=comes)
        await rosters.save(before, planned, "set", "admin", begun, "request")
        away = Absence("hazmat_leader", over - 4 * hour, over + 4 * hour, ("hazmat_handler2",))
        await AbsencesWriter(w).replace("hazmat_leader", [away], "admin", begun, "request")

    await until(house, number, over + 28 * hour)

    assert await story(house, number, begun) == STORY.strip()


async def story(house: House, number: str, begun: object) -> str:
    """When which rung called whom; who stands in for somebody says so."""
    async with house.database.read() as r:
        reads = NoticeReads(r)
        notices, people = await reads.of(number), await reads.recipients(number)
    lines = []
    for n in (n for n in notices if n.data.get("clock") == "handle"):
        minutes = round((n.at - begun).total_seconds() / 60)  # type: ignore[operator]
        who = (one.account + (f"（替 {one.stands_in_for}）" if one.stands_in_for else "") for one in people[n.id] or ())
        lines.append(f"+{minutes // 60:02}:{minutes % 60:02} {n.data['rung']} → {', '.join(sorted(who, key=by_place))}")
    return "\n".join(lines)


def by_place(who: str) -> tuple[bool, str]:
    return ("替" in who, who)
