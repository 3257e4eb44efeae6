"""Why a connection failed, in our own words: the texts of the system and of libraries are English.

A reason is a fact of another error, for example of *host did not answer: reason*.
"""

import socket
import ssl
from errno import ECONNABORTED, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, EPIPE

from workflow_mirror.errors import Coded, SafeError, as_fact
from workflow_mirror.errors import gettext_noop as _


class NetworkError(SafeError):
    """Base of all."""


class RefusedError(NetworkError):
    code = "network_refused"
    template = _("Connection refused")


class UnknownHostError(NetworkError):
    code = "network_unknown_host"
    template = _("unknown host")


class TimedOutError(NetworkError):
    code = "network_timed_out"
    template = _("timed out")


class BrokenError(NetworkError):
    code = "network_broken"
    template = _("the connection was closed")


class NoRouteError(NetworkError):
    code = "network_unreachable"
    template = _("no route to the host")


class CertificateError(NetworkError):
    """`reason` is OpenSSL's, or OTHER_HOST."""

    code = "network_certificate"
    template = _("TLS certificate not accepted (%(reason)s)")
    translated = ("reason",)


class TlsError(NetworkError):
    code = "network_tls"
    template = _("the TLS handshake failed")


OTHER_HOST = _("it is for another host")
# OpenSSL's words that have a translation.
CERTIFICATE_REASONS = (
    _("certificate has expired"),
    _("self-signed certificate"),
    _("self-signed certificate in certificate chain"),
    _("unable to get local issuer certificate"),
)
_BY_TYPE: tuple[tuple[type[OSError], type[NetworkError]], ...] = (
    (ssl.SSLEOFError, BrokenError),
    (ssl.SSLZeroReturnError, BrokenError),
    (TimeoutError, TimedOutError),
    (ssl.SSLError, TlsError),
    (socket.gaierror, UnknownHostError),
)
_BY_NUMBER: dict[int, type[NetworkError]] = {
    ECONNREFUSED: RefusedError,
    ECONNRESET: BrokenError,
    ECONNABORTED: BrokenError,
    EPIPE: BrokenError,
    EHOSTUNREACH: NoRouteError,
    ENETUNREACH: NoRouteError,
}


def reason_of(error: BaseException) -> Coded | str | None:
    """Of an error or of what caused it, as a fact; None if the network is not the reason.

    An operating system's error without a code here is told in the system's words.
    """
    cause: BaseException | None = error
    while cause is not None:
        if reason := _reason(cause):
            return reason
        cause = cause.__cause__ or cause.__context__
    return None


def network_reason(error: BaseException) -> Coded | str | None:
    """Of this error itself; None if it has no code here."""
    known = _known(error)
    return as_fact(known) if known else None


def _reason(error: BaseException) -> Coded | str | None:
    told = error.strerror if isinstance(error, OSError) else None
    return network_reason(error) or told


def _known(error: BaseException) -> NetworkError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateError(reason=_reason_of_certificate(error.verify_message))
    kind = next((meant for type_, meant in _BY_TYPE if isinstance(error, type_)), None)
    if kind is None and isinstance(error, OSError) and error.errno is not None:
        kind = _BY_NUMBER.get(error.errno)
    return kind() if kind else None


def _reason_of_certificate(message: str) -> str:
    """Without the name of the host, which the message about a mismatch quotes."""
    return OTHER_HOST if "mismatch" in message else message
