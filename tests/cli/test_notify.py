"""`appeals notify test` tries for real, and says which channel does not work; nothing of it is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.vocabulary import Role
from runtime.datadir import DataDir, Stamp
from runtime.settings import Settings
from storage import migrate
from storage.accounts import Account, AccountsWriter
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.database import Database
from tests.support.receiver import Receiver, receiver

POINTS = (ContactPoint("sms", "13900000001"), ContactPoint("feishu", "not-set-up-here"))


@pytest.fixture
def gateway(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(settings.data_dir / "channel-secrets") as opened:
        monkeypatch.setenv("APPEALS_SMS_GATEWAY_URL", opened.url)
        monkeypatch.setenv("APPEALS_PRIVATE_CHANNELS", '["sms"]')
        yield opened


@pytest.fixture
async def reached(settings: Settings) -> None:
    migrate.upgrade(settings.database_url)
    database = Database.create(settings.database_url)
    async with database.write() as w:
        await AccountsWriter(w).upsert(Account("handler", "郑承办", (Role.HANDLER,), "station-a"))
        await AccountsWriter(w).upsert(Account("silent", "王协理", (Role.HANDLER,), "station-a"))
        await ContactPointsWriter(w).replace("handler", POINTS, datetime.now(UTC), "r")
    await database.close()


def tried(settings: Settings, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["notify", "test", *words, "--data-dir", str(settings.data_dir)])
    return done.exit_code, done.output


@pytest.mark.usefixtures("reached")
def test_each_channel_that_is_set_up_is_tried_and_one_that_fails_is_named(
    settings: Settings, gateway: Receiver
) -> None:
    code, said = tried(settings, "handler")
    assert (code, gateway.to(), "delivered" in said) == (0, ["13900000001"], True)
    assert gateway.log[0].body["text"].startswith("这是一条测试消息")
    gateway.behave(status=503)
    code, said = tried(settings, "handler", "--channel", "sms")
    assert (code, "http-503" in said, "13900000001" in said) == (1, True, False)
    assert "已登记 feishu，但本系统尚未配置该渠道" in tried(settings, "handler")[1]


@pytest.mark.usefixtures("reached", "gateway")
def test_what_cannot_be_tried_says_why(settings: Settings) -> None:
    code, said = tried(settings, "nobody")
    assert (code, "没有账号 nobody" in said) == (1, True)
    code, said = tried(settings, "handler", "--channel", "pigeon")
    assert (code, "没有 pigeon 这种渠道" in said, "sms, email" in said) == (1, True, True)
    code, said = tried(settings, "handler", "--channel", "feishu")
    assert (code, "尚未配置" in said, "没有登记" in said) == (1, True, False)
    code, said = tried(settings, "silent")
    assert (code, "没有登记渠道" in said) == (1, True)


@pytest.mark.usefixtures("reached")
def test_in_a_rehearsals_directory_the_message_says_so(settings: Settings, gateway: Receiver) -> None:
    kept = DataDir(settings.data_dir).stamp_file
    kept.write_text(json.dumps(asdict(Stamp.fresh(rehearsal=True))), encoding="utf-8")
    assert tried(settings, "handler")[0] == 0
    assert gateway.log[-1].body["text"].startswith("【预演】这是一条测试消息")


def test_what_is_large_is_loaded_only_when_it_is_used() -> None:
    told = "import sys, worker.main, cli.notify; print([m for m in ('apprise', 'aiosmtpd') if m in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", told], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
