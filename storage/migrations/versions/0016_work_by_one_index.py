"""Lists of work are found and counted in one index of the open ones; seven others go (issue 8). Beside readers.

What reads meanwhile always finds one: the new indexes are there before the old ones go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_STANDING = [
    *("due_at", "number", "stage", "status", "lead_unit", "second_unit", "answering_unit", "service", "channel"),
    *("region", "urgent", "secret", "against", "tiers", "round", "extensions", "created_at", "yellow_at", "orange_at"),
    *("red_at", "offset_us", "clocks_met", "clocks_late", "clocks_running", "clocks_breached", "title"),
    *("enterprise_name", "closed_at", "turn", "officer"),
]
_SECRET = [
    *("number", "lead_unit", "second_unit", "service", "submitter"),
    *("closed_at", "clocks_met", "turn", "turns_beside"),
]
_OPEN = "closed_at IS NULL"
_INDEXES = {
    "ix_appeals_standing": (_STANDING, _OPEN, _OPEN),
    "ix_appeals_confidential": (_SECRET, "secret = 1", "secret"),
}
_NEEDLESS = ("open", "turn", "officer", "words", "secret", "enterprise", "created_at_number")


def upgrade() -> None:
    """Build the new ones; what an interrupted attempt left behind is invalid and goes first."""
    with op.get_context().autocommit_block():
        for name, (columns, on_sqlite, on_postgresql) in _INDEXES.items():
            op.drop_index(name, "appeals", if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                "appeals",
                columns,
                postgresql_concurrently=True,
                sqlite_where=sa.text(on_sqlite),
                postgresql_where=sa.text(on_postgresql),
            )
        for name in _NEEDLESS:
            op.drop_index(f"ix_appeals_{name}", "appeals", if_exists=True, postgresql_concurrently=True)


def downgrade() -> None:
    """Back to those of before."""
    op.drop_index("ix_appeals_standing", "appeals")
    op.drop_index("ix_appeals_confidential", "appeals")
    of = {"enterprise": ["enterprise"], "created_at_number": ["created_at", "number"]}
    for name, columns in of.items():
        op.create_index(f"ix_appeals_{name}", "appeals", columns)
    some = {
        "open": (_STANDING[:-2], _OPEN),
        "turn": (["turn", "number"], "turn IS NOT NULL"),
        "officer": (["officer", "number"], f"officer IS NOT NULL AND {_OPEN}"),
        "words": (["title", "enterprise_name", "number"], f"{_OPEN} AND title IS NOT NULL"),
    }
    for name, (columns, of_these) in some.items():
        where = sa.text(of_these)
        op.create_index(f"ix_appeals_{name}", "appeals", columns, sqlite_where=where, postgresql_where=where)
    on_sqlite, on_postgresql = sa.text("secret = 1"), sa.text("secret")
    op.create_index("ix_appeals_secret", "appeals", ["number"], sqlite_where=on_sqlite, postgresql_where=on_postgresql)
