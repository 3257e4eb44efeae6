"""TLS and proxies, on a network of the client's own."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.zuora.raw_server import (
    EXPORT,
    Talk,
    answering,
    client_of,
    raw_server,
    with_length,
)
from workflow_mirror.zuora import client as client_module
from workflow_mirror.zuora.errors import UnreachableError

LARGE = EXPORT.ljust(3 * 2**20)


@dataclass(frozen=True)
class Tls:
    """A certificate for 127.0.0.1, and contexts of both sides."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    def __call__(self, talk: Talk) -> Talk:
        def over_tls(connection: socket.socket) -> None:
            with self.server.wrap_socket(connection, server_side=True) as wrapped:
                talk(wrapped)

        return over_tls


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    make_certificate(file)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return Tls(server, ssl.create_default_context(cafile=file))


def make_certificate(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, form, unencrypted) + certificate.public_bytes(pem))


@pytest.fixture
def trusted(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_tls_context", lambda: tls.client)


def keeping(*answers: bytes) -> Talk:
    """Answers one request after the other on the same connection."""

    def talk(connection: socket.socket) -> None:
        for answer in answers:
            answering(answer)(connection)

    return talk


@pytest.fixture
def host(tls: Tls) -> Iterator[str]:
    answers = (with_length(LARGE), with_length(EXPORT))
    with raw_server(tls(keeping(*answers))) as url:
        yield url.replace("http:", "https:")


@pytest.mark.usefixtures("trusted")
def test_a_connection_over_tls_serves_one_request_after_the_other(host: str) -> None:
    with client_of(host) as client:
        assert client.export_workflow("1")["tasks"] == []
        assert client.export_workflow("2")["tasks"] == []


def test_a_certificate_that_nobody_knows_is_refused(host: str) -> None:
    with (
        client_of(host) as client,
        pytest.raises(UnreachableError, match=r"not accepted \(self-signed certificate\)"),
    ):
        client.export_workflow("1")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_refused(host: str) -> None:
    with (
        client_of(host.replace("127.0.0.1", "localhost")) as client,
        pytest.raises(UnreachableError, match=r"not accepted \(it is for another host\)"),
    ):
        client.export_workflow("1")


@pytest.mark.usefixtures("trusted")
def test_a_server_that_leaves_in_the_handshake_is_unreachable() -> None:
    with (
        raw_server(answering(b"")) as url,
        client_of(url.replace("http:", "https:")) as client,
        pytest.raises(UnreachableError),
    ):
        client.export_workflow("1")


def tunnel(asked: list[bytes]) -> Talk:
    """A proxy that understands CONNECT alone."""

    def talk(connection: socket.socket) -> None:
        head = connection.recv(65536)
        asked.append(head)
        address, port = head.split()[1].decode().split(":")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection((address, int(port))) as onward:
            pump(connection, onward)

    return talk


def pump(one: socket.socket, two: socket.socket) -> None:
    threading.Thread(target=copy, args=(one, two), daemon=True).start()
    copy(two, one)


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.usefixtures("trusted")
def test_a_proxy_of_the_environment_is_used(
    scheme: str, tls: Tls, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[bytes]()
    over: Callable[[Talk], Talk] = tls if scheme == "https" else lambda talk: talk
    with ExitStack() as stack:
        proxy = stack.enter_context(raw_server(over(tunnel(asked))))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        address = proxy.removeprefix("http://")
        monkeypatch.setenv("https_proxy", f"{scheme}://me:pass@{address}")
        client = stack.enter_context(client_of(host))

        assert client.export_workflow("1")["tasks"] == []
        assert client.export_workflow("2")["tasks"] == []

    assert len(asked) == 1
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in asked[0]
    assert b"t0ken" not in asked[0]


@pytest.mark.usefixtures("trusted")
def test_a_host_that_needs_no_proxy_is_asked_directly(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with client_of(host) as client:
        assert client.export_workflow("1")["tasks"] == []
