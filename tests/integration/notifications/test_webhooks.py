"""Webhooks, to a real receiver that fails, hangs, redirects and is gone."""

import base64
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from pytest_django import Settings

from tests.receiver import Receiver
from workflow_mirror.access.groups import ADMINISTRATORS, VIEWERS
from workflow_mirror.customers.models import Customer
from workflow_mirror.notifications import webhook
from workflow_mirror.notifications.errors import InvalidRuleError
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.resending import resend
from workflow_mirror.outgoing import connections, requests
from workflow_mirror.outgoing.errors import UrlError
from workflow_mirror.outgoing.urls import check_url

from .conftest import SECRET, Kind, change, delivery, in_time, run

type Hook = Callable[..., NotificationRule]

PUBLIC = "93.184.215.14"


def test_a_webhook_is_signed_over_id_time_and_body(
    hook: Hook, receiver: Receiver, rossi: Customer
) -> None:
    hook(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["delivered"]
    [got] = receiver.requests
    headers = {name.lower(): value for name, value in got.headers.items()}
    name, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{timestamp}.".encode() + got.body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert abs(int(timestamp) - time.time()) < 60
    assert name == str(delivery().key)
    assert got.path == "/hook?token=of-the-receiver"
    [event] = got.json.pop("events")
    assert got.json == {
        "type": "events",
        "id": name,
        "rule": "My rule",
        "summary": "[Zuora Workflow Mirror] Rossi · Dunning: Deactivated",
        "more": 0,
        "events": got.json["events"],
    }
    assert event["event"] == "deactivated"
    assert (event["customer"], event["workflow"]["name"]) == ("Rossi", "Dunning")
    assert (event["text"], event["changed_by"]) == ("Deactivated", "billing@example.com")


@pytest.mark.parametrize("status", [500, 503, 408, 429])
def test_a_receiver_that_fails_is_tried_again_with_the_same_id(
    hook: Hook, receiver: Receiver, rossi: Customer, status: int
) -> None:
    rule = hook(Kind.DEACTIVATED)
    receiver.statuses.append(status)
    change(rossi)
    assert run() == ["waiting"]
    rule.refresh_from_db()
    assert rule.error == f"127.0.0.1 answered HTTP {status}"
    in_time()
    assert run() == ["delivered"]
    assert len({got.headers["webhook-id"] for got in receiver.requests}) == 1
    assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, "127.0.0.1 redirects (HTTP 302), and redirects are not followed"),
        (307, "127.0.0.1 redirects (HTTP 307), and redirects are not followed"),
        (404, "127.0.0.1 refused the request: HTTP 404"),
    ],
)
def test_a_redirect_or_refusal_is_not_followed_and_not_tried_again(
    hook: Hook, receiver: Receiver, rossi: Customer, status: int, error: str
) -> None:
    rule = hook(Kind.DEACTIVATED)
    receiver.statuses.append(status)
    change(rossi)
    assert run() == ["failed"]
    rule.refresh_from_db()
    assert (rule.error, delivery().error) == (error, error)
    assert [got.path for got in receiver.requests] == ["/hook?token=of-the-receiver"]
    assert "token" not in rule.error
    resend(delivery())
    assert run() == ["delivered"]


def test_a_receiver_that_is_gone_disables_the_rule_and_says_so(
    hook: Hook, receiver: Receiver, rossi: Customer
) -> None:
    rule = hook(Kind.DEACTIVATED, Kind.DELETED)
    receiver.statuses += [500, 410]
    change(rossi)
    assert run() == ["waiting"]
    change(rossi, Kind.DELETED)
    assert run() == ["failed"]
    rule.refresh_from_db()
    assert not rule.is_enabled
    assert rule.error == "127.0.0.1 answered HTTP 410 (gone): the rule was disabled"
    change(rossi)
    assert run() == []
    states = NotificationDelivery.objects.values_list("state", flat=True)
    assert list(states) == ["failed", "failed"]  # can be sent again


