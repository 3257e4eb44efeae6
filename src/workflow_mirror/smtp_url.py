"""The SMTP server of the environment, as one URL: `smtp://user:password@host:587`."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# How the connection is encrypted, and the usual port, by scheme.
SCHEMES = {"smtp": ("starttls", 587), "smtps": ("tls", 465), "smtp+plain": ("none", 25)}


@dataclass(frozen=True)
class SmtpServer:
    """`security` is "starttls" (required), "tls" or "none"; `user` "" does not log in."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)


def read_smtp_url(text: str) -> SmtpServer | None:
    """None for "". Raises ImproperlyConfigured, which repeats nothing: the URL has a password."""
    if not text:
        return None
    try:
        url = urlsplit(text)
        security, usual_port = SCHEMES[url.scheme]
        host, port = url.hostname, url.port or usual_port
    except (ValueError, KeyError):
        host = None
    if not host or url.path.strip("/") or url.query or url.fragment:
        raise ImproperlyConfigured(
            "ZWM_SMTP_URL must be a URL such as smtp://user:password@smtp.example.com:587, smtps://"
            " for TLS from the start, or smtp+plain:// without TLS; special characters of user and"
            " password as %XX"
        )
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return SmtpServer(host, port, security, user, password)
