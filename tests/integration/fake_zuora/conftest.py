from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ssl import SSLContext, create_default_context

import httpx2
import pytest

from workflow_mirror.fake_zuora import FakeZuora, ManualClock, Server, Tenant, serve


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def fake(clock: ManualClock) -> FakeZuora:
    return FakeZuora(clock=clock)


@pytest.fixture
def server(fake: FakeZuora) -> Iterator[Server]:
    with serve(fake) as server:
        yield server


@pytest.fixture
def acme(fake: FakeZuora) -> Tenant:
    """Five definitions, 101 to 105, of two tasks each."""
    acme = fake.add_tenant("acme")
    acme.generate(5, tasks=2, variety=False)
    return acme


@pytest.fixture(scope="session")
def ssl_context() -> SSLContext:
    """Shared: a client that makes its own takes longer for it than most tests run."""
    return create_default_context()


@pytest.fixture
def connect(server: Server, ssl_context: SSLContext) -> Iterator[Callable[[], httpx2.Client]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            httpx2.Client(base_url=server.base_url, timeout=5, verify=ssl_context)
        )


@pytest.fixture
def anonymous(connect: Callable[[], httpx2.Client]) -> httpx2.Client:
    return connect()


@pytest.fixture
def sign_in(connect: Callable[[], httpx2.Client]) -> Callable[[Tenant], httpx2.Client]:
    def sign_in(tenant: Tenant) -> httpx2.Client:
        client = connect()
        token = ask_token(client, tenant).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    return sign_in


@pytest.fixture
def client(
    sign_in: Callable[[Tenant], httpx2.Client], acme: Tenant, fake: FakeZuora
) -> httpx2.Client:
    """Signed in as acme; the log is empty again."""
    client = sign_in(acme)
    fake.requests.clear()
    return client


@pytest.fixture
def token_answer(anonymous: httpx2.Client) -> Callable[[Tenant], httpx2.Response]:
    return lambda tenant: ask_token(anonymous, tenant)


def ask_token(client: httpx2.Client, tenant: Tenant) -> httpx2.Response:
    form = {
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "grant_type": "client_credentials",
    }
    return client.post("/oauth/token", data=form)
