"""The state of a fake Zuora: tenants, tokens, limits, faults, and the request log."""

import time
from threading import RLock
from typing import Any, Unpack

from workflow_mirror.fake_zuora import api
from workflow_mirror.fake_zuora.answers import (
    Answer,
    CredentialsBody,
    ForbiddenBody,
    UnauthorizedBody,
)
from workflow_mirror.fake_zuora.calls import Call, Incoming
from workflow_mirror.fake_zuora.clock import Clock, SystemClock
from workflow_mirror.fake_zuora.fault_kinds import KINDS
from workflow_mirror.fake_zuora.faults import Fault, FaultPlan
from workflow_mirror.fake_zuora.limits import TokenBudget
from workflow_mirror.fake_zuora.operations import find_operation
from workflow_mirror.fake_zuora.options import TenantOptions, TenantSettings
from workflow_mirror.fake_zuora.request_log import LOGGED_HEADERS, RequestLog, RequestRecord
from workflow_mirror.fake_zuora.tenants import Tenant
from workflow_mirror.fake_zuora.tokens import TokenStore, fingerprint

TOKEN_CALLS_PER_MINUTE = 100
"""Per IP address, across all tenants (API.md section 8)."""


class FakeZuora:
    """A fake Zuora. Pass it to `serve`; it can be changed from any thread while it serves."""

    def __init__(self, *, clock: Clock | None = None, latency: float = 0.0) -> None:
        self.lock = RLock()
        """Hold it to make several changes atomically: no response is built between them."""
        self.clock: Clock = clock or SystemClock()
        self.latency = latency
        """Seconds that every request waits before the response."""
        self.token_limit_per_minute: int | None = TOKEN_CALLS_PER_MINUTE
        """Token calls per minute from one address; None: no limit."""
        self.unauthorized_body: UnauthorizedBody = "gateway"
        self.forbidden_body: ForbiddenBody = "gateway"
        self.bad_credentials_body: CredentialsBody = "invalid_client"
        self.tenants: dict[str, Tenant] = {}
        """By name; add with `add_tenant`."""
        self.requests = RequestLog()
        self.tokens = TokenStore()
        self._token_budget = TokenBudget()
        self._faults = FaultPlan(KINDS)

    def add_tenant(
        self,
        name: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        **settings: Unpack[TenantSettings],
    ) -> Tenant:
        """Add a tenant; credentials are generated if not given. Settings: `TenantOptions`.

        Raises ValueError if the name or the client ID is taken.
        """
        options = TenantOptions()
        options.change(settings)
        with self.lock:
            taken = {tenant.client_id for tenant in self.tenants.values()}
            if name in self.tenants or client_id in taken:
                raise ValueError(f"tenant {name!r} or its client id is there already")
            tenant = Tenant(
                name,
                (client_id, client_secret),
                options,
                number=19 + len(self.tenants),
                clock=self.clock,
                lock=self.lock,
            )
            self.tenants[name] = tenant
        return tenant

    def fail(  # noqa: PLR0913  (all by keyword)
        self,
        name: str,
        *,
        times: int | None = 1,
        on: str | None = None,
        tenant: Tenant | str | None = None,
        workflow_id: int | None = None,
        after: int = 0,
        **params: Any,
    ) -> Fault:
        """Request a fault; its `used` counts how often it was applied.

        It applies to `times` matching requests (None: until cleared) after the first `after`
        pass. `on` is token, list, get, export or versions; None means any request to which the
        fault can apply. Raises ValueError for an unknown name or parameter.
        """
        tenant_name = tenant.name if isinstance(tenant, Tenant) else tenant
        with self.lock:
            return self._faults.add(
                name,
                times=times,
                on=on,
                tenant=tenant_name,
                workflow_id=workflow_id,
                after=after,
                params=params,
            )

    def clear_faults(self) -> None:
        with self.lock:
            self._faults.clear()

    def pending_faults(self) -> list[Fault]:
        """Faults that can still apply."""
        with self.lock:
            return self._faults.pending()

    def expire_tokens(self, tenant: Tenant | None = None) -> int:
        """Expire all tokens, or those of one tenant; return how many were known."""
        with self.lock:
            return self.tokens.expire(tenant)

    # Called by the server

    def begin(self, request: Incoming) -> Call:
        """Accept a request: find its tenant, count it as in progress, choose the fault."""
        operation = find_operation(request.method, request.path)
        call = Call(self, request, operation, time.monotonic(), api.answer)
        with self.lock:
            now = self.clock.monotonic()
            if operation.name == "token":
                call.token_calls = self._token_budget.spend(request.address, now)
                call.tenant = self._tenant_of_client(request.form().get("client_id"))
            else:
                self._identify(call)
            if call.tenant is not None and operation.name != "token":
                call.spending = call.tenant.budget.spend(_rates(call.tenant.options), now)
                call.concurrent = call.tenant.in_flight.enter(call.entity)
            if (fault := self._faults.choose(call)) is not None:
                call.fault, call.answer_wrongly = fault.kind.name, fault.strike
        return call

    def answer(self, call: Call) -> Answer:
        """Answer, incorrectly if a fault applies."""
        with self.lock:
            answer = call.answer_wrongly(call) if call.answer_wrongly else call.proceed()
            if call.spending is not None:
                answer.headers = call.spending.headers() | answer.headers
            return answer

    def finish(self, call: Call, status: int) -> None:
        """Log a call that is about to be answered, and count it out. Repeating has no effect."""
        with self.lock:
            if call.finished:
                return
            call.finished = True
            if call.tenant is not None and call.operation.name != "token":
                call.tenant.in_flight.leave(call.entity)
            self.requests.add(_record(call, status))

    def _tenant_of_client(self, client_id: str | None) -> Tenant | None:
        found = (tenant for tenant in self.tenants.values() if tenant.client_id == client_id)
        return next(found, None)

    def _identify(self, call: Call) -> None:
        bearer = call.request.bearer()
        call.token = self.tokens.find(bearer) if bearer else None
        call.tenant = call.token.tenant if call.token else None


def _rates(options: TenantOptions) -> list[tuple[str, int | None]]:
    return [
        ("minute", options.requests_per_minute),
        ("hour", options.requests_per_hour),
        ("day", options.requests_per_day),
    ]


def _record(call: Call, status: int) -> RequestRecord:
    request = call.request
    bearer = request.bearer()
    return RequestRecord(
        method=request.method,
        path=request.path,
        query={key: _without_secret(key, value) for key, value in request.query.items()},
        operation=call.operation.name,
        tenant=call.tenant.name if call.tenant else None,
        workflow_id=call.operation.workflow_id,
        status=status,
        headers={key: request.headers[key] for key in LOGGED_HEADERS if key in request.headers},
        token=fingerprint(bearer) if bearer else None,
        started=call.started,
        finished=time.monotonic(),
        fault=call.fault,
        concurrent=call.concurrent,
    )


def _without_secret(key: str, value: str) -> str:
    """Hide a secret that a faulty client puts into a URL: the log must not repeat it."""
    return "***" if "secret" in key.lower() or "token" in key.lower() else value
