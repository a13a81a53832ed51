"""Whose answers were rated is found by an index of the journal (ADR 0032). Beside readers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NAME = "ix_journal_answers"
_OF = sa.text("action IN ('rate', 'send_answer')")


def upgrade() -> None:
    """Build it; what an interrupted attempt left behind is invalid and goes first."""
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "journal", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            _NAME,
            "journal",
            ["number", "seq", "action", "at", "actor_unit", "round"],
            postgresql_concurrently=True,
            sqlite_where=_OF,
            postgresql_where=_OF,
        )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, "journal")
