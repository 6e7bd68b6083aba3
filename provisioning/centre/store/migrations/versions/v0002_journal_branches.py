"""A hall's journal may begin anew: which of them a record is of, and which record was acknowledged last."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HALL, NUMBER = sa.String(length=32), sa.Integer()


def upgrade() -> None:
    """Both tables are made anew: SQLite cannot change a primary key, nor add a column that has no default."""
    op.create_table(
        "journal_branches",
        sa.Column("hall", HALL, nullable=False),
        sa.Column("branch", NUMBER, nullable=False),
        sa.Column("begun", sa.Double(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("after", NUMBER, nullable=False),
        sa.Column("after_at", sa.Double(), nullable=True),
        sa.Column("after_hash", sa.String(length=64), nullable=False),
        sa.Column("first", NUMBER, nullable=True),
        sa.Column("first_at", sa.Double(), nullable=True),
        sa.Column("follows", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("hall", "branch"),
    )
    op.rename_table("journal", "journal_before")
    op.drop_index("journal_by_time", "journal_before")
    op.create_table(
        "journal",
        sa.Column("hall", HALL, nullable=False),
        sa.Column("branch", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("hall", "branch", "seq"),
    )
    op.execute(
        "INSERT INTO journal (hall, branch, seq, at, type, body, received)"
        " SELECT hall, 0, seq, at, type, body, received FROM journal_before"
    )
    op.drop_table("journal_before")
    op.create_index("journal_by_time", "journal", ["hall", "at"], unique=False)

    op.rename_table("streams", "streams_before")
    op.create_table(
        "streams",
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("stream", sa.String(length=8), nullable=False),
        sa.Column("acked", NUMBER, nullable=False),
        sa.Column("lost", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("terminal", "stream"),
    )
    op.execute(
        "INSERT INTO streams (terminal, stream, acked, lost, at, hash)"
        " SELECT terminal, stream, acked, lost, at, '' FROM streams_before"
    )
    op.drop_table("streams_before")
    _name_the_last()


def _name_the_last() -> None:
    """The hash of each journal's last record: the hall's own must go on being compared with it."""
    streams = sa.table("streams", *map(sa.column, ("terminal", "stream", "acked", "hash")))
    terminals = sa.table("terminals", sa.column("id"), sa.column("hall"))
    journal = sa.table("journal", sa.column("hall"), sa.column("seq"), sa.column("body", sa.JSON()))
    last = (
        sa.select(streams.c.terminal, journal.c.body)
        .join(terminals, terminals.c.id == streams.c.terminal)
        .join(journal, (journal.c.hall == terminals.c.hall) & (journal.c.seq == streams.c.acked))
        .where(streams.c.stream == "journal")
    )
    db = op.get_bind()
    for row in db.execute(last).all():
        of = (streams.c.terminal == row.terminal) & (streams.c.stream == "journal")
        db.execute(sa.update(streams).where(of).values(hash=str(row.body.get("hash", ""))))
