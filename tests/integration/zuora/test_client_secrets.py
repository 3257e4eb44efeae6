"""Nothing that the client says, logs or shows holds a secret."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.integration.zuora.conftest import NO_WAIT, Connect
from workflow_mirror.fake_zuora import FAULT_KINDS, FakeZuora, Tenant
from workflow_mirror.zuora.auth import TenantAccess, Token
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.errors import UnusableAnswerError, ZuoraError
from workflow_mirror.zuora.regions import HostPolicy

SECRET = "vEry+s3cret/part="


class KnownTokens:
    """A token store that tells a test which tokens there were."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def obtain(self, _key: str, fetch: Any, _rejected: str | None, _wait: Any) -> Token:
        token: Token = fetch(lambda: None)
        self.values.append(token.value)
        return token


@pytest.fixture
def bianchi(fake: FakeZuora) -> Tenant:
    tenant = fake.add_tenant("bianchi", client_secret=SECRET)
    tenant.generate(2, tasks=1, variety=False)
    return tenant


STRIKING = [
    (name, on)
    for name, kind in FAULT_KINDS.items()
    for on in ("token", "list", "export")
    if name != "slow" and (kind.operations is None or on in kind.operations)
]


@pytest.mark.parametrize(("fault", "on"), STRIKING)
def test_no_fault_brings_a_secret_into_an_error_or_a_log_line(
    fake: FakeZuora,
    connect: Connect,
    bianchi: Tenant,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    on: str,
) -> None:
    tokens = KnownTokens()
    client = connect(bianchi, tokens=tokens)
    fake.fail(fault, on=on, times=None)
    said = [repr(client), repr(vars(client)), repr(client._access)]
    with caplog.at_level(logging.INFO), capture_logs() as lines:
        said.append(try_everything(client, bianchi))

    said += [repr(lines), caplog.text]
    for secret in (SECRET, "s3cret", *tokens.values):
        assert secret not in " ".join(said)


def try_everything(client: ZuoraClient, tenant: Tenant) -> str:
    """The trace of the error that listing and exporting ends with, if there is one."""
    try:
        client.list_page(1)
        client.export_workflow(str(max(tenant.definitions)))
    except ZuoraError as error:
        return "".join(traceback.format_exception(error)) + repr(error) + repr(error.facts)
    return ""


def test_a_secret_that_zuora_repeats_is_not_passed_on(
    fake: FakeZuora, connect: Connect, bianchi: Tenant
) -> None:
    words = f"no client with secret {SECRET} or vEry%2Bs3cret%2Fpart%3D"
    fake.fail("json_value", on="token", status=400, value={"message": words})

    with pytest.raises(ZuoraError, match="no client with secret") as raised:
        connect(bianchi).authenticate()

    assert "s3cret" not in str(raised.value)


def test_a_token_that_zuora_repeats_is_not_passed_on(
    fake: FakeZuora, connect: Connect, bianchi: Tenant
) -> None:
    client = connect(bianchi)
    token = client.authenticate().value
    fake.fail("json_value", on="list", status=400, value={"errors": [f"bad token {token}"]})

    with pytest.raises(ZuoraError, match="bad token") as raised:
        client.list_page(1)

    assert token not in str(raised.value)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The base URL of a server that says the same to everybody."""

    def serve() -> None:
        for _ in range(NO_WAIT.attempts):
            connection, _ = listener.accept()
            with connection:
                request = b""
                while b"client_credentials" not in request:  # to leave some unread is a reset
                    request += connection.recv(65536)
                connection.sendall(answer)

    with create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


@pytest.mark.parametrize(
    "answer",
    [
        b"client_secret=s3cret\r\n",
        b"HTTP/1.1 200 OK\r\nclient_secret s3cret\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: s3cret\0\r\n\r\n",
        b"\0s3cret\0",
    ],
)
def test_a_server_that_speaks_no_http_is_not_quoted(answer: bytes) -> None:
    """The HTTP library quotes what it cannot read; an echo of our request may be in that."""
    with answering(answer) as base_url:
        access = TenantAccess(base_url, "id", "s3cret")
        with (
            ZuoraClient(access, hosts=HostPolicy(allow_local=True), retry=NO_WAIT) as client,
            pytest.raises(UnusableAnswerError, match="speaks no HTTP") as raised,
        ):
            client.authenticate()

    assert "s3cret" not in str(raised.value)


def test_credentials_never_become_part_of_an_url(
    fake: FakeZuora, connect: Connect, bianchi: Tenant
) -> None:
    try_everything(connect(bianchi), bianchi)

    for request in fake.requests:
        assert "s3cret" not in request.path
        assert not {"client_secret", "access_token"} & request.query.keys()


def test_a_retry_is_logged_without_the_secrets_in_it(
    fake: FakeZuora, connect: Connect, bianchi: Tenant
) -> None:
    fake.fail("success_false", on="token", message=f"secret {SECRET} is locked")
    client = connect(bianchi, retry=RetryPolicy(first_wait=0, longest_backoff=0, jitter=0))

    with capture_logs() as lines:
        client.authenticate()

    assert "secret *** is locked" in lines[0]["reason"]
    assert "s3cret" not in repr(lines)
