"""People at work on a cluster: each walks appeals through the loop and repeats a request until it is acknowledged."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from deploy.cluster import Cluster
from tests.support.running import submission

STEPS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("window", "accept", {}),
    ("dispatcher", "assign", {"lead_unit": "station-a"}),
    ("handler", "sign", {}),
    ("handler", "note", {"text": "第一次联系企业"}),
    ("handler", "submit_result", {"outcome": "solved", "text": "已办结"}),
    ("leader", "review", {"approved": True}),
    ("handler", "send_answer", {"text": "已答复", "method": "phone"}),
)
#: What happens by itself beside what people do.
BY_ITSELF = {"rung", "escalate", "pause_ended"}
PATIENCE_SECONDS = 150


@dataclass(frozen=True)
class Ack:
    """One acknowledged request: from its first sending to its acknowledgement."""

    sent: float
    acknowledged: float

    @property
    def seconds(self) -> float:
        return self.acknowledged - self.sent


class Api:
    """One person's connection; keys of the sample organisation."""

    def __init__(self, cluster: Cluster) -> None:
        self._keys = cluster.sample_keys
        self._client = httpx2.Client(base_url=cluster.api_url, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, name: str, path: str) -> Any:
        """What GET answers, which must be 200."""
        answer = self._client.get(path, headers=self._headers(name))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, name: str, path: str) -> Any:
        """What GET answers; None while it cannot."""
        try:
            answer = self._client.get(path, headers=self._headers(name))
        except httpx2.HTTPError:
            return None
        return answer.json() if answer.status_code == 200 else None

    def post(self, name: str, path: str, key: str, body: Mapping[str, object]) -> httpx2.Response:
        """What POST answers."""
        return self._client.post(path, headers=self._headers(name) | {"Idempotency-Key": key}, json=body)

    def insist(self, name: str, path: str, key: str, body: Mapping[str, object]) -> str:
        """The same request again and again until it is acknowledged; the appeal's number."""
        deadline, said = time.monotonic() + PATIENCE_SECONDS, ""
        while time.monotonic() < deadline:
            try:
                answer = self.post(name, path, key, body)
            except (httpx2.HTTPError, OSError) as error:
                said = repr(error)
                time.sleep(0.2)
                continue
            if answer.status_code in {200, 201, 202}:
                return str(answer.json()["number"])
            if answer.status_code != 503:
                raise AssertionError(f"{path} {answer.status_code} {answer.text}")
            said = answer.text
            time.sleep(0.2)
        raise AssertionError(f"{path}: not acknowledged in {PATIENCE_SECONDS} s: {said}")

    def _headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[name]}"}


@dataclass
class Walker:
    """Walks one appeal after the other until it is told to stop; what was begun is then brought to its end."""

    cluster: Cluster
    name: str
    done: threading.Event
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    acks: list[Ack] = field(default_factory=list)
    failure: BaseException | None = None

    def walk(self) -> None:
        try:
            with Api(self.cluster) as api:
                for n in itertools.takewhile(lambda _: not self.done.is_set(), itertools.count(1)):
                    self._one(api, f"{self.name}-{n}")
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for the thread
            self.failure = error

    def _one(self, api: Api, key: str) -> None:
        number = self._timed(api, "system", "/v1/appeals", key, submission())
        self.acknowledged[number] = ["submit"]
        for who, action, body in STEPS:
            self._timed(api, who, f"/v1/appeals/{number}/actions/{action}", f"{key}-{action}", body)
            self.acknowledged[number].append(action)

    def _timed(self, api: Api, who: str, path: str, key: str, body: Mapping[str, object]) -> str:
        sent = time.monotonic()
        number = api.insist(who, path, key, body)
        self.acks.append(Ack(sent, time.monotonic()))
        return number


class Crowd:
    """Several walkers at once."""

    def __init__(self, walkers: Sequence[Walker]) -> None:
        self.walkers = walkers

    def acks(self) -> list[Ack]:
        """Everything acknowledged by now."""
        return [ack for walker in self.walkers for ack in list(walker.acks)]

    def wait_for_progress(self, since: float, seconds: float) -> float:
        """Wait until every walker had something acknowledged after `since`; how long after that the last one did."""
        deadline = time.monotonic() + seconds
        while True:
            self.raise_failures()
            firsts = [
                min((a.acknowledged for a in w.acks if a.acknowledged > since), default=None) for w in self.walkers
            ]
            if None not in firsts:
                return max(f for f in firsts if f is not None) - since
            assert time.monotonic() < deadline, f"no progress within {seconds} s of some of {len(firsts)} walkers"
            time.sleep(0.05)

    def raise_failures(self) -> None:
        """What ended a walker."""
        for walker in self.walkers:
            if walker.failure is not None:
                raise walker.failure

    @property
    def acknowledged(self) -> dict[str, list[str]]:
        """Every appeal with the actions that were acknowledged."""
        return {number: steps for walker in self.walkers for number, steps in walker.acknowledged.items()}


@contextmanager
def crowd(cluster: Cluster, name: str, size: int) -> Iterator[Crowd]:
    """People at work while the block runs; afterwards they have brought what they began to its end."""
    done = threading.Event()
    walkers = [Walker(cluster, f"{name}-{n}", done) for n in range(size)]
    found = Crowd(walkers)
    threads = [threading.Thread(target=walker.walk) for walker in walkers]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=PATIENCE_SECONDS)
            assert not thread.is_alive()
    found.raise_failures()


def assert_exactly_once(cluster: Cluster, acknowledged: Mapping[str, Sequence[str]]) -> None:
    """Every acknowledged action stands in the journal once, nothing else does, and no hash chain is broken."""
    with Api(cluster) as api:
        for number, steps in acknowledged.items():
            entries = api.get("supervisor", f"/v1/appeals/{number}/journal")["items"]
            told = Counter(e["action"] for e in entries if e["action"] not in BY_ITSELF)
            assert told == Counter(steps), number
            assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1)), number
    cluster.appeals("audit", "verify")


def prepare(
    cluster: Cluster, name: str, count: int, steps: Sequence[tuple[str, str, Mapping[str, object]]]
) -> list[str]:
    """So many appeals, each walked through the same steps, several at once; their numbers."""

    def one(n: int) -> str:
        key = f"{name}-{n}"
        with Api(cluster) as api:
            number = api.insist("system", "/v1/appeals", key, submission())
            for who, action, body in steps:
                api.insist(who, f"/v1/appeals/{number}/actions/{action}", f"{key}-{action}", body)
        return number

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(count)))


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
