"""People are found at the moment a step fires: whoever is away then is stood in for, whoever is back is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.vocabulary import Role
from storage.absences import Absence, AbsencesWriter
from storage.accounts import Account, AccountsWriter
from storage.notices import NoticeReads
from tests.promises.ways import due, share, signed, start, until
from tests.support.house import House

pytestmark = [pytest.mark.engine, pytest.mark.alone]


async def recipients(house: House, number: str, rung: str) -> list[tuple[str, str | None]]:
    async with house.database.read() as r:
        (notice,) = [n for n in await NoticeReads(r).of(number) if n.data.get("rung") == rung]
        found = (await NoticeReads(r).recipients(number))[notice.id]
    return [(one.account, one.stands_in_for) for one in found or ()]


async def test_the_warning_goes_to_the_substitute_and_the_escalation_to_whoever_is_back(house: House) -> None:
    async with house.database.write() as w:
        for code, role, unit in (
            ("handler", Role.HANDLER, "station-a"),
            ("handler2", Role.HANDLER, "station-a"),
            ("duty", Role.DUTY, "duty-room"),
            ("duty2", Role.DUTY, "duty-room"),
        ):
            await AccountsWriter(w).upsert(Account(code, code, (role,), unit))
    number = await signed(house)
    appeal = await house.look(number)
    warned, over = share(appeal, "handle", 75), due(appeal, "handle")
    async with house.database.write() as w:
        absences = AbsencesWriter(w)
        for officer, substitute, end in (("handler", "handler2", over), ("duty", "duty2", over - timedelta(seconds=1))):
            away = Absence(officer, start(appeal, "handle"), end, (substitute,))
            await absences.replace(officer, [away], "admin", appeal.created_at, "r")

    await until(house, number, warned)
    assert await recipients(house, number, "75") == [("handler2", "handler")]
    await until(house, number, over)
    assert (await recipients(house, number, "100"))[:1] == [("duty", None)]
