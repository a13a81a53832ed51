"""The command line. Commands import what they need when they run: `--help` is quick, `doctor` survives broken rooms."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.clock import clock
from cli.permissions import permissions
from cli.words import OUT, in_words

GROUPS: Final[dict[str, str]] = {
    # name of a group of commands → module with a typer `app`; it too imports heavy rooms inside its commands
    "account": "cli.account",
    "audit": "cli.audit",
    "calendar": "cli.calendar",
    "catalogue": "cli.catalogue",
    "duty": "cli.duty",
    "notify": "cli.notify",
    "partners": "cli.partners",
    "policy": "cli.policy",
}

app = typer.Typer(
    name="appeals",
    help="警企诉求闭环：每件诉求都有回音 / Appeal Loop: every appeal comes home.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # local variables may be personal, and a log wants plain text
)

DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="数据目录，默认 ./data / where everything is kept", show_default=False)
]
PortOption = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="端口，默认 8000 / port", show_default=False)
]
HostOption = Annotated[
    str | None,
    typer.Option(
        "--host", help="监听地址，默认 127.0.0.1；示例组织只在本机 / address to listen on", show_default=False
    ),
]


@app.command()
def up(
    port: PortOption = None,
    data_dir: DataDirOption = None,
    host: HostOption = None,
    rehearsal: Annotated[
        bool | None, typer.Option("--rehearsal", help="预演：时钟可以拨快 / clocks can be moved", show_default=False)
    ] = None,
    sample: Annotated[
        bool | None, typer.Option("--sample/--no-sample", help="载入示例组织 / load the sample organisation")
    ] = None,
) -> None:
    """启动全部：引擎、工作进程、接口与页面 / run everything on this machine."""
    from cli.up import up as run
    from runtime.settings import Settings

    if sample is None and not os.environ.get("APPEALS_SAMPLE"):
        sample = True  # `up` is how people meet the system; `api` and `worker` by hand load nothing
    with in_words():
        run(Settings.load(port=port, data_dir=data_dir, host=host, rehearsal=rehearsal, sample=sample))


@app.command()
def api(
    port: PortOption = None,
    data_dir: DataDirOption = None,
    host: HostOption = None,
    fd: Annotated[int | None, typer.Option("--fd", hidden=True)] = None,
) -> None:
    """只启动接口与页面 / the API and the pages alone."""
    from cli.serve import api as run
    from runtime.settings import Settings

    with in_words():
        run(Settings.load(port=port, data_dir=data_dir, host=host), fd)


@app.command()
def worker(data_dir: DataDirOption = None) -> None:
    """只启动工作进程 / the worker alone."""
    from cli.serve import worker as run
    from runtime.settings import Settings

    with in_words():
        run(Settings.load(data_dir=data_dir))


@app.command()
def migrate(
    data_dir: DataDirOption = None,
    rehearsal: Annotated[
        bool | None, typer.Option("--rehearsal", help="为预演创建 / create it for rehearsal", show_default=False)
    ] = None,
) -> None:
    """把数据库升级到本版本的结构 / bring the database to this version's schema."""
    from cli import prepare
    from runtime.datadir import DataDir
    from runtime.settings import Settings

    with in_words():
        settings = Settings.load(data_dir=data_dir, rehearsal=rehearsal)
        if settings.database_url.startswith("sqlite"):
            DataDir(settings.data_dir).create()
        prepare.database(settings)
        OUT.print("数据库已是本版本的结构。 / The database has this version's schema.")


@app.command()
def doctor(data_dir: DataDirOption = None, port: PortOption = None) -> None:
    """检查哪里不对、怎样修好 / tell what is wrong and how to mend it."""
    from cli.doctor import doctor as run
    from runtime.settings import Settings

    with in_words():
        raise typer.Exit(run(Settings.load(data_dir=data_dir, port=port)))


