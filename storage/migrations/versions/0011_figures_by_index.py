"""What the figures are counted from: an index of all, one of the open, the moves of the journal. Beside readers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COUNTED = [
    *("created_at", "number", "closed_at", "rated_at", "stage", "status", "service", "lead_unit", "second_unit"),
    *("answering_unit", "channel", "region", "urgent", "secret", "against", "outcome", "round", "grade", "visit"),
    *("extensions", "tiers", "clocks_met", "clocks_late", "clocks_running", "clocks_breached", "due_at"),
    *("title", "enterprise_name"),
]
_OPEN = [
    *("due_at", "number", "stage", "status", "lead_unit", "second_unit", "answering_unit", "service", "channel"),
    *("region", "urgent", "secret", "against", "tiers", "round", "extensions", "created_at", "yellow_at", "orange_at"),
    *("red_at", "offset_us", "clocks_met", "clocks_late", "clocks_running", "clocks_breached", "title"),
    *("enterprise_name", "closed_at"),
]
_OF_SECRETS = "secret"
_INDEXES = {
    "ix_appeals_counted": ("appeals", _COUNTED, None),
    "ix_appeals_open": ("appeals", _OPEN, "closed_at IS NULL"),
    "ix_appeals_unfilled": ("appeals", ["number"], "clocks_met IS NULL"),
    "ix_appeals_secret": ("appeals", ["number"], _OF_SECRETS),
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
            # SQLite knows no truth values.
            on_sqlite = sa.text("secret = 1") if of == _OF_SECRETS else where
            op.create_index(
                name, table, columns, postgresql_concurrently=True, sqlite_where=on_sqlite, postgresql_where=where
            )


def downgrade() -> None:
    """Drop them."""
    for name, (table, _, _) in _INDEXES.items():
        op.drop_index(name, table)
