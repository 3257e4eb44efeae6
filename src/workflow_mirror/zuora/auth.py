"""OAuth tokens: fetched with the client credentials, shared, renewed once on a 401.

Source: API.md section 2. A token is valid for its `expires_in` (about an hour); there are no
refresh tokens. The response to wrong credentials is not documented, so any 400, 401 or 403 of the
token call means that the credentials are wrong.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx2

from workflow_mirror.zuora.errors import NoTokenError
from workflow_mirror.zuora.waits import SLICE

# Zuora's own samples renew between 30 and 300 seconds early. For short lifetimes the margin is
# limited to a fraction of the lifetime.
EXPIRY_MARGIN = timedelta(seconds=60)
LARGEST_MARGIN = 0.1  # of the lifetime
LIFETIME_IF_UNSAID = timedelta(hours=1)
LONGEST_LIFETIME = timedelta(days=365)
# Characters allowed in a header. The HTTP library includes a rejected header in its error text.
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class TenantAccess:
    """One tenant's address and credentials. Its repr shows no secret."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    entity_id: str = ""
    org_ids: str = ""

    @property
    def cache_key(self) -> str:
        """Identifies the token of exactly these credentials at this host, and reveals neither.

        The key depends on the secret, so a corrected secret never gets the token of the old one.
        """
        parts = (self.base_url, self.client_id, self.client_secret, self.entity_id)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Token:
    """`expires_at` is when the client stops using the token, a margin before Zuora's expiry."""

    value: str = field(repr=False)
    expires_at: datetime
    entity_ids: tuple[str, ...] = ()

    def is_fresh(self, now: datetime) -> bool:
        return now < self.expires_at


def read_token(answer: Any, now: datetime) -> Token:
    """The token in a token response. Raises UnusableAnswerError if there is none.

    `scope` lists one `entity.<uuid>` for each entity that the token covers.
    """
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise NoTokenError
    lifetime = _lifetime(answer.get("expires_in"))
    scopes = str(answer.get("scope", "")).split()
    return Token(
        value,
        now + lifetime - min(EXPIRY_MARGIN, lifetime * LARGEST_MARGIN),
        tuple(scope.removeprefix("entity.") for scope in scopes if scope.startswith("entity.")),
    )


def _lifetime(expires_in: Any) -> timedelta:
    """Seconds, sometimes sent as text or left out.

    Invalid values count as left out: if the token expires earlier, a 401 shows it.
    """
    try:
        lifetime = timedelta(seconds=float(expires_in))
    except (TypeError, ValueError, OverflowError):
        return LIFETIME_IF_UNSAID
    return lifetime if timedelta(0) < lifetime <= LONGEST_LIFETIME else LIFETIME_IF_UNSAID


type Fetch = Callable[[Callable[[], None]], Token]


class TokenStore(Protocol):
    """Stores tokens for the next caller: here in memory, for all workers in the database."""

    def obtain(
        self, key: str, fetch: Fetch, rejected: str | None, wait: Callable[[float], None]
    ) -> Token:
        """A fresh token other than `rejected`; if none is stored, one caller at a time fetches it.

        `fetch` gets a function that it must call regularly while it waits, as a heartbeat for the
        store. `wait` waits for the given seconds; it raises GivenUpError once the caller no
        longer wants a token, and then `obtain` raises it.
        """


class MemoryTokenStore:
    """Tokens of one process. Callers wait for each other, so that only one fetches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def obtain(
        self, key: str, fetch: Fetch, rejected: str | None, wait: Callable[[float], None]
    ) -> Token:
        while not self._lock.acquire(timeout=SLICE):
            wait(0)
        try:
            token = self._tokens.get(key)
            if token is None or token.value == rejected or not token.is_fresh(datetime.now(UTC)):
                token = self._tokens[key] = fetch(lambda: None)
            return token
        finally:
            self._lock.release()


class TokenAuth(httpx2.Auth):
    """Adds the bearer token to a request, and renews it once when Zuora answers 401."""

    # A thread sends one request at a time: it reads the response before it requests a new token.
    requires_response_body = True

    def __init__(self, obtain: Callable[[str | None], Token]) -> None:
        self._obtain = obtain
        self._token: Token | None = None

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = self._current()
        response = yield _with_bearer(request, token)
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            self._token = self._obtain(token.value)
            yield _with_bearer(request, self._token)

    def _current(self) -> Token:
        if self._token is None or not self._token.is_fresh(datetime.now(UTC)):
            self._token = self._obtain(None)
        return self._token


def _with_bearer(request: httpx2.Request, token: Token) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token.value}"
    return request
