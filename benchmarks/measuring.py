"""Shared by the benchmarks: figures and their limits, a database, measurements in processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.fake import Tenant
from workflow_mirror.embedded import EmbeddedPostgres


@dataclass(frozen=True)
class Figure:
    """One measured figure and its limit."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def report(figures: Iterable[Figure]) -> int:
    """A table on standard error, JSON on standard output; the exit code."""
    figures = list(figures)
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        verdict = "ok" if figure.holds else "MISSED"
        sys.stderr.write(
            f"{figure.name:<62} {figure.value:>9.2f}  {sign} {figure.limit:<8g} {verdict}\n"
        )
    document = [asdict(figure) | {"holds": figure.holds} for figure in figures]
    sys.stdout.write(json.dumps({"figures": document}, indent=2) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


def measure(name: str, job: dict[str, Any], label: str = "") -> dict[str, Any]:
    """Run one measurement of `benchmarks.worker` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.worker", name]
    done = subprocess.run(
        command, input=json.dumps(job), stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    note(name, result, label)
    return result


def note(name: str, result: dict[str, Any], label: str = "") -> None:
    sys.stderr.write(f"  {name:<12} {label:<10} {json.dumps(result)[:200]}\n")


def measure_tenant(name: str, tenant: Tenant, again: int = 0) -> dict[str, Any]:
    """`again` makes it a customer of its own, so that a sync is a first."""
    customer = f"{tenant['name']} {again}"
    return measure(name, {**tenant, "customer": customer}, tenant["name"])


@contextmanager
def own_database(keep: Path | None = None) -> Iterator[Path]:
    """An embedded PostgreSQL of its own, gone afterwards unless it is kept; the data directory."""
    with ExitStack() as stack:
        home = keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="zwm-benchmark-"))
        )
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"ZWM_HOME": str(home), "ZWM_ZUORA_ALLOW_LOCAL": "1"}
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
        server = EmbeddedPostgres(home)
        _start(server)
        stack.callback(server.release if keep else server.destroy)
        yield home


def _start(server: EmbeddedPostgres) -> None:
    """Secrets first: the database is refused in a directory that has lost them."""
    from workflow_mirror import home

    home.secrets(home.data_directory(), os.environ, create=True)
    server.acquire()