@app.command()
def replay(
    everything: Annotated[
        bool, typer.Option("--all/--open", help="连同已办结的，默认只在办的 / closed ones too, or the open ones only")
    ] = False,
    most: Annotated[int | None, typer.Option("--most", min=1, help="最多件数 / at most", show_default=False)] = None,
    data_dir: DataDirOption = None,
) -> None:
    """升级前：用本程序重放在办诉求的历史，不符则退出码为 1 / before an upgrade: do running appeals fit this program."""
    from cli.replay import replay as run
    from runtime.settings import Settings

    with in_words():
        failed = run(Settings.load(data_dir=data_dir), everything=everything, most=most)
    raise typer.Exit(1 if failed else 0)


@app.command()
def reconcile(
    data_dir: DataDirOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，什么也不改 / look only, change nothing")] = False,
    engine_restored: Annotated[
        bool,
        typer.Option(
            "--engine-restored",
            help="引擎恢复自较早的备份：以数据表所证明的为准 / the engine is older: take what the tables prove",
        ),
    ] = False,
    number: Annotated[
        list[str] | None, typer.Option("--number", help="只核对这些诉求 / these appeals only", show_default=False)
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="写出 JSON 报告 / write a report", show_default=False)
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=0, help="进程数，0 为处理器数 / processes, 0: one a processor")
    ] = 0,
    closed_days: Annotated[
        int, typer.Option("--closed-days", min=0, help="连同这些天内办结的 / and those closed within so many days")
    ] = 7,
) -> None:
    """核对数据表与流程历史，修复不一致 / compare tables and histories, mend what is apart."""
    from cli.reconcile import Asked
    from cli.reconcile import reconcile as run
    from runtime.logging import configure_logging
    from runtime.settings import Settings

    with in_words():
        settings = Settings.load(data_dir=data_dir)
        configure_logging(settings.model_copy(update={"log_level": "error"}), service="reconcile")
        asked = Asked(dry_run, engine_restored, tuple(number or ()), report, concurrency, closed_days)
        raise typer.Exit(run(settings, asked))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="新目录 / a new folder")],
    data_dir: DataDirOption = None,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="连同解密密钥 / with the keys that decrypt the histories")
    ] = False,
) -> None:
    """备份两个数据库，运行中也可以 / both databases, also while they are in use."""
    from cli import backup as backups
    from runtime.settings import Settings

    with in_words():
        backups.tell_backup(backups.backup(Settings.load(data_dir=data_dir), folder, with_keys=with_keys), folder)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录 / a backup")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="新的数据目录 / a new data directory")],
    engine_from: Annotated[
        Path | None,
        typer.Option("--engine-from", help="引擎取自另一备份 / the engine of another backup", show_default=False),
    ] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="密钥文件 / the payload keys", show_default=False)] = None,
) -> None:
    """把备份恢复为新的数据目录 / a backup as a new data directory."""
    from cli import backup as backups

    with in_words():
        backups.restore(folder, data_dir, engine_from=engine_from, keys=keys)
        backups.tell_restore(data_dir)


@app.command()
def demo(
    url: Annotated[
        str | None, typer.Option("--url", help="运行中的系统 / a running system", show_default=False)
    ] = None,
    port: PortOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """讲一遍闭环：一件诉求、一件许可 / walk one appeal and one permit through the loop, as a story."""
    from cli.demo import demo as run
    from runtime.datadir import DataDir
    from runtime.settings import Settings

    with in_words():
        settings = Settings.load(data_dir=data_dir, port=port)
        found = port or DataDir(settings.data_dir).running_port() or settings.port
        run(url or f"http://{settings.host}:{found}", settings.sample_keys_file)


app.command()(clock)
app.command()(permissions)


for _name, _module in GROUPS.items():
    app.add_typer(import_module(_module).app, name=_name)


def main() -> None:
    """Entry point of the `appeals` script.

    It ends without the interpreter's own end: the engine client's threads may call into Python while that is taken
    down, and then the process aborts after its work was done.
    """
    try:
        app()
    except SystemExit as end:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))


if __name__ == "__main__":
    main()
