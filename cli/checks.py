"""The doctor's checks of this machine, the data directory and the database."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from runtime.codec import load_keyring
from runtime.datadir import DataDir, check_version
from runtime.ports import answers, owner
from runtime.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
DISK_FAIL_MIB: Final = 200
DISK_WARN_MIB: Final = 2_000
OTHERS: Final = 0o077


class Level(IntEnum):
    """How bad it is."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: what was seen, and what to do when it is not well."""

    level: Level
    what: str
    mend: str = ""


def python(_: Settings) -> Iterator[Finding]:
    """The interpreter is new enough."""
    found = platform.python_version()
    if sys.version_info[:2] >= OLDEST_PYTHON:
        yield Finding(Level.OK, f"Python {found}")
    else:
        yield Finding(Level.FAIL, f"Python {found} 太旧", "需要 3.11 或更高：make clean && make run PYTHON=python3.12")


def data_dir(settings: Settings) -> Iterator[Finding]:
    """The directory is there, ours, not newer than this program; and who uses it."""
    directory = DataDir(settings.data_dir)
    if not directory.path.is_dir():
        yield Finding(Level.WARN, f"数据目录 {directory.path} 尚不存在", "首次启动时创建：make run")
        return
    if not os.access(directory.path, os.W_OK | os.X_OK):
        yield Finding(Level.FAIL, f"数据目录 {directory.path} 不可写", f"检查属主与权限：ls -ld {directory.path}")
        return
    stamp = directory.read_stamp()
    if stamp is None:
        yield Finding(Level.WARN, f"数据目录 {directory.path} 尚未使用过", "首次启动时写入：make run")
    else:
        check_version(directory.path, stamp)
        mode = "预演" if stamp.rehearsal else "正式"
        yield Finding(Level.OK, f"数据目录 {directory.path}（版本 {stamp.app}，{mode}，创建于 {stamp.created}）")
    yield _user(directory)


def _user(directory: DataDir) -> Finding:
    holder = directory.run_lock.holder()
    if directory.run_lock.held():
        metrics = f"，办理进程的指标 http://{at}/metrics" if (at := holder.note.get("worker_metrics")) else ""
        return Finding(Level.OK, f"正在运行：进程 {holder.pid}，端口 {holder.note.get('port')}{metrics}")
    if directory.engine_lock.held():
        left = directory.engine_lock.holder()
        return Finding(
            Level.FAIL, f"有一个失去主进程的引擎仍占着数据目录（进程 {left.pid}）", f"等它退出，或：kill {left.pid}"
        )
    return Finding(Level.WARN, "系统没有在运行", "启动：make run")


def disk(settings: Settings) -> Iterator[Finding]:
    """Room for the databases."""
    place = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(place).free // 2**20
    level = Level.FAIL if free < DISK_FAIL_MIB else Level.WARN if free < DISK_WARN_MIB else Level.OK
    yield Finding(level, f"磁盘剩余 {free:,} MiB（{place}）", "清理磁盘，或用 --data-dir 换到更大的盘")


def codec_keys(settings: Settings) -> Iterator[Finding]:
    """The payload keys are there and nobody else may read them."""
    if settings.codec_keys is None and not settings.key_file.exists() and not settings.engine_db.exists():
        yield Finding(Level.WARN, f"尚无加密密钥（{settings.key_file}）", "首次启动时生成：make run")
        return
    keyring = load_keyring(settings)
    where = "APPEALS_CODEC_KEYS" if settings.codec_keys is not None else str(settings.key_file)
    yield Finding(Level.OK, f"加密密钥 {len(keyring.keys)} 个，当前使用 {keyring.keys[0][0]}（{where}）")
    if settings.codec_keys is None and settings.key_file.stat().st_mode & OTHERS:
        yield Finding(Level.WARN, f"密钥文件 {settings.key_file} 他人可读", f"chmod 600 {settings.key_file}")


def port(settings: Settings) -> Iterator[Finding]:
    """The port is free, or ours."""
    directory = DataDir(settings.data_dir)
    running = directory.run_lock.held() and directory.run_lock.holder().note.get("port") == settings.port
    taken = answers(settings.host, settings.port)
    if running:
        level = Level.OK if taken else Level.FAIL
        yield Finding(level, f"端口 {settings.port} 由本系统监听", f"查看日志：{settings.logs_dir}/api.log")
    elif taken:
        who = owner(settings.port) or "未知进程"
        yield Finding(
            Level.FAIL,
            f"端口 {settings.port} 已被占用（{who}）",
            f'停止它，或换端口：make run ARGS="--port {settings.port + 1}"',
        )
    else:
        yield Finding(Level.OK, f"端口 {settings.port} 空闲")


def database(settings: Settings) -> Iterator[Finding]:
    """The database can be reached and has this version's schema."""
    from storage import migrate

    kind = settings.database_url.partition("+")[0]
    found, needed = migrate.current(settings.database_url), migrate.head()
    if found == needed:
        yield Finding(Level.OK, f"数据库 {kind} 可用，结构版本 {found}")
    elif found is None:
        yield Finding(Level.WARN, f"数据库 {kind} 还是空的", "首次启动时建立：make run，或 appeals migrate")
    else:
        yield Finding(Level.FAIL, f"数据库结构版本是 {found}，本程序需要 {needed}", "升级：appeals migrate")
