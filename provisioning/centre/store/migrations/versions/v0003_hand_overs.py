"""Keys hand over to the next. Those that were made before have nobody's word: terminals know them by their lists."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No step back is written: a backup is the way back."""
    op.add_column("signing_keys", sa.Column("before", sa.String(length=32)))
    op.add_column("signing_keys", sa.Column("hand_over", sa.String(length=100)))
