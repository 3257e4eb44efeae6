"""The network layer of the client: limits the size of responses and the duration of requests.

httpcore2 accepts a custom network backend (`NetworkBackend`, `NetworkStream`). This backend wraps
httpcore2's own: a thread that waits for a response blocks only briefly, then checks whether the
client has given up or the request's time is over, even if the response arrives slowly. Connecting
and the TLS handshake cannot be interrupted; they have a separate timeout.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from workflow_mirror.errors import as_fact
from workflow_mirror.zuora.errors import AnswerFacts, AnswerTooLargeError
from workflow_mirror.zuora.reasons import LargerThanError
from workflow_mirror.zuora.waits import ON_WAIT, Waits

_MEANINGS: dict[type[Exception], type[httpx2.TransportError]] = {
    httpcore2.ProtocolError: httpx2.ProtocolError,
    httpcore2.ReadError: httpx2.ReadError,
    httpcore2.NetworkError: httpx2.NetworkError,
    httpcore2.TimeoutException: httpx2.TimeoutException,
    httpcore2.ProxyError: httpx2.ProxyError,
    httpcore2.UnsupportedProtocol: httpx2.UnsupportedProtocol,
}


class Transport(httpx2.BaseTransport):
    """Sends requests to one host, through a proxy if the environment sets one.

    A response of more than `largest` bytes raises AnswerTooLargeError. Every request raises
    GivenUpError once `waits` has given up. Neither error names the operation.
    """

    def __init__(
        self, base_url: str, tls: ssl.SSLContext, waits: Waits, *, largest: int, keep_alive: int
    ) -> None:
        self._waits = waits
        self._largest = largest
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls,
            proxy=_proxy_for(httpx2.URL(base_url), tls),
            max_connections=None,  # limited by the client's slots; a wait here cannot be stopped
            max_keepalive_connections=keep_alive,
            keepalive_expiry=5.0,
            network_backend=_Network(waits),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        on_its_way = self._waits.begin(request.extensions.get(ON_WAIT))
        try:
            with _as_httpx2_errors():
                answer = self._pool.handle_request(
                    httpcore2.Request(
                        request.method,
                        httpcore2.URL(
                            scheme=url.raw_scheme,
                            host=url.raw_host,
                            port=url.port,
                            target=url.raw_path,
                        ),
                        headers=request.headers.raw,
                        content=request.stream,
                        extensions=request.extensions,
                    )
                )
        except BaseException:
            self._waits.end(on_its_way)
            raise
        body = _Body(answer, lambda: self._waits.end(on_its_way), self._largest)
        response = _Response(
            answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
        )
        response.largest = self._largest
        return response

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    """The body as received, still compressed. Data after its end would be kept without limit."""

    def __init__(
        self, answer: httpcore2.Response, on_close: Callable[[], None], largest: int
    ) -> None:
        self._answer = answer
        self._on_close = on_close
        self._largest = largest

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx2_errors():
            yield from _limited(self._answer.iter_stream(), self._largest)

    def close(self) -> None:
        self._answer.close()
        self._on_close()


class _Response(httpx2.Response):
    """Decompresses at most `largest` bytes, whichever way the body is read."""

    largest: int

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield from _limited(super().iter_bytes(chunk_size), self.largest)


@contextmanager
def _as_httpx2_errors() -> Iterator[None]:
    try:
        yield
    except tuple(_MEANINGS) as error:
        meaning = next(theirs for ours, theirs in _MEANINGS.items() if isinstance(error, ours))
        raise meaning(str(error)) from error


def _limited(parts: Iterable[bytes], largest: int) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > largest:
            reason = LargerThanError(size=f"{largest / 2**20:.3g}")
            raise AnswerTooLargeError(facts=AnswerFacts(reason=as_fact(reason)))
        yield part


def _proxy_for(url: httpx2.URL, tls: ssl.SSLContext) -> httpcore2.Proxy | None:
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    if not named or proxy_bypass(url.host):
        return None
    proxy = httpx2.Proxy(named if "://" in named else f"http://{named}")
    return httpcore2.Proxy(
        str(proxy.url),
        auth=proxy.raw_auth,
        ssl_context=tls if proxy.url.scheme == "https" else None,
    )


class _Network(httpcore2.NetworkBackend):
    """httpcore2's own connections, with reads that check for a stop."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._waits.at_most(timeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._waits)


class _Stream(httpcore2.NetworkStream):
    """A connection of httpcore2. A read that timed out can be resumed, also over TLS."""

    def __init__(self, stream: httpcore2.NetworkStream, waits: Waits) -> None:
        self._stream = stream
        self._waits = waits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        def read_for(seconds: float) -> bytes:
            try:
                return self._stream.read(max_bytes, seconds)
            except httpcore2.ReadTimeout as error:
                raise TimeoutError from error

        try:
            return self._waits.in_slices(read_for, timeout)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except httpcore2.ReadError:
            self._waits.check()  # closed because the client has given up
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._waits.at_most(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._waits.at_most(timeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return _Stream(secured, self._waits)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
