"""How the appeals of one enterprise, and those of a second unit, are found (issue 6). Built beside readers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_appeals_enterprise_created_at": ["enterprise", "created_at"],
    "ix_appeals_enterprise_name_created_at": ["enterprise_name", "created_at"],
    "ix_appeals_second_unit_stage": ["second_unit", "stage"],
}


def upgrade() -> None:
    """Build them; what an interrupted attempt left behind is invalid and goes first."""
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            op.drop_index(name, "appeals", if_exists=True, postgresql_concurrently=True)
            where = sa.text("second_unit IS NOT NULL") if "second_unit" in columns else None
            op.create_index(
                name,
                "appeals",
                columns,
                postgresql_concurrently=True,
                sqlite_where=where,
                postgresql_where=where,
            )


def downgrade() -> None:
    """Drop them."""
    for name in _INDEXES:
        op.drop_index(name, "appeals")
