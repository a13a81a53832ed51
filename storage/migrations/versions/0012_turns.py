"""Whose turn it is: what the lists of work are found by (issue 8)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them. Rows that were there before are filled in by the API, some at a time (storage/filling.py)."""
    op.add_column("appeals", sa.Column("turn", sa.Text(), nullable=True))
    op.add_column("appeals", sa.Column("turns_beside", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("appeals", "turns_beside")
    op.drop_column("appeals", "turn")
