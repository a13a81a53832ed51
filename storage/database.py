"""The door to the database: one code base for SQLite and PostgreSQL, reading and writing kept apart.

Readers and writers have pools of their own and are different types, so that nothing writes by accident: a reader's
connection refuses to. On SQLite one connection writes at a time; the others wait in line for it instead of polling the
file's lock. A :class:`Database` belongs to one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import URL, Connection, CursorResult, ExceptionContext, Executable, Row, event, make_url, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.column_types import dump_json

BUSY_SECONDS = 5  # how long a writer waits for another one: as long as the API waits for an answer
_POOL_SIZE = 10
_OVERFLOW = 10
# A connection that rested longer is asked whether it is still there before it is used; asking every time costs a round
# trip, and a server that restarts is away for longer than this.
_RESTED_SECONDS = 1.0
# A statement that hangs must not hold its connection for ever; milliseconds.
_POSTGRES_SETTINGS: Final = {
    "lock_timeout": "5000",
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "60000",
}

# SQLite's primary result codes for what may pass: BUSY, LOCKED, READONLY (the disk), IOERR, FULL, CANTOPEN, PROTOCOL.
_PASSING_SQLITE = frozenset({5, 6, 8, 10, 13, 14, 15})
# SQLSTATE classes: connection, rollback (deadlock, serialization), resources, operator intervention, system.
_PASSING_CLASSES = frozenset({"08", "40", "53", "57", "58"})
# Lock timeout; a server that has become read-only (a failover).
_PASSING_STATES = frozenset({"55P03", "25006"})
_PASSING_NAMES = frozenset({"OperationalError", "InterfaceError", "InvalidCachedStatementError"})
# SQLSTATE class of a value that no column of that type holds; asyncpg's own encoders give it, too.
_DATA_CLASS = "22"


_T = TypeVar("_T")
_Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class BadDatabaseUrl(ValueError):  # noqa: N818 - an answer to whoever set it
    """``APPEALS_DATABASE_URL`` names no database that this system can use."""

    code = "bad-database-url"


class ImpossibleValue(ValueError):  # noqa: N818 - an answer: trying again is of no use
    """A text, a number or a moment that the database can never hold; without the driver's words, which quote it."""

    code = "impossible-value"


