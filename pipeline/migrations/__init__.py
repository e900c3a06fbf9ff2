"""The schema's history; `upgrade` brings a database to the newest version."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from pipeline.errors import DatabaseError

# Any number that no other program on the same server uses; it is "pipeline" in ASCII.
_LOCK = 0x706970656C696E65


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, in one transaction; processes that start at once queue.

    Raises DatabaseError when the schema is newer than this program.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config = Config()
        config.set_main_option("script_location", "pipeline:migrations")
        config.attributes["connection"] = connection
        if _is_behind(connection, ScriptDirectory.from_config(config)):
            command.upgrade(config, "head")


def _is_behind(connection: Connection, scripts: ScriptDirectory) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    if current not in {None, *(script.revision for script in scripts.walk_revisions())}:
        raise DatabaseError(
            f"The database's schema ({current}) is newer than this program knows"
            f" ({scripts.get_current_head()}); update the program"
        )
    return current != scripts.get_current_head()
