"""Attachments: what was uploaded, by whom, and to which appeal it belongs (issue 6).

Issued documents need no table: what is printed is read from the journal, and a verification code names its appeal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the two indexes by which it is swept and scanned."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", sa.BigInteger(), nullable=True),
        sa.Column("bound_at", sa.BigInteger(), nullable=True),
        sa.Column("settled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.UniqueConstraint("account", "idempotency_key", name="uq_attachments_account_idempotency_key"),
    )
    op.create_index("ix_attachments_number", "attachments", ["number"])
    _partial("ix_attachments_unsettled", "created_at", "NOT settled")
    _partial("ix_attachments_pending", "created_at", "state = 'pending'")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("attachments")


def _partial(name: str, column: str, where: str) -> None:
    op.create_index(name, "attachments", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
