"""What Alembic runs: the steps, on the connection and in the transaction that ``Database.prepare`` holds."""

from alembic import context

from provisioning.centre.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
