"""Opens many appeals quickly: ``python -m bench.load COUNT``, by intake and gateway, without the HTTP edge."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import uvloop

from domain.appeal import Contact, Enterprise, Submission
from domain.identity import appeal_number
from domain.opening import Opening
from domain.people import Actor
from domain.vocabulary import Channel, Role
from gateway.errors import GatewayError
from gateway.telling import Teller
from gateway.temporal import TemporalGateway, connect_gateway
from runtime.logging import configure_logging
from runtime.settings import Settings
from storage.catalogue import Catalogue
from storage.database import Database
from storage.intake import Intake
from storage.organisation import Organisation

_AT_A_TIME = 16
_REGION = "330205"
_SYSTEM = Actor("system", "上游系统", (Role.SYSTEM,))
#: One in three is a permit, which is in the hands of its handler at once.
_PERMIT = "hazmat-toxic-purchase"
_FORM = {"chemical": "氰化钠", "cas": "143-33-9", "quantity": 50, "unit": "千克", "purpose": "电镀生产线配制镀液"}
_FIRST_SERIAL = itertools.count(1)


async def open_gateway(settings: Settings, database: Database) -> TemporalGateway:
    """As an API process has it: what is done by it is told by it."""
    organisation = Organisation.load()
    return await connect_gateway(settings, database, Teller(database, lambda: organisation))


class Loader:
    """Makes openings, keeps them and starts them."""

    def __init__(self, database: Database, gateway: TemporalGateway) -> None:
        self._database = database
        self._gateway = gateway
        self._catalogue = Catalogue.load()
        self._organisation = Organisation.load()

    async def load(self, count: int) -> None:
        """Opens so many."""
        await self._start_all(map(self.opening, range(count)), keep=True)

    async def _start_all(self, openings: Iterable[Opening], *, keep: bool = False) -> None:
        """Several side by side, each kept before, if it is not yet."""
        left = iter(openings)
        await asyncio.gather(*(self._lane(left, keep=keep) for _ in range(_AT_A_TIME)))

    async def _lane(self, openings: Iterator[Opening], *, keep: bool) -> None:
        for opening in openings:
            if keep:
                async with self._database.write() as connection:
                    await self._keep(Intake(connection), opening)
            await self._start(opening)

    async def _keep(self, intake: Intake, opening: Opening) -> None:
        await intake.keep(
            number=opening.number,
            caller=_SYSTEM.id,
            key=opening.number,
            digest="",
            created_at=opening.created_at,
            submission=opening.submission,
            rules=opening.rules,
            salt=opening.salt,
        )

    async def _start(self, opening: Opening) -> None:
        while True:
            try:
                await self._gateway.start(opening)
            except GatewayError:
                await asyncio.sleep(1)  # it is busy; starting twice is harmless
            else:
                return

    def opening(self, n: int) -> Opening:
        """What intake keeps of the ``n``-th; other parts load others."""
        permit = n % 3 == 0
        rules = self._catalogue.rules_for(_PERMIT if permit else "appeal-general")
        branch = self._organisation.branch_of_region(_REGION)
        if branch is None:
            raise ValueError(_REGION)
        submission = Submission(
            channel=Channel.SYSTEM,
            enterprise=Enterprise("91330205MA2AEX0011", f"宁波示例制造有限公司{n % 500}"),
            contact=Contact("王经理", "13800001234"),
            region=_REGION,
            title=f"厂区门口违停影响装卸（{n}）",
            description="每天早高峰货车进不来，影响发货，请协调解决。",
            submitter=_SYSTEM,
            first_unit=branch,
            lead=self._organisation.place(rules.service.lead) if rules.service.lead else None,
            form=_FORM if permit else {},
        )
        now = datetime.now(UTC)
        return Opening(appeal_number(now, next(_FIRST_SERIAL)), rules, submission, now, f"{n:032x}")


async def run(count: int) -> None:
    """Loads into the system that the environment names."""
    settings = Settings.load(log_level="error")
    configure_logging(settings, service="load")
    database = Database.create(settings.database_url)
    try:
        begun = time.monotonic()
        await Loader(database, await open_gateway(settings, database)).load(count)
        print(f"  {count} appeals opened in {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        await database.close()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1])))
