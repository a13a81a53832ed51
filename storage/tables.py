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
    UniqueConstraint,
    false,
    text,
)

from storage.column_types import Json, Moment, Span, Words

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
    Column("version", Words, primary_key=True),
    Column("body", Json, nullable=False),
)

intake = Table(
    "intake",
    metadata,
    Column("number", Words, primary_key=True),
    Column("caller", Words, nullable=False),
    Column("idempotency_key", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("rules_version", ForeignKey(rules.c.version), nullable=False),
    Column("salt", Words, nullable=False),
    Column("body", Json, nullable=False),
    Column("started_at", Moment),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Words),
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
    Column("number", Words, primary_key=True),
    Column("service", Words, nullable=False),
    Column("stage", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("lead_unit", Words),
    Column("officer", Words),
    Column("channel", Words, nullable=False),
    Column("enterprise", Words, index=True),
    Column("enterprise_name", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("round", Integer, nullable=False),
    Column("outcome", Words),
    Column("submitter", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("yellow_at", Moment),
    Column("orange_at", Moment),
    Column("red_at", Moment),
    Column("offset_us", Span, nullable=False, server_default=text("0")),
    Column("seq", Integer, nullable=False),
    Column("head", Words, nullable=False),
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
    Column("entry_id", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Words, nullable=False),
    Column("actor_name", Words, nullable=False),
    Column("actor_unit", Words),
    Column("actor_role", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("from_stage", Words),
    Column("to_stage", Words, nullable=False),
    Column("round", Integer, nullable=False),
    Column("reason", Words),
    Column("data", Json, nullable=False),
    Column("salt", Words, nullable=False),
    Column("sealed", Json, nullable=False),
    Column("previous_hash", Words, nullable=False),
    Column("hash", Words, nullable=False),
    UniqueConstraint("number", "seq"),
    sqlite_autoincrement=True,
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Words, primary_key=True),
    Column("number", ForeignKey(appeals.c.number), nullable=False, index=True),
    Column("clock", Words, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("owner_unit", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_by", Words),
    Column("lease_until", Moment),
    Column("ended_at", Moment),
    Index("ix_escalations_state_opened_at", "state", "opened_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Words, primary_key=True),
    Column("number", Words, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("audience", Json, nullable=False),
    Column("unit", Words),
    Column("template", Words, nullable=False),
    Column("data", Json, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _COUNTER, Identity(), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("account", Words),
    Column("kind", Words, nullable=False),
    Column("number", Words, index=True),
    Column("code", Words, nullable=False),
    Column("detail", Json, nullable=False),
    Column("request_id", Words),
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("code", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("roles", Json, nullable=False),
    Column("unit", Words),
    Column("uscc", Words, index=True),
    Column("tiers", Json, nullable=False),
    Column("active", Boolean, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("prefix", Words, primary_key=True),
    Column("account", ForeignKey(accounts.c.code), nullable=False, index=True),
    Column("hash", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
