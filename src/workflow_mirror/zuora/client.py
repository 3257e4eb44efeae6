"""The read-only client of one tenant: token, list, get, export."""

import json
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx2

from workflow_mirror.errors import Coded, SafeError, as_fact
from workflow_mirror.network_errors import TimedOutError, reason_of
from workflow_mirror.zuora.answers import read_answer
from workflow_mirror.zuora.auth import (
    MemoryTokenStore,
    TenantAccess,
    Token,
    TokenAuth,
    TokenStore,
    read_token,
)
from workflow_mirror.zuora.definitions import Definition, is_id, read_definition
from workflow_mirror.zuora.errors import (
    AnswerFacts,
    AnswerTooLargeError,
    GivenUpError,
    InvalidCredentialsError,
    InvalidWorkflowIdError,
    MissingPermissionError,
    NoExportError,
    NotFoundError,
    OtherWorkflowError,
    RateLimitedError,
    RefusedRequestError,
    TryAgainError,
    UnreachableError,
    UnusableAnswerError,
    WrongHostError,
)
from workflow_mirror.zuora.pages import PAGE_LENGTH, Page, read_page
from workflow_mirror.zuora.reasons import (
    AnswerBrokenError,
    NoHttpError,
    NotDecompressedError,
    TokenCallsError,
    reason_behind,
)
from workflow_mirror.zuora.regions import HostPolicy, checked_base_url, refuse_private_addresses
from workflow_mirror.zuora.retry_log import log_retry
from workflow_mirror.zuora.throttle import Throttle
from workflow_mirror.zuora.waits import ON_WAIT, SLICE, Waits, moment_in

# Zuora itself gives up after 120 s with a 504, which tells more than our own timeout would.
TIMEOUT = httpx2.Timeout(connect=10, read=125, write=30, pool=None)
AT_ONCE = 4
LATEST = "latest"


@dataclass(frozen=True)
class RetryPolicy:
    """How often one request is tried. All times in seconds.

    The client waits as long as Zuora asks, unless that is longer than `longest_wait`: then the
    request fails, and the job may be retried later. A token call also fails if its turn does not
    come within `longest_wait`.
    """

    attempts: int = 4
    first_wait: float = 1.0
    longest_backoff: float = 60.0
    jitter: float = 1.0
    longest_wait: float = 300.0


@dataclass(frozen=True)
class AnswerLimits:
    """Limits of one request: seconds from connecting to the last byte, bytes once unpacked."""

    seconds: float = 300.0
    size: int = 64 * 2**20


