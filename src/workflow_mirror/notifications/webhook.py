"""Messages by webhook: one JSON document, signed as Standard Webhooks wants it.

The signature is `v1,` and the Base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`
(standardwebhooks.com); its libraries verify it, and refuse old timestamps.
"""

import base64
import hashlib
import hmac
import http
import json
import secrets
import time
from typing import Any

from workflow_mirror.notifications.errors import SigningSecretError, WebhookGoneError
from workflow_mirror.notifications.messages import Line, Message
from workflow_mirror.notifications.models import NotificationDelivery
from workflow_mirror.outgoing import requests
from workflow_mirror.outgoing.urls import host_of

PREFIX = "whsec_"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64


def send(delivery: NotificationDelivery, message: Message) -> None:
    """Returns once the receiver has answered with 2xx. Raises SendingError."""
    url = delivery.rule.webhook_url
    body = json.dumps(describe(delivery, message)).encode()
    headers = {
        "Content-Type": "application/json",
        **signature(delivery.rule.webhook_secret, str(delivery.key), int(time.time()), body),
    }
    status = requests.send("POST", url, headers, body)
    if status == http.HTTPStatus.GONE:
        raise WebhookGoneError(host=host_of(url))
    requests.require_success(url, status)


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
