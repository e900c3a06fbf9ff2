"""Settings from the environment, or from a `.env` file in the working directory."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import DatabaseError

_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What can be set; each field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    #: SQLite file or PostgreSQL server, as a URL. The default is a file beside `dashboard.py`.
    database_url: str = f"sqlite:///{_ROOT / 'data' / 'pipeline.db'}"
    #: PostgreSQL connections that one process keeps open.
    database_pool_size: int = Field(default=10, ge=1)
    #: Mail server that mail goes out over, as a URL with its password. Without one it is simulated.
    smtp_url: SecretStr | None = None
    #: Address that mail comes from, with or without a name.
    mail_from: str | None = None


def load_settings(**given: str) -> Settings:
    """The settings, those given first; raises DatabaseError that names a bad one."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        mistake = error.errors(include_input=False)[0]
        name = str(mistake["loc"][0]).upper()
        raise DatabaseError(f"{name} cannot be used: {mistake['msg']}") from None
    except UnicodeDecodeError:
        raise DatabaseError(".env is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise DatabaseError(f".env cannot be read: {error.strerror}") from None
