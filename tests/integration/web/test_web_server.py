"""The web server as a process: slow and greedy clients, files running out, and what it logs."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from workflow_mirror.web.people.log_ins import FAILURES_OF_ADDRESS

from .conftest import PASSWORD
from .served import Site, Start, servers

HALF = b"GET /admin/login/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_BODY = (
    b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nusername="
)


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    with servers(tmp_path) as start:
        yield start


@contextmanager
def half_sent(site: Site, number: int, *sources: str) -> Iterator[list[socket.socket]]:
    """So many requests that are never complete, from these addresses in turn."""
    with ExitStack() as stack:
        opened = []
        for place in range(number):
            with suppress(ConnectionError):
                one = stack.enter_context(site.connect(sources[place % len(sources)]))
                one.sendall(HALF)
                opened.append(one)
        yield opened


def closed(one: socket.socket) -> bool:
    try:
        return one.recv(4096) == b""
    except ConnectionError:
        return True


def test_half_sent_requests_of_one_address_leave_room_for_others_and_for_itself(
    start: Start,
) -> None:
    site = start()
    with half_sent(site, 600, "127.0.0.2"):
        assert site.get(source="127.0.0.1").status == 200
        assert site.get(source="127.0.0.2").status == 200
        assert site.sockets() < 130
    assert len(site.lines()) < 5
    assert site.lines("Too many connections")


def test_half_sent_requests_of_many_addresses_leave_room_for_others(start: Start) -> None:
    site = start()
    with half_sent(site, 640, *(f"127.0.0.{number}" for number in range(2, 12))):
        assert site.get().status == 200
        assert 380 < site.sockets() < 430
    assert len(site.lines()) < 5


def test_a_server_that_may_open_few_files_goes_on_and_writes_few_lines(start: Start) -> None:
    site = start(files=64)
    sources = [f"127.0.0.{number}" for number in range(2, 12)]
    with half_sent(site, 120, *sources):
        assert site.get().status == 200
        assert len(site.lines()) < 60  # asyncio would log thousands of errors a second


@pytest.mark.parametrize("begun", [b"", HALF, HALF_BODY])
def test_a_request_that_does_not_arrive_in_time_is_dropped(start: Start, begun: bytes) -> None:
    site = start(request_seconds=1)
    whole = b"GET /admin/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with site.connect() as new, site.connect() as trickling, site.connect() as used:
        new.sendall(begun)
        used.sendall(whole)
        assert used.recv(4096).startswith(b"HTTP/1.1 200")
        used.sendall(begun)
        with suppress(ConnectionError):
            for byte in begun * 20:
                trickling.sendall(bytes([byte]))
                time.sleep(0.05)
                if site.sockets() < 5:
                    break
        assert closed(new)
        assert closed(trickling)
        while not closed(used):
            pass
    assert site.get().status == 200


def test_a_body_from_nobody_is_refused_before_it_arrives(start: Start) -> None:
    site = start()
    with site.connect() as one:
        one.sendall(
            b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000000\r\n\r\n"
        )
        assert one.recv(4096).startswith(b"HTTP/1.1 413")
    sent = 0
    with site.connect() as one:
        one.sendall(
            b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with suppress(ConnectionError):
            while sent < 50_000_000:
                one.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                sent += 0x10000
                assert not any("(deleted)" in name for name in site.files())
    assert sent < 20_000_000
    assert site.get().status == 200


def test_who_has_logged_in_may_send_larger_forms_and_no_larger_ones(
    start: Start, make_user: Any, client_of: Any
) -> None:
    site = start()
    own = client_of(make_user("otto")).cookies["sessionid"].value
    expected = {
        ("", 70_000): 413,
        (own, 70_000): 403,
        (own, 3_000_000): 413,
        ("x" * 32, 70_000): 413,
    }
    for (session, size), status in expected.items():
        headers = {"Cookie": f"sessionid={session}", "Content-Type": "text/plain"}
        with suppress(ConnectionError):  # closed while we were sending
            answer = site.request("POST", "/admin/", bytes(size), headers=headers)
            assert answer.status == status, (size, status)


def test_a_body_reaches_the_application_whole(start: Start, make_user: Any) -> None:
    site = start(WEB_CONCURRENCY="many")  # not one of ours
    make_user("otto")
    status = site.log_in("otto", PASSWORD, padding="p" * 60_000)
    assert status == 302


def test_what_clients_repeat_is_one_line_a_minute(start: Start) -> None:
    site = start()
    for _ in range(30):
        with site.connect() as one:
            one.sendall(b"RUBBISH\r\n\r\n")
            closed(one)
        site.get(host="evil.example")
        site.get("/nowhere/")
    for text in ("Invalid HTTP request", "] Invalid HTTP_HOST", "Not Found"):
        assert len(site.lines(text)) == 1, text


# The expression of docs/how-to/web.md; fail2ban takes the time off first.
FILTER = re.compile(
    r"^\s*\[warning\s*\] Log-in failed\s+address='(?P<host>[0-9a-fA-F.:]+)' username="
)


def test_a_failed_log_in_is_a_line_with_the_clients_address(start: Start, make_user: Any) -> None:
    site = start(ZWM_TRUSTED_PROXIES="127.0.0.1")
    make_user("otto")
    tried = ("otto", PASSWORD, "x' address='6.6.6.6' username='y", "a\n[warning  ] Log-in failed")
    for name in tried:
        site.log_in(name, "not-the-password-either", forwarded_for="203.0.113.9")
    # A client that is no proxy is not believed.
    site.log_in("otto", "wrong", forwarded_for="203.0.113.9", source="127.0.0.2")
    told = site.lines("Log-in failed")
    found = [FILTER.search(line.partition(" ")[2]) for line in told]
    assert [one and one["host"] for one in found] == ["203.0.113.9"] * 4 + ["127.0.0.2"]
    assert told[0].endswith("username='otto'")
    # What may be a password in the wrong field is nowhere.
    assert all(line.endswith("username=None") for line in told[1:4])
    assert not site.lines("AXES")


def test_behind_a_proxy_the_client_has_to_wait_and_not_the_proxy(
    start: Start, make_user: Any
) -> None:
    site = start(ZWM_TRUSTED_PROXIES="127.0.0.0/8", ZWM_LOG_FORMAT="json")
    make_user("otto")
    for number in range(FAILURES_OF_ADDRESS):
        site.log_in(f"user{number}", "wrong", forwarded_for="203.0.113.9")
    assert site.log_in("otto", PASSWORD, forwarded_for="203.0.113.9") == 429
    assert site.log_in("otto", PASSWORD, forwarded_for="203.0.113.10") == 302
    lines = [json.loads(line) for line in site.lines("Log-in failed")]
    assert {line["address"] for line in lines} == {"203.0.113.9"}
    assert site.lines("Log-in failed")[0].startswith('{"address": "203.0.113.9", "username": ')
