"""Alembic's environment, on the connection that :mod:`storage.migrate` opened; on SQLite in its transaction."""

from contextlib import nullcontext

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can do it, too, since transactions begin where we say so.
    transactional_ddl=True,
    render_as_batch=True,
)
if context.get_context().dialect.name == "sqlite":
    # Nothing is built beside readers there, and nobody waits: the one writer stays in its transaction.
    context.get_context().autocommit_block = nullcontext  # type: ignore[assignment]
with context.begin_transaction():
    context.run_migrations()
