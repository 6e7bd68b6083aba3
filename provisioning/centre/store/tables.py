"""The centre's tables. Times are UTC, in seconds since 1970 (REAL/DOUBLE): the same on SQLite and PostgreSQL.

No personal data but the names of staff. Secrets of halls and terminals are sealed with the centre's own key
(provisioning.centre.vault), passwords are argon2 hashes, session and one-time tokens are SHA-256 hashes.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# -- people -----------------------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),  # what one signs in with
    Column("shown", String(60), nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    Column("role", String(10), nullable=False),  # viewer | operator | approver | admin
    Column("halls", JSON, nullable=False),  # [] = all, else ids of halls
    Column("language", String(2), nullable=False),  # zh | en
    Column("disabled", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column(
        "version", Integer, nullable=False
    ),  # a changed password or role ends sessions of an older version
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256, hex
    Column("user_id", Integer, nullable=False, index=True),
    Column("user_version", Integer, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("expires", Double, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("who", String(60), nullable=False),  # user name, or "centre"
    Column("action", String(60), nullable=False),  # e.g. draft.approved
    Column("subject", String(120), nullable=False),  # e.g. draft 12, terminal qy-k01
    Column("hall", String(32), nullable=False),  # "" = not about one hall
    Column("detail", JSON, nullable=False),
    Column("hash", String(64), nullable=False),  # chained: SHA-256 over the one before and this row
)

# -- who there is -----------------------------------------------------------------------------------------

halls = Table(
    "halls",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("region", String(6), nullable=False),  # GB/T 2260
    Column("time_zone", String(40), nullable=False),
    Column("broker", String(32), nullable=False),  # which of the centre's brokers ("main")
    Column(
        "settings", JSON, nullable=False
    ),  # the hall's own hall.toml as data, for dry runs; {} = not known
)

terminals = Table(
    "terminals",
    metadata,
    Column("id", String(32), primary_key=True),  # identity at the broker
    Column("hall", String(32), nullable=False, index=True),
    Column("kind", String(12), nullable=False),  # terminal | hall (a hall process that sends its journal)
    Column("role", String(20), nullable=False),  # config.kiosk.Role
    Column("name", String(60), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("serial", String(64), nullable=False),
    Column("groups", JSON, nullable=False),  # ids of groups
    Column("window", String(32)),
    Column("zones", JSON, nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("seal_key", String(64), nullable=False),
    Column("state", String(10), nullable=False),  # enrolled | retired
    Column("enrolled", Double, nullable=False),
    Column("retired", Double),
    # desired
    Column("rev", Integer, nullable=False),  # last revision issued to it; 0 = none
    Column("etag", String(16), nullable=False),
    Column("rollout", Integer),  # that issued it
    Column("pinned", Boolean, nullable=False),  # held on an earlier document by a rollback of its own
    # reported
    Column("reported_rev", Integer, nullable=False),
    Column("reported_state", String(12), nullable=False),  # "" = never reported
    Column("running", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("highest", Integer, nullable=False),
    Column("fault", JSON(none_as_null=True)),  # {code, path, text}
    Column("app", String(40), nullable=False),
    Column("os", String(60), nullable=False),
    Column("keys", JSON, nullable=False),
    Column("reported_at", Double),
    # presence and health
    Column("online", Boolean, nullable=False),
    Column("sid", String(40), nullable=False),
    Column("boot", Integer, nullable=False),
    Column("presence_at", Double),
    Column("seen", Double),  # last message of any kind, by the centre's clock
    Column("health", JSON(none_as_null=True)),  # the last Health, as sent
    Column("health_at", Double),
    Column("skew", Double),  # seconds its clock is ahead of ours
    Column("paper_minutes", Double),  # until the roll ends, predicted
    Column("password", Text, nullable=False),  # mosquitto's hash of its broker password
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("priority", Integer, nullable=False),  # the higher one wins
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code", String(64), nullable=False, unique=True),  # SHA-256, hex
    Column("public_key", String(64), nullable=False, index=True),
    Column("seal_key", String(64), nullable=False),
    Column("serial", String(64), nullable=False),
    Column("facts", JSON, nullable=False),  # app, os, model, address it came from
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("state", String(10), nullable=False),  # pending | approved | refused | claimed | expired
    Column("terminal", String(32)),
    Column("by", String(60), nullable=False),  # who approved; "" = nobody yet
)

preauthorised = Table(
    "preauthorised",
    metadata,
    Column("serial", String(64), primary_key=True),
    Column("terminal", String(32), nullable=False),
    Column("hall", String(32), nullable=False),
    Column("role", String(20), nullable=False),
    Column("name", String(60), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("groups", JSON, nullable=False),
    Column("window", String(32)),
    Column("by", String(60), nullable=False),
    Column("at", Double, nullable=False),
    Column("used", Double),
)

secrets = Table(
    "secrets",
    metadata,
    Column(
        "scope", String(80), primary_key=True
    ),  # hall:<id> | terminal:<id> | serial:<serial>; the later wins
    Column("name", String(40), primary_key=True),  # hall-token, hall-broker
    Column("value", LargeBinary, nullable=False),  # sealed with the centre's key
    Column("at", Double, nullable=False),
)

# -- configuration ----------------------------------------------------------------------------------------

layers = Table(
    "layers",
    metadata,
    Column("kind", String(10), primary_key=True),  # fleet | hall | group | terminal
    Column("key", String(32), primary_key=True),  # "" for the fleet
    Column("values", JSON, nullable=False),
    Column("version", Integer, nullable=False),  # for editors: a change names the version it follows
    Column("at", Double, nullable=False),
    Column("by", String(60), nullable=False),
)

layer_history = Table(
    "layer_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("key", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("values", JSON, nullable=False),
    Column("at", Double, nullable=False),
    Column("by", String(60), nullable=False),
    Column("draft", Integer),
    UniqueConstraint("kind", "key", "version"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(120), nullable=False),
    Column(
        "state", String(10), nullable=False
    ),  # draft | submitted | approved | returned | discarded | rolling | applied
    Column("changes", JSON, nullable=False),  # [{kind, key, base: version, values: whole new layer}]
    Column("plan", JSON, nullable=False),  # how to roll out: waves, soak, thresholds, apply (rollouts.Plan)
    Column("author", String(60), nullable=False),
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("reviewer", String(60), nullable=False),
    Column("reviewed", Double),
    Column("remark", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

rollouts = Table(
    "rollouts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft", Integer),
    Column("title", String(120), nullable=False),
    Column("kind", String(10), nullable=False),  # change | rollback
    Column("state", String(10), nullable=False),  # running | paused | aborting | aborted | done
    Column("reason", String(200), nullable=False),  # why it was paused or aborted
    Column("plan", JSON, nullable=False),
    Column("wave", Integer, nullable=False),  # that runs, from 0
    Column("waves", Integer, nullable=False),
    Column("wave_since", Double),  # since when the wave has had enough confirmed terminals (soak)
    Column("started", Double, nullable=False),
    Column("by", String(60), nullable=False),
    Column("ended", Double),
)

targets = Table(
    "targets",
    metadata,
    Column("rollout", Integer, primary_key=True),
    Column("terminal", String(32), primary_key=True),
    Column("hall", String(32), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    # waiting | pending (released, not yet taken) | staged | probation | confirmed
    # | rejected | rolled_back | reverted | skipped
    Column("rev", Integer, nullable=False),  # issued for it; 0 = not yet
    Column("before", Integer, nullable=False),  # revision it was on
    Column("code", String(64), nullable=False),
    Column("released", Double),
    Column("ended", Double),
    Index("targets_by_terminal", "terminal"),
)

documents = Table(
    "documents",
    metadata,
    Column("terminal", String(32), primary_key=True),
    Column("rev", Integer, primary_key=True),
    Column("etag", String(16), nullable=False),
    Column("settings", LargeBinary, nullable=False),  # zstandard of the canonical JSON
    Column("apply", JSON, nullable=False),
    Column("rollout", Integer),
    Column("issued", Double, nullable=False),
    Column("why", String(40), nullable=False),  # enrolled | rollout | rollback | abort | keys | renewed
    Column("confirmed", Double),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(32), primary_key=True),
    Column("public", String(64), nullable=False),
    Column("private", LargeBinary, nullable=False),  # sealed with the centre's key
    Column("state", String(8), nullable=False),  # next | active | old | revoked
    Column("created", Double, nullable=False),  # later than every key's before it
    Column("before", String(32)),  # the key that hands over to it; NULL: none does
    Column("hand_over", String(100)),  # its signature of that, base64 (wire.hand_over)
)

# -- what happens -----------------------------------------------------------------------------------------

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("terminal", String(32), nullable=False, index=True),  # "" = the centre or a hall itself
    Column("hall", String(32), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    # offline | paper_low | paper_out | cover | reader | device | crash_loop | drift | clock | disk | certificate
    # | gap | broker | rollout | command
    Column("severity", String(8), nullable=False),  # info | warning | critical
    Column("code", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("opened", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("resolved", Double),
    Column("acknowledged", Double),
    Column("acknowledged_by", String(60), nullable=False),
    Column("silenced", Boolean, nullable=False),  # nobody was told: opened inside a silence, or just now
    Index("alerts_open", "resolved", "kind"),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(10), nullable=False),  # fleet | hall | terminal | group
    Column("key", String(32), nullable=False),
    Column("kind", String(20), nullable=False),  # "" = all kinds
    Column("begins", Double, nullable=False),
    Column("ends", Double, nullable=False),
    Column("daily", Boolean, nullable=False),  # the same hours every day
    Column("why", String(200), nullable=False),
    Column("by", String(60), nullable=False),
)

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # sealed; signs what is sent
    Column("least", String(8), nullable=False),  # severity from which on it is told
    Column("hall", String(32), nullable=False),  # "" = all
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("batch", String(32), nullable=False, index=True),  # one order to many has one entry in the audit
    Column("terminal", String(32), nullable=False, index=True),
    Column("verb", String(12), nullable=False),
    Column("args", JSON, nullable=False),
    Column("by", String(60), nullable=False),
    Column("issued", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("state", String(8), nullable=False),  # sent | done | failed | timeout
    Column("code", String(64), nullable=False),
    Column("text", String(200), nullable=False),
    Column("answered", Double),
    Column(
        "put", String(64), nullable=False
    ),  # SHA-256 of the one-time token of its result; "" = none or used
)

artefacts = Table(
    "artefacts",
    metadata,
    Column("command", String(32), primary_key=True),
    Column("terminal", String(32), nullable=False),
    Column("kind", String(12), nullable=False),  # screenshot | logs
    Column("content", LargeBinary, nullable=False),
    Column("masked", Boolean, nullable=False),
    Column("at", Double, nullable=False),
    Column("expires", Double, nullable=False),
)

streams = Table(
    "streams",
    metadata,
    Column("terminal", String(32), primary_key=True),
    Column("stream", String(8), primary_key=True),  # agent | journal
    Column("acked", Integer, nullable=False),  # all up to here is kept or known to be lost
    Column("lost", Integer, nullable=False),  # how many were given up by the terminal
    Column("at", Double),
    Column("hash", String(64), nullable=False, default=""),  # of a journal's record ``acked``
)

events = Table(
    "events",
    metadata,
    Column("terminal", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("type", String(60), nullable=False),
    Column("body", JSON, nullable=False),
    Column("received", Double, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("hall", String(32), primary_key=True),
    Column("branch", Integer, primary_key=True, default=0),  # during which the record came; 0: the first
    Column("seq", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    Column("received", Double, nullable=False),
    Index("journal_by_time", "hall", "at"),
)

journal_branches = Table(
    "journal_branches",  # times that a hall's journal began anew (provisioning.centre.branches)
    metadata,
    Column("hall", String(32), primary_key=True),
    Column("branch", Integer, primary_key=True),  # from 1
    Column("begun", Double, nullable=False),
    Column("by", String(60), nullable=False),
    Column("why", String(200), nullable=False),
    Column("after", Integer, nullable=False),  # number of the last record that came of the one before
    Column("after_at", Double),  # when that happened
    Column("after_hash", String(64), nullable=False),
    Column("first", Integer),  # number of the first record that no earlier one has; NULL: none came yet
    Column("first_at", Double),
    Column("follows", String(64), nullable=False),  # hash of the record before ``first``
)

kept = Table(
    "kept",
    metadata,
    Column("key", String(40), primary_key=True),  # small facts of the centre, e.g. its id
    Column("value", Text, nullable=False),
)