class ZuoraClient:
    """Thread-safe; made for one tenant and one sync.

    `requests` counts every HTTP request sent, token calls and retries among them. `token_pace` is
    asked before each token call, which are limited over all tenants: 0 means that this call has
    its turn now, anything else after how many seconds to ask again.

    Every call may raise GivenUpError after `give_up`, and AnswerTooLargeError.
    """

    def __init__(  # noqa: PLR0913 - each is a collaborator that tests and callers choose
        self,
        access: TenantAccess,
        *,
        tokens: TokenStore | None = None,
        token_pace: Callable[[], float] = lambda: 0.0,
        hosts: HostPolicy | None = None,
        at_once: int = AT_ONCE,
        retry: RetryPolicy | None = None,
        limits: AnswerLimits | None = None,
        timeout: httpx2.Timeout = TIMEOUT,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        from workflow_mirror.zuora.network import Transport  # noqa: PLC0415 - slow to import

        hosts = hosts or HostPolicy()
        base_url = checked_base_url(access.base_url, hosts)
        refuse_private_addresses(base_url, hosts)
        self.track_id = f"zwm-{uuid4()}"
        self.requests = 0
        self._limits = limits or AnswerLimits()
        self._waits = Waits(self._limits.seconds)
        self.throttle = Throttle(at_once, sleep=self._waits.sleep)
        self._base_url = base_url
        self._access = access
        self._tokens = tokens or MemoryTokenStore()
        self._token_pace = token_pace
        self._retry = retry or RetryPolicy()
        self._on_request = on_request
        self._counting = threading.Lock()
        self._auth = TokenAuth(self._obtain_token)
        self._http = httpx2.Client(
            transport=Transport(
                base_url,
                _tls_context(),
                self._waits,
                largest=self._limits.size,
                keep_alive=at_once,
            ),
            headers=_fixed_headers(access, self.track_id),
            timeout=timeout,
            event_hooks={"request": [self._count_request]},
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def give_up(self) -> None:
        """Ask nothing more from now on, and end what waits.

        Whatever any thread waits for in this client raises GivenUpError within a second: a pause,
        a token, a connection, an answer. May be called from any thread.
        """
        self._waits.give_up()
        self.throttle.end()

    def close(self) -> None:
        """Give up, and drop the connections."""
        self.give_up()
        self._http.close()

    @property
    def waiting_until(self) -> datetime | None:
        """When the client continues at the latest (UTC), if all its threads wait; otherwise None.

        It waits during a pause of the throttle, and when every request on its way has been
        without an answer for more than five seconds: until the first of them has used up its time.
        """
        if self._waits.given_up:
            return None
        pause = self.throttle.seconds_to_wait
        return moment_in(pause) if pause else self._waits.stuck_until()

    def authenticate(self) -> Token:
        """A valid token, fetched if none is known. Raises NeedsAttentionError if refused."""
        return self._with_retries(lambda: self._obtain_token(None))

    def list_page(self, number: int) -> Page:
        """One page of the list; `number` counts from 1. GET /workflows, API.md section 3."""
        query = {"page": number, "page_length": PAGE_LENGTH}
        try:
            return self._get(
                "list workflows", "/workflows", query, lambda got: read_page(got, number)
            )
        except NotFoundError as error:
            raise WrongHostError(facts=error.facts) from error

    def get_workflow(self, zuora_id: str) -> Definition:
        """One definition. GET /workflows/{id}, API.md section 9. Raises NotFoundError."""
        return self._get(
            "get workflow",
            f"/workflows/{_path_part(zuora_id)}",
            {},
            lambda got: _definition_of(zuora_id, got),
        )

    def export_workflow(self, zuora_id: str, *, has_active_version: bool = True) -> dict[str, Any]:
        """The export of the active version, or of the newest where none is active.

        GET /workflows/{id}/export, API.md section 4. Raises BadDataError where Zuora has none.
        """
        return self._export(zuora_id, {} if has_active_version else {"version": LATEST})

    def export_version(self, zuora_id: str, version: str) -> dict[str, Any]:
        """The export of one version, given by its number. Raises NotFoundError if it is deleted."""
        return self._export(zuora_id, {"version": version})

    def _export(self, zuora_id: str, query: dict[str, Any]) -> dict[str, Any]:
        path = f"/workflows/{_path_part(zuora_id)}/export"
        return self._get("export workflow", path, query, _read_export)

    def _get[Answer](
        self,
        operation: str,
        path: str,
        query: dict[str, Any],
        read: Callable[[Any], Answer],
    ) -> Answer:
        """Send the request until `read` accepts a response, or no try is left."""

        def ask() -> Answer:
            with self.throttle.slot():
                response = self._send(operation, "GET", path, params=query or None, auth=self._auth)
            try:
                return read(self._read(response, operation))
            except UnusableAnswerError as error:
                if not error.facts.operation:
                    error.facts = AnswerFacts(operation)
                raise

        return self._with_retries(ask)

    def _with_retries[Answer](self, ask: Callable[[], Answer]) -> Answer:
        for attempt in count(1):
            try:
                return ask()
            except TryAgainError as error:
                wait = self._wait_before_retry(error, attempt)
                if wait is None:
                    raise
                log_retry(error, retry=attempt, wait=wait)
            self._waits.sleep(wait)
        raise AssertionError("count() never ends")  # pragma: no cover

    def _wait_before_retry(self, error: TryAgainError, attempt: int) -> float | None:
        """Seconds until the next attempt, from Zuora or the policy; None for no more."""
        policy = self._retry
        if self._waits.given_up or attempt >= policy.attempts:
            return None
        if error.retry_after is None:
            jitter = random.uniform(0, policy.jitter)  # noqa: S311 - spreads requests, is no secret
            return min(policy.longest_backoff, policy.first_wait * 2.0 ** (attempt - 1) + jitter)
        if error.retry_after > policy.longest_wait:
            return None
        self.throttle.pause(error.retry_after)
        return error.retry_after

    def _send(self, operation: str, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            self._waits.check()
            # Not by the library's own base URL and empty parameters: it would read each URL thrice.
            return self._http.request(method, self._base_url + path, **options)
        except GivenUpError as error:
            raise GivenUpError(operation) from error
        except AnswerTooLargeError as error:
            facts = AnswerFacts(operation, reason=error.facts.reason)
            raise AnswerTooLargeError(facts=facts) from error
        except httpx2.ProtocolError as error:
            # Its text can repeat parts of the request or response, including headers.
            raise UnusableAnswerError(facts=_because(operation, NoHttpError())) from error
        except httpx2.DecodingError as error:
            raise UnusableAnswerError(facts=_because(operation, NotDecompressedError())) from error
        except httpx2.ReadError as error:
            broken = AnswerBrokenError(reason=_reason(error))
            raise UnusableAnswerError(facts=_because(operation, broken)) from error
        except httpx2.TransportError as error:
            raise UnreachableError(facts=AnswerFacts(operation, reason=_reason(error))) from error
        except RuntimeError as error:
            if not self._waits.given_up:
                raise
            raise GivenUpError(operation) from error

    def _read(self, response: httpx2.Response, operation: str) -> Any:
        token = response.request.headers.get("Authorization", "").removeprefix("Bearer ")
        return read_answer(response, operation, secrets=(self._access.client_secret, token))

    def _count_request(self, _request: httpx2.Request) -> None:
        with self._counting:
            self.requests += 1
        self._on_request()

    def _obtain_token(self, rejected: str | None) -> Token:
        with self._waits.counted():
            return self._tokens.obtain(
                self._access.cache_key, self._fetch_token, rejected, self._waits.sleep
            )

    def _fetch_token(self, still_at_it: Callable[[], None]) -> Token:
        """POST /oauth/token, API.md section 2. Tried once: callers retry."""
        operation = "get token"
        form = {
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret,
            "grant_type": "client_credentials",
        }
        self._await_turn(operation, still_at_it)
        on_wait = {ON_WAIT: still_at_it}
        try:
            response = self._send(
                operation, "POST", "/oauth/token", data=form, auth=None, extensions=on_wait
            )
            return read_token(self._read(response, operation), datetime.now(UTC))
        except NotFoundError as error:
            raise WrongHostError(facts=error.facts) from error
        except (RefusedRequestError, MissingPermissionError) as error:
            raise InvalidCredentialsError(facts=error.facts) from error
        except AnswerTooLargeError as error:
            # Not bad data of the workflow that the token was wanted for.
            raise UnusableAnswerError(facts=error.facts) from error

    def _await_turn(self, operation: str, still_at_it: Callable[[], None]) -> None:
        """The whole tenant pauses meanwhile: no request is possible without the token."""
        self._waits.check()  # before a turn is taken
        deadline = time.monotonic() + self._retry.longest_wait
        while wait := self._token_pace():
            if time.monotonic() + wait > deadline:
                raise RateLimitedError(facts=_because(operation, TokenCallsError()))
            self.throttle.pause(wait)
            turn = time.monotonic() + wait
            while (left := turn - time.monotonic()) > 0:
                self._waits.sleep(min(left, SLICE))
                still_at_it()


def warm_up() -> None:
    """Preload what this process's first client would load on its first request."""
    import workflow_mirror.zuora.network  # noqa: F401, PLC0415

    _tls_context()


@cache
def _tls_context() -> ssl.SSLContext:
    """One for the process: to read the certificates takes as long as ten requests."""
    return httpx2.create_ssl_context()


def _fixed_headers(access: TenantAccess, track_id: str) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "zuora-workflow-mirror",
        "Zuora-Track-Id": track_id,
    }
    if access.entity_id:
        headers["Zuora-Entity-Ids"] = access.entity_id
    if access.org_ids:
        headers["Zuora-Org-Ids"] = access.org_ids
    return headers


def _because(operation: str, reason: SafeError) -> AnswerFacts:
    return AnswerFacts(operation, reason=as_fact(reason))


def _reason(error: httpx2.TransportError) -> Coded | str:
    """In words of ours or of the operating system's; the library's hold the URL at most."""
    if (reason := reason_behind(error)) is not None:
        return as_fact(reason)
    if isinstance(error, httpx2.TimeoutException):
        return as_fact(TimedOutError())
    return reason_of(error) or " ".join(str(error).split()) or type(error).__name__


def _path_part(zuora_id: str) -> str:
    """IDs are numbers; anything else would let Zuora's data choose the URL path."""
    if not is_id(zuora_id):
        raise InvalidWorkflowIdError(id=json.dumps(zuora_id[:40]))
    return zuora_id


def _definition_of(zuora_id: str, answer: Any) -> Definition:
    definition = read_definition(answer)
    if definition.zuora_id != zuora_id:
        raise OtherWorkflowError(id=zuora_id)
    return definition


def _read_export(answer: Any) -> dict[str, Any]:
    """An export holds the version it describes; without it, it is some other document."""
    if not isinstance(answer, dict) or not isinstance(answer.get("workflow"), dict):
        raise NoExportError
    return answer
