"""Settings: `APPEALS_*` variables, frozen once read. The Temporal connection also listens to `TEMPORAL_*`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import SettingsError

SCHEMES: Final = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
}
"""What people write in a database URL, and the driver that we mean by it."""

DRIVERS: Final = frozenset(SCHEMES.values())


class Settings(BaseSettings):
    """One process's settings. Paths are absolute; `database_url` names the driver that is used."""

    model_config = SettingsConfigDict(
        env_prefix="APPEALS_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # a database URL holds a password
    )

    data_dir: Path = Field(default=Path("data"), validate_default=True)
    """Holds the engine's and the application's SQLite files, keys, logs and locks; may hold other files."""
    database_url: str = Field(default="", validate_default=True, repr=False)
    """`sqlite+aiosqlite://…` (default: `appeals.db` in the data directory) or `postgresql+psycopg://…`."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    rehearsal: bool = False
    """Each appeal has its own clock that can be moved on."""
    sample: bool = False
    """The sample organisation and its keys; served on loopback only."""
    codec_keys: SecretStr | None = None
    """`kid:base64` lines or a JSON object; the first key encrypts, all decrypt. Wins over the file."""
    codec_keys_file: Path | None = Field(default=None, validate_default=True)
    temporal_bin: Path | None = None
    """The engine's binary, before any other place is searched."""
    engine_address: str | None = None
    """`host:port` of the embedded engine; set by `appeals up` for its children, wins over `TEMPORAL_*`."""
    task_queue: str = "appeals"
    metrics_bind: str | None = None
    """`host:port` where the Temporal SDK of this process serves its own metrics; none when unset."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    log_file: Path | None = None
    """Everything as JSON into this file, rotated; the terminal then sees warnings only."""

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url", mode="after")
    @classmethod
    def _driver(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return f"sqlite+aiosqlite:///{info.data.get('data_dir', Path('data'))}/appeals.db"
        scheme, separator, rest = value.partition("://")
        scheme = SCHEMES.get(scheme, scheme)
        if not separator or scheme not in DRIVERS:
            raise ValueError("give sqlite:///path or postgresql://user:password@host/name")
        return f"{scheme}://{rest}"

    @field_validator("codec_keys_file", mode="after")
    @classmethod
    def _key_file(cls, value: Path | None, info: ValidationInfo) -> Path:
        return (value or info.data.get("data_dir", Path("data")) / "codec-keys").expanduser().absolute()

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from the environment, with overrides that are not None.

        Raises:
            SettingsError: naming each variable that cannot be used, never its value.
        """
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            lines = [f"APPEALS_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
            raise SettingsError("设置有误。", "A setting cannot be used.", "\n".join(lines)) from None

    def environment(self, **changes: str) -> dict[str, str]:
        """The variables that give a child process these settings; secrets stay in the environment it inherits."""
        values = self.model_dump(mode="json", exclude_none=True, exclude={"codec_keys"})
        words = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
        return {f"APPEALS_{name.upper()}": value for name, value in {**words, **changes}.items()}

    @property
    def key_file(self) -> Path:
        """Where the payload keys are kept when the environment does not give them."""
        return self.codec_keys_file or self.data_dir / "codec-keys"

    @property
    def sample_keys_file(self) -> Path:
        """Name to API key, for the sample organisation."""
        return self.data_dir / "sample-keys.json"

    @property
    def engine_db(self) -> Path:
        """The embedded engine's SQLite file."""
        return self.data_dir / "engine.db"

    @property
    def logs_dir(self) -> Path:
        """The engine's, worker's and API's own logs."""
        return self.data_dir / "logs"

    @property
    def on_loopback(self) -> bool:
        """Whether `host` is reachable from this machine only."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
