"""The real thing for browsers: `zwm up` in a data directory of its own, and a fake Zuora."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests.acceptance.processes import Mirror, end, eventually
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant, serve

QUICK = {"ZWM_SYNC_BACKOFF": "0.2", "ZWM_LOG_FORMAT": "json"}
SECONDS_TO_START = 60
SECONDS_TO_END = 60
PASSWORD = "correct horse battery"
SEEDED, REFUSED = "Aurora Telecomunicazioni", "Cadore Software"


@dataclass
class Site:
    """`address` without a slash at its end."""

    address: str
    password: str
    mirror: Mirror
    zuora: Server

    def add_tenant(self, name: str, workflows: int) -> Tenant:
        tenant = self.zuora.fake.add_tenant(name, dialect="newer")
        tenant.generate(workflows, seed=len(name))
        return tenant


@contextmanager
def real_site() -> Iterator[Site]:
    """With two customers: one is mirrored, the other's credentials are refused."""
    parent = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    parent.chmod(0o755)  # as root, PostgreSQL runs as another user
    key = Fernet.generate_key().decode()
    mirror = Mirror(parent / "home", QUICK | {"ZWM_ENCRYPTION_KEYS": key})
    fake = FakeZuora()
    fake.token_limit_per_minute = None
    log = parent / "log"
    with serve(fake) as zuora, log.open("w") as written:
        process = mirror.start("up", "--port", "0", stdout=written, stderr=written)
        try:
            site = Site(told_in(log), PASSWORD, mirror, zuora)
            set_password(mirror, parent)
            fill(site)
            yield site
        finally:
            process.terminate()
            process.wait(SECONDS_TO_END)
            end(process)
    EmbeddedPostgres(mirror.home).destroy()
    shutil.rmtree(parent)


def told_in(log: Path) -> str:
    """The address, once it is told."""

    def read() -> Any:
        return re.search(r"The mirror is at (http://\S+)/", log.read_text())

    return str(eventually(read, SECONDS_TO_START)[1])


def set_password(mirror: Mirror, folder: Path) -> None:
    file = folder / "password"
    file.write_text(PASSWORD)
    # The web server may still be making its first user.
    eventually(lambda: mirror.ask("SELECT count(*) FROM auth_user"), SECONDS_TO_START)
    mirror.run("users", "password", "admin", "--password-file", str(file))


def fill(site: Site) -> None:
    site.mirror.add_customer(site.add_tenant(SEEDED, 60), site.zuora.base_url)
    refused = site.add_tenant(REFUSED, 5)
    site.mirror.add_customer(refused, site.zuora.base_url)
    site.zuora.fake.fail("bad_credentials", on="token", tenant=refused, times=None)
    site.mirror.run("sync-workflows", "--all")
    eventually(
        lambda: not site.mirror.ask("SELECT count(*) FROM job_manager WHERE finished_at IS NULL")
    )
