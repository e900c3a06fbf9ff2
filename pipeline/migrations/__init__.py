"""The schema's history; `upgrade` brings a database to the newest version."""

from dataclasses import dataclass
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from pipeline.errors import DatabaseError

# Any number that no other program on the same server uses; it is "pipeline" in ASCII.
_LOCK = 0x706970656C696E65


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revision of a database's schema, None for none at all, beside this program's."""

    found: str | None
    newest: str
    known: frozenset[str]

    @property
    def is_newer(self) -> bool:
        """Whether the database was last used by a newer program."""
        return self.found is not None and self.found not in self.known


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, in one transaction; processes that start at once queue.

    Raises DatabaseError when the schema is newer than this program.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        revisions = revisions_of(connection)
        if revisions.is_newer:
            raise DatabaseError(
                f"The database's schema ({revisions.found}) is newer than this program knows"
                f" ({revisions.newest}); update the program"
            )
        if revisions.found != revisions.newest:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def revisions_of(connection: Connection) -> Revisions:
    """How the database's schema and this program's compare; only reads."""
    newest, known = _ours()
    found = MigrationContext.configure(connection).get_current_revision()
    return Revisions(found=found, newest=newest, known=known)


@cache
def _ours() -> tuple[str, frozenset[str]]:
    """This program's newest revision, and all that it knows."""
    scripts = ScriptDirectory.from_config(_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return str(scripts.get_current_head()), known


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pipeline:migrations")
    return config
