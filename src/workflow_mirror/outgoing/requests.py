"""One request: connect to a checked address, send, and read the status of the answer."""

import http.client
import ssl
from threading import Timer
from typing import Self
from urllib.parse import SplitResult, urlsplit

from workflow_mirror.errors import as_fact
from workflow_mirror.network_errors import reason_of
from workflow_mirror.outgoing import connections
from workflow_mirror.outgoing.errors import (
    NoHttpError,
    NoResponseError,
    ReceiverFailedError,
    ReceiverRefusedError,
    RedirectError,
    SendingError,
)
from workflow_mirror.outgoing.urls import host_of

SECONDS_OF_A_STEP = 10.0
SECONDS = 20.0
"""From connecting to the answer's last header. The body of an answer is never read."""
USER_AGENT = {"User-Agent": "zuora-workflow-mirror"}
_AGAIN = {408, 425, 429}
_PORTS = {"http": 80, "https": 443}


def send(
    method: str, address: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> int:
    """The status of the answer. `check_url` must have accepted `address`. Raises SendingError."""
    url = urlsplit(address)
    host = host_of(address)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        with _Connection(url, host) as connection:
            connection.request(method, target, body, USER_AGENT | (headers or {}))
            return connection.getresponse().status
    except OSError as error:
        reason = reason_of(error) or type(error).__name__
        raise NoResponseError(host=host, reason=reason) from error
    except (http.client.HTTPException, ValueError) as error:
        raise NoResponseError(host=host, reason=as_fact(NoHttpError())) from error


def require_success(address: str, status: int) -> None:
    """Raises SendingError for a status that is not 2xx."""
    if error := _refusal(host_of(address), status):
        raise error


class _Connection(http.client.HTTPConnection):
    """A connection to a checked address that lives for SECONDS, however slowly data come."""

    def __init__(self, url: SplitResult, host: str) -> None:
        port = url.port or _PORTS[url.scheme]
        super().__init__(host, port)
        self._is_encrypted = url.scheme == "https"
        self.default_port = _PORTS[url.scheme]
        self._is_over = False
        self._timer = Timer(SECONDS, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.close()

    def connect(self) -> None:
        self.sock = connections.connect(
            self.host, self.port, SECONDS_OF_A_STEP, is_encrypted=self._is_encrypted
        )
        self._check_time()
        if self._is_encrypted:
            self.sock = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._check_time()
            self.sock.do_handshake()

    def _cut(self) -> None:
        self._is_over = True
        connections.cut(self.sock)

    def _check_time(self) -> None:
        """After each new socket: the timer may have ended before there was one to cut."""
        if self._is_over:
            raise TimeoutError


def _refusal(host: str, status: int) -> SendingError | None:
    match status // 100:
        case 2:
            return None
        case 3:
            return RedirectError(host=host, status=status)
        case 4 if status not in _AGAIN:
            return ReceiverRefusedError(host=host, status=status)
    return ReceiverFailedError(host=host, status=status)
