"""Errors while reading from Zuora, named by what the caller can do about them.

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

from dataclasses import asdict, dataclass
from typing import Any

from workflow_mirror.errors import Coded, SafeError, Translate, as_fact, fact_text
from workflow_mirror.errors import gettext_noop as _
from workflow_mirror.zuora.reasons import GaveUpError


@dataclass(frozen=True)
class AnswerFacts:
    """The response behind an error; every field is safe to log.

    `reason` is Zuora's own text, or an error of ours that is told in the user's language.
    """

    operation: str = ""
    status: int | None = None
    reason: str | Coded = ""
    request_id: str = ""

    def __str__(self) -> str:
        status = f"HTTP {self.status}" if self.status is not None else ""
        request = f"request {self.request_id}" if self.request_id else ""
        return ", ".join(part for part in (status, fact_text(self.reason), request) if part)


class ZuoraError(SafeError):
    """Base of all; `facts` tells what was asked and answered, `kind` names the kind in JSON.

    The text ends with what is known of the answer, in Zuora's own words. The text of a special
    case is a sentence that says all.
    """

    code = "zuora_error"
    template = _("Zuora could not be read")

    def __init__(self, text: str = "", /, *, facts: AnswerFacts | None = None, **more: Any) -> None:
        self.facts = facts or AnswerFacts()
        known = {name: fact for name, fact in asdict(self.facts).items() if fact not in ("", None)}
        super().__init__(text, **known, **more)

    @classmethod
    def text_from(cls, facts: dict[str, Any], translate: Translate = str) -> str:
        text = super().text_from(facts, translate)
        if "." in cls.code:
            return text
        answer = AnswerFacts(**{name: fact_text(fact, translate) for name, fact in facts.items()})
        where = f" ({answer.operation})" if answer.operation else ""
        return f"{text}{where}: {answer}" if str(answer) else f"{text}{where}"


class BaseUrlRefusedError(ZuoraError):
    code = "base_url_refused"
    template = _("This base URL is not allowed")


class NoUrlError(BaseUrlRefusedError):
    code = "base_url_refused.no_url"
    template = _("The base URL is not a URL")


class BaseUrlFormError(BaseUrlRefusedError):
    code = "base_url_refused.form"
    template = _("The base URL must look like https://rest.eu.zuora.com")


class BaseUrlPasswordError(BaseUrlRefusedError):
    code = "base_url_refused.password"
    template = _("The base URL must not hold a user name or password")


class BaseUrlPathError(BaseUrlRefusedError):
    code = "base_url_refused.path"
    template = _("The base URL must end after the host: no /v1, no path, no question mark")


class BaseUrlHostError(BaseUrlRefusedError):
    code = "base_url_refused.host"
    template = _("The base URL names no host that can exist")


class BaseUrlSchemeError(BaseUrlRefusedError):
    code = "base_url_refused.scheme"
    template = _("The base URL must start with https://")


class LeadsToPrivateAddressError(BaseUrlRefusedError):
    code = "base_url_refused.leads_to_private"
    template = _("%(host)s leads to a private or loopback address")


class PrivateAddressError(BaseUrlRefusedError):
    code = "base_url_refused.private"
    template = _("%(host)s is a private or loopback address")


class ForeignHostError(BaseUrlRefusedError):
    code = "base_url_refused.foreign"
    template = _(
        "%(host)s is not a host of zuora.com; to allow it, name it in ZWM_ZUORA_EXTRA_HOSTS"
    )


class NeedsAttentionError(ZuoraError):
    code = "needs_attention"
    template = _("Zuora refuses this customer")


class InvalidCredentialsError(NeedsAttentionError):
    code = "invalid_credentials"
    template = _("Invalid credentials")


class MissingPermissionError(NeedsAttentionError):
    code = "missing_permission"
    template = _("The Zuora user lacks a permission")


class NoExportPermissionError(MissingPermissionError):
    code = "missing_permission.export"
    template = _(
        "Zuora lets this user list workflows but not export them; its role needs Workflow "
        "View Access, in some tenants Workflow Manage Access"
    )


class WrongHostError(NeedsAttentionError):
    code = "wrong_host"
    template = _("This host does not answer as Zuora's API does; check the base URL")


class TryAgainError(ZuoraError):
    """`retry_after`: seconds that Zuora asked to wait, None where it did not say."""

    code = "try_again"
    template = _("Zuora could not be read now")

    def __init__(
        self,
        text: str = "",
        /,
        *,
        facts: AnswerFacts | None = None,
        retry_after: float | None = None,
        **more: Any,
    ) -> None:
        super().__init__(text, facts=facts, **more)
        self.retry_after = retry_after


class UnreachableError(TryAgainError):
    code = "unreachable"
    template = _("Zuora did not answer")


class GivenUpError(UnreachableError):
    """The response is no longer needed: the sync was cancelled, or has ended with an error."""

    code = "given_up"
    template = UnreachableError.template

    def __init__(self, operation: str = "") -> None:
        super().__init__(facts=AnswerFacts(operation, reason=as_fact(GaveUpError())))


class RateLimitedError(TryAgainError):
    code = "rate_limited"
    template = _("Zuora's rate limit is reached")


class ServerTroubleError(TryAgainError):
    code = "server_error"
    template = _("Zuora failed to answer")


class UnusableAnswerError(TryAgainError):
    code = "unusable_answer"
    template = _("Zuora's answer cannot be used")


class NoTokenError(UnusableAnswerError):
    code = "unusable_answer.no_token"
    template = _("Zuora's token answer holds no token")


class OtherWorkflowError(UnusableAnswerError):
    code = "unusable_answer.other_workflow"
    template = _("Zuora answered another workflow than the asked %(id)s")


class NoExportError(UnusableAnswerError):
    code = "unusable_answer.no_export"
    template = _("Zuora's answer is not the export of a workflow")


class NoWorkflowIdError(UnusableAnswerError):
    code = "unusable_answer.no_workflow_id"
    template = _("Zuora's answer holds a workflow without an id")


class NoRowsError(UnusableAnswerError):
    code = "unusable_answer.no_rows"
    template = _("Zuora's list answer holds no rows")


class OtherPageError(UnusableAnswerError):
    code = "unusable_answer.other_page"
    template = _("Zuora answered another page than the asked page %(number)s")


class RepeatedPageError(UnusableAnswerError):
    code = "unusable_answer.repeated_page"
    template = _("Zuora repeats a page of the list (page %(number)s)")


class BadDataError(ZuoraError):
    code = "bad_data"
    template = _("This workflow cannot be read")


class InvalidWorkflowIdError(BadDataError):
    code = "bad_data.invalid_id"
    template = _("%(id)s is no id of a workflow")


class NestedTooDeeplyError(BadDataError):
    code = "bad_data.nested_too_deeply"
    template = _("This export is nested too deeply to be stored")


class NotFoundError(BadDataError):
    code = "not_found"
    template = _("Zuora does not know this workflow or version")


class AnswerTooLargeError(BadDataError):
    code = "answer_too_large"
    template = _("Zuora's answer is too large")


class RefusedRequestError(BadDataError):
    code = "refused_request"
    template = _("Zuora refused the request")
