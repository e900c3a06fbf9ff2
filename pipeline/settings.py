"""Settings from the environment, or from a `.env` file in the working directory."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What can be set; each field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    #: SQLite file or PostgreSQL server, as a URL. The default is a file beside `dashboard.py`.
    database_url: str = f"sqlite:///{_ROOT / 'data' / 'pipeline.db'}"
    #: PostgreSQL connections that one process keeps open.
    database_pool_size: int = 10
