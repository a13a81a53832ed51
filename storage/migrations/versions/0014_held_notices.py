"""What people are told of an entry, until the engine has answered for it (ADR 0033)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


# Kept letter by letter, hence not jsonb.
_JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "held_notices",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("notices", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", "seq", name="pk_held_notices"),
    )
    op.create_index("ix_held_notices_at", "held_notices", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("held_notices")
