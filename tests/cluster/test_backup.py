"""The scripts that back up and restore the production topology's databases."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from deploy.cluster import Cluster
from deploy.cluster.tools import ROOT
from tests.cluster.listing import find_listed, until_listed
from tests.cluster.walking import STEPS, Api, assert_exactly_once, crowd, prepare

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

CLIENTS = ("api", "worker-1", "worker-2", "temporal")


def script(cluster: Cluster, name: str, *arguments: str, keys: Path | None = None) -> subprocess.CompletedProcess[str]:
    """One of deploy's scripts against the cluster's PostgreSQL."""
    environment = cluster.postgres.environment()
    environment["PGPASSWORD_FILE"] = str(cluster.directory.password_file("postgres"))
    environment["APPEALS_CODEC_KEYS_FILE"] = str(keys or cluster.directory.codec_keys)
    del environment["PGPASSWORD"]
    command = ["/bin/sh", str(ROOT / "deploy" / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def backup(cluster: Cluster, directory: Path) -> Path:
    done = script(cluster, "backup.sh", str(directory))
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def go_on(cluster: Cluster) -> None:
    """As the handbook says: Temporal alone, reconcile, and then workers and API."""
    cluster.start("temporal")
    cluster.temporal.set_namespace()
    cluster.appeals("reconcile", "--engine-restored")  # an exit code other than 0, something left, is an error
    cluster.start("worker-1")
    cluster.start("worker-2")
    cluster.start("api")
    cluster.wait_ready()


def test_a_backup_under_load_is_restored_and_the_system_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    with crowd(cluster, "load", 8) as people:
        people.wait_for_progress(time.monotonic() + 3, 60)
        before = {number: list(steps) for number, steps in people.acknowledged.items()}
        kept = backup(cluster, tmp_path)
        people.wait_for_progress(time.monotonic() + 3, 60)
    later = prepare(cluster, "later", 5, STEPS[:2])

    refused = script(cluster, "restore.sh", str(kept))
    assert refused.returncode != 0
    assert "still connected" in refused.stderr
    for name in CLIENTS:
        cluster.stop(name)
    restored = script(cluster, "restore.sh", str(kept))
    assert restored.returncode == 0, restored.stderr
    go_on(cluster)

    cluster.appeals("audit", "verify")
    cluster.appeals("reconcile", "--dry-run")  # nothing is left apart
    with Api(cluster) as api:
        for number, steps in before.items():
            told = [e["action"] for e in api.get("supervisor", f"/v1/appeals/{number}/journal")["items"]]
            assert told[: len(steps)] == steps
            api.insist("enterprise", f"/v1/appeals/{number}/actions/add_information", f"{number}-on", {"text": "补充"})
        assert all(api.ask("supervisor", f"/v1/appeals/{number}") is None for number in later)
    again = prepare(cluster, "again", 3, STEPS)
    assert_exactly_once(cluster, {number: ["submit", *(action for _, action, _ in STEPS)] for number in again})


def dump_again(cluster: Cluster, kept: Path, database: str) -> None:
    """As if that database had been dumped so much later than the others."""
    environment = cluster.postgres.environment()
    dump = ["pg_dump", "--format=custom", "--dbname", database, "--file", str(kept / f"{database}.dump")]
    subprocess.run(dump, env=environment, check=True)
    sums = "sha256sum MANIFEST ./*.dump >SHA256SUMS"
    subprocess.run(["/bin/sh", "-c", sums], cwd=kept, check=True)


def test_what_began_between_the_dumps_is_whole_or_leaves_no_trace(cluster: Cluster, tmp_path: Path) -> None:
    kept = backup(cluster, tmp_path)
    [stored] = prepare(cluster, "stored", 1, STEPS[:2])
    dump_again(cluster, kept, "temporal")
    [listed] = prepare(cluster, "listed", 1, STEPS[:2])
    until_listed(cluster, listed, 'ExecutionStatus = "Running"')
    dump_again(cluster, kept, "temporal_visibility")

    for name in CLIENTS:
        cluster.stop(name)
    restored = script(cluster, "restore.sh", str(kept))
    assert restored.returncode == 0, restored.stderr
    go_on(cluster)

    until_listed(cluster, stored, 'ExecutionStatus = "Running"')
    assert_exactly_once(cluster, {stored: ["submit", "accept", "assign"]})
    assert listed not in find_listed(cluster, 'ExecutionStatus = "Running"')


def test_a_backup_that_is_damaged_or_cannot_be_decrypted_replaces_nothing(cluster: Cluster, tmp_path: Path) -> None:
    [number] = prepare(cluster, "kept", 1, STEPS[:2])
    kept = backup(cluster, tmp_path)
    for name in CLIENTS:
        cluster.stop(name)

    others = tmp_path / "other-keys"
    others.write_text("another:AAAA\n")
    wrong = script(cluster, "restore.sh", str(kept), keys=others)
    assert wrong.returncode != 0
    assert "is not in APPEALS_CODEC_KEYS_FILE" in wrong.stderr

    damaged = tmp_path / "damaged"
    shutil.copytree(kept, damaged)
    with (damaged / "temporal.dump").open("r+b") as dump:
        dump.seek(5000)
        dump.write(b"x")
    bad = script(cluster, "restore.sh", str(damaged))
    assert bad.returncode != 0
    assert "damaged" in bad.stderr

    go_on(cluster)
    assert_exactly_once(cluster, {number: ["submit", "accept", "assign"]})


def test_a_backup_is_whole_or_not_there(cluster: Cluster, tmp_path: Path) -> None:
    kept = backup(cluster, tmp_path)
    assert {path.name for path in kept.iterdir()} == {
        *("MANIFEST", "SHA256SUMS", "appeals.dump", "temporal.dump", "temporal_visibility.dump"),
    }
    assert kept.stat().st_mode & 0o077 == 0
    key = cluster.directory.codec_keys.read_text().partition(":")
    assert f"codec-key {key[0]}\n" in (kept / "MANIFEST").read_text()
    assert all(key[2].strip().encode() not in path.read_bytes() for path in kept.iterdir())

    cluster.stop_postgres()
    failed = script(cluster, "backup.sh", str(tmp_path))
    cluster.start_postgres()
    assert failed.returncode != 0
    assert list(tmp_path.iterdir()) == [kept]