def test_a_receiver_that_hangs_is_cut_off(
    hook: Hook, receiver: Receiver, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that sends a byte now and then, which no timeout of the socket ends."""
    monkeypatch.setattr(requests, "SECONDS", 0.4)
    receiver.drips = True
    hook(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["waiting"]
    assert delivery().error.startswith("127.0.0.1 did not answer: ")


def test_time_that_is_over_while_connecting_ends_the_request(
    hook: Hook, receiver: Receiver, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to cut yet, and a receiver that drips would be waited for without end."""
    connect = connections.connect

    def slowly(*given: Any, **options: Any) -> socket.socket:
        time.sleep(0.2)
        return connect(*given, **options)

    monkeypatch.setattr(connections, "connect", slowly)
    monkeypatch.setattr(requests, "SECONDS", 0.05)
    receiver.drips = True
    hook(Kind.DEACTIVATED)
    change(rossi)
    assert run() == ["waiting"]
    assert delivery().error == "127.0.0.1 did not answer: timed out"


def test_nobody_listens(hook: Hook, receiver: Receiver, rossi: Customer) -> None:
    hook(Kind.DEACTIVATED, webhook_url="http://127.0.0.1:1/")
    change(rossi)
    assert run() == ["waiting"]
    assert delivery().error == "127.0.0.1 did not answer: Connection refused"


def test_a_server_without_http_is_no_receiver(
    hook: Hook, receiver: Receiver, rossi: Customer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hook(Kind.DEACTIVATED, webhook_url=f"https://127.0.0.1:{listening.getsockname()[1]}/")
        change(rossi)
        listening.settimeout(10)
        import threading

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"220 this is no TLS\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert run() == ["waiting"]
        thread.join()
    assert delivery().error.startswith("127.0.0.1 did not answer: ")


# Addresses


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - refused
     "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "224.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_to_a_private_address_is_refused(
    hook: Hook, rossi: Customer, settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = []
    resolve_to(monkeypatch, address)
    hook(Kind.DEACTIVATED, webhook_url="https://innocent.example.com/")
    change(rossi)
    assert run() == ["failed"]
    assert delivery().error.startswith("innocent.example.com is a private, loopback or link-local")


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere the second time is looked up once."""
    settings.ZWM_WEBHOOK_NETWORKS = []
    answers = [PUBLIC, "127.0.0.1"]
    asked, connected = [], []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, **_options: object) -> object:
        if host != "rebinding.example.com":
            return real(host, port, type=socket.SOCK_STREAM)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        connections.connect("rebinding.example.com", 443, 1, is_encrypted=True)
    assert (asked, connected) == (["rebinding.example.com"], [(PUBLIC, 443)])


def test_http_goes_to_allowed_networks_only(
    hook: Hook, rossi: Customer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = ["10.1.0.0/16"]
    resolve_to(monkeypatch, PUBLIC)
    hook(Kind.DEACTIVATED, webhook_url="http://plain.example.com/")
    change(rossi)
    assert run() == ["failed"]


def resolve_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    real = socket.getaddrinfo
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def resolve(host: str, port: int, *rest: object, **options: object) -> object:
        if not host.endswith(".example.com"):
            return real(host, port, *rest, **options)  # type: ignore[arg-type]  # as given
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example.com", "ftp://example.com/", "https://", "https://user:pw@example.com/",
     "https://example.com/#part", "https://example.com:0/", "https://example.com:x/",
     "https://exam\r\nple.com/", "https://example.com/a b", "https://example.com/\x1b",
     "https://exämple.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/",
     "https://169.254.169.254/latest/meta-data", "http://example.com/",
     "https://example.com/" + "x" * 2_000],
)  # fmt: skip
def test_a_url_that_no_webhook_can_have_is_refused(settings: Settings, url: str) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = []
    with pytest.raises(UrlError) as caught:
        check_url(url)
    assert "pw" not in str(caught.value)


def test_a_good_url_is_accepted(settings: Settings) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = []
    check_url("https://hooks.example.com:8443/path?token=x")
    settings.ZWM_WEBHOOK_NETWORKS = ["10.1.0.0/16"]
    check_url("http://10.1.2.3/")


@pytest.mark.parametrize("secret", ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_no base64!"])
def test_a_secret_that_does_not_sign_is_refused(secret: str) -> None:
    with pytest.raises(InvalidRuleError):
        webhook.key_of(secret)


def test_url_and_secret_are_stored_encrypted(hook: Hook, receiver: Receiver) -> None:
    from django.db import connection

    hook(Kind.DEACTIVATED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT notification_rules::text FROM notification_rules")
        [(row,)] = cursor.fetchall()
    assert SECRET not in row
    assert "of-the-receiver" not in row


def test_an_owner_without_the_permission_sends_no_webhook(
    hook: Hook, receiver: Receiver, rossi: Customer, ada: User
) -> None:
    hook(Kind.DEACTIVATED)
    change(rossi)
    ada.groups.set(Group.objects.filter(name=VIEWERS))
    assert run() == ["failed"]
    assert receiver.requests == []
    assert ADMINISTRATORS not in delivery().error


def test_a_certificate_that_is_not_trusted_is_an_error(
    hook: Hook, receiver: Receiver, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> object:
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = "self-signed certificate"
        raise error

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", refuse)
    hook(Kind.DEACTIVATED, webhook_url=receiver.url.replace("http:", "https:"))
    change(rossi)
    assert run() == ["waiting"]
    assert delivery().error == (
        "127.0.0.1 did not answer: TLS certificate not accepted (self-signed certificate)"
    )
