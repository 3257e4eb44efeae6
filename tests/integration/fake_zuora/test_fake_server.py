import socket
import threading
from ssl import SSLContext

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, serve
from workflow_mirror.fake_zuora.server import listen


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener:
        # asyncio sets TCP_NODELAY only where the protocol is named.
        assert listener.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_an_error_at_once() -> None:
    with serve(FakeZuora()) as server, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", server.port)


def test_nothing_is_left_after_stopping(ssl_context: SSLContext) -> None:
    before = set(threading.enumerate())
    with serve(FakeZuora()) as server, httpx2.Client(verify=ssl_context) as client:
        client.get(f"{server.base_url}/workflows")
        assert "fake-zuora" in {thread.name for thread in set(threading.enumerate()) - before}

    assert not set(threading.enumerate()) - before
    listen("127.0.0.1", server.port).close()


def test_two_fakes_can_serve_side_by_side(ssl_context: SSLContext) -> None:
    one, other = FakeZuora(), FakeZuora()
    with serve(one) as first, serve(other) as second, httpx2.Client(verify=ssl_context) as client:
        client.get(f"{first.base_url}/workflows")
        client.get(f"{first.base_url}/workflows")
        client.get(f"{second.base_url}/workflows")

    assert (len(one.requests), len(other.requests)) == (2, 1)
