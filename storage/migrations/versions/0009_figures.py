"""What the figures count, and views of the board that people keep (issue 8)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# SQLite counts only a column declared INTEGER.
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them. Rows that were there before are filled in by the API, some at a time (storage/filling.py)."""
    op.add_column("appeals", sa.Column("answering_unit", sa.Text(), nullable=True))
    op.add_column("appeals", sa.Column("against", sa.Text(), nullable=True))
    op.add_column("appeals", sa.Column("tiers", sa.Text(), nullable=True))
    op.add_column("appeals", sa.Column("grade", sa.Integer(), nullable=True))
    op.add_column("appeals", sa.Column("rated_at", sa.BigInteger(), nullable=True))
    op.add_column("appeals", sa.Column("visit", sa.Text(), nullable=True))
    op.add_column("appeals", sa.Column("extensions", sa.Integer(), nullable=True))
    op.add_column("appeals", sa.Column("clocks_met", sa.Integer(), nullable=True))
    op.add_column("appeals", sa.Column("clocks_late", sa.Integer(), nullable=True))
    op.add_column("appeals", sa.Column("clocks_running", sa.Integer(), nullable=True))
    op.add_column("appeals", sa.Column("clocks_breached", sa.Integer(), nullable=True))
    op.create_table(
        "saved_views",
        sa.Column("id", _COUNTER, sa.Identity(always=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["accounts.code"], name="fk_saved_views_owner"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("owner", "page", "name", name="uq_saved_views_owner_page_name"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("saved_views")
    for how in ("breached", "running", "late", "met"):
        op.drop_column("appeals", f"clocks_{how}")
    for name in ("extensions", "visit", "rated_at", "grade", "tiers", "against", "answering_unit"):
        op.drop_column("appeals", name)
