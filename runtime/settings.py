"""Settings: `APPEALS_*` variables, frozen once read. The Temporal connection also listens to `TEMPORAL_*`."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import quote, urlsplit

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
_PORTS: Final = 65_536


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
    database_password_file: Path | None = None
    """Holds the password for `database_url`, which then needs none: it stands in no environment."""
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
    catalogue_dir: Path | None = None
    """A deployment's own catalogue: the folders it holds take the place of the packaged ones."""
    partner_secrets_dir: Path | None = Field(default=None, validate_default=True)
    """A file for each outside body that is spoken to by machine, with the secrets that sign; docs/partners.md."""
    partner_urls: dict[str, str] = Field(default_factory=dict)
    """Unit to address, as JSON; wins over the organisation file's."""
    sms_gateway_url: str | None = None
    """Where text messages are posted to; people are sent none when unset. docs/messages.md"""
    channel_secrets_dir: Path | None = Field(default=None, validate_default=True)
    """`sms` has the secret that signs for the gateway; `email`, `wecom`, `dingtalk`, `feishu` each an Apprise URL."""
    private_channels: list[str] = Field(default_factory=list)
    """Channels, as JSON, whose servers may lie in a private network."""
    link_hours: int = Field(default=24, ge=1, le=168)
    """So long the link in a message lets its receiver take the escalation without signing in."""
    session_hours: int = Field(default=8, ge=1, le=168)
    """So long somebody who signed in stays so without doing anything."""
    session_days: int = Field(default=7, ge=1, le=90)
    """So long at most, whatever they do."""
    attachments: str = Field(default="", validate_default=True)
    """A directory (`attachments` in the data directory by default), or `s3://bucket/folder` with the usual `AWS_*`."""
    s3_secret_key_file: Path | None = None
    """Holds the secret key for it, which then stands in no environment."""
    attachment_megabytes: int = Field(default=20, ge=1, le=1000)
    """The largest upload."""
    attachment_days: int = Field(default=7, ge=1, le=365)
    """So long an upload that nothing refers to is kept."""
    clamd: str | None = None
    """`host:port` of a clamd that looks into every upload; none does when unset."""
    public_url: str | None = None
    """Where people reach the API, for the links on documents; else the address of the request."""
    temporal_ui_url: str | None = None
    """Temporal's own pages, for engineers; `appeals up` sets it to those of the embedded engine."""
    temporal_bin: Path | None = None
    """The engine's binary, before any other place is searched."""
    engine_address: str | None = None
    """`host:port` of the embedded engine; set by `appeals up` for its children, wins over `TEMPORAL_*`."""
    task_queue: str = "appeals"
    sandbox: bool = False
    """Whether a worker runs the workflow in the SDK's sandbox, which costs a third of its CPU; tests do (ADR 0018)."""
    metrics_bind: str | None = None
    """`host:port` where a worker answers `/metrics` and `/healthz`; nowhere when unset. The API does on its port."""
    traces: str | None = None
    """An OTLP/HTTP endpoint that takes traces, such as `http://collector:4318`; none are made when unset."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    log_file: Path | None = None
    """Everything as JSON into this file, rotated; the terminal then sees warnings only."""

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("catalogue_dir", mode="after")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        found = value and value.expanduser().absolute()
        if found and not found.is_dir():
            raise ValueError(f"{found} is no directory")
        return found

    @field_validator("database_url", mode="after")
    @classmethod
    def _driver(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return f"sqlite+aiosqlite:///{info.data.get('data_dir', Path('data'))}/appeals.db"
        scheme, separator, rest = value.partition("://")
        scheme = SCHEMES.get(scheme, scheme)
        if not separator or scheme not in DRIVERS:
            raise ValueError("give sqlite:///path or postgresql://user:password@host/name")
        return f"{scheme}://{_with_password(rest, info.data.get('database_password_file'))}"

    @field_validator("attachments", mode="after")
    @classmethod
    def _place(cls, value: str, info: ValidationInfo) -> str:
        target = urlsplit(value)
        if not target.scheme:
            directory = Path(value) if value else info.data.get("data_dir", Path("data")) / "attachments"
            return str(directory.expanduser().absolute())
        if target.scheme != "s3" or not target.netloc:
            raise ValueError("give a directory, or s3://bucket/folder")
        return value

    @field_validator("public_url", mode="after")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("give https://host")
        return value and value.rstrip("/")

    @field_validator("metrics_bind", "clamd", mode="after")
    @classmethod
    def _bind(cls, value: str | None) -> str | None:
        host, _, port = (value or "").rpartition(":")
        if value is not None and not (host and port.isdecimal() and int(port) < _PORTS):
            raise ValueError("give host:port")
        return value

    @field_validator("traces", mode="after")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("give http://host:4318 or https://…")
        return value

    @field_validator("codec_keys_file", mode="after")
    @classmethod
    def _key_file(cls, value: Path | None, info: ValidationInfo) -> Path:
        return (value or info.data.get("data_dir", Path("data")) / "codec-keys").expanduser().absolute()

    @field_validator("partner_secrets_dir", mode="after")
    @classmethod
    def _secrets(cls, value: Path | None, info: ValidationInfo) -> Path:
        return (value or info.data.get("data_dir", Path("data")) / "partner-secrets").expanduser().absolute()

    @field_validator("channel_secrets_dir", mode="after")
    @classmethod
    def _channels(cls, value: Path | None, info: ValidationInfo) -> Path:
        return (value or info.data.get("data_dir", Path("data")) / "channel-secrets").expanduser().absolute()

    @field_validator("sms_gateway_url", mode="after")
    @classmethod
    def _gateway(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("give https://host/path")
        return value

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
        if self.database_password_file is not None:
            values["database_url"] = re.sub(r"(://[^:@/]+):[^@]*@", r"\1@", self.database_url)
        words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
        return {f"APPEALS_{name.upper()}": value for name, value in {**words, **changes}.items()}

    @property
    def key_file(self) -> Path:
        """Where the payload keys are kept when the environment does not give them."""
        return self.codec_keys_file or self.data_dir / "codec-keys"

    @property
    def partner_secrets(self) -> Path:
        """Where the secrets of outside bodies are."""
        return self.partner_secrets_dir or self.data_dir / "partner-secrets"

    @property
    def channel_secrets(self) -> Path:
        """Where the secrets of channels are."""
        return self.channel_secrets_dir or self.data_dir / "channel-secrets"

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


def _with_password(rest: str, file: Path | None) -> str:
    """What follows `scheme://`, with the password of the file unless it has one."""
    user, at, host = rest.partition("@")
    if file is None or ":" in user:
        return rest
    if not at or not user:
        raise ValueError("with APPEALS_DATABASE_PASSWORD_FILE, give postgresql://user@host/name")
    try:
        password = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"the password file {file} cannot be read: {error.strerror}") from None
    return f"{user}:{quote(password, safe='')}@{host}"
