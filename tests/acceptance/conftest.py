"""One data directory with its database server, and one fake Zuora, for all processes.

Each test has customers of its own. What needs a data directory of its own gets a copy of one that
has its tables already; only what is about a first run makes one.
"""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.acceptance.own_postgres import SUPPORTED, OwnPostgres
from tests.acceptance.processes import Mirror
from tests.acceptance.queueing import Queue, only_new_customers
from tests.quick_postgres import without_fsync
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant, serve

KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="session", autouse=True)
def signals_arrive() -> None:
    """A test run in the background ignores Ctrl-C, one under `nohup` a closed terminal; so would
    all its processes.
    """
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def with_tables() -> Iterator[Path]:
    """A data directory with the tables, in which nobody has been yet; to be copied."""
    with new_parent() as parent:
        made = Mirror(parent / "home")
        made.run("customers", "list")
        with EmbeddedPostgres(made.home) as server:
            without_fsync(server.url)
        yield made.home


@pytest.fixture(scope="session")
def mirror(with_tables: Path) -> Iterator[Mirror]:
    """The shared one. Its server runs all the time, so that no process has to start it."""
    with new_parent() as parent:
        home = copied(with_tables, parent)
        with EmbeddedPostgres(home):
            yield Mirror(home, {"ZWM_ENCRYPTION_KEYS": KEY}, secrets={KEY})


@pytest.fixture
def fresh() -> Iterator[Mirror]:
    """A data directory that does not exist yet, below one of its own."""
    with new_parent() as parent:
        yield Mirror(parent / "home")


@pytest.fixture
def own(with_tables: Path) -> Iterator[Mirror]:
    """A data directory of the test's own, as the first command leaves it; its server is stopped."""
    with new_parent() as parent:
        yield Mirror(copied(with_tables, parent))


def copied(home: Path, parent: Path) -> Path:
    # With the owners: as root, the database is another user's.
    subprocess.run(["cp", "-a", str(home), str(parent)], check=True)  # noqa: S607 - the system's
    return parent / home.name


@contextmanager
def new_parent() -> Iterator[Path]:
    """A directory for data directories, which is cleared at the end."""
    parent = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    parent.chmod(0o755)  # as root, PostgreSQL runs as another user
    try:
        yield parent
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
    """A new tenant with so many uniform workflows, named after the test; later ones sort later."""

    def add(workflows: int = 6, tasks: int = 4, **options: object) -> Tenant:
        name = f"{request.node.name[:60]} {len(zuora.tenants):04}"
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


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    if not SUPPORTED:
        pytest.skip("no PostgreSQL server (15 or newer) is installed below /usr/lib/postgresql")
    place = Path(tempfile.mkdtemp(prefix="zwm-", dir="/tmp"))
    try:
        server = OwnPostgres(place)
        server.make()
        yield server
        server.stop()
    finally:
        shutil.rmtree(place)
