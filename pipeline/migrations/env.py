"""Run by Alembic for each command, on the connection that `upgrade` hands over."""

from alembic import context

from pipeline.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
