from __future__ import annotations

import os
import socket

import pytest

from runtime.errors import PortTakenError
from runtime.ports import answers, free_port, listen, owner


def test_a_taken_port_is_told_with_its_taker_and_another_port() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"127\.0\.0\.1:{port}.*占用") as refused:
            listen("127.0.0.1", port)
        assert f"--port {port + 1}" in refused.value.mend
        assert refused.value.may_pass
        if os.path.exists("/proc/net/tcp"):  # noqa: PTH110
            assert f"pid {os.getpid()}" in (owner(port) or "")
            assert f"pid {os.getpid()}" in refused.value.zh


def test_an_address_of_another_machine_is_told_and_will_not_pass() -> None:
    with pytest.raises(PortTakenError, match=r"203\.0\.113\.1") as refused:
        listen("203.0.113.1", 8000)
    assert not refused.value.may_pass


def test_a_free_port_answers_only_once_somebody_listens() -> None:
    port = free_port()
    assert not answers("127.0.0.1", port)
    assert owner(port) is None
    with listen("127.0.0.1", port):
        assert answers("127.0.0.1", port)


def test_a_port_is_free_again_right_after_its_connections_closed() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = first.accept()
            accepted.close()
    listen("127.0.0.1", port).close()
