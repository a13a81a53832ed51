"""A deliverer that is killed -9 when its message has arrived and nobody has written so.

``python -m tests.support.dying_deliverer DATABASE SECRETS URL``
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from runtime.webhooks import Secrets
from storage.database import Database
from storage.deliveries import Delivery
from storage.organisation import Organisation
from storage.partners import Partner, partners_of
from worker.deliverer import Deliverer
from worker.sending import Answer, Sender


class FatalSender(Sender):
    """Sends, and dies of it."""

    async def send(self, partner: Partner, delivery: Delivery) -> Answer:
        answer = await super().send(partner, delivery)
        assert answer.status == 202
        os.kill(os.getpid(), signal.SIGKILL)
        return answer


async def main(url: str, secrets: Path, address: str) -> None:
    """Delivers until it dies."""
    partners = partners_of(Organisation.load(), {"hotline-12345": address})
    async with FatalSender(Secrets(secrets)) as sender:
        await Deliverer(Database.create(url), partners, sender).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