class Read:
    """A connection inside a transaction that only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._connection.dialect.name

    async def rows(self, statement: Executable, given: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a query. Statements that are asked often are made once and ``given`` their values."""
        return (await self._executed(statement, given)).all()

    async def records(self, statement: Executable) -> list[dict[str, Any]]:
        """All rows of a query, as dictionaries."""
        return [dict(row) for row in (await self._executed(statement)).mappings()]

    async def row(self, statement: Executable, given: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row of a query, if any."""
        return (await self._executed(statement, given)).first()

    async def value(self, statement: Executable, given: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, None without one."""
        return (await self._executed(statement, given)).scalar()

    async def _executed(self, statement: Executable, given: _Rows = None, **options: Any) -> CursorResult[Any]:
        work = self._connection.execute(statement, given, execution_options=options)
        return await _unbroken(work, self.dialect)


class Write(Read):
    """A connection inside a transaction that may write; the commit is the business of :meth:`Database.write`."""

    async def run(self, statement: Executable, rows: _Rows = None) -> int:
        """Execute a statement, once or for each of several rows in one round trip; how many rows it touched."""
        # Left to itself, SQLAlchemy keeps the count of an INSERT only on some drivers.
        return (await self._executed(statement, rows, preserve_rowcount=True)).rowcount


class Database:
    """The reading and the writing engine of one database."""

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self._reader = reader
        self._writer = writer
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @classmethod
    def create(cls, url: str) -> Database:
        """Engines for ``sqlite:///path`` or ``postgresql://…``; nothing is opened yet. Raises BadDatabaseUrl."""
        target = async_url(url)
        if target.get_backend_name() == "sqlite":
            return cls(_sqlite(target, writes=False), _sqlite(target, writes=True))
        return cls(_postgres(target, writes=False), _postgres(target, writes=True))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Read]:
        """One reading transaction: everything in it sees the same moment on SQLite."""
        async with self._connection(self._reader) as connection:
            yield Read(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Write]:
        """One transaction, committed at the end of the block, rolled back by any exception."""
        async with self._connection(self._writer) as connection:
            await _unbroken(connection.begin().start(), self.dialect)
            yield Write(connection)
            await _unbroken(connection.commit(), self.dialect)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    async def append(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """One insert as a transaction of its own: on PostgreSQL of one row a single round trip."""
        if len(rows) == 1:
            await self.alone(statement, rows[0])
            return
        async with self.write() as w:
            await w.run(statement, rows)

    async def alone(self, statement: Executable, values: Mapping[str, Any]) -> int:
        """One statement as a transaction of its own; how many rows it touched."""
        if self.dialect == "sqlite":
            async with self.write() as w:
                return await w.run(statement, values)
        async with self._connection(self._writer) as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            return await Write(alone).run(statement, values)

    async def ping(self) -> None:
        """Ask for something trivial. Raises what the driver raises when the database is away."""
        async with self.read() as r:
            await r.value(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection, when whoever has one has given it back; after a while without waiting for them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BUSY_SECONDS):
                await self._unused.wait()
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def _connection(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """One that is given back whatever happens; what was not committed then is rolled back."""
        self._users += 1
        self._unused.clear()
        try:
            connection = engine.connect()
            try:
                await _unbroken(connection.start(), self.dialect)
                yield connection
            finally:
                if connection.sync_connection is not None:
                    await _to_its_end(connection.close())
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()


async def _unbroken(work: Coroutine[Any, Any, _T], dialect: str) -> _T:
    """What is done on a connection of SQLite comes to its end, also for whoever is cancelled meanwhile.

    A thread does it, which nobody can stop. To leave it halfway would cost the connection, and one that is closed
    while its statement still runs keeps its transaction, and with it the lock of the whole file, until the garbage
    collector comes by. A server of PostgreSQL can be told, and its driver tells it.
    """
    return await (_to_its_end(work) if dialect == "sqlite" else work)


async def _to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """What ``work`` gives; a cancellation is passed on when the work is over, however often it comes until then."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # nobody asks for it any more
    raise cancelled


def async_url(url: str) -> URL:
    """``url`` with the asynchronous driver. Raises BadDatabaseUrl."""
    return _with_driver(url, {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"})


def sync_url(url: str) -> URL:
    """``url`` with the synchronous driver, for migrations and for installing the sample. Raises BadDatabaseUrl."""
    return _with_driver(url, {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"})


def _with_driver(url: str, drivers: dict[str, str]) -> URL:
    try:
        target = make_url(url)
    except Exception as error:
        raise BadDatabaseUrl("not a database address") from error
    backend = target.drivername.partition("+")[0]
    # Many hosting places still write the old name.
    driver = drivers.get("postgresql" if backend == "postgres" else backend)
    if driver is None:
        raise BadDatabaseUrl(f"neither SQLite nor PostgreSQL: {backend}")
    if backend == "sqlite" and target.database in {None, "", ":memory:"}:
        raise BadDatabaseUrl("SQLite needs a file: what is kept in memory only is lost with the process")
    return target.set(drivername=driver)


def connect_args(url: URL) -> dict[str, Any]:
    """What the driver of SQLite, or the synchronous one of PostgreSQL, is told on connecting."""
    if url.get_backend_name() == "sqlite":
        # isolation_level None: transactions begin where we say so, not where Python's driver guesses.
        return {"isolation_level": None, "timeout": BUSY_SECONDS}
    own = " ".join(f"-c {name}={value}" for name, value in _POSTGRES_SETTINGS.items())
    return {"connect_timeout": BUSY_SECONDS, **({} if "options" in url.query else {"options": own})}


def set_pragmas(connection: Any, *, query_only: bool = False) -> None:
    """Prepare a SQLite connection. FULL: in WAL with NORMAL a power cut takes back commits that were acknowledged."""
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "journal_size_limit = 67108864",
        f"query_only = {int(query_only)}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_with(engine: Any, statement: str) -> None:
    """Let every transaction of a SQLite engine begin with ``statement``."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    size: dict[str, int] = {"pool_size": 1, "max_overflow": 0} if writes else {"pool_size": 5, "max_overflow": 15}
    engine = create_async_engine(
        url,
        connect_args=connect_args(url),
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # an error quotes its statement; the values may be personal
        **size,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        set_pragmas(connection, query_only=not writes)

    # A deferred transaction that turns to writing fails at once when another has written since it began to read.
    begin_with(engine.sync_engine, "BEGIN IMMEDIATE" if writes else "BEGIN")
    _name_the_impossible(engine)
    return engine


def _postgres(url: URL, *, writes: bool) -> AsyncEngine:
    options: dict[str, Any] = {}
    settings = {} if "options" in url.query else dict(_POSTGRES_SETTINGS)
    if not writes:
        # Each query sees what is committed when it begins, with or without a transaction around it: so without.
        options["isolation_level"] = "AUTOCOMMIT"
        settings["default_transaction_read_only"] = "on"
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connected, url, settings),
        json_serializer=dump_json,
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=_OVERFLOW,
        pool_timeout=BUSY_SECONDS,
        **options,
    )
    _ask_the_rested(engine)
    _name_the_impossible(engine)
    return engine


async def _connected(url: URL, settings: dict[str, str]) -> asyncpg.Connection:
    """A connection by an address as libpq reads it. Raises what SQLAlchemy takes for the driver's own error."""
    address = url.set(drivername="postgresql").difference_update_query(["connect_timeout"])
    try:
        return await asyncpg.connect(
            address.render_as_string(hide_password=False), timeout=BUSY_SECONDS, server_settings=settings
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise AsyncAdapt_asyncpg_dbapi.OperationalError(type(error).__name__, error) from error  # type: ignore[no-untyped-call]


def _name_the_impossible(engine: AsyncEngine) -> None:
    """What each driver says in its own way becomes one error, which nobody takes for a database in trouble."""

    @event.listens_for(engine.sync_engine, "handle_error", retval=True)
    def failed(context: ExceptionContext) -> BaseException | None:
        cause = context.original_exception
        # SQLite's driver lets through what Python says while it encodes.
        by_python = isinstance(cause, UnicodeEncodeError | OverflowError)
        by_state = (getattr(cause, "sqlstate", None) or "").startswith(_DATA_CLASS)
        return ImpossibleValue(ImpossibleValue.code) if by_python or by_state else None


def _ask_the_rested(engine: AsyncEngine) -> None:
    """After a restart of the server the first caller must not pay for the dead connections."""

    @event.listens_for(engine.sync_engine, "checkin")
    def returned(_connection: Any, record: Any) -> None:
        record.info["returned"] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: object) -> None:
        if monotonic() - record.info.get("returned", monotonic()) < _RESTED_SECONDS:
            return
        try:
            engine.sync_engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later: deadlock, serialization failure, locked, busy, connection lost."""
    if isinstance(error, PoolTimeout | ConnectionError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or _may_pass(error.orig)


def _may_pass(cause: BaseException | None) -> bool:
    sqlite_code = getattr(cause, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return (sqlite_code & 0xFF) in _PASSING_SQLITE
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES
    # A server that is away says so without any SQLSTATE, aiosqlite tells of a closed connection without a code.
    return type(cause).__name__ in _PASSING_NAMES
