"""One data directory with its database server, and one fake Zuora, for all processes.

Each test has customers of its own; only what is about a first run makes a data directory.
"""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.acceptance.processes import Mirror
from tests.acceptance.queueing import Queue, only_new_customers
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant, serve

KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_works() -> None:
    """A test run in the background ignores Ctrl-C, and so would all its processes."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """The shared one. Its server runs all the time, so that no process has to start it."""
    home = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    shared = Mirror(home, {"ZWM_ENCRYPTION_KEYS": KEY}, secrets={KEY})
    server = EmbeddedPostgres(home)
    server.acquire()
    try:
        shared.run("customers", "list")  # migrates
        yield shared
    finally:
        server.destroy()
        shutil.rmtree(home)


@pytest.fixture
def fresh() -> Iterator[Mirror]:
    """A data directory that does not exist yet, below one of its own."""
    parent = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    parent.chmod(0o755)
    try:
        yield Mirror(parent / "home")
    finally:
        clear(parent)


def clear(parent: Path) -> None:
    for home in (parent / "home", parent / "home" / "demo"):
        if home.is_dir():
            EmbeddedPostgres(home).destroy()
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def zuora_server() -> Iterator[Server]:
    fake = FakeZuora()
    fake.token_limit_per_minute = None
    with serve(fake) as running:
        yield running


@pytest.fixture
def zuora(zuora_server: Server) -> Iterator[FakeZuora]:
    yield zuora_server.fake
    zuora_server.fake.clear_faults()


type AddTenant = Callable[..., Tenant]


@pytest.fixture
def add_tenant(zuora: FakeZuora, request: pytest.FixtureRequest) -> AddTenant:
    """A new tenant with so many uniform workflows, named after the test."""

    def add(workflows: int = 6, tasks: int = 4, **options: object) -> Tenant:
        name = f"{request.node.name[:60]} {len(zuora.tenants)}"
        tenant = zuora.add_tenant(name, dialect="newer", **options)  # type: ignore[arg-type]  # TenantSettings
        tenant.generate(workflows, tasks=tasks, variety=False)
        return tenant

    return add


@pytest.fixture
def customer(mirror: Mirror, zuora_server: Server, add_tenant: AddTenant) -> Callable[..., Tenant]:
    """A new tenant that is a customer of the shared mirror, both of one name."""

    def add(workflows: int = 6, tasks: int = 4, **options: object) -> Tenant:
        tenant = add_tenant(workflows, tasks, **options)
        mirror.add_customer(tenant, zuora_server.base_url)
        return tenant

    return add


@pytest.fixture
def queue(mirror: Mirror) -> Iterator[Queue]:
    """The shared mirror's queue, empty; the customers of other tests are inactive meanwhile."""
    queue = Queue(mirror)
    queue.clear()
    with only_new_customers(mirror):
        yield queue
        queue.clear()
