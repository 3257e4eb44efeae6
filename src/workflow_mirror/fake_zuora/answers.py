"""Responses to send, and the bodies of Zuora's documented and observed errors."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any, Literal

UnauthorizedBody = Literal["gateway", "string_code", "invalid_token", "text", "empty"]
ForbiddenBody = Literal["gateway", "workflow", "text", "empty"]
CredentialsBody = Literal["invalid_client", "message", "bad_request"]

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"

HTML_PAGE = """<!DOCTYPE html>
<html><head><title>Zuora is being maintained</title></head>
<body><h1>We'll be right back</h1><p>Scheduled maintenance is in progress.</p></body></html>
"""


class Body:
    """The bytes of a response; compressed once, when a client first requests compression."""

    __slots__ = ("_gzipped", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self._gzipped: bytes | None = None

    def gzipped(self) -> bytes:
        if self._gzipped is None:
            self._gzipped = gzip.compress(self.plain, compresslevel=1, mtime=0)
        return self._gzipped


@dataclass(slots=True)
class Answer:
    """One response, with the faults to apply when it is sent."""

    status: int = 200
    body: Body = field(default_factory=lambda: Body(b""))
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds to wait before the first byte."""
    body_delay: float = 0.0
    """Seconds to wait in the middle of the body."""
    keep: float | None = None
    """Fraction of the body to send before the connection is closed; None sends all."""
    dropped: bool = False
    """Close the connection without a response."""
    forced_encoding: str | None = None
    """A Content-Encoding to declare, whatever the body is."""


def render(value: Any) -> bytes:
    """JSON as the server writes it: compact, UTF-8, keys in the given order."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate can only be sent escaped
        return json.dumps(value, separators=(",", ":")).encode()


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """A response with a JSON body; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, Body(render(value)), headers=named)


def text_answer(text: str, status: int, content_type: str = TEXT_TYPE) -> Answer:
    return Answer(status, Body(text.encode()), content_type)


def gateway_error(status: int, code: int | str, message: str) -> Answer:
    """Shape 1 of API.md section 8: the v1 services and the gateway."""
    reasons = [{"code": code, "message": message}]
    return json_answer(
        {"success": False, "processId": "CBCFED6580B4E076", "reasons": reasons}, status
    )


def workflow_error(status: int, title: str) -> Answer:
    """Shape 2 of section 8: the body says 400 whatever the HTTP status is."""
    return json_answer({"errors": [{"status": 400, "code": "invalid", "title": title}]}, status)


def unknown_workflow(workflow_id: object) -> Answer:
    """Shape 3 of section 8: plain strings."""
    text = (
        "Invalid ID / Multiple objects returned - "
        f"SchemaId: 2 InstanceId: 2 ObjectId: {workflow_id}"
    )
    return json_answer({"errors": [text]}, 404)


def unauthorized(body: UnauthorizedBody = "gateway") -> Answer:
    """401 for a bad or expired token: only the status is documented (section 2)."""
    code = 90000011
    if body == "text":
        return text_answer("Authentication error", 401)
    if body == "empty":
        return Answer(401)
    if body == "string_code":
        reason: dict[str, Any] = {"code": str(code), "message": "Failed to get user info"}
    elif body == "invalid_token":
        reason = {"code": code, "message": "Invalid token: the token is expired or revoked"}
    else:
        message = "this resource is protected, please sign in first"
        reason = {"code": code, "message": message}
    return json_answer({"success": False, "reasons": [reason]}, 401)


def forbidden(body: ForbiddenBody = "gateway") -> Answer:
    """Generic 403; its body is not documented (section 2)."""
    message = "You do not have the permission to perform this operation."
    if body == "workflow":
        return workflow_error(403, message)
    if body == "text":
        return text_answer("Forbidden", 403)
    if body == "empty":
        return Answer(403)
    return gateway_error(403, 58730110, message)


def bad_credentials(body: CredentialsBody = "invalid_client") -> Answer:
    """Wrong client ID or secret: status and body are not documented (section 2)."""
    if body == "message":
        return json_answer({"message": "Invalid client id or client secret."}, 401)
    if body == "bad_request":
        error = {"error": "invalid_request", "error_description": "Bad client credentials"}
        return json_answer(error, 400)
    return json_answer({"error": "invalid_client"}, 401)


def rate_limited(window: str, reset: int, retry_after: float | None) -> Answer:
    """429 of the rate limits (section 8)."""
    message = f"API Rate limit exceeded for the {window}, retry after {reset} seconds"
    answer = json_answer(
        {"reasons": [{"code": 70, "message": message}]},
        429,
        RateLimit_Remaining="0",
        RateLimit_Reset=str(reset),
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = f"{retry_after:g}"
    return answer


def concurrency_limited(retry_after: float | None) -> Answer:
    """429 of the concurrency limit (section 8)."""
    answer = gateway_error(
        429,
        50000070,
        "The total number of concurrent requests has exceeded the limit allowed by the system. "
        "Please resubmit your request later.",
    )
    answer.headers |= {"Concurrency-Limit-Type": "Default", "Concurrency-Limit-Remaining": "0"}
    if retry_after is not None:
        answer.headers["Retry-After"] = f"{retry_after:g}"
    return answer


def token_rate_limited(limit: int, retry_after: float | None = None) -> Answer:
    """429 of the token endpoint: its headers are documented, a body is not (section 2)."""
    answer = Answer(429)
    answer.headers["X-RateLimit-Limit-minute"] = str(limit)
    answer.headers["X-RateLimit-Remaining-minute"] = "0"
    if retry_after is not None:
        answer.headers["Retry-After"] = f"{retry_after:g}"
    return answer
