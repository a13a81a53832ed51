"""The tables. Their shape in a running database comes from ``storage/migrations``; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.column_types import Json, Moment, Span

#: Names of constraints that PostgreSQL and SQLite agree on, so that later migrations can speak of them.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

# No column limits the length of a text: how long a name may be is checked where it comes in. Here a limit could only
# turn an appeal that was accepted into one that can never be written.

# SQLite counts only a column declared INTEGER.
_COUNTER = BigInteger().with_variant(Integer, "sqlite")

rules = Table(
    "rules",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Json, nullable=False),
)

intake = Table(
    "intake",
    metadata,
    Column("number", Text, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("rules_version", ForeignKey(rules.c.version), nullable=False),
    Column("salt", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("started_at", Moment),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    UniqueConstraint("caller", "idempotency_key"),
)
Index(
    "ix_intake_waiting",
    intake.c.created_at,
    intake.c.number,
    sqlite_where=intake.c.started_at.is_(None),
    postgresql_where=intake.c.started_at.is_(None),
)

appeals = Table(
    "appeals",
    metadata,
    Column("number", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("lead_unit", Text),
    Column("officer", Text),
    Column("channel", Text, nullable=False),
    Column("enterprise", Text, index=True),
    Column("enterprise_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("round", Integer, nullable=False),
    Column("outcome", Text),
    Column("submitter", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("yellow_at", Moment),
    Column("orange_at", Moment),
    Column("red_at", Moment),
    Column("offset_us", Span, nullable=False, server_default=text("0")),
    Column("seq", Integer, nullable=False),
    Column("head", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("rules_version", ForeignKey(rules.c.version), nullable=False),
    Column("state", Json, nullable=False),
    Column("secret", Boolean, nullable=False, server_default=false()),
    # The lists of API.md: everything, and what a unit leads, each by age and by urgency.
    Index("ix_appeals_created_at_number", "created_at", "number"),
    Index("ix_appeals_due_at_number", "due_at", "number"),
    Index("ix_appeals_lead_unit_stage", "lead_unit", "stage"),
)

journal = Table(
    "journal",
    metadata,
    # The global order in which entries became visible; the event stream resumes by it.
    Column("position", _COUNTER, Identity(), primary_key=True),
    Column("number", ForeignKey(appeals.c.number), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("actor_unit", Text),
    Column("actor_role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_stage", Text),
    Column("to_stage", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("reason", Text),
    Column("data", Json, nullable=False),
    Column("salt", Text, nullable=False),
    Column("sealed", Json, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("number", "seq"),
    sqlite_autoincrement=True,
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", ForeignKey(appeals.c.number), nullable=False, index=True),
    Column("clock", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("owner_unit", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_by", Text),
    Column("lease_until", Moment),
    Column("ended_at", Moment),
    Index("ix_escalations_state_opened_at", "state", "opened_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("audience", Text, nullable=False),
    Column("unit", Text),
    Column("template", Text, nullable=False),
    Column("data", Json, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _COUNTER, Identity(), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("account", Text),
    Column("kind", Text, nullable=False),
    Column("number", Text, index=True),
    Column("code", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("request_id", Text),
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("unit", Text),
    Column("uscc", Text, index=True),
    Column("tiers", Json, nullable=False),
    Column("active", Boolean, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("account", ForeignKey(accounts.c.code), nullable=False, index=True),
    Column("hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
