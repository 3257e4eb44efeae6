"""The ASGI application: Zuora's paths, and the control API under `/_fake`."""

import asyncio
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from workflow_mirror.fake_zuora.answers import Answer
from workflow_mirror.fake_zuora.calls import Call, Incoming
from workflow_mirror.fake_zuora.control import control_routes
from workflow_mirror.fake_zuora.state import FakeZuora

GZIP_FROM = 1000
"""Bytes above which a body is compressed for clients that accept it (API.md section 8)."""


def make_app(fake: FakeZuora) -> ASGIApp:
    """Build the application that serves `fake`."""
    return Starlette(
        routes=[
            Mount("/_fake", routes=control_routes(fake)),
            Mount("/", app=ZuoraEndpoint(fake)),
        ]
    )


class ZuoraEndpoint:
    """All paths of Zuora's API."""

    def __init__(self, fake: FakeZuora) -> None:
        self._fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await _read(scope, receive)
        except ClientDisconnect:
            return
        call = self._fake.begin(request)
        try:
            if self._fake.latency > 0 and not await _pause(self._fake.latency, receive):
                return
            answer = self._fake.answer(call)
            await self._send(call, answer, scope, receive, send)
        finally:
            # The call is still unfinished here only if the client disconnected first.
            self._fake.finish(call, 0)

    async def _send(
        self, call: Call, answer: Answer, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if answer.delay > 0 and not await _pause(answer.delay, receive):
            return
        if answer.dropped:
            self._fake.finish(call, 0)
            await _close(scope, receive)
            return
        content, encoding = _encode(call.request, answer)
        headers = _headers(call.request, answer, len(content), encoding)
        whole = answer.keep is None and answer.body_delay <= 0
        if whole:
            # Logged before the client gets the response, so that it can read the log at once.
            self._fake.finish(call, answer.status)
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await send(start)
        if whole:
            await send({"type": "http.response.body", "body": content})
        else:
            await self._send_in_parts(call, answer, content, scope, receive, send)

    async def _send_in_parts(  # noqa: PLR0913, PLR0917
        self, call: Call, answer: Answer, content: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        middle = int(len(content) * (0.5 if answer.keep is None else answer.keep))
        await send({"type": "http.response.body", "body": content[:middle], "more_body": True})
        if answer.body_delay > 0 and not await _pause(answer.body_delay, receive):
            return
        self._fake.finish(call, answer.status)
        if answer.keep is None:
            await send({"type": "http.response.body", "body": content[middle:]})
        else:
            await _close(scope, receive)


async def _read(scope: Scope, receive: Receive) -> Incoming:
    request = Request(scope, receive)
    headers = {name.lower(): value for name, value in request.headers.items()}
    host = headers.get("host", "localhost")
    return Incoming(
        method=request.method,
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=await request.body(),
        base_url=f"{scope['scheme']}://{host}",
        address=request.client.host if request.client else "",
    )


def _encode(request: Incoming, answer: Answer) -> tuple[bytes, str | None]:
    """Return the bytes to send, compressed if the client accepts it and the body is large."""
    plain = answer.body.plain
    if answer.forced_encoding is not None:
        return plain, answer.forced_encoding
    if len(plain) > GZIP_FROM and _wants_gzip(request):
        return answer.body.gzipped(), "gzip"
    return plain, None


def _wants_gzip(request: Incoming) -> bool:
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(part.startswith("gzip") and not part.endswith(";q=0") for part in accepted)


def _headers(
    request: Incoming, answer: Answer, length: int, encoding: str | None
) -> list[tuple[bytes, bytes]]:
    headers = {
        "Date": formatdate(usegmt=True),
        "Content-Length": str(length),
        "Zuora-Request-Id": str(uuid4()),
        **answer.headers,
    }
    if length:
        headers["Content-Type"] = answer.content_type
    if encoding:
        headers["Content-Encoding"] = encoding
    track_id = request.headers.get("zuora-track-id")
    if track_id is not None:
        headers["Zuora-Track-Id"] = track_id
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


async def _pause(seconds: float, receive: Receive) -> bool:
    """Wait; False if the client disconnected meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return True
    return False


async def _close(scope: Scope, receive: Receive) -> None:
    """Flush what was sent and close the connection; return when it is closed."""
    state = cast("dict[str, Any]", scope.get("state", {}))
    transport = state.get("transport")
    if transport is None:
        raise RuntimeError("the fake can cut connections only when `serve` runs it")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
