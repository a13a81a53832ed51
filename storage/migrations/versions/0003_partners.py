"""What goes to outside bodies and what comes from them (issue 6)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite counts only a column declared INTEGER.
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Kept letter by letter, hence not jsonb.
_JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")


def upgrade() -> None:
    """Create both."""
    op.create_table(
        "deliveries",
        sa.Column("id", _COUNTER, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("transfer", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempted_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_number", "deliveries", ["number"])
    under_way = sa.text("status IN ('waiting', 'stopped')")
    op.create_index(
        "ix_deliveries_under_way",
        "deliveries",
        ["partner", "id"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_table(
        "partner_events",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("transfer", sa.Integer(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("partner", "event", name="pk_partner_events"),
    )
    op.create_index("ix_partner_events_number", "partner_events", ["number"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("partner_events")
    op.drop_table("deliveries")
