"""What people are sent, on which channels, and how each of them is reached (issue 7)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite counts only a column declared INTEGER.
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Kept letter by letter, hence not jsonb.
_JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")


def upgrade() -> None:
    """Create all three."""
    op.create_table(
        "messages",
        sa.Column("id", _COUNTER, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("to_enterprise", sa.Boolean(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("escalation", sa.Text(), nullable=True),
        sa.Column("may_wait", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("key", name="uq_messages_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_number", "messages", ["number"])
    op.create_index("ix_messages_escalation", "messages", ["escalation"])
    op.create_index("ix_messages_account_id", "messages", ["account", "id"])
    to_send = sa.text("status = 'waiting'")
    op.create_index("ix_messages_to_send", "messages", ["due_at"], sqlite_where=to_send, postgresql_where=to_send)
    op.create_table(
        "message_attempts",
        sa.Column("message", _COUNTER, nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("again_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name="fk_message_attempts_message"),
        sa.PrimaryKeyConstraint("message", "nth", name="pk_message_attempts"),
    )
    op.create_table(
        "contact_points",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("wait", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name="fk_contact_points_account"),
        sa.PrimaryKeyConstraint("account", "channel", name="pk_contact_points"),
    )


def downgrade() -> None:
    """Drop all three."""
    op.drop_table("contact_points")
    op.drop_table("message_attempts")
    op.drop_table("messages")
