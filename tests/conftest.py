"""Fixtures that several rooms share."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from temporalio.worker._workflow import _WorkflowWorker

from storage import passwords
from tests.support.engine import Engine
from tests.support.house import House, open_house

#: The files that take longest, in this order: begun first, none of them is what everybody waits for at the end.
_LONGEST: Final = (
    "tests/browser/test_everybody_can_use_every_page.py",
    "tests/e2e/test_kill.py",
    "tests/workflows/test_faults.py",
    "tests/e2e/test_ladders_survive.py",
    "tests/cli/test_up.py",
    "tests/browser/test_the_loop_is_closed.py",
    "tests/browser/test_whoever_is_on_duty.py",
    "tests/browser/test_pages_live_on.py",
    "tests/repair/test_reconcile.py",
    "tests/repair/test_restore.py",
    "tests/release/test_previous_release.py",
    "tests/browser/test_a_permit_for_toxic_chemicals.py",
    "tests/bench/test_harness.py",
    "tests/e2e/test_demo.py",
    "tests/observability/test_a_running_system.py",
    "tests/domain/test_loop_properties.py",
    "tests/promises/test_an_outage_fires_only_what_still_matters.py",
    "tests/browser/test_the_desk_by_keys.py",
    "tests/browser/test_pages_are_live.py",
    "tests/e2e/test_partner.py",
    "tests/web/test_links.py",
    "tests/web/test_appeal_page.py",
    "tests/web/test_catalogue_pages.py",
    "tests/domain/test_simulate.py",
    "tests/observability/test_replay.py",
    "tests/repair/test_ahead.py",
    "tests/repair/test_doctor.py",
    "tests/repair/test_between.py",
    "tests/replay/test_replay.py",
    "tests/domain/test_oracles.py",
    "tests/api/test_fuzz.py",
    "tests/worker/test_messenger.py",
    "tests/storage/test_migrations_online.py",
)
#: These reach every branch of ``domain`` and ``workflows`` by themselves. Everywhere else tracing would only cost time:
#: a request takes half as long again.
_TRACED: Final = (
    *(f"tests/{room}/" for room in ("activities", "catalogue", "domain", "promises", "replay", "workflows")),
    "tests/api/test_routing.py",
)
_UNHURRIED: Final = 60
"""Seconds that a workflow may take for one step: the product's two are too few for a machine that does ten things."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; coverage where it is measured."""
    place = {name: nth for nth, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
    for item in items:
        if not item.nodeid.startswith(_TRACED):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: nobody need look for garbage among them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """A loaded machine is no deadlock: the engine's library would break off a step in the middle of anything."""
    patience = property(lambda _: _UNHURRIED, lambda _self, _given: None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_WorkflowWorker, "_deadlock_timeout_seconds", patience, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_hash() -> Iterator[PasswordHash]:
    """The product's own way to hash passwords; tests hash the same way with the least work there can be."""
    own = passwords._HASH
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_HASH", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
        yield own


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A real engine with per-workflow time skipping, for the tests of one file."""
    started = Engine(tmp_path_factory.mktemp("engine"))
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
async def house(engine: Engine) -> AsyncIterator[House]:
    """The whole house around that engine, with a worker."""
    async with open_house(engine.settings) as opened:
        yield opened
