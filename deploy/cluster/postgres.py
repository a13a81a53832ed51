"""One PostgreSQL server in a directory of its own, as compose starts it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from deploy.cluster.directory import Directory
from deploy.cluster.tools import ROOT
from runtime.errors import OperatorError
from runtime.process import ChildSpec

HOST: Final = "127.0.0.1"
GRACE_SECONDS: Final = 30.0
_CONFIG: Final = ROOT / "deploy" / "postgres" / "postgresql.conf"
_DATABASES: Final = ROOT / "deploy" / "postgres" / "databases.sh"
_TRAVERSE: Final = 0o001


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where it is and how it is reached."""

    binaries: Path
    directory: Directory
    port: int

    @property
    def home(self) -> Path:
        """What belongs to its user."""
        return self.directory.path / "postgres"

    def url(self, role: str = "appeals", database: str = "appeals") -> str:
        """The address with its password, for whoever looks into a database."""
        return f"postgresql://{role}:{quote(self._password(role), safe='')}@{HOST}:{self.port}/{database}"

    def _password(self, role: str) -> str:
        return self.directory.password_file(role).read_text(encoding="utf-8").strip()

    def initialise(self) -> None:
        """Make the data directory, unless it is there. As another user when run as root: PostgreSQL refuses root.

        Raises:
            OperatorError: that user cannot reach the directory, or initdb fails.
        """
        data = self.home / "data"
        if (data / "PG_VERSION").exists():
            return
        self.home.mkdir(mode=0o700, exist_ok=True)
        password = self.home / "superuser-password"
        shutil.copy(self.directory.password_file("postgres"), password)
        user = unprivileged()
        if user is not None:
            _refuse_unreachable(self.home, user)
            for path in (self.home, password):
                os.chown(path, user.pw_uid, user.pw_gid)
        try:
            self._initdb(data, password)
        finally:
            password.unlink()

    def _initdb(self, data: Path, password: Path) -> None:
        command = [
            *(
                str(self.binaries / "initdb"),
                "--pgdata",
                str(data),
                "--username",
                "postgres",
                "--pwfile",
                str(password),
            ),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"),
        ]
        done = subprocess.run(as_user(command), capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 - ours
        if done.returncode != 0:
            raise OperatorError("initdb 失败。", "initdb failed.", done.stderr.strip()[-1000:])

    def spec(self) -> ChildSpec:
        """The server as a child."""
        # The server's user may not be able to read the checkout.
        config = self.home / "postgresql.conf"
        shutil.copy(_CONFIG, config)
        config.chmod(0o644)
        settings = {"config_file": config, "listen_addresses": HOST, "port": self.port, "unix_socket_directories": ""}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ChildSpec(
            name="postgres",
            command=as_user([str(self.binaries / "postgres"), "-D", str(self.home / "data"), *flags]),
            grace_seconds=GRACE_SECONDS,
            output=self.directory.logs / "postgres.log",
        )

    def answers(self) -> bool:
        """Whether it serves now."""
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
            return True
        return False

    def create_databases(self) -> None:
        """Roles and databases, by the script that the image runs.

        Raises:
            OperatorError: it fails.
        """
        run_script(_DATABASES, self.environment())

    def environment(self) -> dict[str, str]:
        """What scripts need to reach it as its superuser, with its own programs."""
        return {
            **os.environ,
            "PATH": f"{self.binaries}{os.pathsep}{os.environ.get('PATH', '')}",
            "PGHOST": HOST,
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGPASSWORD": self._password("postgres"),
            "SECRETS": str(self.directory.secrets),
        }


def run_script(script: Path, environment: dict[str, str]) -> None:
    """Run one of deploy's scripts.

    Raises:
        OperatorError: it fails; the message has the end of what it said.
    """
    done = subprocess.run(  # noqa: S603 - ours
        ["/bin/sh", str(script)], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise OperatorError(f"{script.name} 失败。", f"{script.name} failed ({done.returncode}).", said)


def unprivileged() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as when this process is root: its packages' user, else nobody. None when it is not root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def as_user(command: list[str]) -> list[str]:
    """The command, run as that user."""
    user = unprivileged()
    if user is None:
        return command
    # A change of user takes the leash's death signal away: setpriv asks for it again.
    leash = ["--pdeathsig", "KILL"] if sys.platform.startswith("linux") else []
    ids = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return ["setpriv", *ids, *leash, "--", *command]


def _refuse_unreachable(directory: Path, user: pwd.struct_passwd) -> None:
    for parent in directory.absolute().parents:
        if not parent.stat().st_mode & _TRAVERSE:
            raise OperatorError(
                f"PostgreSQL 以用户 {user.pw_name} 运行，进不了 {parent}。",
                f"PostgreSQL runs as {user.pw_name}, who cannot enter {parent}.",
                f"chmod o+x {parent}，或换一个目录，或不要用 root 运行。 / or another directory, or not as root.",
            )
