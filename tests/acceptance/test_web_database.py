"""The web server and its connections to the database."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.acceptance.processes import Mirror, end

# The session is looked up in the database, and there is none of that name.
STRANGER = {"Cookie": f"sessionid={'x' * 32}"}
CONNECTIONS = "FROM pg_stat_activity WHERE application_name LIKE %s"


@pytest.fixture
def web(mirror: Mirror) -> Iterator[tuple[Any, str]]:
    """A running `zwm web`, and its address."""
    process = mirror.start("web", "--port", "0")
    try:
        # Before it, a line may say that there is no user yet.
        said = next(line for line in process.stderr if "http://" in line)
        [address] = re.findall(r"http://\S+/", said)
        yield process, address
    finally:
        end(process)


def status(address: str) -> int:
    return httpx2.get(address, headers=STRANGER, follow_redirects=True, timeout=30).status_code


def test_a_restart_of_the_database_costs_no_request(mirror: Mirror, web: tuple[Any, str]) -> None:
    process, address = web
    name = f"zwm {process.pid}@%"

    def ask_all(what: Callable[[str], int]) -> set[int]:
        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(what, [f"{address}admin/"] * 24))

    assert ask_all(status) == {200}
    assert mirror.ask(f"SELECT count(*) {CONNECTIONS}", name) >= 1  # idle

    mirror.ask(f"SELECT count(pg_terminate_backend(pid, 5000)) {CONNECTIONS}", name)

    assert ask_all(status) == {200}
