"""The fake Zuora in a separate process, controlled over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

type Tenant = dict[str, Any]


@dataclass(frozen=True)
class FakeProcess:
    """A running fake. Tenants are named by the caller; each has its own credentials."""

    base_url: str
    pid: int
    tenants: list[Tenant]

    def add_tenant(self, name: str, *, workflows: int, tasks: int) -> dict[str, Any]:
        """Make a tenant with so many workflows; returns what identifies it to a client."""
        body = {"name": name, "generate": {"count": workflows, "tasks": tasks, "variety": False}}
        made: dict[str, Any] = self._call("POST", "/tenants", body)
        return {"base_url": self.base_url, **made}

    def set_latency(self, seconds: float) -> None:
        self._call("PUT", "/settings", {"latency": seconds})

    def lift_token_limit(self) -> None:
        self._call("PUT", "/settings", {"token_limit_per_minute": None})

    def take_counts(self) -> dict[str, int]:
        """How many requests there were of each operation since the last call."""
        counts: dict[str, int] = self._call("GET", "/requests?limit=0")["counts"]
        self._call("DELETE", "/requests")
        return counts

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx2.request(
            method, f"{self.base_url}/_fake{path}", json=body, timeout=600, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()


@contextmanager
def fake_process(*options: str) -> Iterator[FakeProcess]:
    """`options` as `python -m workflow_mirror.fake_zuora --help` tells, instead of no tenants."""
    command = [sys.executable, "-m", "workflow_mirror.fake_zuora", "--port", "0"]
    options = options or ("--tenants", "0")
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield FakeProcess(ready["base_url"], process.pid, ready["tenants"])
        finally:
            process.terminate()
