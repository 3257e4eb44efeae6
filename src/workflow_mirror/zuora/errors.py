"""Everything that can go wrong while reading from Zuora, named by what one can do about it.

* ZuoraError
  + BaseUrlRefusedError     fix the customer's base URL
  + NeedsAttentionError     fix the credentials or the role at Zuora; a retry cannot help
    - InvalidCredentialsError
    - MissingPermissionError
    - WrongHostError
  + TryAgainError           wait, then ask again
    - UnreachableError        no complete answer: network, timeout, longer than a request may take
      * GivenUpError            not Zuora's fault: this client was told to stop
    - RateLimitedError        429, with the wait that Zuora asked for
    - ServerTroubleError      5xx
    - UnusableAnswerError     an answer, but not what the call gives: no JSON, cut, `success: false`
  + BadDataError            leave this one workflow out, report it, go on
    - NotFoundError           404
    - AnswerTooLargeError     larger than an answer may be, once unpacked
    - RefusedRequestError     400, 409, 422 and whatever else 4xx

Error texts name the call, the status and Zuora's own reason. They never hold a request body, a
header or a parameter, so that they can be logged and shown.
"""

from dataclasses import dataclass

from workflow_mirror.errors import SafeError


@dataclass(frozen=True)
class AnswerFacts:
    """What is known of the answer behind an error; every field is safe to log."""

    operation: str = ""
    status: int | None = None
    reason: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        status = f"HTTP {self.status}" if self.status is not None else ""
        request = f"request {self.request_id}" if self.request_id else ""
        return ", ".join(part for part in (status, self.reason, request) if part)


class ZuoraError(SafeError):
    """Base of all; `facts` tells what was asked and answered, `code` names the kind in JSON."""

    code = "zuora_error"
    headline = "Zuora could not be read"

    def __init__(self, message: str = "", *, facts: AnswerFacts | None = None) -> None:
        self.facts = facts or AnswerFacts()
        super().__init__(message or self._message_from_facts())

    def _message_from_facts(self) -> str:
        where = f" ({self.facts.operation})" if self.facts.operation else ""
        details = str(self.facts)
        return f"{self.headline}{where}" + (f": {details}" if details else "")


class BaseUrlRefusedError(ZuoraError):
    code = "base_url_refused"
    headline = "This base URL is not allowed"


class NeedsAttentionError(ZuoraError):
    code = "needs_attention"
    headline = "Zuora refuses this customer"


class InvalidCredentialsError(NeedsAttentionError):
    code = "invalid_credentials"
    headline = "Invalid credentials"


class MissingPermissionError(NeedsAttentionError):
    code = "missing_permission"
    headline = "The Zuora user lacks a permission"


class WrongHostError(NeedsAttentionError):
    code = "wrong_host"
    headline = "This host does not answer as Zuora's API does; check the base URL"


class TryAgainError(ZuoraError):
    """`retry_after`: seconds that Zuora asked to wait, None where it did not say."""

    code = "try_again"
    headline = "Zuora could not be read now"

    def __init__(
        self,
        message: str = "",
        *,
        facts: AnswerFacts | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, facts=facts)
        self.retry_after = retry_after


class UnreachableError(TryAgainError):
    code = "unreachable"
    headline = "Zuora did not answer"


class GivenUpError(UnreachableError):
    """Nobody waits for the answer any more: the sync was cancelled, or has ended with an error."""

    code = "given_up"

    def __init__(self, operation: str = "") -> None:
        super().__init__(facts=AnswerFacts(operation, reason="this client has given up"))


class RateLimitedError(TryAgainError):
    code = "rate_limited"
    headline = "Zuora's rate limit is reached"


class ServerTroubleError(TryAgainError):
    code = "server_error"
    headline = "Zuora failed to answer"


class UnusableAnswerError(TryAgainError):
    code = "unusable_answer"
    headline = "Zuora's answer cannot be used"


class BadDataError(ZuoraError):
    code = "bad_data"
    headline = "This workflow cannot be read"


class NotFoundError(BadDataError):
    code = "not_found"
    headline = "Zuora does not know this workflow or version"


class AnswerTooLargeError(BadDataError):
    code = "answer_too_large"
    headline = "Zuora's answer is too large"


class RefusedRequestError(BadDataError):
    code = "refused_request"
    headline = "Zuora refused the request"
