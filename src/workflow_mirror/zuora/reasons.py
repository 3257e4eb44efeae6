"""Why an answer of Zuora is missing or cannot be used, where Zuora itself gives no reason.

Facts of a ZuoraError, which tells them in the user's language.
"""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class ReasonError(SafeError):
    """Base of all."""


def reason_behind(error: BaseException) -> ReasonError | None:
    """The reason that has led to an error."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ReasonError):
        cause = cause.__cause__ or cause.__context__
    return cause


class GaveUpError(ReasonError):
    code = "reason_given_up"
    template = _("this client has given up")


class NoCompleteAnswerError(ReasonError):
    code = "reason_no_complete_answer"
    template = _("no complete answer within %(seconds)s seconds")


class NoHttpError(ReasonError):
    code = "reason_no_http"
    template = _("the connection broke off, or speaks no HTTP")


class AnswerBrokenError(ReasonError):
    code = "reason_broken"
    template = _("the answer broke off: %(reason)s")


class NotDecompressedError(ReasonError):
    code = "reason_not_decompressed"
    template = _("the answer cannot be decompressed")


class TokenCallsError(ReasonError):
    code = "reason_token_calls"
    template = _("too many token calls of this host at this time")


class OtherWorkerError(ReasonError):
    code = "reason_other_worker_waits"
    template = _("another worker is still waiting for its answer")


class LargerThanError(ReasonError):
    code = "reason_larger_than"
    template = _("more than %(size)s MB")


class LongNumberError(ReasonError):
    code = "reason_number_too_long"
    template = _("a number is longer than the database can hold")


class EmptyBodyError(ReasonError):
    code = "reason_empty"
    template = _("an empty body")


class WebPageError(ReasonError):
    code = "reason_web_page"
    template = _("a web page instead of JSON")


class UnknownJsonError(ReasonError):
    code = "reason_unknown_json"
    template = _("JSON that is cut or of an unknown form")


class PlainTextError(ReasonError):
    code = "reason_plain_text"
    template = _("text instead of JSON")
