"""Settings, all from the environment; the defaults run on one machine with nothing prepared."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Settings:
    """Where this instance keeps its things and how it is reached.

    `instance` is the folder of keys, embedded database and uploads; `database_url` any SQLAlchemy address of
    SQLite or PostgreSQL; `https` marks cookies Secure; `proxies` is how many trusted proxies stand in front.
    """

    instance: Path
    database_url: str
    https: bool = False
    proxies: int = 0

    @property
    def keys_file(self) -> Path:
        """The keys, made by `init`, mode 0600, never in the database and never in a backup."""
        return self.instance / "keys" / "portal.json"


def settings_from_environment() -> Settings:
    """Read PORTAL_INSTANCE, PORTAL_DATABASE_URL, PORTAL_HTTPS and PORTAL_PROXIES."""
    instance = Path(os.environ.get("PORTAL_INSTANCE") or ROOT / "instance").resolve()
    url = os.environ.get("PORTAL_DATABASE_URL") or f"sqlite:///{instance / 'portal.db'}"
    return Settings(
        instance=instance,
        database_url=url,
        https=os.environ.get("PORTAL_HTTPS") == "1",
        proxies=int(os.environ.get("PORTAL_PROXIES") or "0"),
    )
