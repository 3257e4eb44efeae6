"""Errors of outgoing requests. Each message is one line, without address or secret of the URL."""

from typing import ClassVar

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class UrlError(SafeError):
    """No request can be sent to this URL."""

    code = "webhook_url"
    template = _("Enter a URL such as https://hooks.example.com/path, without user and password")


class UrlSchemeError(UrlError):
    code = "webhook_url.scheme"
    template = _("Use https; http is for the networks of ZWM_WEBHOOK_NETWORKS only")


class PrivateUrlError(UrlError):
    code = "webhook_url.private"
    template = _(
        "%(host)s is a private, loopback or link-local address; an administrator can allow its"
        " network with ZWM_WEBHOOK_NETWORKS"
    )


class SendingError(SafeError):
    """Why something was not sent. `is_temporary`: another attempt may succeed."""

    is_temporary: ClassVar[bool] = False


class PrivateTargetError(SendingError):
    code = "webhook_private"
    template = PrivateUrlError.template


class NoResponseError(SendingError):
    code = "webhook_unreachable"
    template = _("%(host)s did not answer: %(reason)s")
    is_temporary = True


class NoHttpError(SafeError):
    """A reason of NoResponseError."""

    code = "no_http"
    template = _("no HTTP answer")


class ReceiverFailedError(SendingError):
    code = "webhook_failed"
    template = _("%(host)s answered HTTP %(status)s")
    is_temporary = True


class ReceiverRefusedError(SendingError):
    code = "webhook_refused"
    template = _("%(host)s refused the request: HTTP %(status)s")


class RedirectError(SendingError):
    code = "webhook_redirect"
    template = _("%(host)s redirects (HTTP %(status)s), and redirects are not followed")
