"""An answer has a maximum size and a request a maximum duration, whatever the server does."""

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.zuora.raw_server import (
    CONNECTING,
    EXPORT,
    HANGING,
    OK,
    Hanging,
    Talk,
    answering,
    client_of,
    dripping_body,
    raw_server,
    with_length,
)
from workflow_mirror.zuora.auth import MemoryTokenStore
from workflow_mirror.zuora.client import AnswerLimits, ZuoraClient
from workflow_mirror.zuora.errors import (
    AnswerTooLargeError,
    BadDataError,
    TryAgainError,
    UnreachableError,
    UnusableAnswerError,
)

MEGABYTE = 2**20
ONE_MEGABYTE = AnswerLimits(size=MEGABYTE)
BOMB = gzip.compress(bytes(256 * MEGABYTE), compresslevel=1)


def endless(connection: socket.socket) -> None:
    """Chunks without end."""
    connection.recv(65536)
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")


def endless_after_gzip(connection: socket.socket) -> None:
    """A small gzip document, and then what is none."""
    connection.recv(65536)
    head = b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    small = gzip.compress(EXPORT)
    connection.sendall(OK + head + b"%x\r\n%s\r\n" % (len(small), small))
    while True:
        connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")


TOO_LARGE = {
    "gzip bomb": answering(with_length(BOMB, packed=True)),
    "gzip bomb as an error": answering(
        with_length(BOMB, packed=True, status=b"500 Internal Server Error")
    ),
    "gzip bomb as a refused token": answering(
        with_length(BOMB, packed=True, status=b"401 Unauthorized")
    ),
    "long text": answering(with_length(bytes(MEGABYTE + 1))),
    "endless chunks": endless,
    "endless after gzip": endless_after_gzip,
}


@pytest.mark.parametrize("talk", TOO_LARGE.values(), ids=TOO_LARGE)
def test_an_answer_that_is_too_large_is_an_error_of_that_workflow_and_fills_no_memory(
    talk: Talk,
) -> None:
    with raw_server(talk) as url, client_of(url, limits=ONE_MEGABYTE) as client:
        tracemalloc.start()
        try:
            with pytest.raises(AnswerTooLargeError) as raised:
                client.export_workflow("1")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert isinstance(raised.value, BadDataError)
    assert str(raised.value) == "Zuora's answer is too large (export workflow): more than 1 MB"
    assert peak < 8 * MEGABYTE


def test_an_answer_that_is_too_large_is_not_asked_for_again() -> None:
    with raw_server(TOO_LARGE["long text"]) as url, client_of(url, limits=ONE_MEGABYTE) as client:
        with pytest.raises(AnswerTooLargeError):
            client.export_workflow("1")

        assert client.requests == 1


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_of_just_the_maximum_size_is_read(*, packed: bool) -> None:
    document = EXPORT.ljust(MEGABYTE)
    body = gzip.compress(document) if packed else document
    talk = answering(with_length(body, packed=packed))
    with raw_server(talk) as url, client_of(url, limits=ONE_MEGABYTE) as client:
        assert client.export_workflow("1") == {"workflow": {}, "tasks": []}


def test_a_list_page_that_is_too_large_is_no_page_without_rows() -> None:
    talk = TOO_LARGE["gzip bomb"]
    with (
        raw_server(talk) as url,
        client_of(url, limits=ONE_MEGABYTE) as client,
        pytest.raises(AnswerTooLargeError, match="list workflows"),
    ):
        client.list_page(1)


def test_a_token_answer_that_is_too_large_is_not_an_error_of_the_workflow() -> None:
    with (
        raw_server(TOO_LARGE["gzip bomb"]) as url,
        client_of(url, limits=ONE_MEGABYTE, tokens=MemoryTokenStore()) as client,
        pytest.raises(UnusableAnswerError, match=r"get token.*more than 1 MB"),
    ):
        client.export_workflow("1")


@pytest.mark.parametrize("hanging", HANGING.values(), ids=HANGING)
def test_a_request_ends_when_its_time_is_over(hanging: Hanging) -> None:
    with hanging() as url, client_of(url, limits=AnswerLimits(seconds=0.5)) as client:
        began = time.monotonic()
        with pytest.raises(UnreachableError) as raised:
            client.export_workflow("1")

    assert time.monotonic() - began < 8
    assert isinstance(raised.value, TryAgainError)
    assert str(raised.value) == (
        "Zuora did not answer (export workflow): no complete answer within 0.5 seconds"
    )


@pytest.mark.parametrize("hanging", CONNECTING.values(), ids=CONNECTING)
def test_connecting_takes_no_longer_than_a_request_may(hanging: Hanging) -> None:
    with hanging() as url, client_of(url, limits=AnswerLimits(seconds=0.5)) as client:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="timed out"):
            client.export_workflow("1")

    assert time.monotonic() - began < 8


@pytest.mark.parametrize("call", [ZuoraClient.authenticate, lambda client: client.list_page(1)])
def test_the_time_of_a_token_call_is_limited_too(call: Callable[[ZuoraClient], Any]) -> None:
    limits = AnswerLimits(seconds=0.5)
    with (
        raw_server(dripping_body) as url,
        client_of(url, limits=limits, tokens=MemoryTokenStore()) as client,
        pytest.raises(UnreachableError, match=r"get token.*within 0\.5 seconds"),
    ):
        call(client)


def test_each_request_of_a_thread_has_its_whole_time() -> None:
    answer = with_length(EXPORT)
    slowly = answering(answer[:10], answer[10:-5], answer[-5:], pause=0.3)

    def again_and_again(connection: socket.socket) -> None:
        while True:
            slowly(connection)

    began = time.monotonic()
    with (
        raw_server(again_and_again) as url,
        client_of(url, limits=AnswerLimits(seconds=2)) as client,
    ):
        while time.monotonic() - began < 2.5:
            assert client.export_workflow("1")["tasks"] == []


def test_a_connection_whose_answer_took_too_long_is_not_used_again() -> None:
    connections = list[socket.socket]()

    def late(connection: socket.socket) -> None:
        connections.append(connection)
        answering(OK + b"Content-Length: 100\r\n\r\n" + EXPORT, pause=5)(connection)

    with raw_server(late) as url, client_of(url, limits=AnswerLimits(seconds=0.5)) as client:
        for _ in range(2):
            with pytest.raises(UnreachableError, match="no complete answer"):
                client.export_workflow("1")

    assert len(connections) == 2
