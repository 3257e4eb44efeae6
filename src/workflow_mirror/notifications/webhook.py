"""Messages by webhook: one JSON document, signed as Standard Webhooks wants it.

The signature is `v1,` and the Base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`
(standardwebhooks.com); its libraries verify it, and refuse old timestamps.
"""

import base64
import hashlib
import hmac
import http
import http.client
import json
import secrets
import ssl
import time
from threading import Timer
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from workflow_mirror.notifications import outgoing
from workflow_mirror.notifications.errors import (
    DeliveryError,
    SigningSecretError,
    WebhookFailedError,
    WebhookGoneError,
    WebhookRedirectError,
    WebhookRefusedError,
    WebhookUnreachableError,
)
from workflow_mirror.notifications.messages import Line, Message
from workflow_mirror.notifications.models import NotificationDelivery

SECONDS_OF_A_STEP = 10.0
SECONDS = 20.0
"""From connecting to the answer's last header. The body of an answer is never read."""
PREFIX = "whsec_"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
_AGAIN = {408, 425, 429}
_PORTS = {"http": 80, "https": 443}


def send(delivery: NotificationDelivery, message: Message) -> None:
    """Returns once the receiver has answered with 2xx. Raises DeliveryError."""
    rule = delivery.rule
    body = json.dumps(describe(delivery, message)).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "zuora-workflow-mirror",
        **signature(rule.webhook_secret, str(delivery.key), int(time.time()), body),
    }
    url = urlsplit(rule.webhook_url)
    status = _post(url, body, headers)
    if error := _refusal(url.hostname or "", status):
        raise error


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Raises SigningSecretError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX).encode(), validate=True)
    except ValueError as error:
        raise SigningSecretError from error
    if not (secret.startswith(PREFIX) and SHORTEST_SECRET <= len(key) <= LONGEST_SECRET):
        raise SigningSecretError
    return key


def signature(secret: str, name: str, timestamp: int, body: bytes) -> dict[str, str]:
    signed = f"{name}.{timestamp}.".encode() + body
    digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def describe(delivery: NotificationDelivery, message: Message) -> dict[str, Any]:
    """At most 50 events with short texts, so that the body stays below 200 KB."""
    return {
        "type": "test" if delivery.is_test else "events",
        "id": str(delivery.key),
        "rule": message.rule,
        "summary": message.subject,
        "events": [_described(line) for line in message.lines],
        "more": message.more,
    }


def _described(line: Line) -> dict[str, Any]:
    workflow = {"id": line.workflow_id, "zuora_id": line.zuora_id, "name": line.workflow}
    return {
        "event": line.kind,
        "at": line.at.isoformat(),
        "customer": line.customer or None,
        "workflow": workflow if line.zuora_id else None,
        "text": line.text,
        "changed_by": line.by or None,
        "url": line.url or None,
    }


def _post(url: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer."""
    host = url.hostname or ""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        with _Connection(url, host) as connection:
            connection.request("POST", target, body, headers)
            return connection.getresponse().status
    except OSError as error:
        raise WebhookUnreachableError(host=host, reason=outgoing.reason_of(error)) from error
    except (http.client.HTTPException, ValueError) as error:
        raise WebhookUnreachableError(host=host, reason="no HTTP answer") from error


class _Connection(http.client.HTTPConnection):
    """A connection to a checked address that lives for SECONDS, however slowly data come."""

    def __init__(self, url: SplitResult, host: str) -> None:
        port = url.port or _PORTS[url.scheme]
        super().__init__(host, port)
        self._is_encrypted = url.scheme == "https"
        self.default_port = _PORTS[url.scheme]
        self._timer = Timer(SECONDS, lambda: outgoing.cut(self.sock))
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.close()

    def connect(self) -> None:
        self.sock = outgoing.connect(
            self.host, self.port, SECONDS_OF_A_STEP, is_encrypted=self._is_encrypted
        )
        if self._is_encrypted:
            self.sock = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()


def _refusal(host: str, status: int) -> DeliveryError | None:
    if status == http.HTTPStatus.GONE:
        return WebhookGoneError(host=host)
    match status // 100:
        case 2:
            return None
        case 3:
            return WebhookRedirectError(host=host, status=status)
        case 4 if status not in _AGAIN:
            return WebhookRefusedError(host=host, status=status)
    return WebhookFailedError(host=host, status=status)
