"""What the figures are counted from: an index of all, one of the open, the moves of the journal. Beside readers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COUNTED = [
    *("created_at", "closed_at", "rated_at", "stage", "service", "lead_unit", "second_unit", "answering_unit"),
    *("channel", "region", "secret", "against", "outcome", "round", "grade", "visit", "extensions", "tiers"),
    *("clocks_met", "clocks_late", "clocks_running", "clocks_breached", "number"),
]
_OPEN = [
    *("stage", "lead_unit", "second_unit", "answering_unit", "service", "channel", "region", "secret", "against"),
    *("tiers", "urgent", "status", "created_at", "clocks_met", "due_at", "yellow_at", "orange_at", "red_at"),
    *("offset_us", "number"),
]
_INDEXES = {
    "ix_appeals_counted": ("appeals", _COUNTED, None),
    "ix_appeals_open": ("appeals", _OPEN, "closed_at IS NULL"),
    "ix_appeals_unfilled": ("appeals", ["number"], "clocks_met IS NULL"),
    "ix_journal_moves": (
        "journal",
        ["number", "seq", "at", "from_stage", "to_stage"],
        "from_stage IS NULL OR from_stage <> to_stage",
    ),
    "ix_journal_returned": ("journal", ["number"], "action = 'return_assignment'"),
}


def upgrade() -> None:
    """Build them; what an interrupted attempt left behind is invalid and goes first."""
    with op.get_context().autocommit_block():
        for name, (table, columns, of) in _INDEXES.items():
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            where = sa.text(of) if of else None
            op.create_index(
                name, table, columns, postgresql_concurrently=True, sqlite_where=where, postgresql_where=where
            )


def downgrade() -> None:
    """Drop them."""
    for name, (table, _, _) in _INDEXES.items():
        op.drop_index(name, table)
