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
    Column("second_unit", Words),
    Column("officer", Words),
    Column("channel", Words, nullable=False),
    Column("enterprise", Words),
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
    # What it adds to the figures (storage/tally.py); null until it is derived, where an earlier release wrote the row.
    Column("answering_unit", Words),
    Column("against", Words),
    Column("tiers", Words),
    Column("grade", Integer),
    Column("rated_at", Moment),
    Column("visit", Words),
    Column("extensions", Integer),
    Column("clocks_met", Integer),
    Column("clocks_late", Integer),
    Column("clocks_running", Integer),
    Column("clocks_breached", Integer),
    # Whose turn it is (storage/turn_columns.py); null where an earlier release wrote the row.
    Column("turn", Words),
    Column("turns_beside", Words),
    # The lists of API.md: everything by urgency (by age: ix_appeals_counted), and what a unit leads.
    Index("ix_appeals_due_at_number", "due_at", "number"),
    Index("ix_appeals_lead_unit_stage", "lead_unit", "stage"),
    # What may be a duplicate of what: the appeals of one enterprise, by code or by name, in a stretch of time.
    Index("ix_appeals_enterprise_created_at", "enterprise", "created_at"),
    Index("ix_appeals_enterprise_name_created_at", "enterprise_name", "created_at"),
)
_TWO_LEAD = text("second_unit IS NOT NULL")
Index(
    "ix_appeals_second_unit_stage",
    appeals.c.second_unit,
    appeals.c.stage,
    sqlite_where=_TWO_LEAD,
    postgresql_where=_TWO_LEAD,
)
# What lists are narrowed down to and figures count stands in two indexes as a whole, in the order of the lists, one of
# them of the open ones alone: no row is looked at but those that are shown (ADR 0032). PostgreSQL takes 32 columns.
_COUNTED = (
    *("created_at", "number", "closed_at", "rated_at", "stage", "status", "service", "lead_unit", "second_unit"),
    *("answering_unit", "channel", "region", "urgent", "secret", "against", "outcome", "round", "grade", "visit"),
    *("extensions", "tiers", "clocks_met", "clocks_late", "clocks_running", "clocks_breached", "due_at"),
    *("title", "enterprise_name"),
)
_STANDING = (
    *("due_at", "number", "stage", "status", "lead_unit", "second_unit", "answering_unit", "service", "channel"),
    *("region", "urgent", "secret", "against", "tiers", "round", "extensions", "created_at", "yellow_at", "orange_at"),
    *("red_at", "offset_us", "clocks_met", "clocks_late", "clocks_running", "clocks_breached", "title"),
    *("enterprise_name", "closed_at", "turn", "officer"),
)
Index("ix_appeals_counted", *(appeals.c[name] for name in _COUNTED))
#: Written by an earlier release: what lists and figures go by is not derived yet (storage/filling.py).
UNFILLED = text("clocks_met IS NULL")
Index("ix_appeals_unfilled", appeals.c.number, sqlite_where=UNFILLED, postgresql_where=UNFILLED)
_OPEN = text("closed_at IS NULL")
Index("ix_appeals_standing", *(appeals.c[n] for n in _STANDING), sqlite_where=_OPEN, postgresql_where=_OPEN)
# Of secret ones, all that says who may read them but what only their states say (storage/filters.py).
Index(
    "ix_appeals_confidential",
    *(appeals.c[n] for n in ("number", "lead_unit", "second_unit", "service", "submitter")),
    *(appeals.c[n] for n in ("closed_at", "clocks_met", "turn", "turns_beside")),
    # SQLite knows no truth values, and finds an index by the very words of its condition.
    sqlite_where=text("secret = 1"),
    postgresql_where=text("secret"),
)
# With a condition that only its own question meets: a planner must not count the open ones by it.
_BESIDE = text("turns_beside IS NOT NULL")
Index(
    "ix_appeals_turns_beside",
    appeals.c.turns_beside,
    appeals.c.number,
    sqlite_where=_BESIDE,
    postgresql_where=_BESIDE,
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

#: As the indexes have them: a query by other words would not find its index.
MOVED, RETURNED = text("(from_stage IS NULL OR from_stage <> to_stage)"), text("action = 'return_assignment'")
Index(
    "ix_journal_moves",
    *(journal.c[name] for name in ("number", "seq", "at", "from_stage", "to_stage")),
    sqlite_where=MOVED,
    postgresql_where=MOVED,
)
Index("ix_journal_returned", journal.c.number, sqlite_where=RETURNED, postgresql_where=RETURNED)
#: What was answered, and how it was rated (storage/answers.py).
ANSWERS = text("action IN ('rate', 'send_answer')")
Index(
    "ix_journal_answers",
    *(journal.c[name] for name in ("number", "seq", "action", "at", "actor_unit", "round")),
    sqlite_where=ANSWERS,
    postgresql_where=ANSWERS,
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
    # Who they were at the moment it was told; of what was told before that was kept, nobody knows.
    Column("recipients", Json),
)

# Written with an entry, and told as soon as the engine has answered for it (ADR 0033): nearly always empty.
held_notices = Table(
    "held_notices",
    metadata,
    Column("number", Words, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("notices", Json, nullable=False),
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

attachments = Table(
    "attachments",
    metadata,
    Column("id", Words, primary_key=True),
    Column("account", Words, nullable=False),
    Column("idempotency_key", Words, nullable=False),
    # The appeal it belongs to: whoever first refers to it says which (``bound_at``). ``settled``: the sweep has found
    # it in what the appeal keeps, and asks no more.
    Column("number", Words, index=True),
    Column("name", Words, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("scanned_at", Moment),
    Column("bound_at", Moment),
    Column("settled", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("account", "idempotency_key"),
)
#: As the indexes have them: a query by other words would not find its index.
UNSETTLED, PENDING = text("NOT settled"), text("state = 'pending'")
Index("ix_attachments_unsettled", attachments.c.created_at, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)
Index("ix_attachments_pending", attachments.c.created_at, sqlite_where=PENDING, postgresql_where=PENDING)

# To outside bodies: each message once by its ``key``, for each partner in the order of ``id``. Its ``body`` is gone
# when it has arrived. ``lease`` is whose turn it is to send it, until ``lease_until``.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _COUNTER, Identity(), primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("partner", Words, nullable=False),
    Column("number", Words, nullable=False, index=True),
    Column("transfer", Integer, nullable=False),
    Column("kind", Words, nullable=False),
    Column("body", Words),
    Column("status", Words, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease", Words),
    Column("lease_until", Moment),
    Column("attempted_at", Moment),
    Column("ended_at", Moment),
    Column("error", Words),
    sqlite_autoincrement=True,
)
_UNDER_WAY = text("status IN ('waiting', 'stopped')")
Index(
    "ix_deliveries_under_way",
    deliveries.c.partner,
    deliveries.c.id,
    sqlite_where=_UNDER_WAY,
    postgresql_where=_UNDER_WAY,
)

# From outside bodies, each event once by the id that its sender gave it, with what it was answered.
partner_events = Table(
    "partner_events",
    metadata,
    Column("partner", Words, primary_key=True),
    Column("event", Words, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("number", Words, index=True),
    Column("transfer", Integer),
    Column("data", Json, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("status", Integer),
    Column("answer", Json),
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

absences = Table(
    "absences",
    metadata,
    Column("account", ForeignKey(accounts.c.code), primary_key=True),
    Column("starts_at", Moment, primary_key=True),
    Column("ends_at", Moment, nullable=False, index=True),
    Column("substitutes", Json, nullable=False),
)

# One for each unit, its ``body`` whole; ``version`` counts its changes.
rosters = Table(
    "rosters",
    metadata,
    Column("unit", Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Words, nullable=False),
)

# One for each notice and person by ``key``; without ``account`` for the contact of the appeal, whose phone stands in
# the appeal and nowhere else. It is the inbox, too. ``channel``: on which one it is sent next, as far as is known;
# ``lease``: whose turn it is to send it, until ``lease_until``.
messages = Table(
    "messages",
    metadata,
    Column("id", _COUNTER, Identity(), primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("notice", Words, nullable=False),
    Column("number", Words, nullable=False, index=True),
    Column("account", Words),
    Column("to_enterprise", Boolean, nullable=False),
    Column("template", Words, nullable=False),
    Column("unit", Words),
    Column("data", Json, nullable=False),
    Column("escalation", Words, index=True),
    Column("may_wait", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("status", Words, nullable=False),
    Column("channel", Words),
    Column("due_at", Moment, nullable=False),
    Column("lease", Words),
    Column("lease_until", Moment),
    Column("ended_at", Moment),
    Column("error", Words),
    Column("read_at", Moment),
    Index("ix_messages_account_id", "account", "id"),
    sqlite_autoincrement=True,
)
TO_SEND = text("status = 'waiting'")
Index("ix_messages_to_send", messages.c.due_at, sqlite_where=TO_SEND, postgresql_where=TO_SEND)

# Every attempt, written down before it is made; one without an end was cut off. ``again_at``: as the channel asked for.
message_attempts = Table(
    "message_attempts",
    metadata,
    Column("message", ForeignKey(messages.c.id), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("result", Words),
    Column("answer", Words),
    Column("again_at", Moment),
)

# How a person is reached, in order; ``wait`` is how many seconds an escalation waits for an answer before the next.
contact_points = Table(
    "contact_points",
    metadata,
    Column("account", ForeignKey(accounts.c.code), primary_key=True),
    Column("channel", Words, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("address", Words, nullable=False),
    Column("wait", Integer, nullable=False),
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
    # ``kind``: a key is the account itself, a personal token may do what its ``scopes`` say (null: everything).
    Column("kind", Words, nullable=False, server_default=text("'key'")),
    Column("name", Words),
    Column("scopes", Json),
)

# By the digest of the cookie. Of an account, or following the one appeal of ``number``.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("account", ForeignKey(accounts.c.code), index=True),
    Column("number", Words),
    Column("csrf", Words, nullable=False),
    Column("device", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

passwords = Table(
    "passwords",
    metadata,
    Column("account", ForeignKey(accounts.c.code), primary_key=True),
    Column("hash", Words, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

# By the digest of the name that was typed, whether there is such an account or not.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("name", Words, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("since", Moment, nullable=False, index=True),
    Column("locked_until", Moment),
)

# Codes by which an appeal's contact follows it: when each was sent, never the digits, which are made of that moment.
track_codes = Table(
    "track_codes",
    metadata,
    Column("number", Words, primary_key=True),
    Column("asked_at", Moment, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("used_at", Moment),
)

# What somebody has begun to write for a service, as it was typed.
drafts = Table(
    "drafts",
    metadata,
    Column("account", Words, primary_key=True),
    Column("service", Words, primary_key=True),
    Column("body", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("updated_at", Moment, nullable=False, index=True),
)

# Filters of a page that people keep by name, for themselves or for all who may see the page.
saved_views = Table(
    "saved_views",
    metadata,
    Column("id", _COUNTER, Identity(), primary_key=True),
    Column("owner", ForeignKey(accounts.c.code), nullable=False),
    Column("name", Words, nullable=False),
    Column("page", Words, nullable=False),
    Column("query", Words, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("owner", "page", "name"),
    sqlite_autoincrement=True,
)

meta = Table(
    "meta",
    metadata,
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
