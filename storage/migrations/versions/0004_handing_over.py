"""Who stands in for whom, who was told, and the second unit of a dual dispatch (issue 6)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Kept letter by letter, hence not jsonb.
_JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "absences",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("substitutes", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name="fk_absences_account"),
        sa.PrimaryKeyConstraint("account", "starts_at", name="pk_absences"),
    )
    op.create_index("ix_absences_ends_at", "absences", ["ends_at"])
    op.add_column("notices", sa.Column("recipients", _JSON, nullable=True))
    op.add_column("appeals", sa.Column("second_unit", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("appeals", "second_unit")
    op.drop_column("notices", "recipients")
    op.drop_table("absences")
