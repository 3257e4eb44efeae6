"""Which URLs a user may enter."""

from urllib.parse import urlsplit

from workflow_mirror.outgoing import connections
from workflow_mirror.outgoing.errors import PrivateUrlError, UrlError, UrlSchemeError

LONGEST_URL = 2_000


def check_url(text: str) -> None:
    """Raises UrlError. A host name is looked up when a request is sent."""
    if not (text.isascii() and text.isprintable()) or " " in text or len(text) > LONGEST_URL:
        raise UrlError
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise UrlError from error
    host = url.hostname
    is_form = url.scheme in {"http", "https"} and host and port != 0 and not url.fragment
    if not is_form or host is None or url.username is not None:
        raise UrlError
    address = connections.literal(host)
    if address and not connections.is_allowed(address):
        raise PrivateUrlError(host=host)
    if url.scheme == "http" and not connections.has_networks():
        raise UrlSchemeError


def host_of(url: str) -> str:
    """The part of a URL that may be shown: its path is often a secret."""
    return urlsplit(url).hostname or ""
