"""`python -m deploy.cluster`: the topology in the foreground, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from cli.up import FOLLOW_PARENT
from cli.words import ERR, OUT, in_words
from deploy.cluster import tools
from deploy.cluster.cluster import Cluster
from runtime.supervisor import StopRequested, Supervisor

TICK_SECONDS: Final = 1.0
"""What has died is started again after so long, as compose's restart policy does."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def build() -> None:
    """构建 Temporal 服务程序 / build Temporal's server and schema tool into .tools/."""
    with in_words():
        tools.find_postgres()
        OUT.print(f"Temporal {tools.TEMPORAL_VERSION}: {tools.build()}", soft_wrap=True)


@app.command()
def up(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="目录 / directory")] = Path("data/cluster"),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="接口端口 / the API's port")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, help="工作进程数 / worker processes")] = 2,
    sample: Annotated[bool, typer.Option("--sample/--no-sample", help="载入示例组织 / the sample organisation")] = True,
) -> None:
    """启动生产拓扑 / run PostgreSQL, Temporal, workers and API on this machine."""
    named = os.environ.get(FOLLOW_PARENT, "")
    signals = Supervisor(follow=int(named) if named.isdecimal() else None)
    with in_words(), contextlib.suppress(StopRequested, KeyboardInterrupt):
        cluster = Cluster(data_dir, workers=workers, sample=sample, port=port)
        try:
            cluster.start_all()
            _greet(cluster, sample=sample)
            _stay(cluster, signals)
        finally:
            ERR.print("[dim]正在停止… / stopping …[/]")
            with signals.listening():
                cluster.stop_all()


def _stay(cluster: Cluster, signals: Supervisor) -> None:
    with signals.listening():
        while True:
            signals.wait(lambda: False, TICK_SECONDS)
            for name in cluster.mend():
                ERR.print(f"[yellow]{name} 已退出，重新启动 / had ended, started again[/]")


def _greet(cluster: Cluster, *, sample: bool) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("接口 / API", cluster.api_url)
    table.add_row("Temporal", cluster.temporal_address)
    table.add_row("PostgreSQL", f"127.0.0.1:{cluster.postgres.port}  {escape(str(cluster.postgres.binaries))}")
    table.add_row("指标 / metrics", "  ".join(cluster.metrics_urls.values()))
    table.add_row("目录 / directory", escape(str(cluster.directory.path)))
    table.add_row("密钥 / secrets", escape(str(cluster.directory.secrets)))
    table.add_row("日志 / logs", escape(str(cluster.directory.logs)))
    table.add_row("进程 / pids", "  ".join(f"{name} {pid}" for name, pid in cluster.pids().items()))
    if sample:
        table.add_row("示例密钥 / sample keys", escape(str(cluster.settings.sample_keys_file)))
    OUT.print("\n[bold green]● 生产拓扑已就绪 / the production topology is ready[/]")
    OUT.print(table, soft_wrap=True)
    OUT.print("[dim]Ctrl-C 停止，不丢任何数据。 / Ctrl-C stops everything and loses nothing.[/]\n", soft_wrap=True)


if __name__ == "__main__":
    app()
