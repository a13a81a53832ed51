"""The sample's outside body: a small 12345 (`examples/partner_hotline`) beside the system, which does without it."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

from runtime.ports import free_port
from runtime.process import ChildSpec
from runtime.settings import Settings
from runtime.webhooks import new_secret

UNIT: Final = "hotline-12345"
MODULE: Final = "examples.partner_hotline"
_ROOT: Final = Path(__file__).resolve().parent.parent
_GRACE_SECONDS: Final = 3.0


def plan(settings: Settings) -> tuple[Settings, ChildSpec | None]:
    """The settings with its address, and how to start it; None where it is not wanted or not there."""
    if not settings.sample or UNIT in settings.partner_urls or not _is_there():
        return settings, None
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    secret, port = settings.partner_secrets / UNIT, free_port()
    _make_secret(secret)
    urls = {**settings.partner_urls, UNIT: f"http://127.0.0.1:{port}/events"}
    spec = ChildSpec(
        name="hotline",
        command=[sys.executable, "-P", "-m", MODULE, "serve"],
        grace_seconds=_GRACE_SECONDS,
        environment={
            "HOTLINE_DATABASE": str(settings.data_dir / "hotline.db"),
            "HOTLINE_SECRET_FILE": str(secret),
            "HOTLINE_CALLBACK": f"http://{host}:{settings.port}/v1/partners/{UNIT}/events",
            "HOTLINE_PORT": str(port),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        },
        vital=False,
        output=settings.logs_dir / "hotline.log",
    )
    return settings.model_copy(update={"partner_urls": urls}), spec


def page(settings: Settings) -> str:
    """Where people look at it; empty where it does not run."""
    return settings.partner_urls.get(UNIT, "").removesuffix("events")


def _is_there() -> bool:
    """An installed package does not bring the examples along."""
    try:
        return importlib.util.find_spec(MODULE) is not None
    except ModuleNotFoundError:
        return False


def _make_secret(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as made:
        made.write(f"{new_secret()}\n")
