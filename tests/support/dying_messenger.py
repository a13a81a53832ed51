"""A messenger that is killed -9 when some messages have been taken and nobody has written so.

``python -m tests.support.dying_messenger DATABASE SECRETS URL AFTER``
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from runtime.webhooks import Secrets
from storage.database import Database
from storage.message_texts import Text, Texts
from tests.storage.build import organisation
from worker.channels.channel import Answer
from worker.channels.gateway import Gateway
from worker.messenger import Messenger


class FatalGateway(Gateway):
    """Sends some, and dies of it."""

    left = 0

    async def send(self, key: str, address: str, text: Text) -> Answer:
        answer = await super().send(key, address, text)
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


async def main(url: str, secrets: Path, address: str, after: int) -> None:
    """Sends until it dies."""
    gateway = FatalGateway("sms", address, Secrets(secrets, "APPEALS_CHANNEL_SECRET"), private=True)
    gateway.left = after
    texts = Texts(None, organisation(), public_url="https://appeals.example")
    await Messenger(Database.create(url), {"sms": gateway}, texts).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
