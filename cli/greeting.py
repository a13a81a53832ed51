"""What `appeals up` prints when everything is ready."""

from __future__ import annotations

import contextlib
import json

from rich.markup import escape
from rich.table import Table

from cli import sample_partner
from cli.words import OUT
from runtime.engine import EnginePlan
from runtime.settings import Settings


def greet(settings: Settings, plan: EnginePlan, *, seconds: float) -> None:
    """Addresses, keys and sign-in names, and how to stop."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}"
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("页面 / pages", f"{base}/")
    table.add_row("接口文档 / API docs", f"{base}/docs")
    table.add_row("指标 / metrics", f"{base}/metrics  http://{settings.metrics_bind}/metrics")
    table.add_row("数据目录 / data", escape(str(settings.data_dir)))
    table.add_row("引擎 / engine", f"{plan.address}  {escape(str(plan.binary))}  {plan.ui_url}")
    if settings.sample:
        table.add_row("示例密钥 / sample keys", escape(str(settings.sample_keys_file)))
        table.add_row("登录名 / sign-in names", escape(", ".join(_names(settings))))
    if hotline := sample_partner.page(settings):
        table.add_row("示例12345 / sample 12345", hotline)
    if settings.rehearsal:
        table.add_row(
            "预演 / rehearsal", "[yellow]每件诉求有自己的时钟，可以拨快 / each appeal's clock can be moved[/]"
        )
    OUT.print(f"\n[bold green]● 警企诉求闭环已就绪 / Appeal Loop is ready[/]  ({seconds:.1f} s)", soft_wrap=True)
    OUT.print(table, soft_wrap=True)
    for line in (
        "内置引擎供单机使用，生产部署请用独立的 Temporal 服务。 / The embedded engine is for one machine.",
        "Ctrl-C 停止，不丢任何数据。 / Ctrl-C stops everything and loses nothing.\n",
    ):
        OUT.print(f"[dim]{line}[/]", soft_wrap=True)


def _names(settings: Settings) -> list[str]:
    """The first names of the keys file, and how many more it holds."""
    names: list[str] = []
    with contextlib.suppress(OSError, ValueError):
        names = list(json.loads(settings.sample_keys_file.read_text(encoding="utf-8")))
    shown = names[:18]
    return [*shown, f"… +{len(names) - len(shown)}"] if len(names) > len(shown) else shown
