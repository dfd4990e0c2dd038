"""How alembic reaches the database: over the connection that `checker.web.migrating` gives it."""

from alembic import context

from checker.web.schema import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
