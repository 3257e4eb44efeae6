"""Reading an answer: the JSON it holds, or the error that it means.

Source: API.md section 8 lists four error shapes; a gateway or proxy adds plain text, HTML and
empty bodies. The HTTP status decides, since bodies contradict it (a 404 whose body says 400); the
body only adds the reason, and on a 200 the word `"success": false`.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx2

from workflow_mirror.zuora.errors import (
    AnswerFacts,
    InvalidCredentialsError,
    MissingPermissionError,
    NotFoundError,
    RateLimitedError,
    RefusedRequestError,
    ServerTroubleError,
    UnusableAnswerError,
    WrongHostError,
    ZuoraError,
)
from workflow_mirror.zuora.throttle import requested_wait

REASON_LENGTH = 200
_ERROR_BY_STATUS: dict[int, type[ZuoraError]] = {
    401: InvalidCredentialsError,
    403: MissingPermissionError,
    404: NotFoundError,
}


def read_answer(response: httpx2.Response, operation: str) -> Any:
    """The JSON value of a good answer. Raises the ZuoraError that a bad one means."""
    if not response.is_success:
        raise _error_of(response, operation)
    try:
        answer = json.loads(response.content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        facts = _facts(response, operation, _kind_of_body(response))
        raise UnusableAnswerError(facts=facts) from error
    if isinstance(answer, dict) and answer.get("success") is False:
        raise UnusableAnswerError(facts=_facts(response, operation, reason_in(answer)))
    return answer


def reason_in(answer: Any) -> str:
    """Zuora's own words for what went wrong, from any of its error shapes; "" if there are none."""
    words = "; ".join(_reasons(answer))
    return " ".join(words.split())[:REASON_LENGTH]


def _error_of(response: httpx2.Response, operation: str) -> ZuoraError:
    facts = _facts(response, operation, _reason_of_body(response))
    if response.status_code in _ERROR_BY_STATUS:
        return _ERROR_BY_STATUS[response.status_code](facts=facts)
    wait = requested_wait(response.headers)
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        return RateLimitedError(facts=facts, retry_after=wait)
    if response.is_server_error or response.status_code == httpx2.codes.REQUEST_TIMEOUT:
        return ServerTroubleError(facts=facts, retry_after=wait)
    return WrongHostError(facts=facts) if response.is_redirect else RefusedRequestError(facts=facts)


def _facts(response: httpx2.Response, operation: str, reason: str) -> AnswerFacts:
    request_id = response.headers.get("Zuora-Request-Id", "")[:64]
    return AnswerFacts(operation, response.status_code, reason, request_id)


def _reason_of_body(response: httpx2.Response) -> str:
    """Only reasons of a known shape: an unknown body may repeat what was sent to it."""
    try:
        return reason_in(response.json()) or _kind_of_body(response)
    except (ValueError, RecursionError):
        return _kind_of_body(response)


def _kind_of_body(response: httpx2.Response) -> str:
    if not response.content.strip():
        return "an empty body"
    if response.content.lstrip()[:1] == b"<":
        return "a web page instead of JSON"
    if response.content.lstrip()[:1] in {b"{", b"["}:
        return "JSON that is cut or of an unknown form"
    return "text instead of JSON"


def _reasons(answer: Any) -> Iterator[str]:
    if not isinstance(answer, dict):
        return
    entries = answer.get("reasons") or answer.get("errors") or answer.get("Errors") or []
    for entry in entries if isinstance(entries, list) else [entries]:
        yield _reason_of_entry(entry)
    if not entries:
        words = answer.get("message") or answer.get("error_description") or answer.get("error")
        yield words if isinstance(words, str) else ""


def _reason_of_entry(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    words = str(entry.get("message") or entry.get("title") or "")
    code = entry.get("code")
    return f"{words} (code {code})" if words and code else words


def _refuse_constant(name: str) -> None:
    """`NaN` and `Infinity` are not JSON, though Python's parser takes them; PostgreSQL does not."""
    raise ValueError(name)
