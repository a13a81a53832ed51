"""How open appeals are found by whose turn it is, by who handles them, and by words (issue 8). Beside readers."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_appeals_turn": (["turn", "number"], "turn IS NOT NULL"),
    "ix_appeals_turns_beside": (["turns_beside", "number"], "turns_beside IS NOT NULL"),
    "ix_appeals_officer": (["officer", "number"], "officer IS NOT NULL AND closed_at IS NULL"),
    "ix_appeals_words": (["title", "enterprise_name", "number"], "closed_at IS NULL AND title IS NOT NULL"),
}


def upgrade() -> None:
    """Build them; what an interrupted attempt left behind is invalid and goes first."""
    with op.get_context().autocommit_block():
        for name, (columns, of) in _INDEXES.items():
            op.drop_index(name, "appeals", if_exists=True, postgresql_concurrently=True)
            where = sa.text(of)
            op.create_index(
                name, "appeals", columns, postgresql_concurrently=True, sqlite_where=where, postgresql_where=where
            )


def downgrade() -> None:
    """Drop them."""
    for name in _INDEXES:
        op.drop_index(name, "appeals")
