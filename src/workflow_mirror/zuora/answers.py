"""Reading an answer: the JSON it holds, or the error that it means.

Source: API.md section 8 lists four error shapes; a gateway or proxy adds plain text, HTML and
empty bodies. The HTTP status decides, since bodies contradict it (a 404 whose body says 400); the
body only adds the reason, and on a 200 the word `"success": false`.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote_plus

import httpx2

from workflow_mirror.errors import Coded, as_fact
from workflow_mirror.exact_json import NumberTooLongError, loads, text_of
from workflow_mirror.zuora.errors import (
    AnswerFacts,
    BadDataError,
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
from workflow_mirror.zuora.reasons import (
    EmptyBodyError,
    LongNumberError,
    PlainTextError,
    UnknownJsonError,
    WebPageError,
)
from workflow_mirror.zuora.throttle import rate_limit_wait, retry_after

REASON_LENGTH = 200
_ERROR_BY_STATUS: dict[int, type[ZuoraError]] = {
    401: InvalidCredentialsError,
    403: MissingPermissionError,
    404: NotFoundError,
}


def read_answer(response: httpx2.Response, operation: str, *, secrets: Iterable[str] = ()) -> Any:
    """The JSON value of a successful response. Raises the ZuoraError of any other.

    `secrets` are those of the request; an error's text never contains them.
    """
    if not response.is_success:
        raise _error_of(response, _facts(response, operation, _reason_of_body(response, secrets)))
    try:
        answer = loads(response.content)
    except NumberTooLongError as error:
        facts = _facts(response, operation, as_fact(LongNumberError()))
        raise BadDataError(facts=facts) from error
    except (ValueError, RecursionError) as error:
        facts = _facts(response, operation, _kind_of_body(response))
        raise UnusableAnswerError(facts=facts) from error
    if isinstance(answer, dict) and answer.get("success") is False:
        raise UnusableAnswerError(facts=_facts(response, operation, reason_in(answer, secrets)))
    return answer


def reason_in(answer: Any, secrets: Iterable[str] = ()) -> str:
    """Zuora's error message, from any of its error shapes; "" if there is none.

    One printable line: it goes to terminals, to logs and into the database.
    """
    words = "; ".join(part for part in _reasons(answer) if part)
    for secret in filter(None, secrets):
        words = words.replace(secret, "***").replace(quote_plus(secret), "***")
    return _printable(" ".join(words.split()))[:REASON_LENGTH]


def _error_of(response: httpx2.Response, facts: AnswerFacts) -> ZuoraError:
    status = response.status_code
    if status in _ERROR_BY_STATUS:
        return _ERROR_BY_STATUS[status](facts=facts)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return RateLimitedError(facts=facts, retry_after=rate_limit_wait(response.headers))
    if response.is_server_error or status == httpx2.codes.REQUEST_TIMEOUT:
        return ServerTroubleError(facts=facts, retry_after=retry_after(response.headers))
    return WrongHostError(facts=facts) if response.is_redirect else RefusedRequestError(facts=facts)


def _facts(response: httpx2.Response, operation: str, reason: str | Coded) -> AnswerFacts:
    request_id = _printable(response.headers.get("Zuora-Request-Id", ""))[:64]
    return AnswerFacts(operation, response.status_code, reason, request_id)


def _reason_of_body(response: httpx2.Response, secrets: Iterable[str]) -> str | Coded:
    """Only reasons of a known shape: an unknown body may repeat what was sent to it."""
    try:
        return reason_in(response.json(), secrets) or _kind_of_body(response)
    except (ValueError, RecursionError):
        return _kind_of_body(response)


def _kind_of_body(response: httpx2.Response) -> str | Coded:
    match response.content.lstrip()[:1]:
        case b"":
            return as_fact(EmptyBodyError())
        case b"<":
            return as_fact(WebPageError())
        case b"{" | b"[":
            return as_fact(UnknownJsonError())
    return as_fact(PlainTextError())


def _reasons(answer: Any) -> Iterator[str]:
    if not isinstance(answer, dict):
        return
    entries = answer.get("reasons") or answer.get("errors") or answer.get("Errors") or []
    for entry in entries if isinstance(entries, list) else [entries]:
        yield _reason_of_entry(entry)
    if not entries:
        yield _first_text(answer, "message", "error_description", "error")


def _reason_of_entry(entry: Any) -> str:
    if not isinstance(entry, dict):
        return entry if isinstance(entry, str) else ""
    words = _first_text(entry, "message", "title")
    code = entry.get("code")
    if words and code and isinstance(code, int | float | str):
        return f"{words} (code {text_of(code)})"
    return words


def _first_text(answer: dict[str, Any], *keys: str) -> str:
    texts = (answer.get(key) for key in keys)
    return next((text for text in texts if text and isinstance(text, str)), "")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
