"""The first tables (issue 3).

A migration says everything itself and imports none of our code: it must do the same in ten years.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite counts only a column declared INTEGER.
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Kept letter by letter, hence not jsonb.
_JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")


def upgrade() -> None:
    """Create them, those first that others refer to."""
    _accounts()
    _audit()
    _meta()
    _notices()
    _rules()
    _api_keys()
    _appeals()
    _intake()
    _escalations()
    _journal()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("journal")
    op.drop_table("escalations")
    op.drop_table("intake")
    op.drop_table("appeals")
    op.drop_table("api_keys")
    op.drop_table("rules")
    op.drop_table("notices")
    op.drop_table("meta")
    op.drop_table("audit")
    op.drop_table("accounts")


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", _JSON, nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("tiers", _JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_accounts"),
    )
    op.create_index("ix_accounts_uscc", "accounts", ["uscc"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _COUNTER, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", _JSON, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_number", "audit", ["number"])


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("audience", _JSON, nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_number", "notices", ["number"])


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_rules"),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name="fk_api_keys_account"),
        sa.PrimaryKeyConstraint("prefix", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_account", "api_keys", ["account"])


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lead_unit", sa.Text(), nullable=True),
        sa.Column("officer", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("enterprise_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("submitter", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("yellow_at", sa.BigInteger(), nullable=True),
        sa.Column("orange_at", sa.BigInteger(), nullable=True),
        sa.Column("red_at", sa.BigInteger(), nullable=True),
        sa.Column("offset_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("state", _JSON, nullable=False),
        sa.Column("secret", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["rules_version"], ["rules.version"], name="fk_appeals_rules_version"),
        sa.PrimaryKeyConstraint("number", name="pk_appeals"),
    )
    op.create_index("ix_appeals_created_at_number", "appeals", ["created_at", "number"])
    op.create_index("ix_appeals_due_at_number", "appeals", ["due_at", "number"])
    op.create_index("ix_appeals_enterprise", "appeals", ["enterprise"])
    op.create_index("ix_appeals_lead_unit_stage", "appeals", ["lead_unit", "stage"])


def _intake() -> None:
    op.create_table(
        "intake",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["rules_version"], ["rules.version"], name="fk_intake_rules_version"),
        sa.PrimaryKeyConstraint("number", name="pk_intake"),
        sa.UniqueConstraint("caller", "idempotency_key", name="uq_intake_caller_idempotency_key"),
    )
    op.create_index(
        "ix_intake_waiting",
        "intake",
        ["created_at", "number"],
        sqlite_where=sa.text("started_at IS NULL"),
        postgresql_where=sa.text("started_at IS NULL"),
    )


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("owner_unit", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["appeals.number"], name="fk_escalations_number"),
        sa.PrimaryKeyConstraint("id", name="pk_escalations"),
    )
    op.create_index("ix_escalations_number", "escalations", ["number"])
    op.create_index("ix_escalations_state_opened_at", "escalations", ["state", "opened_at"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("position", _COUNTER, sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_unit", sa.Text(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_stage", sa.Text(), nullable=True),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("sealed", _JSON, nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["appeals.number"], name="fk_journal_number"),
        sa.PrimaryKeyConstraint("position", name="pk_journal"),
        sa.UniqueConstraint("number", "seq", name="uq_journal_number_seq"),
        sqlite_autoincrement=True,
    )
