"""`appeals backup` and `appeals restore`: both databases of one machine, taken while they are in use.

The tables are taken first, the engine after them. What happens in between is then known to the engine alone, and every
history tells its rows again: the harmless direction. The other way round an action that was answered would stand in the
tables only, and somebody would have to say that the engine is to believe them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli import snapshot_files
from cli.snapshot import (
    FORMAT,
    MANIFEST,
    Manifest,
    check_integrity,
    copy,
    database,
    digest,
    draft,
    refused,
    schema,
    sync,
    write,
)
from cli.words import OUT
from runtime.codec import load_keyring
from runtime.datadir import DataDir
from runtime.settings import Settings
from runtime.version import DATA_LAYOUT, VERSION

TABLES: Final = "appeals.db"
ENGINE: Final = "engine.db"
KEYS: Final = "codec-keys"
SAMPLE_KEYS: Final = "sample-keys.json"
MARKER: Final = "restored.json"
"""Left in a restored data directory: before it works again, `up` reconciles."""
POSITIONS_LEFT_OUT: Final = 1_000_000
"""Journal positions given out after the backup are not given out again: whoever follows the stream resumes by them.

They go on from the milliseconds of the restore, if that is more: so none comes again after a second restore, either.
"""


def backup(settings: Settings, folder: Path, *, with_keys: bool) -> Manifest:
    """Both databases into a new folder, which appears complete or not at all.

    Raises OperatorError: there is nothing to take, or the folder is there already.
    """
    stamp = DataDir(settings.data_dir).read_stamp()
    tables, engine = _tables_of(settings), settings.engine_db
    if stamp is None or not tables.exists() or not engine.exists():
        raise refused(f"{settings.data_dir} 里没有可备份的数据。", "There is nothing to back up in that directory.")
    if folder.exists():
        raise refused(f"{folder} 已存在。", f"{folder} is there already.", "换一个目录名 / name another")
    with draft(folder) as made:
        tables_at = copy(tables, made / TABLES)
        engine_at = copy(engine, made / ENGINE)
        if with_keys:
            _copy_secrets(settings, made)
        snapshot_files.tell(snapshot_files.take(settings, made / TABLES, made))
        manifest = Manifest(
            format=FORMAT,
            app=VERSION,
            layout=DATA_LAYOUT,
            schema=schema(made / TABLES),
            rehearsal=stamp.rehearsal,
            created=stamp.created,
            tables_at=tables_at,
            engine_at=engine_at,
            key_ids=tuple(kid for kid, _ in load_keyring(settings).keys),
            files={path.name: digest(path) for path in sorted(made.iterdir()) if path.is_file()},
        )
        write(made / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def tell_backup(manifest: Manifest, folder: Path) -> None:
    """What was taken, and what was not."""
    OUT.print(f"已备份到 {folder}（数据表 {manifest.tables_at}，引擎 {manifest.engine_at}）。", soft_wrap=True)
    OUT.print(
        f"  Backed up to {folder}. It holds personal data: keep it as you keep the data directory.", soft_wrap=True
    )
    if KEYS in manifest.files:
        words = "其中含有解密密钥：请像保管密钥一样保管它。 / It holds the payload keys too: keep it like a key."
    else:
        words = (
            f"不含密钥 {', '.join(manifest.key_ids)}，没有密钥就无法读取引擎的历史：请另行保管 codec-keys。\n"
            "  The payload keys are not in it, and without them it is of no use: keep them elsewhere (or --with-keys)."
        )
    OUT.print(f"[yellow]{words}[/]", soft_wrap=True)


def restore(folder: Path, data_dir: Path, *, engine_from: Path | None, keys: Path | None) -> None:
    """A backup as a new data directory. The engine may come from another backup.

    Raises OperatorError: the backup is damaged, the keys do not fit, or the directory is in use or not empty.
    """
    manifest = Manifest.read(folder)
    engine_folder = engine_from or folder
    engine = Manifest.read(engine_folder)
    for one, name, its in ((folder, TABLES, manifest), (engine_folder, ENGINE, engine)):
        _check(one, name, its)
    if engine.rehearsal != manifest.rehearsal:
        raise refused(
            f"{folder} 与 {engine_folder} 一个是预演，一个是正式运行。", "One of the two backups is of a rehearsal."
        )
    _refuse_used(data_dir)
    given = keys or next((p for p in (engine_folder / KEYS, folder / KEYS) if p.exists()), None)
    _check_keys(given, engine)
    with draft(data_dir) as made:
        for source in (folder / TABLES, engine_folder / ENGINE):
            shutil.copyfile(source, made / source.name)
            sync(made / source.name)
        if given:
            write(made / KEYS, given.read_bytes())
        if (folder / SAMPLE_KEYS).exists():
            write(made / SAMPLE_KEYS, (folder / SAMPLE_KEYS).read_bytes())
        _leave_out_positions(made / TABLES)
        snapshot_files.tell(snapshot_files.put_back(folder, folder / TABLES, made))
        stamp = {"layout": manifest.layout, "app": manifest.app, "rehearsal": manifest.rehearsal}
        write(made / "version.json", json.dumps({**stamp, "created": manifest.created}).encode())
        times = {"tables_at": manifest.tables_at, "engine_at": engine.engine_at}
        write(made / MARKER, json.dumps(times).encode())


def tell_restore(data_dir: Path) -> None:
    """What comes next."""
    OUT.print(f"已恢复到 {data_dir}。下次 appeals up 会先核对数据表与引擎，再开始工作。", soft_wrap=True)
    OUT.print(f"  Restored to {data_dir}. The next `appeals up` reconciles before it works.", soft_wrap=True)
    if not (data_dir / KEYS).exists():
        OUT.print(f"[yellow]启动前请放回密钥 / put the keys back first: {data_dir / KEYS}[/]", soft_wrap=True)


def _tables_of(settings: Settings) -> Path:
    scheme, _, rest = settings.database_url.partition(":///")
    if not scheme.startswith("sqlite"):
        raise refused(
            "数据表在 PostgreSQL 中：请用 PostgreSQL 自己的备份。",
            "The tables are in PostgreSQL: use PostgreSQL's own backup (docs/operate.md).",
        )
    return Path(rest)


def _copy_secrets(settings: Settings, folder: Path) -> None:
    if settings.codec_keys is not None:
        write(folder / KEYS, settings.codec_keys.get_secret_value().encode())
    elif settings.key_file.exists():
        write(folder / KEYS, settings.key_file.read_bytes())
    if settings.sample_keys_file.exists():
        write(folder / SAMPLE_KEYS, settings.sample_keys_file.read_bytes())


def _check(folder: Path, name: str, manifest: Manifest) -> None:
    path = folder / name
    if not path.exists() or digest(path) != manifest.files.get(name):
        raise refused(f"备份中的 {path} 缺失或已改变。", f"{path} of the backup is missing or has changed.")
    check_integrity(path)


def _check_keys(given: Path | None, manifest: Manifest) -> None:
    """Without a file the keys come from elsewhere, and the start checks them."""
    if given is None:
        return
    ring = load_keyring(Settings.load(codec_keys_file=given))
    if missing := set(manifest.key_ids) - {kid for kid, _ in ring.keys}:
        raise refused(
            f"密钥文件 {given} 里没有备份所用的密钥 {', '.join(sorted(missing))}。",
            f"{given} lacks keys that the backup needs.",
            "--keys",
        )


def _refuse_used(data_dir: Path) -> None:
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise refused(
            f"{data_dir} 不是空目录。", f"{data_dir} is not empty.", "恢复到一个新目录 / restore into a new directory"
        )


def _leave_out_positions(tables: Path) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    with database(tables, "mode=rw") as connection:
        # Before the first entry SQLite counts nothing yet.
        connection.execute(
            "INSERT INTO sqlite_sequence SELECT 'journal', 0"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'journal')"
        )
        connection.execute(
            "UPDATE sqlite_sequence SET seq = max(seq + ?, ?) WHERE name = 'journal'", (POSITIONS_LEFT_OUT, now)
        )
    sync(tables)
