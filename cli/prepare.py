"""What must be right before a process serves: the database's schema and purpose, the keys, who may see the sample."""

from __future__ import annotations

import asyncio

from runtime.codec import ensure_key_file, load_keyring
from runtime.errors import CodecKeysError, DataDirNewerError, OperatorError, RehearsalMismatchError, SampleExposedError
from runtime.settings import Settings


def keys(settings: Settings) -> None:
    """Make the key file at the first run; never a new one beside histories that an old one encrypted.

    Raises:
        CodecKeysError: the keys are gone or cannot be used.
    """
    if settings.codec_keys is None and not settings.key_file.exists():
        if settings.engine_db.exists():
            raise CodecKeysError(
                f"密钥文件 {settings.key_file} 不见了，而引擎中已有用它加密的历史。",
                f"The key file {settings.key_file} is gone, and the engine holds histories that it encrypted.",
                "从备份恢复，或设置 APPEALS_CODEC_KEYS。 / Restore it from a backup, or set APPEALS_CODEC_KEYS.",
            )
        ensure_key_file(settings.key_file)
    load_keyring(settings)


def database(settings: Settings) -> None:
    """Bring the database to this version's schema and state what it was created for, or refuse.

    Raises:
        DataDirNewerError: a newer version made the schema.
        RehearsalMismatchError: it was created for the other mode.
        OperatorError: it cannot be reached.
    """
    from storage import migrate

    try:
        # Upgrading waits a minute for another process that is doing it; a database that is away is told at once.
        migrate.current(settings.database_url)
        migrate.upgrade(settings.database_url)
    except migrate.NewerSchema as error:
        raise DataDirNewerError(
            str(error),
            f"The database's schema {error.revision} was made by a newer version of this program.",
            "请升级本程序。 / Upgrade this program.",
        ) from None
    except Exception as error:
        raise _unusable(error) from error
    asyncio.run(_admit(settings))


def sample(settings: Settings) -> None:
    """Load the sample organisation and its keys, complete before anything is served."""
    from storage import sample as storage_sample

    storage_sample.install(settings.database_url, settings.sample_keys_file, settings.catalogue_dir)


def refuse_exposed_sample(settings: Settings) -> None:
    """The sample's keys are in every reader's hands: they serve on loopback only.

    Raises:
        SampleExposedError: the host is reachable from elsewhere, and the sample is asked for, or was loaded before.
    """
    if settings.on_loopback:
        return
    if settings.sample or settings.sample_keys_file.exists() or asyncio.run(_sample_in(settings)):
        raise SampleExposedError(
            f"示例组织及其密钥只能在本机（loopback）使用，不能绑定到 {settings.host}。",
            f"The sample organisation and its keys serve on loopback only, not on {settings.host}.",
            "去掉 --host；或用 --no-sample 加一个从未载入示例的数据目录和数据库。 / "
            "Leave --host out; or use --no-sample with a data directory and database that never held the sample.",
        )


def check_schema(settings: Settings) -> None:
    """For processes started by hand: the schema is this version's, the database made for this mode.

    Raises:
        OperatorError: it is not; the message says what to run.
    """
    check_version(settings)
    asyncio.run(_admit(settings))


def check_version(settings: Settings) -> None:
    """The schema is this version's.

    Raises:
        OperatorError: it is not, or the database cannot be used.
    """
    from storage import migrate

    try:
        found, needed = migrate.current(settings.database_url), migrate.head()
    except Exception as error:
        raise _unusable(error) from error
    if found != needed:
        raise OperatorError(
            f"数据库结构版本是 {found or '空'}，本程序需要 {needed}。",
            f"The database's schema is {found or 'empty'}, this program needs {needed}.",
            "先运行 / first run: appeals migrate",
        )


async def _admit(settings: Settings) -> None:
    from storage import meta
    from storage.database import Database

    wanted = meta.REHEARSAL if settings.rehearsal else meta.PRODUCTION
    database = Database.create(settings.database_url)
    try:
        async with database.write() as write:
            found = await meta.Meta(write).set_once(meta.CREATED_FOR, wanted)
    finally:
        await database.close()
    if found != wanted:
        raise RehearsalMismatchError(
            "数据库是为预演创建的，不能用于正式运行。" if settings.rehearsal is False else "数据库不是为预演创建的。",
            f"The database was created for {found}; using it for {wanted} is refused.",
            "用另一个数据库（APPEALS_DATABASE_URL）或数据目录。 / Use another database or data directory.",
        )


async def _sample_in(settings: Settings) -> bool:
    from storage import meta, migrate
    from storage.database import Database

    if migrate.current(settings.database_url) is None:
        return False
    database = Database.create(settings.database_url)
    try:
        async with database.read() as read:
            return await meta.MetaReads(read).get(meta.SAMPLE) is not None
    finally:
        await database.close()


def _unusable(error: Exception) -> OperatorError:
    # The class and the driver's first line: SQLAlchemy's text goes on to statement and parameters.
    reason = (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]
    return OperatorError(
        "数据库不能使用。", "The database cannot be used.", f"APPEALS_DATABASE_URL: {type(error).__name__}: {reason}"
    )
